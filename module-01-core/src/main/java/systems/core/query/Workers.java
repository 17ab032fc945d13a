package systems.core.query;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Several threads that do the same until there is nothing left to do. The first failure stops all
 * of them and is the one that the caller gets; those that it causes in others are lost. Whoever
 * works asks {@link #isStopped} between two batches.
 */
final class Workers {
  private final int threads;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean stopped;

  /** What each of them does. */
  interface Task {
    void run(int worker) throws IOException;
  }

  Workers(int threads) {
    this.threads = threads;
  }

  boolean isStopped() {
    return stopped;
  }

  /** Ends the work early: nothing more is needed. */
  void stop() {
    stopped = true;
  }

  /**
   * Runs a task on all threads and waits for them.
   *
   * @throws IOException the first failure, as the unchecked exceptions are that are thrown
   * @throws CancellationException if this thread was interrupted
   */
  void run(Task task) throws IOException {
    var started = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      int worker = i;
      started[i] =
          Thread.ofPlatform().name("query-" + worker).daemon().start(() -> work(task, worker));
    }
    boolean interrupted = false;
    for (Thread thread : started) {
      interrupted |= join(thread);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    report();
  }

  private void work(Task task, int worker) {
    //> phase 7: what becomes of a failure, and what of the other threads?
    try {
      task.run(worker);
    } catch (Throwable e) { // an Error too must reach the caller, and must not leave others working
      failure.compareAndSet(null, e); //~ lastFailureWins: failure.set(e);
      stopped = true; //~ othersGoOn: stopped |= false;
    }
    //< phase 7
  }

  private boolean join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
        failure.compareAndSet(null, new CancellationException("The query was cancelled."));
        stopped = true;
      }
    }
  }

  private void report() throws IOException {
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError("a task throws nothing else", e);
    }
  }
}
