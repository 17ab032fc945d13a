package systems.core.column;

import java.util.Arrays;

/**
 * The distinct strings of a stretch of a column. It is immutable and its identity is its meaning:
 * as long as batches bring the same object, a code means the same string.
 */
public final class Dictionary {
  public final byte[] bytes;

  /** Where the entry {@code i} begins; it ends where the next begins. One more than entries. */
  public final int[] starts;

  /**
   * @param bytes of all entries, one after the other; not copied
   * @param starts ascending, from 0 to at most the number of bytes; not copied
   */
  public Dictionary(byte[] bytes, int[] starts) {
    assert starts.length > 0 && starts[0] == 0 && starts[starts.length - 1] <= bytes.length;
    this.bytes = bytes;
    this.starts = starts;
  }

  /** How many entries there are: codes are below this. */
  public int size() {
    return starts.length - 1;
  }

  /** A copy of the bytes of an entry. */
  public byte[] entry(int code) {
    return Arrays.copyOfRange(bytes, starts[code], starts[code + 1]);
  }
}
