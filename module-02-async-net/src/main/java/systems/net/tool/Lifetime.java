package systems.net.tool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;

/**
 * The end of a process that runs until it is told to stop.
 *
 * <pre>
 *   SIGTERM, SIGINT -- hook: drain, up to its deadline -- exit 0, or 1 if it was cut short
 * </pre>
 *
 * <p>A JVM that is ended by a signal exits with 128 + the signal's number, even when a hook has
 * drained everything. Whoever restarts servers wants to know whether requests were lost; so the
 * hook ends the process itself, with the exit code that says it. That skips other hooks: there are
 * none.
 */
final class Lifetime {
  private static final long GRACE_NANOS = 1_000_000_000L;

  private Lifetime() {}

  /**
   * Waits for ever; drains when the process is told to end.
   *
   * @param drain begins with a deadline in nanoseconds, and tells whether all came to their end
   * @param last is done behind it, for logs
   */
  static void untilTerminated(
      long deadlineNanos, LongFunction<CompletableFuture<Boolean>> drain, Runnable last)
      throws InterruptedException {
    var hook =
        Thread.ofPlatform()
            .name("drain-at-exit")
            .unstarted(() -> drainAndHalt(deadlineNanos, drain, last));
    Runtime.getRuntime().addShutdownHook(hook);
    new CountDownLatch(1).await();
  }

  private static void drainAndHalt(
      long deadlineNanos, LongFunction<CompletableFuture<Boolean>> drain, Runnable last) {
    boolean all = false;
    try {
      all = drain.apply(deadlineNanos).get(deadlineNanos + GRACE_NANOS, TimeUnit.NANOSECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException cut) {
      System.err.println("the drain was cut short: " + cut);
    }
    last.run();
    System.out.flush();
    Runtime.getRuntime().halt(all ? 0 : 1);
  }
}
