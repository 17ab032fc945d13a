package systems.core.cache.jcache;

import java.util.function.Supplier;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;
import systems.core.cache.Expiry;

/**
 * Translates an expiry policy of JSR 107. The policy belongs to the user and may ask somebody far
 * away; it is asked exactly when the standard says so: once per creation, update and access, and
 * not for a look. A policy that throws lets new entries live forever and leaves the others as they
 * are.
 */
final class Lives<K, V> implements Expiry<K, Held<V>> {
  /** As long as it was to live anyway. */
  static final long KEEP = -1;

  private final ExpiryPolicy policy;

  Lives(ExpiryPolicy policy) {
    this.policy = policy;
  }

  ExpiryPolicy policy() {
    return policy;
  }

  long ofCreation() {
    return nanos(policy::getExpiryForCreation, FOREVER);
  }

  long ofUpdate() {
    return nanos(policy::getExpiryForUpdate, KEEP);
  }

  long ofAccess() {
    return nanos(policy::getExpiryForAccess, KEEP);
  }

  private static long nanos(Supplier<@Nullable Duration> asked, long otherwise) {
    Duration life;
    try {
      life = asked.get();
    } catch (RuntimeException _) {
      return otherwise;
    }
    if (life == null) {
      return otherwise;
    }
    return life.isEternal()
        ? FOREVER
        : Math.min(FOREVER, life.getTimeUnit().toNanos(life.getDurationAmount()));
  }

  @Override
  public long afterCreate(K key, Held<V> held) {
    return held.lifeNanos();
  }

  @Override
  public long afterUpdate(K key, Held<V> held, long remainingNanos) {
    return held.lifeNanos() == KEEP ? remainingNanos : held.lifeNanos();
  }

  @Override
  public long afterRead(K key, Held<V> held, long remainingNanos) {
    long life = ofAccess();
    return life == KEEP ? remainingNanos : life;
  }
}
