package systems.net.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A request that got no whole response, and why. The reason decides what may be done about it: a
 * proxy makes a status of it, and tries again where {@link #isUnprocessed} says that nobody has
 * seen the request.
 *
 * <p>It has no stack trace: that would show the inside of a loop, and a connection that breaks is
 * usual work.
 */
public final class ExchangeException extends IOException {
  /** What went wrong. */
  public enum Reason {
    /** No connection could be made. */
    CONNECT,
    /** All connections are in use, and as many wait for one as may. */
    POOL_FULL,
    /** The wait for a connection took too long. */
    POOL_TIMEOUT,
    /** The connection ended before a byte of the response had come. */
    NO_RESPONSE,
    /** The connection ended within the response. */
    BROKEN,
    /** What came is no HTTP/1.1, or more than the limits allow. */
    MALFORMED,
    /** The head of the response, or the next piece of its body, took too long. */
    TIMEOUT,
    /** The deadline of the whole has passed. */
    DEADLINE,
    /** The sender of the request gave up. */
    ABORTED
  }

  private final Reason reason;
  private final boolean reused;

  ExchangeException(Reason reason, String message, @Nullable Throwable cause, boolean reused) {
    super(message, cause);
    this.reason = reason;
    this.reused = reused;
  }

  public ExchangeException(Reason reason, String message, @Nullable Throwable cause) {
    this(reason, message, cause, false);
  }

  public Reason reason() {
    return reason;
  }

  /** Whether certainly no byte of the request has reached anybody. */
  public boolean isUnprocessed() {
    return switch (reason) {
      case CONNECT, POOL_FULL, POOL_TIMEOUT -> true;
      case NO_RESPONSE, BROKEN, MALFORMED, TIMEOUT, DEADLINE, ABORTED -> false;
    };
  }

  /**
   * Whether a kept-alive connection ended without a byte of the response: most likely the peer had
   * closed it before the request arrived. It may also have read the request and died.
   */
  public boolean isStale() {
    return reason == Reason.NO_RESPONSE && reused;
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
