package systems.kvstore.table;

import java.util.Arrays;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;

/**
 * The index of a table, as a search wants it: which block may hold a key.
 *
 * <p>On disk it is a block whose keys separate the data blocks (each is at or after every key of
 * its block and before every key of the next) and whose values say where the blocks lie. In memory
 * it is four arrays, filled once when the table is opened:
 *
 * <pre>
 *   separators     user:1041   user:1093   user:11     user:1177
 *   common         user:1
 *   prefixes[]     "041....."  "093....."  "1......."  "177....."   8 bytes behind what all share
 *   ends[]         4           7           7           10           tails: "041|093|1.."  behind
 *   offsets[]      0           3981        7960        11950        common, one after the other
 *   sizes[]        3976        3974        3985        3990
 * </pre>
 *
 * <p>A search is a binary search over {@code prefixes}, compared as numbers; only where prefixes
 * are equal are the tails looked at. Stripping what all separators share is what makes eight bytes
 * tell keys apart: without it {@code user:1041} and {@code user:1093} would look alike. Compared
 * with searching the index block itself this saves decoding some 15 entries a lookup.
 *
 * <p>Separators are user keys, or internal keys where the versions of one user key span blocks
 * ({@code rocksdb.index.key.is.user.key} = 0): then the trailers decide among equal user keys.
 *
 * <p>Invariants: separators ascend; blocks lie in the file one after the other without overlap.
 * Immutable: any thread may search.
 */
final class TableIndex {
  /** Most bytes of all separators together: shared prefixes could make them any size. */
  private static final int SEPARATOR_BYTES_MAX = 256 << 20;

  private final int count;
  private final boolean internalKeys;
  private final byte[] common;
  private final long[] prefixes;
  private final byte[] tails;
  private final int[] ends;
  private final long[] trailers;
  private final long[] offsets;
  private final int[] sizes;

  private TableIndex(Decoder from, byte[] common) {
    count = from.count;
    internalKeys = from.internalKeys;
    this.common = common;
    prefixes = new long[count];
    ends = new int[count];
    var rest = new ByteSink(from.keys.size() + 8);
    for (int i = 0; i < count; i++) {
      int start = from.start(i) + common.length;
      rest.putBytes(from.keys.array(), start, from.ends[i] - start);
      ends[i] = rest.size();
    }
    rest.putFixed64(0); // so that a prefix may be read anywhere
    tails = rest.toByteArray();
    for (int i = 0; i < count; i++) {
      prefixes[i] = signed(InternalKey.prefix(tails, start(i), ends[i] - start(i)));
    }
    trailers = internalKeys ? Arrays.copyOf(from.trailers, count) : new long[0];
    offsets = Arrays.copyOf(from.offsets, count);
    sizes = Arrays.copyOf(from.sizes, count);
  }

  /**
   * Decodes an index block.
   *
   * @param internalKeys whether separators are internal keys
   * @param deltaEncoded whether a handle at a key that shares bytes with the one before is only the
   *     difference of the sizes: the blocks follow each other
   * @param dataEnd the blocks must end at or before this offset of the file
   */
  static TableIndex decode(Block block, boolean internalKeys, boolean deltaEncoded, long dataEnd)
      throws MalformedException {
    var decoder = new Decoder(internalKeys, deltaEncoded, dataEnd);
    decoder.readAll(new BlockScan(block));
    return new TableIndex(decoder, decoder.common());
  }

  int count() {
    return count;
  }

  long offset(int ordinal) {
    return offsets[ordinal];
  }

  /** Bytes of a block as stored, without its trailer. */
  int size(int ordinal) {
    return sizes[ordinal];
  }

  /** First byte behind a block and its trailer. */
  long end(int ordinal) {
    return offsets[ordinal] + sizes[ordinal] + BlockHandle.TRAILER_BYTES;
  }

  /** Whether versions of one user key may lie in two blocks. */
  boolean hasInternalKeys() {
    return internalKeys;
  }

