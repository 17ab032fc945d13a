package systems.benchmarks.kvstore;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a workload may ask of a system. A process has one system only, so calls through this
 * interface have one target and cost nothing after the JIT compiler has seen them.
 *
 * <p>Both are opened alike: LZ4 on every level, blocks of {@value #BLOCK_BYTES} bytes, a filter of
 * {@value #BLOOM_BITS} bits a key, {@value #CACHE_BYTES} bytes of block cache, the memtable that
 * the workload asks for, checksums verified. Puts survive kill -9; synced puts survive power loss.
 *
 * <p>Puts may come from any thread, a {@link Reader} or {@link Scan} belongs to one.
 */
interface Engine extends Closeable {
  int BLOCK_BYTES = 4096;
  int BLOOM_BITS = 10;
  long CACHE_BYTES = 512L << 20;

  void put(byte[] key, byte[] value) throws IOException;

  void putSync(byte[] key, byte[] value) throws IOException;

  Reader reader();

  Scan scan() throws IOException;

  /** Writes the memtable out and waits until no flush and no compaction runs or is due. */
  void settle() throws IOException;

  /** Rewrites everything into the lowest level, then {@link #settle()}. */
  void compact() throws IOException;

  /** What the system itself says about writes that it held up since it was opened. */
  Stalls stalls() throws IOException;

  @Override
  void close() throws IOException;

  /**
   * Stalls since the store was opened.
   *
   * @param nanos time for which writes were delayed or stopped, in sum
   * @param millis length of each stall that the system has told of with its reason; RocksDB tells
   *     sums only
   */
  record Stalls(long count, long nanos, List<Long> millis) {}

  /** Point reads into a buffer that is used again. */
  interface Reader {
    /** Length of the value, or -1 if there is none. */
    int get(byte[] key) throws IOException;

    /** The first eight bytes of the value that was got: proof that the caller can see it. */
    long word();

    /** Adds the value that was got. */
    void digest(CRC32C digest);
  }

  /** A position that moves in both directions. */
  interface Scan extends Closeable {
    void first() throws IOException;

    void last() throws IOException;

    void seek(byte[] key) throws IOException;

    void next() throws IOException;

    void prev() throws IOException;

    boolean valid();

    /** Makes key and value visible to Java and adds up the first eight bytes of both. */
    long word() throws IOException;

    /** Adds key and value. */
    void digest(CRC32C digest) throws IOException;

    @Override
    void close();
  }
}
