package systems.benchmarks.kvstore;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * The rival, tuned as well as we know how. What is set, and what was tried and left alone because
 * it did not help (2 cores, ext4, 2 M entries of 16 + 100 bytes; single runs, so differences under
 * five per cent say nothing):
 *
 * <pre>
 *   set                                                why
 *   bloom filter 10 bits, whole keys, full filters     a miss costs 0.43 us
 *   block cache 512 MiB, HyperClockCache               get 3.0-3.2 us; LRU 3.3 us
 *   LZ4 on every level                                 the same codec on both sides
 *   format_version 5, blocks of 4 KiB                  the same files on both sides
 *   write buffer 64 MiB, up to 3 of them               as asked; 4 of them: no better
 *   max_background_jobs 2                              as many as cores
 *   index and filter outside of the block cache        always in memory: get 3.0 us, against 3.3 us
 *                                                      of CPU with both in the cache and pinned
 *   recycle_log_file_num 4                             synced put 140-150 us against 190-310 us once
 *                                                      logs are recycled (every fillsync writes
 *                                                      three memtables first, for both systems);
 *                                                      no difference seen without sync
 *   avoid_flush_during_recovery                        after a kill with a 64 MB log open takes 240
 *                                                      ms of CPU against 470 with the flush
 *   no periodic statistics                             nothing else runs in the background
 *
 *   tried                                              seen
 *   get into a direct ByteBuffer                       2.95 us, byte[] 3.05 us: no difference
 *   put from direct ByteBuffers                        fillseq 1.7 us against 1.3 us
 *   key and value of an iterator as direct buffers     190 ns an entry, byte[] that is used again
 *                                                      161 ns, a new byte[] each 227 ns
 *   readahead 2 MiB for scans                          162 ns: no difference, all is cached
 *   hash index in data blocks                          get 3.15 us: no difference, files 2 % larger
 *   interpolation search in the index                  no difference
 *   blocks of 16 KiB                                   get 2.8 us (7 % better), seek 8 % better; not
 *                                                      taken: the block size is the format's
 *                                                      trade-off and is the same on both sides
 *   allow_mmap_writes, pipelined writes, no concurrent no difference with one writer
 *   memtable writes, no adaptive yield, huge pages,
 *   insert hints
 *   skip_stats_update_on_db_open                       no difference at this size
 *   no compression of level 0                          CPU of fillrandom 5 % less on a loaded machine,
 *                                                      of overwrite the same; not taken: LZ4 both
 * </pre>
 *
 * <p>Left at their defaults: checksums are verified, memory-mapped reads are off, compaction is
 * leveled with dynamic level sizes. Every options object and every buffer is made once and used
 * again; the byte[] calls are the fast ones of this binding, so they are the ones used.
 */
final class RocksEngine implements Engine {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int VALUE_BYTES_MAX = 4096;
  private static final int MEMTABLES_MAX = 3;
  private static final int BACKGROUND_JOBS = 2;
  private static final int RECYCLED_LOGS = 4;
  private static final long POLL_NANOS = 2_000_000;
  private static final List<String> BUSY_PROPERTIES =
      List.of(
          "rocksdb.mem-table-flush-pending",
          "rocksdb.num-running-flushes",
          "rocksdb.compaction-pending",
          "rocksdb.num-running-compactions");
  private static final Pattern STALL_TIME =
      Pattern.compile("Cumulative stall: (\\d+):(\\d+):(\\d+\\.\\d+) H:M:S");
  private static final Pattern STALL_COUNT = Pattern.compile("total-(?:delays|stops): (\\d+)");

  private final Cache cache;
  private final BloomFilter filter;
  private final Options options;
  private final WriteOptions buffered = new WriteOptions();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final ReadOptions reads = new ReadOptions();
  private final RocksDB database;

  RocksEngine(Path directory, long memtableBytes) throws IOException {
    cache = new HyperClockCache(CACHE_BYTES, 0, -1, false);
    filter = new BloomFilter(BLOOM_BITS);
    options = options(memtableBytes);
    try {
      database = RocksDB.open(options, directory.toString());
    } catch (RocksDBException failed) {
      throw new IOException("RocksDB cannot open " + directory, failed);
    }
  }

