package systems.redis.persist;

/** Foreign bytes are not what they should be; the message says what and where. */
public final class DamagedException extends Exception {
  private static final long serialVersionUID = 1;

  DamagedException(String message) {
    super(message);
  }

  DamagedException(String message, Throwable cause) {
    super(message, cause);
  }
}
