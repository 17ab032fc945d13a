package systems.core.parquet;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file is damaged, or has something that is not read here. The message says what and where. */
public final class ParquetException extends IOException {
  private static final long serialVersionUID = 1;

  private final long offset;

  private ParquetException(String message, long offset, @Nullable Throwable cause) {
    super(message, cause);
    this.offset = offset;
  }

  /** Something else was there than the format asks for. */
  static ParquetException damaged(Path file, long offset, String expected, String found) {
    return new ParquetException(
        file + ", byte " + offset + ": expected " + expected + ", found " + found, offset, null);
  }

  /** The same, found by another who says more. */
  static ParquetException damaged(
      Path file, long offset, String expected, String found, Throwable cause) {
    return new ParquetException(
        file + ", byte " + offset + ": expected " + expected + ", found " + found, offset, cause);
  }

  /** The file may be right; but this is not read, or cannot be written. */
  static ParquetException refused(Path file, String what) {
    return new ParquetException(file + ": " + what, -1, null);
  }

  /** Where in the file; in a compressed page, where the page begins; -1 if it is nowhere. */
  public long offset() {
    return offset;
  }
}
