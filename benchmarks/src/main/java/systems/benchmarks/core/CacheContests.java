package systems.benchmarks.core;

import java.util.List;
import systems.benchmarks.contest.Contest;
import systems.benchmarks.contest.Contest.Rival;
import systems.benchmarks.contest.Entrant;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Metric;

/** Caches against Caffeine, and the one of one thread against {@code LinkedHashMap}. */
final class CacheContests {
  private CacheContests() {}

  static List<Contest> all() {
    return List.of(
        cache(
            "cache-zipf",
            "hits a CPU-second of two threads on a cache of 100,000 entries, a million keys by"
                + " Zipf's law (0.99)",
            Requests.Trace.ZIPF,
            -0.5),
        cache(
            "cache-scan",
            "the same with a scan mixed in: every fifth request",
            Requests.Trace.SCAN,
            0),
        new Contest(
            "cache-memory",
            "heap bytes an entry of a full cache of a million, without keys and values",
            memory("ours", Caches.OURS_TINY_LFU),
            List.of(
                Rival.of(memory("caffeine", Caches.CAFFEINE), Goal.ratio(Metric.ENTRY_BYTES, 1)))),
        new Contest(
            "lru",
            "hits a CPU-second of one thread on an LRU cache of 100,000 entries, Zipf (0.99)",
            cacheRun("ours", Caches.LRU_CACHE, Requests.Trace.ZIPF, 1),
            List.of(
                Rival.of(
                    cacheRun("linkedhashmap", Caches.LINKED_HASH_MAP, Requests.Trace.ZIPF, 1),
                    Goal.ratio(Metric.RATE, 1.2)))),
        new Contest(
            "lru-memory",
            "heap bytes an entry of a full LRU cache of a million, without keys and values",
            memory("ours", Caches.LRU_CACHE),
            List.of(
                Rival.of(
                    memory("linkedhashmap", Caches.LINKED_HASH_MAP),
                    Goal.ratio(Metric.ENTRY_BYTES, 0.6)))));
  }

  private static Contest cache(
      String title, String what, Requests.Trace trace, double hitsBelowRival) {
    return new Contest(
        title,
        what,
        cacheRun("ours", Caches.OURS_TINY_LFU, trace, 2),
        List.of(
            Rival.of(
                cacheRun("caffeine", Caches.CAFFEINE, trace, 2),
                Goal.ratio(Metric.RATE, 1),
                Goal.difference(Metric.HIT_RATIO, hitsBelowRival))));
  }

  private static Entrant cacheRun(String title, Caches cache, Requests.Trace trace, int threads) {
    return Entrant.program(
            title, CacheRun.class, cache.name(), trace.name(), Integer.toString(threads))
        .withJvmFlags(CoreBench.LONG_RUN);
  }

  private static Entrant memory(String title, Caches cache) {
    return Entrant.program(title, MemoryRun.class, cache.name()).withJvmFlags(CoreBench.LONG_RUN);
  }
}
