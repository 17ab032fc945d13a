package systems.core.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * Rows as bytes that stand in the same order as the rows: two of them compare as unsigned bytes as
 * the rows do by their columns from left to right. Sorting, grouping, removing duplicates, merging
 * files that were spilled: all of it needs one comparison then, that of byte arrays, and knows no
 * types.
 *
 * <pre>
 *   a value     01 or, descending, its bytes inverted
 *   long          8 bytes, the highest first, the sign bit turned: negative ones come first
 *   double        8 bytes: of a positive one the sign bit turned, of a negative one all bits;
 *                 -0.0 is written as 0.0, and every NaN as the same, greater than infinity
 *   string        its bytes, 00 as 00 FF; then 00 00
 *
 *   null        02, or if nulls come first 00; nothing else, whatever the direction
 *
 *   ('ab', 1) ascending    01 61 62 00 00   01 80 00 00 00 00 00 00 01
 *   (null, 1)              02               01 80 00 00 00 00 00 00 01
 * </pre>
 *
 * <p>The end mark 00 00 is less than what any longer string has there, so {@code ab} comes before
 * {@code abc}; and no encoded row is the beginning of another.
 */
final class RowCodec {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final byte NULL_FIRST = 0;
  private static final byte PRESENT = 1;
  private static final byte NULL_LAST = 2;

  private final ColumnType[] types;
  private final boolean[] descending;
  private final boolean[] nullsFirst;

  /** A column of the row. */
  record Part(ColumnType type, boolean descending, boolean nullsFirst) {
    static Part ascending(ColumnType type) {
      return new Part(type, false, false);
    }
  }

  RowCodec(List<Part> parts) {
    types = parts.stream().map(Part::type).toArray(ColumnType[]::new);
    descending = new boolean[types.length];
    nullsFirst = new boolean[types.length];
    for (int i = 0; i < types.length; i++) {
      descending[i] = parts.get(i).descending();
      nullsFirst[i] = parts.get(i).nullsFirst();
    }
  }

  static RowCodec ascending(List<ColumnType> types) {
    return new RowCodec(types.stream().map(Part::ascending).toList());
  }

  /**
   * Encodes rows of these vectors, in place of what was there. It goes by columns: each row has a
   * place of its own that is wide enough, and each column is written behind what the row has got so
   * far.
   *
   * @param rows which ones, so many of them
   */
  void encode(List<Vector> vectors, int[] rows, int count, EncodedRows to) {
    reserve(vectors, rows, count, to);
    for (int i = 0; i < types.length; i++) {
      switch (vectors.get(i)) {
        case LongVector longs -> encode(i, longs, rows, count, to);
        case DoubleVector doubles -> encode(i, doubles, rows, count, to);
        case StringVector strings -> encode(i, strings, rows, count, to);
      }
    }
  }

  private void reserve(List<Vector> vectors, int[] rows, int count, EncodedRows to) {
    Arrays.fill(to.ends, 0, count, 0);
    int fixed = 0;
    for (int i = 0; i < types.length; i++) {
      if (vectors.get(i) instanceof StringVector strings) {
        addLengths(strings, rows, count, to.ends);
      } else {
        fixed += 1 + Long.BYTES;
      }
    }
    int at = 0;
    for (int i = 0; i < count; i++) {
      to.starts[i] = at;
      at = Math.addExact(at, fixed + to.ends[i]);
      to.ends[i] = to.starts[i];
    }
    to.bytes.length = 0;
    to.bytes.reserve(at);
  }

  /** A string of zeros doubles. */
  private static void addLengths(StringVector strings, int[] rows, int count, int[] widths) {
    for (int i = 0; i < count; i++) {
      int row = rows[i];
      boolean absent = strings.nullCount != 0 && strings.isNull[row];
      int length = absent ? 0 : Text.length(strings, row);
      widths[i] = Math.addExact(widths[i], Math.multiplyExact(2, length) + 3);
    }
  }

  private void encode(int part, LongVector vector, int[] rows, int count, EncodedRows to) {
    long mask = descending[part] ? -1 : 0;
    byte[] out = to.bytes.bytes;
    for (int i = 0; i < count; i++) {
      int row = rows[i];
      if (vector.nullCount != 0 && vector.isNull[row]) {
        out[to.ends[i]++] = nullMark(part);
      } else {
        encodeLong(vector.values[row], mask, out, to.ends[i]);
        to.ends[i] += 1 + Long.BYTES;
      }
    }
  }

  private void encode(int part, DoubleVector vector, int[] rows, int count, EncodedRows to) {
    long mask = descending[part] ? -1 : 0;
    byte[] out = to.bytes.bytes;
    for (int i = 0; i < count; i++) {
      int row = rows[i];
      if (vector.nullCount != 0 && vector.isNull[row]) {
        out[to.ends[i]++] = nullMark(part);
      } else {
        encodeLong(ordered(vector.values[row]), mask, out, to.ends[i]);
        to.ends[i] += 1 + Long.BYTES;
      }
    }
  }

