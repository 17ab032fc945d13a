package systems.net.tool;

/** A command could not do its work; the message says why, and what to do about it. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  Failure(String message) {
    super(message);
  }

  /** What lies behind an exception that only carries another one. */
  static Throwable cause(Throwable carrier) {
    Throwable cause = carrier.getCause();
    return cause == null ? carrier : cause;
  }
}
