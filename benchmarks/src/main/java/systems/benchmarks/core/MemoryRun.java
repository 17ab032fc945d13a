package systems.benchmarks.core;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.SplittableRandom;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code MemoryRun CACHE}: the heap that a full cache takes, an entry; keys and values, which are
 * the same objects, were there before.
 */
final class MemoryRun {
  private static final int ENTRIES = 1_000_000;

  private MemoryRun() {}

  public static void main(String[] arguments) {
    int entries = Effort.here().of(ENTRIES, ENTRIES, ENTRIES / 100);
    var random = new SplittableRandom(1);
    var keys = new Long[2 * entries];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = random.nextLong();
    }
    long before = usedBytes();
    var cache = Caches.valueOf(arguments[0]).make(entries);
    long after;
    try {
      for (Long key : keys) { // twice as many as fit, so that it is really full
        cache.put(key, key);
      }
      after = usedBytes();
    } finally {
      Reference.reachabilityFence(cache);
      Reference.reachabilityFence(keys);
    }
    new Outcome().with(Metric.ENTRY_BYTES, (after - before) / (double) entries).tell();
  }

  /**
   * After several full collections: the first ones may leave what a reference queue still holds.
   */
  private static long usedBytes() {
    for (int i = 0; i < 5; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
