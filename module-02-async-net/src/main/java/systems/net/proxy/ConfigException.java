package systems.net.proxy;

/**
 * A configuration that cannot be used; the message says where, what is there, and what to write.
 */
public final class ConfigException extends Exception {
  private final int line;

  ConfigException(int line, String message) {
    super(line > 0 ? "line " + line + ": " + message : message);
    this.line = line;
  }

  ConfigException(String message, Throwable cause) {
    super(message, cause);
    line = 0;
  }

  /** Counted from 1; 0 if it is about the file as a whole. */
  public int line() {
    return line;
  }
}
