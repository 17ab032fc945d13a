package systems.core.cache;

/** A value could not be loaded; the cause says why. All who waited for the same load get one. */
public final class LoadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LoadException(Object key, Throwable cause) {
    super("the value of key " + key + " could not be loaded: " + cause, cause);
  }

  LoadException(String message) {
    super(message);
  }
}
