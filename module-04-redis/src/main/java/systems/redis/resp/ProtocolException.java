package systems.redis.resp;

/** The peer does not speak the protocol. It gets the message as an error, then the end. */
public final class ProtocolException extends Exception {
  private static final long serialVersionUID = 1;

  ProtocolException(String message) {
    super("Protocol error: " + message, null, false, false);
  }
}
