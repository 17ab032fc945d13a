package systems.core.parquet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import systems.core.column.Vector;

/** The integers and truth values of a page that are there, one after the other. */
interface LongValues {
  /** Reads so many values, at most {@link Vector#ROWS_MAX}. */
  void read(long[] target, int at, int count) throws ParquetException;

  /** States that the page holds no more than was read, where it can be seen. */
  default void end() throws ParquetException {}

  /**
   * The values of a page.
   *
   * @param dictionary that its codes mean, or an empty array
   */
  static LongValues of(Column column, Encoding encoding, Window page, long[] dictionary)
      throws ParquetException {
    boolean isInt = column.physical() == PhysicalType.INT32;
    boolean isBoolean = column.physical() == PhysicalType.BOOLEAN;
    return switch (encoding) {
      case PLAIN -> isBoolean ? bits(page) : isInt ? new Ints(page) : new Longs(page);
      case PLAIN_DICTIONARY, RLE_DICTIONARY ->
          new Coded(new Codes(page, dictionary.length), dictionary);
      case RLE -> {
        require(isBoolean, column, encoding, page);
        yield runs(page);
      }
      case DELTA_BINARY_PACKED -> {
        require(!isBoolean, column, encoding, page);
        yield deltas(new DeltaReader(page), isInt);
      }
      case BYTE_STREAM_SPLIT -> {
        require(!isBoolean, column, encoding, page);
        yield new Split(page, isInt ? Integer.BYTES : Long.BYTES);
      }
      case BIT_PACKED, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, ALP, UNKNOWN ->
          throw notRead(column, encoding, page);
    };
  }

  private static void require(boolean fits, Column column, Encoding encoding, Window page)
      throws ParquetException {
    if (!fits) {
      throw notRead(column, encoding, page);
    }
  }

  /** Of an encoding that is unknown, or not for values of this type. */
  static ParquetException notRead(Column column, Encoding encoding, Window page) {
    return page.wrong(
        "an encoding that is read of " + column.physical() + " in column " + column.name(),
        encoding.toString());
  }

  private static LongValues bits(Window page) throws ParquetException {
    var run = new Sink(); // the bits of a plain page are those of a packed run
    run.varint((long) page.left() << 1 | 1);
    run.put(page.bytes, page.at, page.left());
    return truths(
        new RunReader(Window.decoded(page.file, page.place(), run.bytes, 0, run.size), 1));
  }

  private static LongValues runs(Window page) throws ParquetException {
    int length = page.int32("the length of runs");
    return truths(new RunReader(page.part(length, "runs"), 1));
  }

