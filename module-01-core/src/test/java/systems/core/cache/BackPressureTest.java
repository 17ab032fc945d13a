package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The bound at every moment: a maintainer is stopped in the middle of its work, writers go on until
 * none of them can, and then the table is looked at. The clock stops it, which it asks while it
 * holds the lock.
 */
@Tag("phase-3")
class BackPressureTest {
  private static final int WRITERS = 3;

  private final CountDownLatch goOn = new CountDownLatch(1);
  private volatile Thread stopped;

  private long clock() {
    if (Thread.currentThread() == stopped) {
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return 0;
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait(); // the test's own limit ends this
    }
    assertThat(thread.isAlive()).as("%s waits", thread).isTrue();
  }

  /** Looks at a full cache while nobody drains it and all writers are stuck. */
  private void withStuckWriters(ConcurrentCache<Integer, Integer> cache, int weight, Runnable look)
      throws Exception {
    var next = new AtomicInteger(1_000_000);
    for (int i = 0; i < cache.overshootMax() + 20_000 / weight; i++) {
      cache.put(i, weight);
    }
    cache.sweep();
    stopped = Thread.ofPlatform().name("maintainer").unstarted(cache::sweep);
    stopped.start();
    awaitWaiting(stopped);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(
          Thread.ofPlatform()
              .name("writer " + i)
              .start(() -> {
                for (int put = 0; put < 1000; put++) {
                  cache.put(next.incrementAndGet(), weight);
                }
              }));
    }
    writers.forEach(BackPressureTest::awaitWaiting);
    look.run();
    goOn.countDown();
    stopped.join();
    for (Thread writer : writers) {
      writer.join();
    }
    cache.checkInvariants();
  }

  @Test
  void writersWaitWhenNobodyDrains() throws Exception {
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofEntries(1000)
                .expiring((_, _) -> Expiry.FOREVER)
                .clockedBy(this::clock));
    withStuckWriters(
        cache, 1, () -> assertThat(cache.size()).isEqualTo(1000 + cache.overshootMax() + WRITERS));
  }

  @Test
  void heavyEntriesDoNotEvenWaitInTheBuffer() throws Exception {
    int max = 10_000;
    int heavy = max / 1024 + 2;
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofWeight(max, (_, v) -> v)
                .expiring((_, _) -> Expiry.FOREVER)
                .clockedBy(this::clock));
    withStuckWriters(
        cache,
        heavy,
        () ->
            assertThat(cache.values().stream().mapToInt(Integer::intValue).sum())
                .isLessThanOrEqualTo(max + WRITERS * heavy)
                .isGreaterThan(max));
  }

  @Test
  void lightEntriesInTheBufferWeighAnEighthOfTheBoundAtMost() throws Exception {
    int max = 10_000;
    int light = max / 1024;
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofWeight(max, (_, v) -> v)
                .expiring((_, _) -> Expiry.FOREVER)
                .clockedBy(this::clock));
    withStuckWriters(
        cache,
        light,
        () ->
            assertThat(cache.values().stream().mapToInt(Integer::intValue).sum())
                .isLessThanOrEqualTo(max + max / 8 + WRITERS * light)
                .isGreaterThan(max));
  }

  /** They wait together; each is judged for itself, and not by the last of them. */
  @Test
  void whoIsWantedDoesNotBringInThoseWhoCameBefore() throws Exception {
    int max = 1000;
    int wanted = -1;
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofEntries(max)
                .expiring((_, _) -> Expiry.FOREVER)
                .clockedBy(this::clock));
    for (int use = 0; use < 10; use++) {
      cache.put(wanted, use);
      cache.remove(wanted);
    }
    for (int use = 0; use < 4; use++) {
      for (int key = 0; key < max; key++) {
        cache.computeIfAbsent(key, k -> k);
      }
    }
    cache.sweep();
    stopped = Thread.ofPlatform().name("maintainer").unstarted(cache::sweep);
    stopped.start();
    awaitWaiting(stopped);
    for (int key = max; key < max + 40; key++) {
      cache.put(key, key);
    }
    cache.put(wanted, 0);
    for (int key = max + 40; key < max + 50; key++) { // they push it out of the window
      cache.put(key, key);
    }
    goOn.countDown();
    stopped.join();
    cache.checkInvariants();
    assertThat(cache).as("it was used ten times").containsKey(wanted);
    assertThat(cache.keySet().stream().filter(key -> key >= max && key < max + 40))
        .as("keys that were used once, in a cache of others that were used four times")
        .isEmpty();
  }
}
