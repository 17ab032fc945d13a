package systems.redis.persist;

/**
 * What a snapshot consists of: the elements of an RDB file, or requests that make the same data.
 * Command thread only.
 */
interface SnapshotForm {
  /** What follows the last byte. */
  enum Checksum {
    /** Nothing. */
    NONE,
    /** Eight zeros: nobody has summed. */
    ZERO,
    CRC64
  }

  /** Where the bytes are until the snapshot takes them. */
  RdbOutput out();

  void library(byte[] code);

  /** The keys of that database follow. */
  void database(int db, long keys, long expiring);

  /**
   * A key with its value.
   *
   * @param expiresAt in milliseconds since 1970, or -1
   */
  void entry(int db, byte[] key, Object value, long expiresAt);

  /** All was written. */
  void end();

  Checksum checksum();
}