  private void encode(int part, StringVector vector, int[] rows, int count, EncodedRows to) {
    byte[] text = Text.bytes(vector);
    byte[] out = to.bytes.bytes;
    for (int i = 0; i < count; i++) {
      int row = rows[i];
      if (vector.nullCount != 0 && vector.isNull[row]) {
        out[to.ends[i]++] = nullMark(part);
        continue;
      }
      int at = to.ends[i];
      out[at++] = PRESENT;
      int start = Text.start(vector, row);
      to.ends[i] = encode(text, start, start + Text.length(vector, row), out, at);
      if (descending[part]) {
        invert(out, at, to.ends[i]);
      }
    }
  }

  private byte nullMark(int part) {
    return nullsFirst[part] ? NULL_FIRST : NULL_LAST;
  }

  private static void encodeLong(long value, long mask, byte[] out, int at) {
    long turned = value ^ Long.MIN_VALUE; //~ phase 7 negativesLast: long turned = value;
    out[at] = PRESENT;
    LONG.set(out, at + 1, turned ^ mask);
  }

  /**
   * Whether a row comes after an encoded one by its first column alone, which is no string. A quick
   * look before the row is encoded.
   */
  boolean isBehind(Vector first, int row, byte[] encoded) {
    if (first.nullCount != 0 && first.isNull[row]) {
      return nullMark(0) > encoded[0];
    }
    if (encoded[0] != PRESENT) {
      return encoded[0] < PRESENT;
    }
    long value =
        first instanceof DoubleVector doubles
            ? ordered(doubles.values[row])
            : ((LongVector) first).values[row];
    long turned = value ^ Long.MIN_VALUE ^ (descending[0] ? -1 : 0);
    return Long.compareUnsigned(turned, (long) LONG.get(encoded, 1)) > 0;
  }

  /** An integer that stands in the order of integers where the double stands in that of doubles. */
  static long ordered(double value) {
    //> phase 7: how do the bits of doubles differ from integers of the same order?
    long bits = Double.doubleToLongBits(value + 0.0); // one NaN, one zero
    return bits ^ (bits >> 63) >>> 1;
    //< phase 7
  }

  static double unordered(long ordered) {
    return Double.longBitsToDouble(ordered ^ (ordered >> 63) >>> 1);
  }

  private static int encode(byte[] text, int start, int end, byte[] out, int from) {
    //> phase 7: the next column follows at once; how does one see where a string ends?
    int at = from;
    for (int i = start; i < end; i++) {
      out[at++] = text[i];
      if (text[i] == 0) {
        out[at++] = (byte) 0xFF; //~ zeroEndsTheString: out[at++] = 0;
      }
    }
    out[at++] = 0;
    out[at++] = 0;
    return at;
    //< phase 7
  }

  private static void invert(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
  }

  /**
   * Reads an encoded row into a row of vectors, from {@code firstColumn} on.
   *
   * @return where it ends
   */
  int decode(byte[] bytes, int start, RowBatch to, int firstColumn) {
    int at = start;
    for (int i = 0; i < types.length; i++) {
      int column = firstColumn + i;
      if (bytes[at++] != PRESENT) {
        to.setNull(column);
        continue;
      }
      byte mask = (byte) (descending[i] ? 0xFF : 0);
      switch (types[i]) {
        case BOOLEAN, LONG, DATE, TIMESTAMP -> {
          to.set(column, decodeLong(bytes, at, mask));
          at += 8;
        }
        case DOUBLE -> {
          to.set(column, unordered(decodeLong(bytes, at, mask)));
          at += 8;
        }
        case STRING -> at = decodeString(bytes, at, mask, to, column);
      }
    }
    return at;
  }

  private static long decodeLong(byte[] bytes, int at, byte mask) {
    return (long) LONG.get(bytes, at) ^ mask ^ Long.MIN_VALUE;
  }

  private static int decodeString(byte[] bytes, int start, byte mask, RowBatch to, int column) {
    int end = endOfString(bytes, start, mask);
    int from = to.beginString(column, end - 2 - start);
    byte[] out = to.batch.strings(column).bytes;
    int at = from;
    for (int i = start; i < end - 2; i++) {
      byte b = (byte) (bytes[i] ^ mask);
      out[at++] = b;
      if (b == 0) {
        i++; // the FF behind it
      }
    }
    to.endString(column, at - from, end - 2 - start);
    return end;
  }

  private static int endOfString(byte[] bytes, int start, byte mask) {
    int at = start;
    while (true) {
      if (bytes[at++] == mask) {
        if (bytes[at++] == mask) {
          return at;
        }
      }
    }
  }

  /** Where an encoded row ends. */
  int end(byte[] bytes, int start) {
    int at = start;
    for (int i = 0; i < types.length; i++) {
      if (bytes[at++] == PRESENT) {
        byte mask = (byte) (descending[i] ? 0xFF : 0);
        at = types[i] == ColumnType.STRING ? endOfString(bytes, at, mask) : at + 8;
      }
    }
    return at;
  }
}
