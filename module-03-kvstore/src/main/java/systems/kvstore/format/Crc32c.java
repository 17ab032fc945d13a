package systems.kvstore.format;

import java.util.zip.CRC32C;

/**
 * CRC-32C (Castagnoli), as stored: rotated and offset, because a CRC over bytes that contain CRCs
 * is weak. {@code masked = ((crc >>> 15) | (crc << 17)) + 0xa282ead8} (LevelDB's log format).
 */
public final class Crc32c {
  private static final int MASK_DELTA = 0xa282ead8;

  private Crc32c() {}

  /** The masked checksum of {@code bytes[offset, offset + length)}. */
  public static int masked(byte[] bytes, int offset, int length) {
    var crc = new CRC32C();
    crc.update(bytes, offset, length);
    return mask((int) crc.getValue());
  }

  /** Masks a checksum for storing. */
  public static int mask(int crc) {
    return ((crc >>> 15) | (crc << 17)) + MASK_DELTA;
  }

  /** The checksum under a mask. */
  public static int unmask(int masked) {
    int rotated = masked - MASK_DELTA;
    return (rotated >>> 17) | (rotated << 15);
  }
}
