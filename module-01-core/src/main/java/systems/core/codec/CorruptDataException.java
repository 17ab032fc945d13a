package systems.core.codec;

import java.io.IOException;

/** Compressed or packed bytes that do not follow their format, and where. */
public final class CorruptDataException extends IOException {
  private static final long serialVersionUID = 1;

  private final long offset;

  /**
   * @param message what is wrong, a part of a sentence
   * @param offset of the place within the compressed input, in bytes
   */
  public CorruptDataException(String message, long offset) {
    super(message + " (byte " + offset + " of the compressed input)");
    this.offset = offset;
  }

  /** The place within the compressed input, in bytes. */
  public long offset() {
    return offset;
  }
}
