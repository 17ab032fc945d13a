package systems.core.parquet;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Field;
import systems.core.column.Vector;

/**
 * The values of a column that are not in the file yet: those of the row group that is being
 * written.
 *
 * <pre>
 *   rows     0  1  2  3  4  5      absent  . x . . x .
 *   values   a     b  c     d      densely, as they will be in pages
 *   codes    0     1  0     2      numbers of the distinct values, when the group ends
 * </pre>
 *
 * <p>Held until the group ends, the values can be looked at before it is decided how they are
 * written; see {@link ChunkWriter}.
 */
abstract sealed class ColumnBuffer permits LongColumn, DoubleColumn, StringColumn {
  static final int ROWS_MIN = 1 << 10;

  /** If of so many values hardly one comes twice, no dictionary is made. */
  private static final int TRIAL_VALUES = 1 << 15;

  final Field field;
  final PhysicalType physical;

  private boolean[] absent = new boolean[ROWS_MIN];
  private int rows;
  private int present;

  final Distinct distinct = new Distinct();

  /** Of the first values, those that the dictionary covers. */
  int[] codes = {};

  ColumnBuffer(Field field, PhysicalType physical) {
    this.field = field;
    this.physical = physical;
  }

  static ColumnBuffer of(Path file, Field field) {
    return switch (field.type()) {
      case BOOLEAN -> new LongColumn(file, field, PhysicalType.BOOLEAN);
      case LONG, TIMESTAMP -> new LongColumn(file, field, PhysicalType.INT64);
      case DATE -> new LongColumn(file, field, PhysicalType.INT32);
      case DOUBLE -> new DoubleColumn(field);
      case STRING -> new StringColumn(file, field);
    };
  }

  final int rows() {
    return rows;
  }

  /** How many values are there. */
  final int present() {
    return present;
  }

  /** How many values of some rows are there. */
  final int present(int from, int to) {
    if (present == rows) {
      return to - from;
    }
    int there = 0;
    for (int row = from; row < to; row++) {
      there += absent[row] ? 0 : 1;
    }
    return there;
  }

  final boolean isAbsent(int row) {
    return absent[row];
  }

  /** Appends a part of a vector. */
  final void append(Vector vector, int from, int count) throws ParquetException {
    if (rows + count > absent.length) {
      absent = Arrays.copyOf(absent, Math.max(rows + count, 2 * absent.length));
    }
    int there = 0;
    for (int i = 0; i < count; i++) {
      boolean isNull = vector.nullCount > 0 && vector.isNull[from + i];
      absent[rows + i] = isNull;
      there += isNull ? 0 : 1;
    }
    if (there < count && !field.nullable()) {
      throw new IllegalArgumentException(
          "column " + field.name() + " has no absent values, a batch has " + (count - there));
    }
    reserve(present + there + 1); // of absent values one slot is written to and not counted
    append(vector, from, count, present);
    rows += count;
    present += there;
  }

  /** Forgets all values. */
  void clear() {
    rows = 0;
    present = 0;
    distinct.clear();
  }

  /** Makes room for so many values. */
  abstract void reserve(int count) throws ParquetException;

  abstract void append(Vector vector, int from, int count, int at) throws ParquetException;

  /** How much memory it holds, roughly. */
  abstract long bytes();

  /** Of a part of the values, the bytes in PLAIN encoding. */
  abstract long plainBytes(int from, int to);

  /** In which encodings these values may be written, apart from a dictionary. */
  abstract List<Encoding> encodings();

  abstract void encode(Encoding encoding, int from, int to, Sink out);

  /**
   * Numbers values until their dictionary has so many bytes.
   *
   * @return how many values it covers, all of those from the first on; 0 if it would not be shorter
   */
  final int buildDictionary(int bytesMax) {
    distinct.clear();
    if (codes.length < present) {
      codes = new int[present];
    }
    int covered = 0;
    while (covered < present && dictionaryBytes() <= bytesMax) {
      codes[covered] = number(covered);
      covered++;
      if (covered == TRIAL_VALUES && distinct.size() > TRIAL_VALUES - TRIAL_VALUES / 16) {
        return 0;
      }
    }
    if (dictionaryBytes() > bytesMax) {
      distinct.forgetLast();
      covered--;
    }
    return covered;
  }

  abstract int number(int value);

  /** In PLAIN encoding. */
  abstract long dictionaryBytes();

  /** Writes the dictionary, plain. */
  abstract void encodeDictionary(Sink out);

  /** The bits that a Bloom filter is given of a value. */
  abstract long hash(int value, Sink scratch);

  /** The least and the greatest of a part of the values; -1 if there are none with an order. */
  record Extremes(int least, int greatest, long nans) {
    static final Extremes NONE = new Extremes(-1, -1, 0);

    boolean areThere() {
      return least >= 0;
    }
  }

  abstract Extremes extremes(int from, int to);

  /** Of two stretches what holds for both. */
  final Extremes merge(Extremes a, Extremes b) {
    long nans = a.nans + b.nans;
    if (!a.areThere() || !b.areThere()) {
      Extremes one = a.areThere() ? a : b;
      return new Extremes(one.least, one.greatest, nans);
    }
    return new Extremes(
        compare(a.least, b.least) <= 0 ? a.least : b.least,
        compare(a.greatest, b.greatest) >= 0 ? a.greatest : b.greatest,
        nans);
  }

  abstract int compare(int a, int b);

  /** A value, plain, as a bound that nothing is below. */
  abstract byte[] lowerBound(int value);

  /** A value, plain, as a bound that nothing is above; null if there is none that is short. */
  abstract byte @Nullable [] upperBound(int value);

  /** Whether a bound of this value is the value itself. */
  boolean isExact(int value) {
    return true;
  }
}
