package systems.kvstore.format;

import java.io.IOException;

/**
 * Bytes that do not decode. It knows only the position in its input; who reads a file turns it into
 * a {@code KvException.Corruption} with the file's name and offset.
 */
public final class MalformedException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int position;

  public MalformedException(String message, int position) {
    super(message + " at byte " + position);
    this.position = position;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** Byte in the input at which decoding failed. */
  public int position() {
    return position;
  }
}
