package systems.kvstore;

import java.util.Arrays;

/**
 * Where a caller receives a value without an allocation: an array that grows to the largest value
 * seen and is used again. Belongs to one thread at a time.
 */
public final class ValueBuffer {
  private byte[] bytes;
  private int length;

  /** An empty buffer of 256 bytes, enough for most values. */
  public ValueBuffer() {
    this(256);
  }

  /** An empty buffer with room for {@code capacity} bytes. */
  public ValueBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  /** The array that holds the value in {@code [0, length())}; replaced when it has to grow. */
  public byte[] array() {
    return bytes;
  }

  /** Bytes of the value. */
  public int length() {
    return length;
  }

  /** Makes room for a value of {@code newLength} bytes whose content the caller then writes. */
  public byte[] resize(int newLength) {
    if (newLength > bytes.length) {
      bytes =
          new byte[Math.max(newLength, (int) Math.min(2L * bytes.length, Integer.MAX_VALUE - 8))];
    }
    length = newLength;
    return bytes;
  }

  /** Takes a copy of {@code source[offset, offset + newLength)}. */
  public void set(byte[] source, int offset, int newLength) {
    System.arraycopy(source, offset, resize(newLength), 0, newLength);
  }

  /** The value in an array of its own. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }
}
