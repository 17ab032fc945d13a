package systems.core.cache;

/** Who has to go when a cache is full. */
public enum Eviction {
  /** Who was not used for the longest time. */
  LRU,
  /** Who came, was not used again and left before, or was not used since the queue went round. */
  S3_FIFO,
  /** Who is used least often, by an estimate that also remembers those who are not there. */
  TINY_LFU
}
