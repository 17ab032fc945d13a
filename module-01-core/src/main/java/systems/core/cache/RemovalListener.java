package systems.core.cache;

/** Hears of every value that leaves a cache, once. */
@FunctionalInterface
public interface RemovalListener<K, V> {
  /** Called after the value has left, never while a lock of the cache is held. */
  void removed(K key, V value, RemovalCause cause);
}
