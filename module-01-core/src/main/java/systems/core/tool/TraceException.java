package systems.core.tool;

import java.nio.file.Path;

/** A trace file that is not what it should be. */
final class TraceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TraceException(Path file, long line, String problem) {
    super(file + ", line " + line + ": " + problem + ".");
  }
}
