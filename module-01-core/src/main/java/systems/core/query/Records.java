package systems.core.query;

import java.io.IOException;
import java.util.Arrays;

/** Encoded rows, one after the other; the fields say where the present one lies. */
abstract class Records {
  byte[] bytes = new byte[0];
  int start;
  int end;

  /** Goes to the next row; false if there is none. */
  abstract boolean next() throws IOException;

  /** How the present row stands to that of another. */
  final int compareTo(Records other) {
    return Arrays.compareUnsigned(bytes, start, end, other.bytes, other.start, other.end);
  }
}
