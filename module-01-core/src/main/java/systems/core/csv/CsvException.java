package systems.core.csv;

import java.io.IOException;
import java.nio.file.Path;

/** A file of text that is not the table it should be, and where. */
public final class CsvException extends IOException {
  private static final long serialVersionUID = 1;
  private final String file;
  private final long line;
  private final long offset;

  CsvException(Path file, long line, long offset, String problem) {
    super(file + ", line " + line + ", byte " + offset + ": " + problem);
    this.file = file.toString();
    this.line = line;
    this.offset = offset;
  }

  public String file() {
    return file;
  }

  /** The line as an editor counts, from 1; line ends within quotes count too. */
  public long line() {
    return line;
  }

  /** The byte from the file's beginning, from 0. */
  public long offset() {
    return offset;
  }
}
