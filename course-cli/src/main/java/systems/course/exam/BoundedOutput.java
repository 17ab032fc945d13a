package systems.course.exam;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Keeps the first bytes of what a test prints and counts the rest. The first ones, since a flood
 * repeats itself and its beginning says what started it.
 */
final class BoundedOutput extends OutputStream {
  static final int KEPT_BYTES_MAX = 32 << 10;

  private final byte[] kept = new byte[KEPT_BYTES_MAX];
  private int length;
  private long dropped;

  @Override
  public synchronized void write(int b) {
    if (length < KEPT_BYTES_MAX) {
      kept[length++] = (byte) b;
    } else {
      dropped++;
    }
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int count) {
    int fitting = Math.min(count, KEPT_BYTES_MAX - length);
    System.arraycopy(bytes, offset, kept, length, fitting);
    length += fitting;
    dropped += count - fitting;
  }

  /** What was printed since the last call. */
  synchronized String take() {
    String text = new String(kept, 0, length, StandardCharsets.UTF_8);
    if (dropped > 0) {
      text += "%n... and %d bytes more%n".formatted(dropped);
    }
    length = 0;
    dropped = 0;
    return text;
  }
}
