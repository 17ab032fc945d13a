package systems.benchmarks.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code CacheRun CACHE TRACE THREADS}: threads ask a full cache, each its own requests, and put
 * what they miss.
 *
 * <p>{@code rate} is hits for each second of CPU time of the whole process, so that neither a cache
 * that is quick because it keeps the wrong entries nor one that works in the background looks
 * better than it is; {@code cpu} is the CPU time of a request.
 */
final class CacheRun {
  private static final int ENTRIES = 100_000;
  private static final int REQUESTS = 1 << 21;

  private CacheRun() {}

  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    Effort effort = Effort.here();
    var cache = Caches.valueOf(arguments[0]).make(ENTRIES);
    var trace = new Requests(ENTRIES, Requests.Trace.valueOf(arguments[1]));
    int count = effort.of(REQUESTS, REQUESTS, REQUESTS >> 6);
    List<Long[]> requests = new ArrayList<>();
    for (int thread = 0; thread < Integer.parseInt(arguments[2]); thread++) {
      requests.add(trace.draw(count, thread + 1));
    }
    run(cache, requests, effort.of(3, 2, 1)); // fills the cache, and the JIT compiles
    int passes = effort.of(6, 3, 1);
    long start = Outcome.cpuNanos();
    long hits = run(cache, requests, passes);
    double nanos = Outcome.cpuNanos() - start;
    double asked = (double) passes * count * requests.size();
    new Outcome()
        .with(Metric.RATE, hits / (nanos / 1e9))
        .with(Metric.HIT_RATIO, 100 * hits / asked)
        .with(Metric.CPU, nanos / asked)
        .tell();
  }

  private static long run(Caches.Lookup cache, List<Long[]> requests, int passes)
      throws InterruptedException, ExecutionException {
    try (var threads = Executors.newFixedThreadPool(requests.size())) {
      List<Callable<Long>> all = new ArrayList<>();
      requests.forEach(each -> all.add(() -> ask(cache, each, passes)));
      long hits = 0;
      for (Future<Long> each : threads.invokeAll(all)) {
        hits += each.get();
      }
      return hits;
    }
  }

  private static long ask(Caches.Lookup cache, Long[] requests, int passes) {
    long hits = 0;
    for (int pass = 0; pass < passes; pass++) {
      for (Long key : requests) {
        if (cache.get(key) == null) {
          cache.put(key, key);
        } else {
          hits++;
        }
      }
    }
    return hits;
  }
}
