package systems.core.cache;

/**
 * What a cache has counted since it was made.
 *
 * @param loads loads that gave a value
 * @param loadFailures loads that threw or gave none
 * @param loadNanos time in all loads, of both kinds
 * @param evictions entries that left because of the bound or of time
 */
public record CacheStats(
    long hits, long misses, long loads, long loadFailures, long loadNanos, long evictions) {

  /** The part of all lookups that found a value; 1 if there was none. */
  public double hitRatio() {
    long lookups = hits + misses;
    return lookups == 0 ? 1.0 : (double) hits / lookups;
  }
}