  private Options options(long memtableBytes) {
    var table =
        new BlockBasedTableConfig()
            .setFilterPolicy(filter)
            .setFormatVersion(5)
            .setBlockSize(BLOCK_BYTES)
            .setBlockCache(cache);
    return new Options()
        .setCreateIfMissing(true)
        .setTableFormatConfig(table)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setWriteBufferSize(memtableBytes)
        .setMaxWriteBufferNumber(MEMTABLES_MAX)
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setRecycleLogFileNum(RECYCLED_LOGS)
        .setAvoidFlushDuringRecovery(true)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    try {
      database.put(buffered, key, value);
    } catch (RocksDBException failed) {
      throw new IOException(failed);
    }
  }

  @Override
  public void putSync(byte[] key, byte[] value) throws IOException {
    try {
      database.put(synced, key, value);
    } catch (RocksDBException failed) {
      throw new IOException(failed);
    }
  }

  @Override
  public Reader reader() {
    return new PointReader();
  }

  @Override
  public Scan scan() {
    return new IteratorScan(database.newIterator(reads));
  }

  @Override
  public void settle() throws IOException {
    try (var flush = new FlushOptions().setWaitForFlush(true)) {
      database.flush(flush);
      while (isBusy()) {
        LockSupport.parkNanos(POLL_NANOS);
      }
    } catch (RocksDBException failed) {
      throw new IOException(failed);
    }
  }

  private boolean isBusy() throws RocksDBException {
    for (String property : BUSY_PROPERTIES) {
      if (database.getLongProperty(property) > 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void compact() throws IOException {
    try (var force =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      database.compactRange(database.getDefaultColumnFamily(), null, null, force);
    } catch (RocksDBException failed) {
      throw new IOException(failed);
    }
    settle();
  }

  /** From the text of {@code rocksdb.dbstats} and {@code rocksdb.cfstats}, which is always kept. */
  @Override
  public Stalls stalls() throws IOException {
    try {
      long nanos = stallNanos(database.getProperty("rocksdb.dbstats"));
      return new Stalls(stallCount(database.getProperty("rocksdb.cfstats")), nanos, List.of());
    } catch (RocksDBException failed) {
      throw new IOException(failed);
    }
  }

  static long stallNanos(String statistics) {
    Matcher time = STALL_TIME.matcher(statistics);
    if (!time.find()) {
      return 0;
    }
    double seconds =
        Integer.parseInt(time.group(1)) * 3600.0
            + Integer.parseInt(time.group(2)) * 60.0
            + Double.parseDouble(time.group(3));
    return (long) (seconds * 1e9);
  }

  static long stallCount(String statistics) {
    Matcher counts = STALL_COUNT.matcher(statistics);
    long sum = 0;
    while (counts.find()) {
      sum += Long.parseLong(counts.group(1));
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    try (cache;
        filter;
        options;
        buffered;
        synced;
        reads) {
      database.closeE();
    } catch (RocksDBException failed) {
      throw new IOException(failed);
    }
  }

  private final class PointReader implements Reader {
    private final byte[] value = new byte[VALUE_BYTES_MAX];
    private int length;

    @Override
    public int get(byte[] key) throws IOException {
      try {
        length = database.get(reads, key, value);
        return length;
      } catch (RocksDBException failed) {
        throw new IOException(failed);
      }
    }

    @Override
    public long word() {
      return (long) WORD.get(value, 0);
    }

    @Override
    public void digest(CRC32C digest) {
      digest.update(value, 0, length);
    }
  }

  private static final class IteratorScan implements Scan {
    private final RocksIterator iterator;
    private final byte[] key = new byte[64];
    private final byte[] value = new byte[VALUE_BYTES_MAX];

    IteratorScan(RocksIterator iterator) {
      this.iterator = iterator;
    }

    @Override
    public void first() {
      iterator.seekToFirst();
    }

    @Override
    public void last() {
      iterator.seekToLast();
    }

    @Override
    public void seek(byte[] target) {
      iterator.seek(target);
    }

    @Override
    public void next() {
      iterator.next();
    }

    @Override
    public void prev() {
      iterator.prev();
    }

    @Override
    public boolean valid() {
      return iterator.isValid();
    }

    @Override
    public long word() {
      iterator.key(key);
      iterator.value(value);
      return (long) WORD.get(key, 0) + (long) WORD.get(value, 0);
    }

    @Override
    public void digest(CRC32C digest) {
      digest.update(key, 0, iterator.key(key));
      digest.update(value, 0, iterator.value(value));
    }

    @Override
    public void close() {
      iterator.close();
    }
  }
}
