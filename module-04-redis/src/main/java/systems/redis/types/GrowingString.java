package systems.redis.types;

import java.util.Arrays;

/**
 * A string that is written in place: what APPEND, SETRANGE and SETBIT leave behind.
 *
 * <p>It grows with slack, so that a thousand appends copy a dozen times, but not when it is made:
 * most are written once. A string that was only set is a plain array.
 */
public final class GrowingString {
  private static final int SLACK_BYTES_MAX = 1 << 20;

  private byte[] bytes;
  private int length;

  public GrowingString(byte[] text) {
    bytes = text;
    length = text.length;
  }

  public int length() {
    return length;
  }

  public int capacity() {
    return bytes.length;
  }

  /** At least {@link #length} bytes; valid until the next change. */
  public byte[] array() {
    return bytes;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  /** Makes it at least so long; what is new is zero. */
  public void reach(int newLength) {
    assert newLength >= 0 : "who writes keeps to the limit of a string";
    if (newLength > bytes.length) {
      int slack = bytes.length == 0 ? 0 : Math.min(newLength, SLACK_BYTES_MAX);
      bytes =
          Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 16L, newLength + (long) slack));
    }
    length = Math.max(length, newLength);
  }

  public void append(byte[] text) {
    write(length, text);
  }

  public void write(int at, byte[] text) {
    reach(Math.max(length, at + text.length));
    System.arraycopy(text, 0, bytes, at, text.length);
  }
}
