package systems.core.parquet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import systems.core.column.Vector;

/** The floating-point numbers of a page that are there, one after the other. */
interface DoubleValues {
  /** Reads so many values, at most {@link Vector#ROWS_MAX}. */
  void read(double[] target, int at, int count) throws ParquetException;

  /** States that the page holds no more than was read, where it can be seen. */
  default void end() throws ParquetException {}

  /**
   * The values of a page.
   *
   * @param dictionary that its codes mean, or an empty array
   */
  static DoubleValues of(Column column, Encoding encoding, Window page, double[] dictionary)
      throws ParquetException {
    if (encoding.isDictionary()) {
      return new Coded(new Codes(page, dictionary.length), dictionary);
    }
    return switch (column.physical()) {
      case FLOAT ->
          switch (encoding) {
            case PLAIN -> new Floats(page);
            case BYTE_STREAM_SPLIT -> new Bits(new LongValues.Split(page, Float.BYTES), true);
            default -> throw LongValues.notRead(column, encoding, page);
          };
      case DOUBLE ->
          switch (encoding) {
            case PLAIN -> new Doubles(page);
            case BYTE_STREAM_SPLIT -> new Bits(new LongValues.Split(page, Double.BYTES), false);
            default -> throw LongValues.notRead(column, encoding, page);
          };
      default -> new Scaled(LongValues.of(column, encoding, page, new long[0]), column.divisor());
    };
  }

  /** Eight bytes each. */
  record Doubles(Window page) implements DoubleValues {
    private static final ValueLayout.OfDouble LAYOUT =
        ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void read(double[] target, int at, int count) throws ParquetException {
      int start = page.take((long) count * Double.BYTES, "values");
      MemorySegment.copy(MemorySegment.ofArray(page.bytes), LAYOUT, start, target, at, count);
    }

    @Override
    public void end() throws ParquetException {
      LongValues.requireEnd(page);
    }
  }

  /** Four bytes each. */
  record Floats(Window page, float[] narrow) implements DoubleValues {
    private static final ValueLayout.OfFloat LAYOUT =
        ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    Floats(Window page) {
      this(page, new float[Vector.ROWS_MAX]);
    }

    @Override
    public void read(double[] target, int at, int count) throws ParquetException {
      int start = page.take((long) count * Float.BYTES, "values");
      MemorySegment.copy(MemorySegment.ofArray(page.bytes), LAYOUT, start, narrow, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] = narrow[i];
      }
    }

    @Override
    public void end() throws ParquetException {
      LongValues.requireEnd(page);
    }
  }

  /** Codes of a dictionary. */
  record Coded(Codes codes, double[] dictionary, int[] read) implements DoubleValues {
    Coded(Codes codes, double[] dictionary) {
      this(codes, dictionary, new int[Vector.ROWS_MAX]);
    }

    @Override
    public void read(double[] target, int at, int count) throws ParquetException {
      codes.read(read, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] = dictionary[read[i]];
      }
    }
  }

  /** Numbers whose bits come as integers. */
  record Bits(LongValues bits, boolean isFloat, long[] read) implements DoubleValues {
    Bits(LongValues bits, boolean isFloat) {
      this(bits, isFloat, new long[Vector.ROWS_MAX]);
    }

    @Override
    public void read(double[] target, int at, int count) throws ParquetException {
      bits.read(read, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] =
            isFloat ? Float.intBitsToFloat((int) read[i]) : Double.longBitsToDouble(read[i]);
      }
    }

    @Override
    public void end() throws ParquetException {
      bits.end();
    }
  }

  /** Integers that have some of their digits behind the point. */
  record Scaled(LongValues digits, double divisor, long[] read) implements DoubleValues {
    Scaled(LongValues digits, double divisor) {
      this(digits, divisor, new long[Vector.ROWS_MAX]);
    }

    @Override
    public void read(double[] target, int at, int count) throws ParquetException {
      digits.read(read, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] = read[i] / divisor;
      }
    }

    @Override
    public void end() throws ParquetException {
      digits.end();
    }
  }
}
