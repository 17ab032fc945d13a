package systems.kvstore.lsm;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;

/**
 * The store's two workers: one turns sealed memtables into level 0 tables, oldest first, one merges
 * tables. They are apart so that a long merge never keeps a memtable in memory.
 *
 * <p>A worker that finds the disk full leaves its job undone and says so; whoever needs the job
 * done asks again, and it begins anew. Any other failure fences the store.
 *
 * <p>The threads are platform threads: a virtual thread that waits for a file blocks its carrier.
 */
final class Background {
  private final Catalog catalog;
  private final Flusher flusher;
  private final Compactor compactor;
  private final Reserve reserve;
  private final boolean threaded;
  private final Executor flushes;
  private final Executor compactions;
  private final AtomicBoolean flushDue = new AtomicBoolean();
  private final AtomicBoolean compactionDue = new AtomicBoolean();
  private final ReentrantLock flushing = new ReentrantLock();
  private final boolean automatic;
  private volatile KvException.@Nullable NoSpace noSpace;
  private volatile boolean stopping;

  Background(
      Catalog catalog, Flusher flusher, Compactor compactor, Reserve reserve, LsmOptions options) {
    this.catalog = catalog;
    this.flusher = flusher;
    this.compactor = compactor;
    this.reserve = reserve;
    this.automatic = options.automaticCompaction;
    var given = options.background;
    threaded = given == null;
    flushes = given != null ? given : worker("kvstore-flush");
    compactions = given != null ? given : worker("kvstore-compaction");
  }

  private static ExecutorService worker(String name) {
    return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  /** There may be something to do. */
  void due() {
    if (stopping) {
      return;
    }
    if (flushDue.compareAndSet(false, true)) {
      flushes.execute(this::flushAll);
    }
  }

  /** {@link #due}, but no thread is started if there is nothing to do. */
  void dueIfAny() {
    if (!catalog.current().sealed().isEmpty() || (automatic && compactor.isDue())) {
      due();
    }
  }

  /** A memtable or the reserve was taken: make the next one, on threads of the store's own only. */
  void reserveDue() {
    if (threaded && !stopping) {
      flushes.execute(reserve::prepare);
    }
  }

  private void compactionDue() {
    if (automatic && !stopping && compactionDue.compareAndSet(false, true)) {
      compactions.execute(this::compactAll);
    }
  }

  private void flushAll() {
    flushDue.set(false);
    attempt(() -> {
      flushSealed();
      compactionDue();
    });
  }

  /** Flushes everything that is sealed, in this thread. */
  void flushSealed() throws IOException {
    flushing.lock();
    try {
      while (!stopping && !catalog.current().sealed().isEmpty()) {
        flusher.flushOldest();
      }
    } finally {
      flushing.unlock();
    }
  }

  private void compactAll() {
    compactionDue.set(false);
    attempt(() -> {
      while (!stopping && compactor.compactOnce()) {
        catalog.signal();
      }
    });
    catalog.signal();
  }

  private void attempt(WriteQueue.Exclusive work) {
    try {
      if (!catalog.isFenced()) {
        work.run();
        noSpace = null;
      }
    } catch (KvException.NoSpace full) {
      noSpace = full;
    } catch (Compactor.Stopped stopped) {
      assert stopping;
    } catch (IOException failure) {
      catalog.fence(failure);
    } catch (RuntimeException | Error bug) {
      catalog.fence(new IOException("a background job failed: " + bug, bug));
      throw bug;
    } finally {
      catalog.signal();
    }
  }

  /** Throws if the last job found the disk full. */
  void checkSpace() throws KvException.NoSpace {
    var full = noSpace;
    if (full != null) {
      throw new KvException.NoSpace("a flush found no space: " + full.getMessage(), full);
    }
  }

  /** Waits until nothing is left to flush or compact. */
  void settle() throws IOException {
    while (!stopping) {
      var state = catalog.current();
      catalog.checkFence();
      checkSpace();
      if (state.sealed().isEmpty() && !(automatic && compactor.isDue()) && isIdle()) {
        return;
      }
      due();
      catalog.awaitChange(state, TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  private boolean isIdle() {
    return compactor.isIdle() && !flushing.isLocked();
  }

  /** Ends running jobs at their next entry and waits for them. */
  void stop() {
    stopping = true;
    compactor.stop();
    for (var executor : new Executor[] {flushes, compactions}) {
      if (executor instanceof ExecutorService service) {
        service.shutdown();
        awaitEnd(service);
      }
    }
  }

  private static void awaitEnd(ExecutorService service) {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = service.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
