package systems.kvstore.table;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The filter that answers "surely not here" for a key that a table does not hold, at the price of
 * one cache miss.
 *
 * <p>A Bloom filter sets a handful of bits per key. If those bits may lie anywhere, every probe is
 * a cache miss of its own; here all bits of one key lie in one line of 64 bytes, and a filter is an
 * array of such lines:
 *
 * <pre>
 *   hash (64 bits)   | high 32: which bits of the line | low 32: which line |
 *
 *   line = low32 * lines &gt;&gt;&gt; 32               (a multiplication in place of a division)
 *   h = high32;  probe i: bit = h &gt;&gt;&gt; 23, h *= 0x9e3779b9      (9 bits: 0..511)
 *
 *   +---------+---------+- - -+---------+------+------+--------+------+------+
 *   | line 0  | line 1  |     | line n-1| 0xFF | 0x00 | probes | 0x00 | 0x00 |
 *   | 64 bytes|         |     |         |      |      | 1..30  |      |      |
 *   +---------+---------+- - -+---------+------+------+--------+------+------+
 * </pre>
 *
 * <p>0xFF announces a filter newer than LevelDB's, 0x00 this one; the top three bits of the probes
 * byte would announce larger lines and are zero. RocksDB calls the policy {@code bloomfilter} and
 * keeps the block under the name {@value #BLOCK_NAME}: the two stores read each other's filters.
 *
 * <p>Keeping a key inside one line costs accuracy, because lines fill unevenly: with 10 bits a key
 * about 0.95 % of absent keys pass, 0.84 % would with free bits. The misses saved are worth far
 * more.
 *
 * <p>Immutable, so any thread may ask. The source is the format as it appears in the filter blocks
 * that RocksDB writes; the idea is from Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient
 * Bloom Filters" (2007).
 */
final class BloomFilter {
  /** Name of the filter block in a table's metaindex. */
  static final String BLOCK_NAME = "fullfilter.rocksdb.BuiltinBloomFilter";

  /** Name of the policy in a table's properties. */
  static final String POLICY_NAME = "bloomfilter";

  private static final int LINE_BYTES = 64;
  private static final int TRAILER_BYTES = 5;
  private static final int GOLDEN = 0x9e3779b9;
  private static final byte NEWER_THAN_LEVELDB = (byte) 0xff;
  private static final byte LOCAL_BLOOM = 0x00;
  private static final int PROBES_MAX = 30;

  private final byte[] bytes;
  private final int lines;
  private final int probes;

  private BloomFilter(byte[] bytes, int lines, int probes) {
    this.bytes = bytes;
    this.lines = lines;
    this.probes = probes;
  }

  /**
   * The filter in a block, or null if it is of a kind that is not known here (LevelDB's Bloom
   * filter, Ribbon): a table is as correct without its filter, only slower.
   */
  static @Nullable BloomFilter decode(byte[] block) {
    int end = block.length - TRAILER_BYTES;
    if (end < LINE_BYTES || end % LINE_BYTES != 0) {
      return null;
    }
    int probes = block[end + 2];
    boolean known = block[end] == NEWER_THAN_LEVELDB && block[end + 1] == LOCAL_BLOOM;
    if (!known || probes < 1 || probes > PROBES_MAX || block[end + 3] != 0 || block[end + 4] != 0) {
      return null;
    }
    return new BloomFilter(block, end / LINE_BYTES, probes);
  }

  /** False if no key with this hash was added. */
  boolean mayContain(long hash) {
    //> phase 3: which line, which bits, and when may the loop stop early?
    int line = lineOf(hash, lines); //~ wrongHalf: int line = lineOf(hash >>> 32, lines);
    int h = (int) (hash >>> 32);
    for (int i = 0; i < probes; i++) { //~ extraProbe: for (int i = 0; i <= probes; i++) {
      int bit = h >>> 23;
      if ((bytes[line + (bit >>> 3)] >>> (bit & 7) & 1) == 0) {
        return false;
      }
      h *= GOLDEN;
    }
    return true;
    //< phase 3
  }

  int bytes() {
    return lines * LINE_BYTES + TRAILER_BYTES;
  }

  private static int lineOf(long hash, int lines) {
    return (int) ((hash & 0xffffffffL) * lines >>> 32) * LINE_BYTES;
  }

  /**
   * Collects the hashes of a table's keys; the size of a filter, and with it every bit, is known
   * only when the last key is. Belongs to one thread.
   */
  static final class Builder {
    /** More lines than this would overflow the index of a byte array. */
    private static final int LINES_MAX = (Integer.MAX_VALUE - 64) / LINE_BYTES;

    /**
     * The most thousandths of a bit per key for which {@code index + 1} probes give the fewest
     * false positives within lines of 64 bytes. Where they lie can be read off the filters that
     * RocksDB writes for different numbers of keys.
     */
    private static final int[] MILLIBITS_BY_PROBES = {
      2080, 3580, 5100, 6640, 8300, 10070, 11720, 14001, 16050, 18300, 22001, 25501
    };

    private long[] hashes = new long[1024];
    private int count;

    /** Adds a key by its hash; the same one twice in a row counts once. */
    void add(long hash) {
      if (count > 0 && hashes[count - 1] == hash) {
        return;
      }
      if (count == hashes.length) {
        hashes = Arrays.copyOf(hashes, count * 2);
      }
      hashes[count++] = hash;
    }

    /** Different keys so far. */
    int count() {
      return count;
    }

    /** The filter block for what was added, with about {@code bitsPerKey} bits a key. */
    byte[] finish(int bitsPerKey) {
      //> phase 3: how many lines, how many probes, and what follows the lines?
      assert count > 0 && bitsPerKey > 0;
      int lines = lines(bitsPerKey);
      int probes = probes(lines * (LINE_BYTES * 8000L) / count);
      byte[] block = new byte[lines * LINE_BYTES + TRAILER_BYTES];
      for (int i = 0; i < count; i++) {
        set(block, lines, probes, hashes[i]);
      }
      block[lines * LINE_BYTES] = NEWER_THAN_LEVELDB;
      block[lines * LINE_BYTES + 2] = (byte) probes;
      return block;
      //< phase 3
    }

    private int lines(int bitsPerKey) {
      long bits = (long) count * bitsPerKey;
      long lines = (bits + LINE_BYTES * 8 - 1) / (LINE_BYTES * 8);
      return Math.clamp(lines, 1, LINES_MAX);
    }

    private static int probes(long millibitsPerKey) {
      for (int i = 0; i < MILLIBITS_BY_PROBES.length; i++) {
        if (millibitsPerKey <= MILLIBITS_BY_PROBES[i]) {
          return i + 1;
        }
      }
      return millibitsPerKey > 50_000 ? 24 : (int) ((millibitsPerKey - 1) / 2000) - 1;
    }

    private static void set(byte[] block, int lines, int probes, long hash) {
      int line = lineOf(hash, lines);
      int h = (int) (hash >>> 32);
      for (int i = 0; i < probes; i++) {
        int bit = h >>> 23;
        block[line + (bit >>> 3)] |= (byte) (1 << (bit & 7));
        h *= GOLDEN;
      }
    }
  }
}