  private static LongValues truths(RunReader runs) {
    int[] numbers = new int[Vector.ROWS_MAX];
    return (target, at, count) -> {
      runs.read(numbers, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] = numbers[i];
      }
    };
  }

  private static LongValues deltas(DeltaReader deltas, boolean isInt) {
    return !isInt
        ? deltas::read
        : (target, at, count) -> {
          deltas.read(target, at, count);
          for (int i = at; i < at + count; i++) {
            target[i] = (int) target[i];
          }
        };
  }

  /** Eight bytes each: as they are in memory on most machines. */
  record Longs(Window page) implements LongValues {
    private static final ValueLayout.OfLong LAYOUT =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void read(long[] target, int at, int count) throws ParquetException {
      int start = page.take((long) count * Long.BYTES, "values");
      MemorySegment.copy(MemorySegment.ofArray(page.bytes), LAYOUT, start, target, at, count);
    }

    @Override
    public void end() throws ParquetException {
      requireEnd(page);
    }
  }

  /** Four bytes each; copied as they are and widened in a second loop, which has no calls in it. */
  record Ints(Window page, int[] narrow) implements LongValues {
    private static final ValueLayout.OfInt LAYOUT =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    Ints(Window page) {
      this(page, new int[Vector.ROWS_MAX]);
    }

    @Override
    public void read(long[] target, int at, int count) throws ParquetException {
      int start = page.take((long) count * Integer.BYTES, "values");
      MemorySegment.copy(MemorySegment.ofArray(page.bytes), LAYOUT, start, narrow, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] = narrow[i];
      }
    }

    @Override
    public void end() throws ParquetException {
      requireEnd(page);
    }
  }

  /** States that nothing is left. */
  static void requireEnd(Window page) throws ParquetException {
    if (page.left() > 0) {
      throw page.wrong("the end of the page", page.left() + " bytes more");
    }
  }

  /** Codes of a dictionary. */
  record Coded(Codes codes, long[] dictionary, int[] read) implements LongValues {
    Coded(Codes codes, long[] dictionary) {
      this(codes, dictionary, new int[Vector.ROWS_MAX]);
    }

    @Override
    public void read(long[] target, int at, int count) throws ParquetException {
      //> phase 7: one loop that checks, one that looks up
      codes.read(read, 0, count);
      for (int i = 0; i < count; i++) {
        target[at + i] = dictionary[read[i]]; //~ codesForValues: target[at + i] = read[i];
      }
      //< phase 7
    }
  }

  /**
   * The first bytes of all values, then the second bytes of all, and so on: BYTE_STREAM_SPLIT.
   *
   * <p>Of values of eight bytes, eight at a time are put together: eight bytes of each stream are a
   * square of bytes, and mirroring it, halves, quarters and single bytes, makes values of streams.
   */
  final class Split implements LongValues {
    private static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Window page;
    private final int width;
    private final int values;
    private int next;

    Split(Window page, int width) throws ParquetException {
      if (page.left() % width != 0) {
        throw page.wrong("a multiple of " + width + " bytes", page.left() + " bytes");
      }
      this.page = page;
      this.width = width;
      values = page.left() / width;
    }

    @Override
    public void read(long[] target, int at, int count) throws ParquetException {
      if (count > values - next) {
        throw page.wrong(count + " more values", (values - next) + " of " + values);
      }
      int squares = width == Long.BYTES ? count & -8 : 0;
      for (int i = 0; i < squares; i += 8) {
        readSquare(page.at + next + i, target, at + i);
      }
      readSingly(page.at + next + squares, target, at + squares, count - squares);
      next += count;
    }

    private void readSquare(int from, long[] target, int at) {
      for (int stream = 0; stream < 8; stream++) {
        target[at + stream] = (long) LONG.get(page.bytes, from + stream * values);
      }
      for (int i = 0; i < 4; i++) {
        mirror(target, at + i, 4, 0xffff_ffffL);
      }
      for (int i = 0; i < 4; i++) {
        mirror(target, at + (i & 2) * 2 + (i & 1), 2, 0xffff_0000_ffffL);
      }
      for (int i = 0; i < 8; i += 2) {
        mirror(target, at + i, 1, 0xff_00ff_00ff_00ffL);
      }
    }

    /** Swaps the upper parts of a row with the lower ones of another, so many rows below. */
    private static void mirror(long[] rows, int row, int below, long lower) {
      long swapped = (rows[row] >>> 8 * below ^ rows[row + below]) & lower;
      rows[row] ^= swapped << 8 * below;
      rows[row + below] ^= swapped;
    }

    private void readSingly(int from, long[] target, int at, int count) {
      int top = width - 1;
      for (int i = 0; i < count; i++) { // the last stream has the sign
        target[at + i] = page.bytes[from + top * values + i];
      }
      for (int stream = top - 1; stream >= 0; stream--) {
        int start = from + stream * values;
        for (int i = 0; i < count; i++) {
          target[at + i] = target[at + i] << 8 | page.bytes[start + i] & 0xff;
        }
      }
    }

    @Override
    public void end() throws ParquetException {
      if (next < values) {
        throw page.wrong("the end of the page", (values - next) + " values more");
      }
    }
  }
}
