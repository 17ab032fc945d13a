package systems.benchmarks.kvstore;

import java.lang.management.ManagementFactory;

/**
 * Wall clock and CPU clock of the process, user and system time of all its threads: those of the
 * JIT compiler, of the garbage collector and of RocksDB's C++ code too. The CPU clock steps by 10
 * ms, so what is metered should take a second or more.
 */
record Meter(long wallNanos, long cpuNanos) {
  private static final com.sun.management.OperatingSystemMXBean SYSTEM =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** The clocks as they stand. */
  static Meter now() {
    return new Meter(System.nanoTime(), SYSTEM.getProcessCpuTime());
  }

  /** What has passed since an earlier reading. */
  Meter since(Meter start) {
    return new Meter(wallNanos - start.wallNanos, cpuNanos - start.cpuNanos);
  }

  double perSecond(long operations) {
    return operations * 1e9 / wallNanos;
  }

  double cpuPer(long operations) {
    return (double) cpuNanos / operations;
  }
}
