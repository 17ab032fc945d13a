package systems.core.concurrent;

import java.io.IOException;

/** A file that is no ring, or a ring whose memory says what no writer of ours writes. */
public final class DamagedRingException extends IOException {
  private static final long serialVersionUID = 1;

  private final long offset;

  DamagedRingException(String ring, long offset, String what, Object expected, Object found) {
    super(
        "%s, offset %d: %s should be %s and is %s".formatted(ring, offset, what, expected, found));
    this.offset = offset;
  }

  /** Where in the file. */
  public long offset() {
    return offset;
  }
}
