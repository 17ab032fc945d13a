package systems.core.concurrent;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Threads that begin together; whoever fails first fails for all. */
final class Crew implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ExecutorCompletionService<Object> work = new ExecutorCompletionService<>(threads);
  private final CountDownLatch begin = new CountDownLatch(1);
  private int members;

  interface Work {
    void run() throws Exception;
  }

  Crew add(Work part) {
    members++;
    work.submit(() -> {
      begin.await();
      part.run();
      return this;
    });
    return this;
  }

  /** Runs all to their ends; what they wait for may never come, so there is a limit. */
  void run(String otherwise) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    begin.countDown();
    try {
      for (int i = 0; i < members; i++) {
        var done = work.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (done == null) {
          throw new AssertionError(otherwise);
        }
        done.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
