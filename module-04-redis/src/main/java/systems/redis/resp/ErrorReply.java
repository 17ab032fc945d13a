package systems.redis.resp;

/**
 * A command ends with an error. Thrown before anything was changed or replied, or by code that has
 * undone what it did; the dispatcher turns it into the reply.
 *
 * <p>The message begins with its code, {@code ERR} or another, as the client will read it. Without
 * a stack trace, since a wrong argument is no news.
 */
public final class ErrorReply extends RuntimeException {
  private static final long serialVersionUID = 1;

  public static final String WRONG_TYPE =
      "WRONGTYPE Operation against a key holding the wrong kind of value";

  public ErrorReply(String message) {
    super(message, null, false, false);
  }

  public String text() {
    String message = getMessage();
    assert message != null;
    return message;
  }

  public static ErrorReply err(String sentence) {
    return new ErrorReply("ERR " + sentence);
  }

  public static ErrorReply syntax() {
    return new ErrorReply("ERR syntax error");
  }

  public static ErrorReply wrongType() {
    return new ErrorReply(WRONG_TYPE);
  }

  public static ErrorReply notInteger() {
    return new ErrorReply("ERR value is not an integer or out of range");
  }

  public static ErrorReply notFloat() {
    return new ErrorReply("ERR value is not a valid float");
  }
}
