package systems.kvstore.table;

/**
 * How new tables are written.
 *
 * @param blockBytes uncompressed bytes after which a data block is cut, 512 B to 4 MiB
 * @param restartInterval entries between two keys that are stored whole, 1 to 1024
 * @param bloomBitsPerKey bits of the filter per key, 0 for none, at most 100
 */
public record TableFormat(
    Compression compression, int blockBytes, int restartInterval, int bloomBitsPerKey) {

  /** 4 KiB blocks, a whole key every 16 entries, 10 bits of filter a key, LZ4. */
  public static final TableFormat DEFAULT = new TableFormat(Compression.LZ4, 4096, 16, 10);

  public TableFormat {
    check("block bytes", blockBytes, 512, 4 << 20);
    check("restart interval", restartInterval, 1, 1024);
    check("Bloom bits per key", bloomBitsPerKey, 0, 100);
  }

  public TableFormat withCompression(Compression newCompression) {
    return new TableFormat(newCompression, blockBytes, restartInterval, bloomBitsPerKey);
  }

  private static void check(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + ": " + value + " is not in " + min + ".." + max);
    }
  }
}
