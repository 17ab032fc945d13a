package systems.kvstore.lsm;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * Background work that waits until the test says so, in the test's own thread: flushes and
 * compactions happen some writes after they became due, as they do on threads, and yet the same way
 * each time.
 */
final class DeferredWork implements Executor {
  /** Sealed memtables from which on the work must be done, below {@code memtablesMax} - 1. */
  static final int SEALED_MAX = 3;

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

  @Override
  public void execute(Runnable work) {
    waiting.add(work);
  }

  /** Does what is waiting, and what that makes due. */
  void runAll() {
    for (var work = waiting.poll(); work != null; work = waiting.poll()) {
      work.run();
    }
  }

  /** {@link #runAll} if the next write might otherwise have to wait for it. */
  void runIfUrgent(LsmStore store) {
    if (sealed(store) >= SEALED_MAX) {
      runAll();
    }
  }

  /** Memtables that are full and not flushed. */
  static int sealed(LsmStore store) {
    var count = store.property("rocksdb.num-immutable-mem-table");
    return count == null ? 0 : Integer.parseInt(count);
  }
}
