package systems.core.cache.jcache;

import java.util.concurrent.atomic.LongAdder;
import javax.cache.management.CacheStatisticsMXBean;

/** What JMX shows of a cache's work. */
final class Statistics implements CacheStatisticsMXBean {
  private static final float NANOS_PER_MICRO = 1000f;

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder puts = new LongAdder();
  private final LongAdder removals = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder getNanos = new LongAdder();
  private final LongAdder putNanos = new LongAdder();
  private final LongAdder removeNanos = new LongAdder();
  private volatile boolean enabled;

  void enable(boolean on) {
    enabled = on;
  }

  /** A lookup. */
  void got(boolean hit, long startNanos) {
    if (enabled) {
      (hit ? hits : misses).increment();
      getNanos.add(System.nanoTime() - startNanos);
    }
  }

  void put(int entries, long startNanos) {
    if (enabled && entries > 0) {
      puts.add(entries);
      putNanos.add(System.nanoTime() - startNanos);
    }
  }

  void removed(int entries, long startNanos) {
    if (enabled && entries > 0) {
      removals.add(entries);
      removeNanos.add(System.nanoTime() - startNanos);
    }
  }

  void evicted() {
    if (enabled) {
      evictions.increment();
    }
  }

  @Override
  public void clear() {
    for (LongAdder counter :
        new LongAdder[] {
          hits, misses, puts, removals, evictions, getNanos, putNanos, removeNanos
        }) {
      counter.reset();
    }
  }

  @Override
  public long getCacheHits() {
    return hits.sum();
  }

  @Override
  public float getCacheHitPercentage() {
    return percentage(hits);
  }

  @Override
  public long getCacheMisses() {
    return misses.sum();
  }

  @Override
  public float getCacheMissPercentage() {
    return percentage(misses);
  }

  private float percentage(LongAdder part) {
    long gets = getCacheGets();
    return gets == 0 ? 0 : 100f * part.sum() / gets;
  }

  @Override
  public long getCacheGets() {
    return hits.sum() + misses.sum();
  }

  @Override
  public long getCachePuts() {
    return puts.sum();
  }

  @Override
  public long getCacheRemovals() {
    return removals.sum();
  }

  @Override
  public long getCacheEvictions() {
    return evictions.sum();
  }

  @Override
  public float getAverageGetTime() {
    return micros(getNanos, getCacheGets());
  }

  @Override
  public float getAveragePutTime() {
    return micros(putNanos, puts.sum());
  }

  @Override
  public float getAverageRemoveTime() {
    return micros(removeNanos, removals.sum());
  }

  private static float micros(LongAdder nanos, long times) {
    return times == 0 ? 0 : nanos.sum() / NANOS_PER_MICRO / times;
  }
}
