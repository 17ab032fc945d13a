package systems.core.cache;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link ConcurrentCache} is to be.
 *
 * @param weightMax its bound
 * @param eviction who leaves when it is full
 * @param weigher null: each entry weighs 1
 * @param expiry null: time ends no entry
 * @param nanoClock the time in nanoseconds from some point, as {@link System#nanoTime}
 * @param listener null: nobody wants to hear of removals
 * @param executor runs the listener
 * @param counting whether hits and misses are counted
 */
public record CacheSpec<K, V>(
    long weightMax,
    Eviction eviction,
    @Nullable Weigher<? super K, ? super V> weigher,
    @Nullable Expiry<? super K, ? super V> expiry,
    LongSupplier nanoClock,
    @Nullable RemovalListener<? super K, ? super V> listener,
    Executor executor,
    boolean counting) {

  /** A bound that is none. */
  public static final long UNBOUNDED = Long.MAX_VALUE;

  public CacheSpec {
    if (weightMax < 1) {
      throw new IllegalArgumentException("a bound of " + weightMax + "; it must be 1 or more");
    }
    Objects.requireNonNull(eviction);
    Objects.requireNonNull(nanoClock);
    Objects.requireNonNull(executor);
  }

  /** A cache of so many entries, by W-TinyLFU. */
  public static <K, V> CacheSpec<K, V> ofEntries(long entriesMax) {
    return new CacheSpec<>(
        entriesMax,
        Eviction.TINY_LFU,
        null,
        null,
        System::nanoTime,
        null,
        ForkJoinPool.commonPool(),
        false);
  }

  /** A cache of so much weight, by W-TinyLFU. */
  public static <K, V> CacheSpec<K, V> ofWeight(
      long weightMax, Weigher<? super K, ? super V> weigher) {
    CacheSpec<K, V> spec = ofEntries(weightMax);
    return new CacheSpec<>(
        weightMax,
        spec.eviction,
        weigher,
        null,
        spec.nanoClock,
        null,
        spec.executor,
        spec.counting);
  }

  /** The same with another choice of who leaves. */
  public CacheSpec<K, V> evicting(Eviction other) {
    return new CacheSpec<>(
        weightMax, other, weigher, expiry, nanoClock, listener, executor, counting);
  }

  /** The same with an end to the entries' time. */
  public CacheSpec<K, V> expiring(Expiry<? super K, ? super V> other) {
    return new CacheSpec<>(
        weightMax, eviction, weigher, other, nanoClock, listener, executor, counting);
  }

  /** The same with another clock. */
  public CacheSpec<K, V> clockedBy(LongSupplier other) {
    return new CacheSpec<>(
        weightMax, eviction, weigher, expiry, other, listener, executor, counting);
  }

  /** The same with somebody who hears of removals, in an executor. */
  public CacheSpec<K, V> reportingTo(
      RemovalListener<? super K, ? super V> other, Executor otherExecutor) {
    return new CacheSpec<>(
        weightMax, eviction, weigher, expiry, nanoClock, other, otherExecutor, counting);
  }

  /** The same, and lookups are counted. */
  public CacheSpec<K, V> counted() {
    return new CacheSpec<>(
        weightMax, eviction, weigher, expiry, nanoClock, listener, executor, true);
  }
}
