package systems.redis.types;

/**
 * Where a compact encoding ends and a table begins, and how long nodes are; from the configuration.
 * Written and read by the command thread.
 */
public final class Limits {
  public int hashEntries = 512;
  public int hashValueBytes = 64;
  public int setIntegers = 512;
  public int zsetEntries = 128;
  public int zsetValueBytes = 64;

  /** Positive: elements a node; negative: -1 to -5 for 4, 8, 16, 32, 64 KiB a node. */
  public int listSize = -2;

  /** Nodes at each end that stay uncompressed; 0: none is compressed. */
  public int listCompressDepth;

  public int streamNodeBytes = 4096;
  public int streamNodeEntries = 100;
  public int hllSparseBytes = 3000;
}
