package systems.core.cache;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Who is being loaded. The first who misses a key loads it, outside of all locks; who comes while
 * it does waits for the same load. The table's own lock per key would do that too, but it would
 * hold up every key of the same bin for as long as a database takes, and an invalidation with them.
 *
 * <p>An invalidation takes the flight out of here and marks it as stale. Who comes later starts a
 * new load; the old one gives its value to those who waited, and the cache does not keep it.
 */
final class Flights<K, V> {
  private final ConcurrentHashMap<K, Flight<K, V>> inTheAir = new ConcurrentHashMap<>();

  /** One load of one key. */
  static final class Flight<K, V> {
    private final K key;
    private final Thread pilot = Thread.currentThread();
    private final CountDownLatch landed = new CountDownLatch(1);
    private volatile boolean stale;
    private @Nullable V value;
    private @Nullable Throwable failure;

    private Flight(K key) {
      this.key = key;
    }

    /** Whether its value must not be kept. */
    boolean isStale() {
      return stale;
    }

    /** Whether the calling thread is the one to load. */
    private boolean isMine() {
      return pilot == Thread.currentThread();
    }

    void land(@Nullable V value, @Nullable Throwable failure) {
      this.value = value;
      this.failure = failure;
      landed.countDown();
    }

    /** The value that another thread loads, or null if there is none. */
    @Nullable V await() {
      if (isMine()) {
        throw new IllegalStateException("the loader of key " + key + " asks for the same key");
      }
      try {
        landed.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new LoadException("interrupted while waiting for the load of key " + key);
      }
      if (failure != null) {
        throw new LoadException(key, failure);
      }
      return value;
    }
  }

  /** A new flight for the caller to fly, or null if there is one to wait for. */
  @Nullable Flight<K, V> start(K key) {
    //> phase 3: two threads miss at the same time; who loads?
    var flight = new Flight<K, V>(key);
    var other = inTheAir.putIfAbsent(key, flight); //~ everybodyLoads: Flight<K, V> other = null;
    return other == null ? flight : null;
    //< phase 3
  }

  @Nullable Flight<K, V> of(K key) {
    return inTheAir.get(key);
  }

  void end(Flight<K, V> flight) {
    inTheAir.remove(flight.key, flight);
  }

  /** The value of this key is no longer what a load may have read. */
  void invalidate(Object key) {
    //> phase 3: mark, or take out, or both? Who may come between?
    var flight = inTheAir.get(key);
    if (flight != null) {
      flight.stale = true; //~ keepsStaleLoads: flight.stale = false;
      inTheAir.remove(key, flight);
    }
    //< phase 3 with: assert key != null;
  }

  void invalidateAll() {
    for (K key : inTheAir.keySet()) {
      invalidate(key);
    }
  }
}
