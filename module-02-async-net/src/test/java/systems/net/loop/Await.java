package systems.net.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import systems.net.Effort;

/** Waits with a deadline, and says what did not come. */
final class Await {
  static final long SECONDS = Effort.seconds();

  private static final long POLL_NANOS = 200_000;

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    until(what, SECONDS, condition);
  }

  /** For what takes its time, as the collector does. */
  static void until(String what, long seconds, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not come within " + seconds + " s: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  static <T> T value(String what, CompletableFuture<T> future) {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new AssertionError("did not come within " + SECONDS + " s: " + what, late);
    } catch (ExecutionException failed) {
      throw new AssertionError(what + " failed", failed.getCause());
    } catch (InterruptedException interrupted) {
      throw new AssertionError(what, interrupted);
    }
  }

  static void forLatch(CountDownLatch latch) {
    try {
      if (!latch.await(SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody came within " + SECONDS + " s");
      }
    } catch (InterruptedException interrupted) {
      throw new AssertionError("interrupted", interrupted);
    }
  }

  /** Runs it on the loop, and returns what it returns. */
  static <T> T onLoop(Loop loop, Supplier<T> task) {
    var answer = new CompletableFuture<T>();
    loop.execute(() -> {
      try {
        answer.complete(task.get());
      } catch (Throwable thrown) {
        answer.completeExceptionally(thrown);
      }
    });
    return value("a task on the loop", answer);
  }

  static void runOnLoop(Loop loop, Runnable task) {
    onLoop(
        loop,
        () -> {
          task.run();
          return true;
        });
  }

  /**
   * The turns that a loop makes while nobody wants anything of it: a few, or thousands if it spins.
   * Time is passed by round trips to another loop, which sleeps in between.
   */
  static long turnsWhileIdle(EventLoop loop) {
    onLoop(loop, () -> true);
    long before = loop.stats().ticks();
    try (var other = EventLoop.start("other")) {
      for (int i = 0; i < 300; i++) {
        onLoop(other, () -> true);
      }
    }
    return loop.stats().ticks() - before;
  }
}
