package systems.core.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import systems.core.column.Vector;

/** The strings of a page that are there and are written out, one after the other. */
interface StringValues {
  /**
   * Reads so many strings, at most {@link Vector#ROWS_MAX}, as windows on the array that it
   * returns. The array stays as it is until the next call.
   */
  byte[] read(int[] starts, int[] lengths, int at, int count) throws ParquetException;

  /** States that the page holds no more than was read, where it can be seen. */
  default void end() throws ParquetException {}

  /** The strings of a page; those of a dictionary come as codes instead. */
  static StringValues of(Column column, Encoding encoding, Window page) throws ParquetException {
    return switch (encoding) {
      case PLAIN -> new Plain(page);
      case DELTA_LENGTH_BYTE_ARRAY -> new Lengths(page);
      case DELTA_BYTE_ARRAY -> new Prefixed(page);
      default -> throw LongValues.notRead(column, encoding, page);
    };
  }

  /** Four bytes of length before each. */
  record Plain(Window page) implements StringValues {
    private static final VarHandle INT =
        MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    @Override
    public byte[] read(int[] starts, int[] lengths, int at, int count) throws ParquetException {
      byte[] bytes = page.bytes;
      int next = page.at;
      int last = page.to - Integer.BYTES;
      for (int i = at; i < at + count; i++) {
        int length = next <= last ? (int) INT.get(bytes, next) : -1;
        if (length < 0 || length > last - next) {
          page.at = next;
          throw page.wrong("a string", length + " bytes of the " + page.left() + " that are left");
        }
        starts[i] = next + Integer.BYTES;
        lengths[i] = length;
        next += Integer.BYTES + length;
      }
      page.at = next;
      return bytes;
    }

    @Override
    public void end() throws ParquetException {
      LongValues.requireEnd(page);
    }
  }

  /** All lengths first, as differences, then all bytes: DELTA_LENGTH_BYTE_ARRAY. */
  final class Lengths implements StringValues {
    private final Window page;
    private final DeltaReader lengthsRead;
    private final long[] read = new long[Vector.ROWS_MAX];

    Lengths(Window page) throws ParquetException {
      this.page = page;
      lengthsRead = new DeltaReader(lengthsOf(page));
    }

    /** The lengths; the page's own window then begins with what is behind them. */
    static Window lengthsOf(Window page) throws ParquetException {
      Window lengths = page.rest();
      new DeltaReader(page).readOff();
      return lengths;
    }

    @Override
    public byte[] read(int[] starts, int[] lengths, int at, int count) throws ParquetException {
      lengthsRead.read(read, 0, count);
      for (int i = 0; i < count; i++) {
        starts[at + i] = page.take(read[i], "a string");
        lengths[at + i] = (int) read[i];
      }
      return page.bytes;
    }

    @Override
    public void end() throws ParquetException {
      LongValues.requireEnd(page);
    }
  }

  /**
   * Of each string how much it shares with the one before, and the rest: DELTA_BYTE_ARRAY. Here the
   * strings have to be put together; a few bytes can stand for very long ones, so there is a bound.
   */
  final class Prefixed implements StringValues {
    private static final int BYTES_MAX = 1 << 27;

    private final Window page;
    private final DeltaReader prefixes;
    private final Lengths suffixes;
    private final long[] shared = new long[Vector.ROWS_MAX];
    private byte[] bytes = new byte[1 << 12];
    private byte[] before = {};

    Prefixed(Window page) throws ParquetException {
      this.page = page;
      prefixes = new DeltaReader(Lengths.lengthsOf(page));
      suffixes = new Lengths(page);
    }

    @Override
    public byte[] read(int[] starts, int[] lengths, int at, int count) throws ParquetException {
      prefixes.read(shared, 0, count);
      byte[] rests = suffixes.read(starts, lengths, at, count);
      int size = 0;
      byte[] previous = before;
      int previousAt = 0;
      int previousLength = before.length;
      for (int i = at; i < at + count; i++) {
        long prefix = shared[i - at];
        if (prefix < 0 || prefix > previousLength) {
          throw page.wrong("a prefix of " + previousLength + " bytes at most", prefix + " bytes");
        }
        reserve(size, prefix + lengths[i]);
        // The array may have grown, and then what was before is in the new one too.
        System.arraycopy(i == at ? previous : bytes, previousAt, bytes, size, (int) prefix);
        System.arraycopy(rests, starts[i], bytes, size + (int) prefix, lengths[i]);
        starts[i] = size;
        lengths[i] += (int) prefix;
        previousAt = size;
        previousLength = lengths[i];
        size += lengths[i];
      }
      if (count > 0) {
        before = Arrays.copyOfRange(bytes, previousAt, previousAt + previousLength);
      }
      return bytes;
    }

    private void reserve(int size, long more) throws ParquetException {
      if (size + more > BYTES_MAX) {
        throw page.wrong(
            "at most " + BYTES_MAX + " bytes in " + Vector.ROWS_MAX + " strings", "more");
      }
      if (size + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.max(size + more, 2L * bytes.length));
      }
    }

    @Override
    public void end() throws ParquetException {
      suffixes.end();
    }
  }
}
