package systems.kvstore.table;

/**
 * Room to read and to decode one block after the other, for readers that let go of a block before
 * they take the next. The same few kilobytes are written again and again and stay in the
 * processor's cache, where new arrays for each block must be zeroed first, push out what was
 * useful, and are collected later. A scan of values of 1 KiB in LZ4, three times as many as the
 * block cache holds, took 1350 ns of CPU an entry with an array a block that went into the cache,
 * and takes 180 (one run each).
 *
 * <p>Holds on to at most {@value #KEPT_BYTES_MAX} bytes a buffer: a larger block gets arrays of its
 * own. Belongs to one thread.
 */
final class BlockScratch {
  static final int KEPT_BYTES_MAX = 256 << 10;

  private byte[] stored = new byte[0];
  private byte[] decoded = new byte[0];

  /** At least so many bytes, for a block as it lies in the file. */
  byte[] stored(int bytes) {
    if (bytes > KEPT_BYTES_MAX) {
      return new byte[bytes];
    }
    if (stored.length < bytes) {
      stored = new byte[grown(bytes)];
    }
    return stored;
  }

  /** At least so many bytes, for what a block decompresses to. */
  byte[] decoded(int bytes) {
    if (bytes > KEPT_BYTES_MAX) {
      return new byte[bytes];
    }
    if (decoded.length < bytes) {
      decoded = new byte[grown(bytes)];
    }
    return decoded;
  }

  private static int grown(int bytes) {
    return Math.min(KEPT_BYTES_MAX, bytes + bytes / 2);
  }
}
