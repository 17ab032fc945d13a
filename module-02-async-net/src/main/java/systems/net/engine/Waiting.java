package systems.net.engine;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits that end although somebody else does not do his part. */
final class Waiting {
  /** A loop that has not come round in this time is stuck in a handler; the drain goes on. */
  private static final long STUCK_SECONDS = 5;

  private Waiting() {}

  static void until(CountDownLatch done) {
    boolean interrupted = false;
    while (true) {
      try {
        boolean _ = done.await(STUCK_SECONDS, TimeUnit.SECONDS);
        break;
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
