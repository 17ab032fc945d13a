package systems.core.query;

import java.util.Arrays;

/** Bytes that grow at the end. */
final class ByteBuilder {
  private static final int BYTES_MIN = 256;
  private static final int BYTES_MAX = Integer.MAX_VALUE - 16;

  byte[] bytes = new byte[BYTES_MIN];
  int length;

  /** Makes room for so many bytes and counts them in; returns where they begin. */
  int reserve(int count) {
    int at = length;
    length = Math.addExact(length, count);
    if (length > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(length, Math.min(2L * at, BYTES_MAX)));
    }
    return at;
  }

  void append(byte value) {
    int at = reserve(1);
    bytes[at] = value;
  }

  void append(byte[] source, int start, int count) {
    int at = reserve(count);
    System.arraycopy(source, start, bytes, at, count);
  }
}
