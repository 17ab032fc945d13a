package systems.core.cache.jcache;

/**
 * A value in a cache and the life that it was given when it came.
 *
 * @param lifeNanos {@link Lives#KEEP}: what its predecessor had left
 */
record Held<V>(V value, long lifeNanos) {}
