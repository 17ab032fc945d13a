package systems.core.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A request to a full cache: a lookup, and an insertion if it misses. Keys follow Zipf's law with
 * exponent 0.99 over twice as many keys as fit, and lie scattered on the heap, as keys do.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class CacheKernel {
  private static final double SKEW = 0.99;
  private static final int REQUESTS = 1 << 20;

  /** Ours and its rivals. */
  public enum Contestant {
    LRU_CACHE,
    LINKED_HASH_MAP,
    CONCURRENT_LRU,
    CONCURRENT_S3_FIFO,
    CONCURRENT_TINY_LFU,
    CAFFEINE
  }

  @Param public Contestant contestant = Contestant.LRU_CACHE;

  @Param("100000")
  public int entries;

  private final Long[] requests = new Long[REQUESTS];
  private Map<Long, Long> cache = Map.of();
  private int next;

  @Setup
  public void fill() {
    cache = cache(contestant);
    draw();
    for (int i = 0; i < REQUESTS; i++) {
      request();
    }
  }

  private Map<Long, Long> cache(Contestant chosen) {
    return switch (chosen) {
      case LRU_CACHE -> new LruCache<>(entries);
      case LINKED_HASH_MAP -> new Linked(entries);
      case CONCURRENT_LRU -> concurrent(Eviction.LRU);
      case CONCURRENT_S3_FIFO -> concurrent(Eviction.S3_FIFO);
      case CONCURRENT_TINY_LFU -> concurrent(Eviction.TINY_LFU);
      case CAFFEINE -> Caffeine.newBuilder().maximumSize(entries).<Long, Long>build().asMap();
    };
  }

  private Map<Long, Long> concurrent(Eviction eviction) {
    return new ConcurrentCache<>(CacheSpec.<Long, Long>ofEntries(entries).evicting(eviction));
  }

  private static final class Linked extends LinkedHashMap<Long, Long> {
    private static final long serialVersionUID = 1;
    private final int entriesMax;

    Linked(int entriesMax) {
      super(16, 0.75f, true);
      this.entriesMax = entriesMax;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
      return size() > entriesMax;
    }
  }

  private void draw() {
    var random = new SplittableRandom(1);
    Long[] keys = new Long[2 * entries];
    double[] sums = new double[keys.length];
    double sum = 0;
    for (int i = 0; i < keys.length; i++) {
      keys[i] = random.nextLong();
      sum += 1 / Math.pow(i + 1, SKEW);
      sums[i] = sum;
    }
    for (int i = 0; i < REQUESTS; i++) {
      int found = Arrays.binarySearch(sums, random.nextDouble() * sum);
      requests[i] = keys[Math.min(keys.length - 1, found < 0 ? -found - 1 : found)];
    }
  }

  @Benchmark
  public @Nullable Long request() {
    next = next + 1 & REQUESTS - 1;
    Long key = requests[next];
    Long value = cache.get(key);
    if (value == null) {
      cache.put(key, key);
    }
    return value;
  }
}
