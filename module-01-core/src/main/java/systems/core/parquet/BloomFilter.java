package systems.core.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import systems.core.codec.XxHash64;

/**
 * Whether a value can be in a chunk: a Bloom filter in blocks of 256 bits, so that a question costs
 * one miss of the cache.
 *
 * <pre>
 *   hash of a value   | upper 32 bits: which block | lower 32: a bit in each of its 8 words |
 *
 *   block             | word 0 ...1... | word 1 .1..... | ... | word 7 .....1. |
 * </pre>
 *
 * <p>"No" is certain. With ten bits for each value, about one value in a hundred that is not there
 * gets a "perhaps".
 *
 * <p>Sources: BloomFilter.md of parquet-format; F. Putze, P. Sanders, J. Singler, "Cache-, hash-
 * and space-efficient Bloom filters", Journal of Experimental Algorithmics 14, 2009.
 */
final class BloomFilter {
  static final int BYTES_MAX = 1 << 26;

  private static final int BLOCK_BYTES = 32;
  private static final int BITS_PER_VALUE = 10;
  private static final int HEADER_BYTES_MAX = 64;
  private static final int[] SALT = {
    0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31
  };
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] blocks;

  private BloomFilter(byte[] blocks) {
    this.blocks = blocks;
  }

  /** An empty filter for so many values. */
  static BloomFilter of(int values) {
    long blocks = Math.max(1, ((long) values * BITS_PER_VALUE + 255) / 256);
    return new BloomFilter(new byte[(int) Math.min(blocks * BLOCK_BYTES, BYTES_MAX)]);
  }

  /** What stands for a value that lies plain in an array, a string without its length. */
  static long hash(byte[] plain, int from, int length) {
    return XxHash64.hash(plain, from, length, 0);
  }

  void add(long hash) {
    //> phase 7: which block, and which bit of each of its words?
    int block = block(hash);
    for (int word = 0; word < SALT.length; word++) {
      int at = block + Integer.BYTES * word;
      INT.set(blocks, at, (int) INT.get(blocks, at) | bit(hash, word));
    }
    //< phase 7
  }

  /** Whether a value with this hash can have been added. */
  boolean mayHave(long hash) {
    //> phase 7: one bit that is not set is enough
    int block = block(hash);
    for (int word = 0; word < SALT.length; word++) {
      if (((int) INT.get(blocks, block + Integer.BYTES * word) & bit(hash, word)) == 0) {
        return false;
      }
    }
    return true;
    //< phase 7
  }

  //> phase 7 only
  private int block(long hash) {
    long blockCount = blocks.length / BLOCK_BYTES;
    return (int) ((hash >>> 32) * blockCount >>> 32) * BLOCK_BYTES;
  }

  private static int bit(long hash, int word) {
    return 1 << ((int) hash * SALT[word] >>> 27);
  }

  //< phase 7

  /** Writes the filter behind its header. */
  void write(Sink out) {
    var header = new ThriftWriter(out);
    header.begin();
    header.i32(1, blocks.length);
    for (int algorithmHashCompression = 2; algorithmHashCompression <= 4; ) {
      header.begin(algorithmHashCompression++);
      header.begin(1); // split blocks, XXH64, none: the first of each union
      header.end();
      header.end();
    }
    header.end();
    out.put(blocks, 0, blocks.length);
  }

  /** Reads a filter, or returns null if it is of another kind or larger than is worth it. */
  static @Nullable BloomFilter read(MappedFile file, FileMetaData.Section place)
      throws ParquetException {
    if (place.offset() <= 0) {
      return null;
    }
    long room = Math.min(HEADER_BYTES_MAX, file.size() - place.offset());
    Window header = file.window(place.offset(), (int) Math.max(0, room), "a Bloom filter");
    int length = readHeader(new ThriftReader(header));
    if (length <= 0 || length > BYTES_MAX || length % BLOCK_BYTES != 0) {
      return null;
    }
    Window blocks = file.window(header.place(), length, "a Bloom filter");
    return new BloomFilter(blocks.bytes);
  }

  private static int readHeader(ThriftReader in) throws ParquetException {
    int length = 0;
    boolean known = true;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> length = in.i32();
        case 2, 3, 4 -> known &= isFirstOfUnion(in);
        default -> in.skip();
      }
    }
    return known ? length : 0;
  }

  private static boolean isFirstOfUnion(ThriftReader in) throws ParquetException {
    boolean first = false;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      first |= id == 1;
      in.skip();
    }
    return first;
  }
}
