package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ChecksumType;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.EnvOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.IndexType;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.SstFileWriter;
import systems.kvstore.KvException;
import systems.kvstore.ValueBuffer;
import systems.kvstore.table.TableFixture.KeyShape;

/** RocksDB reads our tables, we read RocksDB's. */
@Tag("phase-3")
class TableInteropProperties {
  private Path directory;

  @BeforeProperty
  void createDirectory() throws Exception {
    directory = Files.createTempDirectory("tables");
  }

  @AfterProperty
  void deleteDirectory() throws Exception {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Property(tries = 60)
  void rocksDbReadsWhatWeWrite(
      @ForAll long seed,
      @ForAll KeyShape shape,
      @ForAll Compression compression,
      @ForAll @IntRange(min = 512, max = 20_000) int blockBytes,
      @ForAll @IntRange(min = 1, max = 40) int restartInterval,
      @ForAll @IntRange(max = 20) int bloomBits,
      @ForAll @IntRange(max = 4000) int count)
      throws Exception {
    var users = TableFixture.users(new Random(seed), shape, count, 200);
    Path file = directory.resolve("ours.sst");
    var format = new TableFormat(compression, blockBytes, restartInterval, bloomBits);
    TableFixture.write(file, format, TableFixture.puts(users));
    try (var options = new Options();
        var reader = new SstFileReader(options);
        var readOptions = new ReadOptions()) {
      reader.open(file.toString());
      reader.verifyChecksum();
      try (var iterator = reader.newIterator(readOptions)) {
        checkBothWays(iterator, users);
        for (byte[] key : users.keySet()) {
          iterator.seek(key);
          assertThat(iterator.isValid() && java.util.Arrays.equals(iterator.key(), key)).isTrue();
        }
      }
    }
  }

  private static void checkBothWays(SstFileReaderIterator iterator, TreeMap<byte[], byte[]> users)
      throws Exception {
    iterator.seekToFirst();
    for (Map.Entry<byte[], byte[]> entry : users.entrySet()) {
      assertThat(iterator.isValid()).isTrue();
      assertThat(iterator.key()).isEqualTo(entry.getKey());
      assertThat(iterator.value()).isEqualTo(entry.getValue());
      iterator.next();
    }
    assertThat(iterator.isValid()).isFalse();
    iterator.status();
    iterator.seekToLast();
    for (byte[] key : users.descendingKeySet()) {
      assertThat(iterator.key()).isEqualTo(key);
      iterator.prev();
    }
    assertThat(iterator.isValid()).isFalse();
    iterator.status();
  }

  @Example
  void rocksDbUnderstandsOurProperties() throws Exception {
    var users = TableFixture.users(new Random(4), KeyShape.DECIMAL, 3000, 100);
    Path file = directory.resolve("ours.sst");
    var summary = TableFixture.write(file, TableFormat.DEFAULT, TableFixture.puts(users));
    try (var options = new Options();
        var reader = new SstFileReader(options)) {
      reader.open(file.toString());
      var properties = reader.getTableProperties();
      assertThat(properties.getNumEntries()).isEqualTo(users.size());
      assertThat(properties.getRawKeySize()).isEqualTo(summary.rawKeyBytes());
      assertThat(properties.getRawValueSize()).isEqualTo(summary.rawValueBytes());
      assertThat(properties.getFilterPolicyName()).isEqualTo("bloomfilter");
      assertThat(properties.getCompressionName()).isEqualTo("LZ4");
      assertThat(properties.getComparatorName()).isEqualTo("leveldb.BytewiseComparator");
      assertThat(properties.getFormatVersion()).isEqualTo(5);
      assertThat(properties.getNumDataBlocks()).isGreaterThan(10);
    }
  }

  /** RocksDB's names, but for the identities and what only SstFileWriter adds. */
  @Example
  void ourPropertiesHaveRocksDbsNamesAndValues() throws Exception {
    var random = new Random(4);
    var users = TableFixture.users(random, KeyShape.DECIMAL, 400, 100);
    users.put("z".getBytes(), TableFixture.bytes(random, 5000));
    sameProperties(users, TableFormat.DEFAULT, CompressionType.LZ4_COMPRESSION);
    sameProperties(
        users,
        TableFormat.DEFAULT.withCompression(Compression.NONE),
        CompressionType.NO_COMPRESSION);
  }

  private void sameProperties(
      TreeMap<byte[], byte[]> users, TableFormat format, CompressionType compression)
      throws Exception {
    Path ours = directory.resolve("ours.sst");
    Path theirs = directory.resolve("theirs.sst");
    var entries = TableFixture.entries();
    users.forEach((key, value) -> entries.put(TableFixture.put(key, 0), value));
    TableFixture.write(ours, format, entries);
    try (var policy = new org.rocksdb.BloomFilter(10);
        var options =
            new Options()
                .setCompressionType(compression)
                .setTableFormatConfig(TableFixture.readable().setFilterPolicy(policy))) {
      TableFixture.writeByRocks(theirs, options, users);
    }
    try (var our = TableFixture.open(ours);
        var their = TableFixture.open(theirs)) {
      var expected = new TreeMap<>(their.properties());
      expected.keySet().removeIf(name -> name.contains(".creating."));
      expected.keySet().removeIf(name -> name.contains(".external_sst_file."));
      expected.put("rocksdb.column.family.id", "0"); // unknown to SstFileWriter
      expected.put("rocksdb.column.family.name", "default");
      expected.put("rocksdb.file.creation.time", "0");
      expected.put("rocksdb.original.file.number", "7");
      // Two encoders may differ in what they make of a block.
      for (String bytes : List.of("rocksdb.data.size", "rocksdb.tail.start.offset")) {
        expected.put(bytes, our.properties().get(bytes));
      }
      expected.put("rocksdb.index.size", our.properties().get("rocksdb.index.size"));
      assertThat(our.properties()).isEqualTo(expected);
    }
  }

  @Property(tries = 60)
  void weReadWhatRocksDbWrites(
      @ForAll long seed,
      @ForAll KeyShape shape,
      @ForAll boolean compressed,
      @ForAll boolean hashIndex,
      @ForAll boolean xxh3,
      @ForAll @IntRange(min = 256, max = 20_000) int blockBytes,
      @ForAll @IntRange(min = 1, max = 40) int restartInterval,
      @ForAll @IntRange(min = 1, max = 20) int indexRestartInterval,
      @ForAll @IntRange(max = 20) int bloomBits,
      @ForAll @IntRange(min = 2, max = 5) int formatVersion,
      @ForAll @IntRange(max = 4000) int count)
      throws Exception {
    var users = TableFixture.users(new Random(seed), shape, Math.max(1, count), 200);
    var config =
        TableFixture.readable()
            .setFormatVersion(formatVersion)
            .setChecksumType(xxh3 ? ChecksumType.kXXH3 : ChecksumType.kCRC32c)
            .setBlockSize(blockBytes)
            .setBlockRestartInterval(restartInterval)
            .setIndexBlockRestartInterval(indexRestartInterval)
            .setDataBlockIndexType(
                hashIndex
                    ? DataBlockIndexType.kDataBlockBinaryAndHash
                    : DataBlockIndexType.kDataBlockBinarySearch);
    if (bloomBits > 0) {
      config.setFilterPolicy(new org.rocksdb.BloomFilter(bloomBits));
    }
    Path file = directory.resolve("theirs.sst");
    try (var options = options(config, compressed)) {
      TableFixture.writeByRocks(file, options, users);
    }
    try (var table = TableFixture.open(file)) {
      assertThat(table.verify()).isEqualTo(users.size());
      checkGets(table, users, new Random(seed));
      var entries = TableFixture.entries();
      users.forEach((key, value) -> entries.put(TableFixture.put(key, 0), value));
      assertThat(TableFixture.same(entries, TableFixture.scan(table.cursor()))).isTrue();
      assertThat(TableFixture.same(entries, TableFixture.scan(table.sweepCursor()))).isTrue();
    }
  }

  @Example
  void aFlippedBitUnderRocksDbsOwnChecksumIsFound() throws Exception {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var users = TableFixture.users(random, KeyShape.DECIMAL, 300, 100);
    Path file = directory.resolve("theirs.sst");
    try (var options =
        options(TableFixture.readable().setChecksumType(ChecksumType.kXXH3), false)) {
      TableFixture.writeByRocks(file, options, users);
    }
    byte[] bytes = Files.readAllBytes(file);
    int data = bytes.length / 2;
    for (int i = 0; i < 200; i++) {
      int at = random.nextInt(data);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      Path damaged = Files.write(directory.resolve("damaged.sst"), bytes);
      assertThatThrownBy(
              () -> {
                try (var table = TableFixture.open(damaged)) {
                  table.verify();
                }
              })
          .as("seed %d, byte %d", seed, at)
          .isInstanceOf(KvException.class)
          .hasMessageContaining("damaged.sst");
      bytes = Files.readAllBytes(file);
    }
  }

  private static Options options(BlockBasedTableConfig config, boolean compressed) {
    return new Options()
        .setCreateIfMissing(true)
        .setCompressionType(
            compressed ? CompressionType.LZ4_COMPRESSION : CompressionType.NO_COMPRESSION)
        .setTableFormatConfig(config);
  }

  private static void checkGets(TableReader table, TreeMap<byte[], byte[]> users, Random random)
      throws Exception {
    var lookup = new PointLookup();
    var value = new ValueBuffer();
    for (var entry : users.entrySet()) {
      lookup.reset(entry.getKey(), 0, entry.getKey().length, 1);
      assertThat(table.get(lookup, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(value.toByteArray()).isEqualTo(entry.getValue());
    }
    for (int i = 0; i < 200; i++) {
      byte[] key = KeyShape.values()[random.nextInt(4)].draw(random);
      lookup.reset(key, 0, key.length, 1);
      var expected =
          users.containsKey(key) ? PointLookup.Outcome.FOUND : PointLookup.Outcome.ABSENT;
      assertThat(table.get(lookup, value)).isEqualTo(expected);
    }
  }

  @Example
  void aFlushedFileWithVersionsAndDeletionsReads() throws Exception {
    Path database = directory.resolve("db");
    try (var options = options(TableFixture.readable(), true);
        var db = RocksDB.open(options, database.toString())) {
      db.put("a".getBytes(), "1".getBytes());
      try (var before = db.getSnapshot()) {
        db.put("a".getBytes(), "2".getBytes());
        db.put("b".getBytes(), "3".getBytes());
        db.delete("b".getBytes());
        db.put("d".getBytes(), "4".getBytes());
        db.flush(new FlushOptions().setWaitForFlush(true));
        assertThat(before.getSequenceNumber()).isEqualTo(1);
      }
      var live = db.getLiveFilesMetaData().get(0);
      try (var table = TableFixture.open(database.resolve(live.fileName().substring(1)))) {
        table.verify();
        assertThat(outcome(table, "a", 1)).isEqualTo("FOUND 1");
        assertThat(outcome(table, "a", 9)).isEqualTo("FOUND 2");
        assertThat(outcome(table, "b", 9)).isEqualTo("DELETED");
        assertThat(outcome(table, "b", 2)).isEqualTo("ABSENT");
        assertThat(outcome(table, "d", 9)).isEqualTo("FOUND 4");
      }
    }
  }

  private static String outcome(TableReader table, String key, long snapshot) throws Exception {
    var lookup = new PointLookup();
    var value = new ValueBuffer();
    lookup.reset(key.getBytes(), 0, key.length(), snapshot);
    var outcome = table.get(lookup, value);
    return outcome == PointLookup.Outcome.FOUND
        ? outcome + " " + new String(value.toByteArray())
        : outcome.toString();
  }

  @Example
  void aTableThatRocksDbIngestedHasItsSequenceNumber() throws Exception {
    // A file to ingest has the sequence numbers 0 and says that it is an external one.
    Path database = directory.resolve("db");
    var users = TableFixture.users(new Random(8), KeyShape.RANDOM, 2000, 50);
    Path file = directory.resolve("external.sst");
    try (var options = options(TableFixture.readable(), true);
        var environment = new EnvOptions();
        var writer = new SstFileWriter(environment, options)) {
      writer.open(file.toString());
      for (var entry : users.entrySet()) {
        writer.put(entry.getKey(), entry.getValue());
      }
      writer.finish();
      try (var db = RocksDB.open(options, database.toString());
          var ingestion = new IngestExternalFileOptions()) {
        db.put(users.firstKey(), "older".getBytes());
        db.ingestExternalFile(List.of(file.toString()), ingestion);
        var live =
            db.getLiveFilesMetaData().stream()
                .filter(one -> one.numEntries() == users.size())
                .findFirst()
                .orElseThrow();
        long sequence = live.largestSeqno();
        assertThat(sequence).isPositive();
        checkIngested(database.resolve(live.fileName().substring(1)), sequence, users);
      }
    }
  }

  private static void checkIngested(Path file, long sequence, TreeMap<byte[], byte[]> users)
      throws Exception {
    try (var table = TableReader.open(new DiskFiles(), file, new BlockCache(1 << 20), sequence)) {
      var entries = TableFixture.entries();
      users.forEach((key, value) -> entries.put(TableFixture.put(key, sequence), value));
      var cursor = table.cursor();
      assertThat(TableFixture.same(entries, TableFixture.scan(cursor))).isTrue();
      byte[] some = users.ceilingKey(new byte[] {50});
      cursor.seek(TableFixture.target(some, sequence));
      assertThat(cursor.key().toByteArray()).isEqualTo(TableFixture.put(some, sequence));
      cursor.seek(TableFixture.target(some, sequence - 1));
      assertThat(cursor.key().toByteArray())
          .isEqualTo(TableFixture.put(users.higherKey(some), sequence));
      var lookup = new PointLookup();
      lookup.reset(some, 0, some.length, sequence);
      assertThat(table.get(lookup, new ValueBuffer())).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(lookup.sequence()).isEqualTo(sequence);
      lookup.reset(some, 0, some.length, sequence - 1);
      assertThat(table.get(lookup, new ValueBuffer())).isEqualTo(PointLookup.Outcome.ABSENT);
    }
  }

  @Example
  void whatIsNotReadIsRefusedByName() throws Exception {
    refuses(TableFixture.readable(), CompressionType.SNAPPY_COMPRESSION, "Snappy");
    refuses(TableFixture.readable(), CompressionType.ZSTD_COMPRESSION, "ZSTD");
    refuses(TableFixture.readable(), CompressionType.ZLIB_COMPRESSION, "Zlib");
    var none = CompressionType.NO_COMPRESSION;
    refuses(
        TableFixture.readable().setIndexType(IndexType.kTwoLevelIndexSearch),
        none,
        "partitioned index");
    refuses(
        TableFixture.readable().setIndexType(IndexType.kBinarySearchWithFirstKey),
        none,
        "first keys");
    refuses(TableFixture.readable().setFormatVersion(6), none, "format_version 6");
    refuses(TableFixture.readable().setFormatVersion(7), none, "format_version 7");
    refuses(TableFixture.readable().setChecksumType(ChecksumType.kxxHash), none, "kxxHash");
    refuses(TableFixture.readable().setChecksumType(ChecksumType.kxxHash64), none, "kxxHash64");
  }

  private void refuses(BlockBasedTableConfig config, CompressionType compression, String name)
      throws Exception {
    Path file = directory.resolve("refused.sst");
    var users = TableFixture.users(new Random(1), KeyShape.DECIMAL, 1000, 100);
    try (var options = new Options().setCompressionType(compression).setTableFormatConfig(config)) {
      TableFixture.writeByRocks(file, options, users);
    }
    assertThatThrownBy(() -> TableFixture.open(file))
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("refused.sst")
        .hasMessageContaining(name);
  }
}
