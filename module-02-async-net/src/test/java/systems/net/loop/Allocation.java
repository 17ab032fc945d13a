package systems.net.loop;

import java.lang.management.ManagementFactory;

/** What threads allocate, by the JVM's own count. */
final class Allocation {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Bytes that the calling thread allocated so far. */
  static long soFar() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  /** Bytes of so many runs, after as many for warming up. */
  static long of(int runs, Runnable task) {
    for (int i = 0; i < runs; i++) {
      task.run();
    }
    long before = soFar();
    for (int i = 0; i < runs; i++) {
      task.run();
    }
    return soFar() - before;
  }
}
