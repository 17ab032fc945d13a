package systems.redis;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/**
 * How tests wait: by asking again, not by sleeping for as long as it usually takes. The limit only
 * ends a test that would fail anyway; the sentence has no number in it, so that it is the same each
 * time.
 */
public final class Patience {
  /** Seconds until a test gives up; also the longest wait for a reply. */
  public static final int SECONDS = Effort.of(20, 8);

  private static final long PAUSE_NANOS = 1_000_000;

  private Patience() {}

  /** Waits until the condition holds. */
  public static void until(String what, Callable<Boolean> condition) throws Exception {
    until(what, SECONDS, condition);
  }

  /** For what takes longer than usual by its nature. */
  public static void until(String what, int seconds, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + seconds * 1_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("in time: " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
