package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ChecksumType;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;
import systems.kvstore.Durability;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.table.Compression;
import systems.kvstore.table.TableFormat;

/**
 * RocksDB as the judge: it must open what we wrote, and we what it wrote, and both see the same.
 */
class RocksDbInteropTest {
  private static final int KEYS = 500;
  private static final int RANGE_PERCENT = 3;
  private static final int OPERATIONS = Effort.of(3000, 1000);

  @BeforeAll
  static void load() {
    RocksDB.loadLibrary();
  }

  static LongStream eightSeeds() {
    return LongStream.rangeClosed(1, Effort.of(8, 2));
  }

  static LongStream sixteenSeeds() {
    return LongStream.rangeClosed(11, Effort.of(26, 12));
  }

  @ParameterizedTest
  @MethodSource("eightSeeds")
  @Tag("phase-4")
  void rocksDbOpensADirectoryOfPutsAndDeletions(long seed, @TempDir Path directory)
      throws Exception {
    var leveled = ourOptions(seed).compactionStyle(LsmOptions.CompactionStyle.LEVELED);
    rocksDbReadsOurs(seed, directory, leveled, 0);
  }

  @ParameterizedTest
  @MethodSource("eightSeeds")
  @Tag("phase-5")
  void rocksDbReadsADirectoryOfOurs(long seed, @TempDir Path directory) throws Exception {
    rocksDbReadsOurs(seed, directory, ourOptions(seed), RANGE_PERCENT);
  }

