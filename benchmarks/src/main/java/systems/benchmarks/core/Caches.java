package systems.benchmarks.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.core.cache.CacheSpec;
import systems.core.cache.ConcurrentCache;
import systems.core.cache.Eviction;
import systems.core.cache.LruCache;

/** The caches that are compared, each as its users call it. */
enum Caches {
  OURS_TINY_LFU,
  OURS_S3_FIFO,
  OURS_LRU,
  CAFFEINE,
  LRU_CACHE,
  LINKED_HASH_MAP;

  /** What is asked of a cache. */
  interface Lookup {
    @Nullable Long get(Long key);

    void put(Long key, Long value);
  }

  /** A cache that holds so many entries. */
  Lookup make(int entries) {
    return switch (this) {
      case OURS_TINY_LFU -> concurrent(entries, Eviction.TINY_LFU);
      case OURS_S3_FIFO -> concurrent(entries, Eviction.S3_FIFO);
      case OURS_LRU -> concurrent(entries, Eviction.LRU);
      case CAFFEINE ->
          new OfCaffeine(Caffeine.newBuilder().maximumSize(entries).<Long, Long>build());
      case LRU_CACHE -> new OfMap(new LruCache<>(entries));
      case LINKED_HASH_MAP -> new OfMap(new Bounded(entries));
    };
  }

  private static Lookup concurrent(int entries, Eviction eviction) {
    return new OfMap(
        new ConcurrentCache<>(CacheSpec.<Long, Long>ofEntries(entries).evicting(eviction)));
  }

  private record OfMap(Map<Long, Long> map) implements Lookup {
    @Override
    public @Nullable Long get(Long key) {
      return map.get(key);
    }

    @Override
    public void put(Long key, Long value) {
      map.put(key, value);
    }
  }

  private record OfCaffeine(Cache<Long, Long> cache) implements Lookup {
    @Override
    public @Nullable Long get(Long key) {
      return cache.getIfPresent(key);
    }

    @Override
    public void put(Long key, Long value) {
      cache.put(key, value);
    }
  }

  /** The JDK's LRU cache: access order and one overridden method. */
  private static final class Bounded extends LinkedHashMap<Long, Long> {
    private static final long serialVersionUID = 1;
    private static final float LOAD_FACTOR = 0.75f;
    private final int entriesMax;

    Bounded(int entriesMax) {
      super(16, LOAD_FACTOR, true);
      this.entriesMax = entriesMax;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
      return size() > entriesMax;
    }
  }
}
