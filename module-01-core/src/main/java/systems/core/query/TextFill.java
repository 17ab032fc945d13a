package systems.core.query;

import java.util.Arrays;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/** Writes values into a vector, and the bytes of strings one behind the other. */
final class TextFill {
  private static final int BYTES_MIN = 4096;

  private int end;

  /** Forgets the strings that were written. */
  void begin(Vector vector) {
    end = 0;
    if (vector instanceof StringVector strings) {
      strings.dictionary = null;
      if (strings.bytes.length == 0) {
        strings.bytes = new byte[BYTES_MIN];
      }
    }
  }

  /** Copies a value that is not null. */
  void copy(Vector from, int row, Vector to, int place) {
    switch (from) {
      case LongVector longs -> ((LongVector) to).values[place] = longs.values[row];
      case DoubleVector doubles -> ((DoubleVector) to).values[place] = doubles.values[row];
      case StringVector strings ->
          append(
              (StringVector) to,
              place,
              Text.bytes(strings),
              Text.start(strings, row),
              Text.length(strings, row));
    }
  }

  /** Gives a row a string. */
  void append(StringVector to, int place, byte[] bytes, int start, int length) {
    int at = reserve(to, length);
    System.arraycopy(bytes, start, to.bytes, at, length);
    to.starts[place] = at;
    to.lengths[place] = length;
  }

  /** Where so many bytes may be written; they are then part of the vector. */
  int reserve(StringVector to, int length) {
    int at = end;
    end = Math.addExact(end, length);
    if (end > to.bytes.length) {
      to.bytes = Arrays.copyOf(to.bytes, Math.max(end, 2 * at));
    }
    return at;
  }

  /** Takes back bytes at the end that were reserved for nothing. */
  void giveBack(int length) {
    end -= length;
  }
}