  /**
   * Ordinal of the first block whose separator is at or after an internal key; the number of blocks
   * if the key is behind all of them.
   */
  int find(byte[] key, int offset, int length) {
    //> phase 3: what does the common prefix decide, what the eight bytes behind it?
    int userLength = length - InternalKey.TRAILER_BYTES;
    int shared = Math.min(userLength, common.length);
    int order = Arrays.compareUnsigned(key, offset, offset + shared, common, 0, shared);
    if (order != 0 || userLength < common.length) {
      return order > 0 ? count : 0;
    }
    int from = offset + shared;
    int left = userLength - shared;
    long prefix = signed(InternalKey.prefix(key, from, left));
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long other = prefixes[middle];
      if (other < prefix || other == prefix && tailIsBefore(middle, key, from, left)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
    //< phase 3
  }

  //> phase 3 only
  private boolean tailIsBefore(int i, byte[] key, int from, int left) {
    int order = Arrays.compareUnsigned(tails, start(i), ends[i], key, from, from + left);
    return order < 0
        || order == 0
            && internalKeys
            && Long.compareUnsigned(
                    trailers[i], InternalKey.trailer(key, from, left + InternalKey.TRAILER_BYTES))
                > 0;
  }

  //< phase 3

  /** Whether an internal key may lie in a block, as far as the separators around it tell. */
  boolean holds(int ordinal, byte[] key, int offset, int length) {
    return find(key, offset, length) == ordinal;
  }

  private int start(int i) {
    return i == 0 ? 0 : ends[i - 1];
  }

  private static long signed(long unsigned) {
    return unsigned ^ Long.MIN_VALUE;
  }

  /** What the entries of an index block say, before it is known what the separators share. */
  private static final class Decoder {
    private final boolean internalKeys;
    private final boolean deltaEncoded;
    private final long dataEnd;
    private final ByteSink keys = new ByteSink(1024);
    private int count;
    private int[] ends = new int[64];
    private long[] trailers = new long[64];
    private long[] offsets = new long[64];
    private int[] sizes = new int[64];

    Decoder(boolean internalKeys, boolean deltaEncoded, long dataEnd) {
      this.internalKeys = internalKeys;
      this.deltaEncoded = deltaEncoded;
      this.dataEnd = dataEnd;
    }

    void readAll(BlockScan scan) throws MalformedException {
      while (deltaEncoded ? scan.nextKey() : scan.next()) {
        int at = scan.position();
        var handle = handle(scan);
        boolean follows = count == 0 || handle.offset() >= end(count - 1);
        boolean fits = handle.offset() <= dataEnd && handle.size() <= Integer.MAX_VALUE - 64;
        if (!follows || !fits || handle.end() > dataEnd) {
          throw new MalformedException(
              "an index entry " + handle + " in " + dataEnd + " bytes of data", at);
        }
        add(scan, handle);
      }
    }

    private BlockHandle handle(BlockScan scan) throws MalformedException {
      if (!deltaEncoded) {
        return BlockHandle.read(new ByteSource(scan.value()));
      }
      if (!scan.isShared()) {
        return BlockHandle.read(scan.source());
      }
      long zigzag = scan.source().readVarint64();
      long size = sizes[count - 1] + (zigzag >>> 1 ^ -(zigzag & 1));
      if (size < 0) {
        throw new MalformedException("an index entry of size " + size, scan.position());
      }
      return new BlockHandle(end(count - 1), size);
    }

    private long end(int i) {
      return offsets[i] + sizes[i] + BlockHandle.TRAILER_BYTES;
    }

    private void add(BlockScan scan, BlockHandle handle) throws MalformedException {
      int userLength = scan.keyLength() - (internalKeys ? InternalKey.TRAILER_BYTES : 0);
      if (userLength < 0 || userLength > SEPARATOR_BYTES_MAX - keys.size()) {
        throw new MalformedException("an index key of " + userLength + " bytes", scan.position());
      }
      if (count == ends.length) {
        grow();
      }
      if (internalKeys) {
        trailers[count] = InternalKey.trailer(scan.keyArray(), 0, scan.keyLength());
      }
      keys.putBytes(scan.keyArray(), 0, userLength);
      ends[count] = keys.size();
      offsets[count] = handle.offset();
      sizes[count] = (int) handle.size();
      count++;
      checkOrder(scan.position());
    }

    private void checkOrder(int position) throws MalformedException {
      int last = count - 1;
      if (last == 0) {
        return;
      }
      byte[] all = keys.array();
      int order =
          Arrays.compareUnsigned(
              all, start(last - 1), ends[last - 1], all, start(last), ends[last]);
      if (order > 0
          || order == 0
              && (!internalKeys || Long.compareUnsigned(trailers[last - 1], trailers[last]) <= 0)) {
        throw new MalformedException("index keys out of order", position);
      }
    }

    private void grow() {
      int more = count * 2;
      ends = Arrays.copyOf(ends, more);
      trailers = Arrays.copyOf(trailers, more);
      offsets = Arrays.copyOf(offsets, more);
      sizes = Arrays.copyOf(sizes, more);
    }

    private int start(int i) {
      return i == 0 ? 0 : ends[i - 1];
    }

    /** What all separators begin with: they ascend, so the first and the last tell. */
    private byte[] common() {
      if (count == 0) {
        return new byte[0];
      }
      byte[] all = keys.array();
      int max = Math.min(ends[0], ends[count - 1] - start(count - 1));
      int at = Arrays.mismatch(all, 0, max, all, start(count - 1), start(count - 1) + max);
      return Arrays.copyOf(all, at < 0 ? max : at);
    }
  }
}