  private static void rocksDbReadsOurs(
      long seed, Path directory, LsmOptions ourOptions, int rangePercent) throws Exception {
    var ours = directory.resolve("ours");
    var model = new Model();
    try (var store = LsmStore.open(ours, ourOptions)) {
      workload(seed, model, new OurWriter(store), OPERATIONS, rangePercent);
      if (seed % 2 == 0) {
        store.compactRange(null, null);
      }
    }
    try (var options = rocksOptions();
        var rocks = RocksDB.open(options, ours.toString())) {
      rocks.verifyChecksum();
      assertThat(contentOf(rocks)).as("seed %d", seed).isEqualTo(Model.texts(model.entries));
      assertThat(checksumOf(rocks)).isEqualTo(checksumOf(model));
      for (int i = 0; i < KEYS; i++) {
        assertThat(rocks.get(key(i))).isEqualTo(model.get(key(i)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("eightSeeds")
  @Tag("phase-5")
  void weReadADirectoryOfRocksDb(long seed, @TempDir Path directory) throws Exception {
    var theirs = directory.resolve("theirs").toString();
    var model = new Model();
    try (var options = rocksOptions();
        var rocks = RocksDB.open(options, theirs)) {
      workload(seed, model, new RocksWriter(rocks), OPERATIONS, RANGE_PERCENT);
      if (seed % 2 == 0) {
        rocks.compactRange();
      }
    }
    try (var store = LsmStore.open(Path.of(theirs), ourOptions(seed))) {
      store.verify();
      model.assertSame(store, keys());
    }
  }

  @ParameterizedTest
  @MethodSource("sixteenSeeds")
  @Tag("phase-5")
  void bothWriteToTheSameDirectoryInTurns(long seed, @TempDir Path directory) throws Exception {
    var shared = directory.resolve("shared");
    var model = new Model();
    for (int turn = 0; turn < Effort.of(6, 3); turn++) {
      if (turn % 2 == 0) {
        try (var store = LsmStore.open(shared, ourOptions(seed + turn))) {
          model.assertSame(store, keys());
          workload(seed + turn, model, new OurWriter(store), 800, RANGE_PERCENT);
        }
      } else {
        try (var options = rocksOptions();
            var rocks = RocksDB.open(options, shared.toString())) {
          assertThat(contentOf(rocks)).isEqualTo(Model.texts(model.entries));
          workload(seed + turn, model, new RocksWriter(rocks), 800, RANGE_PERCENT);
        }
      }
    }
    try (var store = LsmStore.open(shared, ourOptions(seed))) {
      model.assertSame(store, keys());
    }
  }

  @Test
  @Tag("slow")
  @Tag("phase-5")
  void aThousandRandomDirectoriesAreReadBothWays(@TempDir Path directory) throws Exception {
    for (long seed = 100; seed < 1100; seed++) {
      var folder = Files.createDirectory(directory.resolve("seed" + seed));
      if (seed % 2 == 0) {
        rocksDbReadsADirectoryOfOurs(seed, folder);
      } else {
        weReadADirectoryOfRocksDb(seed, folder);
      }
    }
  }

  @Test
  @Tag("phase-4")
  void aDirectoryWithAnotherComparatorIsRefused(@TempDir Path directory) throws Exception {
    var path = directory.resolve("reverse").toString();
    try (var options = rocksOptions();
        var rocks =
            RocksDB.open(
                options.setComparator(org.rocksdb.BuiltinComparator.REVERSE_BYTEWISE_COMPARATOR),
                path)) {
      rocks.put(key(1), key(2));
    }
    assertThatThrownBy(() -> LsmStore.open(Path.of(path), new LsmOptions()))
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("rocksdb.ReverseBytewiseComparator");
  }

  @Test
  @Tag("phase-4")
  void aTableWithAnUnknownCodecIsRefusedByTheCodecsName(@TempDir Path directory) throws Exception {
    var path = directory.resolve("zstd").toString();
    try (var options = rocksOptions();
        var flush = new FlushOptions();
        var rocks =
            RocksDB.open(
                options
                    .setCompressionType(CompressionType.ZSTD_COMPRESSION)
                    .setCompressionPerLevel(List.of()),
                path)) {
      for (int i = 0; i < KEYS; i++) {
        rocks.put(key(i), new byte[1000]);
      }
      rocks.flush(flush);
    }
    try (var store = LsmStore.open(Path.of(path), new LsmOptions())) {
      assertThatThrownBy(() -> store.get(key(1)))
          .isInstanceOf(KvException.Unsupported.class)
          .hasMessageContainingAll("ZSTD", ".sst");
    }
  }

  private static LsmOptions ourOptions(long seed) {
    var random = new Random(seed);
    var codec = random.nextBoolean() ? Compression.LZ4 : Compression.NONE;
    return new LsmOptions()
        .memtableBytes(16 << 10)
        .logInitialBytes(16 << 10)
        .mappedLog(random.nextBoolean())
        .levels(32 << 10, 4)
        .tableBytes(8 << 10)
        .tableFormat(new TableFormat(codec, 1024, 1 + random.nextInt(20), 10))
        .compactionStyle(
            random.nextInt(3) == 0
                ? LsmOptions.CompactionStyle.UNIVERSAL
                : LsmOptions.CompactionStyle.LEVELED);
  }

  private static Options rocksOptions() {
    var table =
        new BlockBasedTableConfig()
            .setFormatVersion(5)
            .setChecksumType(ChecksumType.kCRC32c)
            .setFilterPolicy(new BloomFilter(10, false))
            .setBlockSize(1024);
    return new Options()
        .setCreateIfMissing(true)
        .setTableFormatConfig(table)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setWriteBufferSize(64 << 10)
        .setTargetFileSizeBase(16 << 10)
        .setMaxBytesForLevelBase(64 << 10)
        .setLevel0FileNumCompactionTrigger(2);
  }

  private interface Writer {
    void write(WriteBatch batch) throws Exception;
  }

  private record OurWriter(LsmStore store) implements Writer {
    @Override
    public void write(WriteBatch batch) throws IOException {
      store.write(batch, Durability.BUFFERED);
    }
  }

  private record RocksWriter(RocksDB rocks) implements Writer {
    @Override
    public void write(WriteBatch batch) throws RocksDBException, IOException {
      try (var theirs = new org.rocksdb.WriteBatch();
          var options = new WriteOptions()) {
        var records = batch.records();
        while (records.next()) {
          var key = records.key().toByteArray();
          switch (records.kind()) {
            case PUT -> theirs.put(key, records.value().toByteArray());
            case DELETE -> theirs.delete(key);
            case DELETE_RANGE -> theirs.deleteRange(key, records.value().toByteArray());
          }
        }
        rocks.write(options, theirs);
      }
    }
  }

  private static void workload(long seed, Model model, Writer writer, int writes, int rangePercent)
      throws Exception {
    var random = new Random(seed);
    for (int i = 0; i < writes; i++) {
      var batch = new WriteBatch();
      var key = key(random.nextInt(KEYS));
      int dice = random.nextInt(100);
      if (dice < 15) {
        batch.delete(key);
        model.delete(key);
      } else if (dice < 15 + rangePercent) {
        int from = random.nextInt(KEYS);
        var end = key(from + random.nextInt(30));
        if (java.util.Arrays.compareUnsigned(key(from), end) < 0) {
          batch.deleteRange(key(from), end);
          model.deleteRange(key(from), end);
        }
      } else {
        for (int j = random.nextInt(3); j >= 0; j--) {
          var another = key(random.nextInt(KEYS));
          var value = new byte[random.nextInt(200)];
          random.nextBytes(value);
          batch.put(another, value);
          model.put(another, value);
        }
      }
      writer.write(batch);
    }
  }

  private static byte[] key(int i) {
    return String.format("key%06d%s", i * 7919 % 100_003, "x".repeat(i % 20))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static List<byte[]> keys() {
    var keys = new ArrayList<byte[]>();
    for (int i = 0; i < KEYS; i++) {
      keys.add(key(i));
    }
    return keys;
  }

  private static List<String> contentOf(RocksDB rocks) {
    return Model.texts(entriesOf(rocks));
  }

  private static TreeMap<Slice, byte[]> entriesOf(RocksDB rocks) {
    var entries = new TreeMap<Slice, byte[]>();
    try (var options = new ReadOptions().setVerifyChecksums(true);
        var cursor = rocks.newIterator(options)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        entries.put(new Slice(cursor.key()), cursor.value());
      }
    }
    return entries;
  }

  private static long checksumOf(RocksDB rocks) {
    var checksum = new CRC32C();
    entriesOf(rocks)
        .forEach((key, value) -> {
          checksum.update(key.toByteArray());
          checksum.update(value);
        });
    return checksum.getValue();
  }

  private static long checksumOf(Model model) {
    var checksum = new CRC32C();
    model.entries.forEach((key, value) -> {
      checksum.update(key.toByteArray());
      checksum.update(value);
    });
    return checksum.getValue();
  }
}
