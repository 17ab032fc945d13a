package systems.core.cache;

/** Why a value is no longer in a cache. */
public enum RemovalCause {
  /** Somebody removed it. */
  EXPLICIT,
  /** Somebody put another value in its place. */
  REPLACED,
  /** The cache was full. */
  SIZE,
  /** Its time was over. */
  EXPIRED;

  /** Whether the cache let it go by itself. */
  public boolean isEviction() {
    return this == SIZE || this == EXPIRED;
  }
}
