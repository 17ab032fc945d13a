package systems.core.parquet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import systems.core.codec.BitPacking;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.LongVector;
import systems.core.column.Vector;

/** The truth values, integers, days and microseconds of a row group that is being written. */
final class LongColumn extends ColumnBuffer {
  private static final ValueLayout.OfLong LAYOUT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final RunWriter runs = new RunWriter();
  private final DeltaWriter deltas = new DeltaWriter();
  private long[] values = new long[ROWS_MIN];

  LongColumn(Path file, Field field, PhysicalType physical) {
    super(field, physical);
    this.file = file;
  }

  @Override
  void reserve(int count) {
    if (count > values.length) {
      values = Arrays.copyOf(values, Math.max(count, 2 * values.length));
    }
  }

  @Override
  void append(Vector vector, int from, int count, int at) throws ParquetException {
    long[] source = ((LongVector) vector).values;
    if (vector.nullCount == 0) {
      System.arraycopy(source, from, values, at, count);
      at += count;
    } else {
      for (int i = from; i < from + count; i++) {
        values[at] = source[i];
        at += vector.isNull[i] ? 0 : 1;
      }
    }
    requireFitting(at - count, at);
  }

  /** A day may be beyond 32 bits, and then no file can hold it. */
  private void requireFitting(int from, int to) throws ParquetException {
    for (int i = Math.max(0, from); field.type() == ColumnType.DATE && i < to; i++) {
      if (values[i] != (int) values[i]) {
        throw ParquetException.refused(
            file, "column " + field.name() + ": day " + values[i] + " does not fit 32 bits");
      }
    }
  }

  @Override
  long bytes() {
    return 8L * values.length;
  }

  @Override
  long plainBytes(int from, int to) {
    return switch (physical) {
      case BOOLEAN -> (to - from + 7) / 8;
      case INT32 -> 4L * (to - from);
      default -> 8L * (to - from);
    };
  }

  @Override
  List<Encoding> encodings() {
    return physical == PhysicalType.BOOLEAN
        ? List.of(Encoding.PLAIN, Encoding.RLE)
        : List.of(Encoding.PLAIN, Encoding.DELTA_BINARY_PACKED);
  }

  @Override
  void encode(Encoding encoding, int from, int to, Sink out) {
    switch (encoding) {
      case DELTA_BINARY_PACKED ->
          deltas.write(values, from, to - from, physical == PhysicalType.INT32, out);
      case RLE -> encodeRuns(from, to, out);
      default -> encodePlain(values, from, to, out);
    }
  }

  private void encodeRuns(int from, int to, Sink out) {
    int lengthAt = out.size;
    out.int32(0);
    runs.write(truths(from, to), 0, to - from, 1, out);
    out.int32At(lengthAt, out.size - lengthAt - 4);
  }

  private int[] truths(int from, int to) {
    int[] truths = new int[to - from + 7 & -8];
    for (int i = from; i < to; i++) {
      truths[i - from] = (int) values[i] & 1;
    }
    return truths;
  }

  private void encodePlain(long[] source, int from, int to, Sink out) {
    switch (physical) {
      case BOOLEAN -> {
        int[] truths = truths(from, to);
        out.reserve(truths.length / 8);
        BitPacking.pack(truths, 0, truths.length, 1, out.bytes, out.size);
        out.size += truths.length / 8;
      }
      case INT32 -> {
        out.reserve(4L * (to - from));
        for (int i = from; i < to; i++) {
          out.int32((int) source[i]);
        }
      }
      default -> {
        out.reserve(8L * (to - from));
        MemorySegment.copy(
            source, from, MemorySegment.ofArray(out.bytes), LAYOUT, out.size, to - from);
        out.size += 8 * (to - from);
      }
    }
  }

  @Override
  int number(int value) {
    return distinct.number(values[value]);
  }

  @Override
  long dictionaryBytes() {
    return (physical == PhysicalType.INT32 ? 4L : 8L) * distinct.size();
  }

  @Override
  void encodeDictionary(Sink out) {
    encodePlain(distinct.longs, 0, distinct.size(), out);
  }

  @Override
  long hash(int value, Sink scratch) {
    scratch.clear();
    encodePlain(values, value, value + 1, scratch);
    return BloomFilter.hash(scratch.bytes, 0, scratch.size);
  }

  @Override
  Extremes extremes(int from, int to) {
    int least = from;
    int greatest = from;
    for (int i = from + 1; i < to; i++) {
      least = values[i] < values[least] ? i : least;
      greatest = values[i] > values[greatest] ? i : greatest;
    }
    return from == to ? Extremes.NONE : new Extremes(least, greatest, 0);
  }

  @Override
  int compare(int a, int b) {
    return Long.compare(values[a], values[b]);
  }

  @Override
  byte[] lowerBound(int value) {
    var plain = new Sink();
    encodePlain(values, value, value + 1, plain);
    return plain.toBytes();
  }

  @Override
  byte[] upperBound(int value) {
    return lowerBound(value);
  }
}
