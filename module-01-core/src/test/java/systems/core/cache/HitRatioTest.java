package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the policies are for, in the small: the same requests through each of them. */
@Tag("phase-3")
class HitRatioTest {
  private static final int ENTRIES = 500;
  private static final int REQUESTS = 60_000;

  private static double hitRatio(Eviction kind, IntSupplier keys) {
    var cache =
        new ConcurrentCache<Integer, Integer>(
            CacheSpec.<Integer, Integer>ofEntries(ENTRIES).evicting(kind).counted());
    for (int i = 0; i < REQUESTS; i++) {
      int key = keys.getAsInt();
      if (cache.get(key) == null) {
        cache.put(key, key);
      }
    }
    return cache.stats().hitRatio();
  }

  /** A few keys are asked for often: the square of a uniform number. */
  private static int skewed(RandomGenerator random) {
    double u = random.nextDouble();
    return (int) (u * u * u * u * 20_000);
  }

  private static IntSupplier popular() {
    var random = new SplittableRandom(7);
    return () -> skewed(random);
  }

  /** The same, and every other request belongs to a scan that never comes back. */
  private static IntSupplier scanned() {
    var random = new SplittableRandom(7);
    var next = new int[] {1_000_000};
    return () -> random.nextBoolean() ? next[0]++ : skewed(random);
  }

  /** The same keys again and again, a few more than fit. */
  private static IntSupplier loop() {
    var next = new int[1];
    return () -> next[0]++ % (ENTRIES * 5 / 4);
  }

  @Test
  void aScanHurtsLruAndHardlyTheOthers() {
    double lru = hitRatio(Eviction.LRU, scanned());
    assertThat(hitRatio(Eviction.TINY_LFU, scanned())).isGreaterThan(lru + 0.02);
    assertThat(hitRatio(Eviction.S3_FIFO, scanned())).isGreaterThan(lru + 0.01);
  }

  @Test
  void popularKeysStayWithEachOfThem() {
    double lru = hitRatio(Eviction.LRU, popular());
    assertThat(lru).isGreaterThan(0.2);
    assertThat(hitRatio(Eviction.TINY_LFU, popular())).isGreaterThan(lru);
    assertThat(hitRatio(Eviction.S3_FIFO, popular())).isGreaterThan(lru - 0.02);
  }

  @Test
  void aLoopThatIsTooLongLeavesLruNothing() {
    assertThat(hitRatio(Eviction.LRU, loop())).isLessThan(0.01);
    assertThat(hitRatio(Eviction.TINY_LFU, loop())).isGreaterThan(0.3);
  }
}
