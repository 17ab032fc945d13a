package systems.core.cache;

import java.time.Duration;

/**
 * How long an entry may stay. All times are nanoseconds from now; 0 or less means that the entry is
 * over at once, {@link #FOREVER} that time does not end it.
 */
public interface Expiry<K, V> {
  /** 146 years, which a cache does not tell from never. */
  long FOREVER = Long.MAX_VALUE >> 1;

  /** The time that a new entry gets. */
  long afterCreate(K key, V value);

  /** The time that an entry has when its value is replaced. */
  default long afterUpdate(K key, V value, long remainingNanos) {
    return afterCreate(key, value);
  }

  /** The time that an entry has when it is read; usually what it had. */
  default long afterRead(K key, V value, long remainingNanos) {
    return remainingNanos;
  }

  /** So long after it was written, whoever reads it. */
  static <K, V> Expiry<K, V> afterWrite(Duration life) {
    long nanos = nanos(life);
    return (_, _) -> nanos;
  }

  /** So long after it was last read or written. */
  static <K, V> Expiry<K, V> afterAccess(Duration life) {
    long nanos = nanos(life);
    return new Expiry<>() {
      @Override
      public long afterCreate(K key, V value) {
        return nanos;
      }

      @Override
      public long afterRead(K key, V value, long remainingNanos) {
        return nanos;
      }
    };
  }

  private static long nanos(Duration life) {
    if (life.isNegative() || life.isZero()) {
      throw new IllegalArgumentException("a life of " + life + "; it must be longer than nothing");
    }
    return life.compareTo(Duration.ofNanos(FOREVER)) >= 0 ? FOREVER : life.toNanos();
  }
}
