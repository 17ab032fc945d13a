package systems.net.promise;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Nobody wants it any more; the message says who decided so and why, and the cause what led to it.
 *
 * <p>It has no stack trace: that would show the inside of a loop, and cancelling is part of a
 * proxy's usual work.
 */
public final class CancelledException extends CancellationException {
  public CancelledException(String why) {
    this(why, null);
  }

  public CancelledException(String why, @Nullable Throwable cause) {
    super(why);
    if (cause != null) {
      initCause(cause);
    }
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
