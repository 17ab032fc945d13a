package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConcurrentCacheStressTest {
  private static final int THREADS = 4;

  private interface Work {
    void run(int thread, SplittableRandom random) throws Exception;
  }

  /** Runs the same in some threads that begin together. */
  private static void inThreads(Work work) throws Exception {
    var begin = new CountDownLatch(1);
    try (var executor = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Void>> done = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        Callable<Void> task =
            () -> {
              begin.await();
              work.run(thread, new SplittableRandom(thread));
              return null;
            };
        done.add(executor.submit(task));
      }
      begin.countDown();
      for (Future<Void> future : done) {
        future.get();
      }
    }
  }

  @Test
  @Tag("phase-2")
  void noUpdateOfAKeyIsLost() throws Exception {
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofEntries(100).evicting(Eviction.LRU));
    int rounds = 20_000;
    inThreads((_, random) -> {
      for (int i = 0; i < rounds; i++) {
        cache.merge(random.nextInt(50), 1, Integer::sum);
        cache.get(random.nextInt(50));
      }
    });
    assertThat(cache.values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(THREADS * rounds);
    cache.checkInvariants();
  }

  /**
   * Everything at once: each value is written once, so each can leave once. How many there are
   * meanwhile is no question for threads, as the size of a concurrent map is a sum of counters and
   * no moment: {@link BackPressureTest} stops the maintainer and counts.
   */
  private static void everyValueLeavesOnceAndTheBoundHolds(
      CacheSpec<Integer, Long> given, FakeClock clock) throws Exception {
    Set<Long> left = ConcurrentHashMap.newKeySet();
    Set<Long> twice = ConcurrentHashMap.newKeySet();
    var values = new AtomicLong();
    var cache =
        new ConcurrentCache<>(
            given.reportingTo(
                (_, v, _) -> {
                  if (!left.add(v)) {
                    twice.add(v);
                  }
                },
                Runnable::run));
    inThreads((thread, random) -> {
      for (int i = 0; i < 10_000; i++) {
        int key = random.nextInt(400);
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> cache.get(key);
          case 3, 4 -> cache.put(key, values.incrementAndGet());
          case 5 -> cache.remove(key);
          case 6 -> cache.compute(key, (_, v) -> v == null ? values.incrementAndGet() : null);
          default -> clock.advance(Duration.ofMillis(thread));
        }
      }
    });
    cache.checkInvariants();
    assertThat(twice).as("reported twice").isEmpty();
    cache.sweep();
    assertThat((long) cache.size()).as("entries at rest").isLessThanOrEqualTo(given.weightMax());
    cache.clear();
    cache.sweep();
    assertThat(cache).isEmpty();
    assertThat(left).as("every value that was written").hasSize((int) values.get());
  }

  @Test
  @Tag("phase-2")
  void eachRemovalIsReportedOnceAndTheBoundHolds() throws Exception {
    everyValueLeavesOnceAndTheBoundHolds(
        CacheSpec.<Integer, Long>ofEntries(100).evicting(Eviction.LRU), new FakeClock());
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-3")
  void eachRemovalIsReportedOnceWhileTimeRunsToo(Eviction kind) throws Exception {
    var clock = new FakeClock();
    everyValueLeavesOnceAndTheBoundHolds(
        CacheSpec.<Integer, Long>ofEntries(100)
            .evicting(kind)
            .expiring(Expiry.afterAccess(Duration.ofSeconds(1)))
            .clockedBy(clock),
        clock);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-3")
  void theWeightHoldsToo(Eviction kind) throws Exception {
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofWeight(10_000, (_, v) -> v).evicting(kind));
    inThreads((_, random) -> {
      for (int i = 0; i < 10_000; i++) {
        cache.put(random.nextInt(2000), random.nextInt(300));
      }
    });
    cache.checkInvariants();
    assertThat(cache.weight()).isBetween(9_000L, 10_000L);
  }
}
