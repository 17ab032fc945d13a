package systems.kvstore.lsm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BuiltinComparator;
import org.rocksdb.ChecksumType;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.CompressionType;
import org.rocksdb.EnvOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;
import systems.kvstore.KvException;
import systems.kvstore.fs.PosixFs;

/** RocksDB reads the manifests that we write, and we read RocksDB's. */
@Tag("phase-4")
class ManifestRocksDbTest {
  static {
    RocksDB.loadLibrary();
  }

  @TempDir Path directory;

  private static Options options() {
    return new Options()
        .setCreateIfMissing(true)
        .setParanoidChecks(true)
        .setForceConsistencyChecks(true)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig().setFormatVersion(5).setChecksumType(ChecksumType.kCRC32c));
  }

  private static Options existing() {
    return options().setCreateIfMissing(false).setDisableAutoCompactions(true);
  }

  private static TreeMap<String, String> scan(RocksDB db) {
    var content = new TreeMap<String, String>();
    try (var iterator = db.newIterator()) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        content.put(new String(iterator.key(), UTF_8), new String(iterator.value(), UTF_8));
      }
    }
    return content;
  }

  /** What RocksDB says of its live files, in the words of {@link #describe(Version)}. */
  private static List<String> describe(RocksDB db) {
    var lines = new ArrayList<String>();
    for (var file : db.getLiveFilesMetaData()) {
      lines.add(
          "%d %s %d %s %s %d %d"
              .formatted(
                  file.level(),
                  file.fileName().substring(1),
                  file.size(),
                  new String(file.smallestKey(), UTF_8),
                  new String(file.largestKey(), UTF_8),
                  file.smallestSeqno(),
                  file.largestSeqno()));
    }
    lines.sort(null);
    return lines;
  }

  private static List<String> describe(Version version) {
    var lines = new ArrayList<String>();
    for (int level = 0; level < version.levels(); level++) {
      for (FileMetadata file : version.files(level)) {
        lines.add(
            "%d %s %d %s %s %d %d"
                .formatted(
                    level,
                    FileMetadata.fileName(file.number()),
                    file.fileBytes(),
                    new String(file.smallestUser(), UTF_8),
                    new String(file.largestUser(), UTF_8),
                    file.smallestSequence(),
                    file.largestSequence()));
      }
    }
    lines.sort(null);
    return lines;
  }

  @Test
  void whatRocksDbSaysOfItsFilesIsWhatItsManifestSays() throws Exception {
    for (int seed = 1; seed <= 4; seed++) {
      Path store = directory.resolve("seed" + seed);
      var random = new Random(seed);
      List<String> files;
      TreeMap<String, String> content;
      try (var options = options().setTargetFileSizeBase(40_000).setMaxBytesForLevelBase(100_000);
          var db = RocksDB.open(options, store.toString())) {
        work(db, random);
        files = describe(db);
        content = scan(db);
      }
      var recovered = Manifest.recover(PosixFs.INSTANCE, store);
      assertThat(describe(recovered.version())).as("seed %s", seed).isEqualTo(files);
      assertThat(recovered.tornTail()).isNull();
      rewritten(store, recovered);
      try (var options = existing();
          var db = RocksDB.open(options, store.toString())) {
        assertThat(describe(db)).as("seed %s", seed).isEqualTo(files);
        assertThat(scan(db)).as("seed %s", seed).isEqualTo(content);
      }
    }
  }

  private static void work(RocksDB db, Random random) throws RocksDBException {
    try (var flush = new FlushOptions().setWaitForFlush(true)) {
      for (int round = 0; round < 8; round++) {
        for (int i = 0; i < 400; i++) {
          byte[] key = "key%04d".formatted(random.nextInt(2000)).getBytes(UTF_8);
          db.put(key, ("value " + round + " " + random.nextLong()).repeat(5).getBytes(UTF_8));
        }
        byte[] begin = "key%04d".formatted(random.nextInt(1000)).getBytes(UTF_8);
        db.deleteRange(begin, "key1100".getBytes(UTF_8));
        db.flush(flush);
        if (random.nextInt(3) == 0) {
          db.compactRange();
        }
      }
    }
    db.cancelAllBackgroundWork(true);
  }

  /** Replaces RocksDB's manifest by one of ours that says the same. */
  private static void rewritten(Path store, Manifest.Recovered recovered) throws IOException {
    long number = recovered.nextFileNumber();
    var snapshot =
        Manifest.snapshotOf(
            recovered.version(), recovered.logNumber(), number + 1, recovered.lastSequence());
    Manifest.create(PosixFs.INSTANCE, store, number, snapshot).close();
    Files.delete(store.resolve(Manifest.fileName(recovered.manifestNumber())));
  }

  private static VersionEdit empty() {
    return Manifest.snapshotOf(Version.empty(Version.LEVELS), 0, 2, 0);
  }

  @Test
  void rocksDbOpensAnEmptyStoreOfOurs() throws Exception {
    Manifest.create(PosixFs.INSTANCE, directory, 1, empty()).close();
    try (var options = existing()) {
      assertThat(RocksDB.listColumnFamilies(options, directory.toString()))
          .containsExactly("default".getBytes(UTF_8));
      try (var db = RocksDB.open(options, directory.toString())) {
        assertThat(scan(db)).isEmpty();
        db.put("a".getBytes(UTF_8), "b".getBytes(UTF_8));
      }
      try (var db = RocksDB.open(options, directory.toString())) {
        assertThat(scan(db)).containsOnlyKeys("a");
      }
    }
  }

  @Test
  void rocksDbFindsATableThatOurManifestNames() throws Exception {
    Path table = directory.resolve("000009.sst");
    try (var options = options();
        var writer = new SstFileWriter(new EnvOptions(), options)) {
      writer.open(table.toString());
      for (int i = 100; i < 200; i++) {
        writer.put(("k" + i).getBytes(UTF_8), ("v" + i).getBytes(UTF_8));
      }
      writer.finish();
    }
    try (var manifest = Manifest.create(PosixFs.INSTANCE, directory, 1, empty())) {
      var file =
          new FileMetadata(
              9, Files.size(table), Sketch.internal("k100", 0), Sketch.internal("k199", 0), 0, 0);
      manifest.log(new VersionEdit().addFile(2, file).setNextFileNumber(10));
    }
    try (var options = existing();
        var db = RocksDB.open(options, directory.toString())) {
      assertThat(db.getLiveFilesMetaData()).extracting("level").containsExactly(2);
      assertThat(scan(db)).hasSize(100).containsEntry("k150", "v150");
      db.compactRange();
      assertThat(scan(db)).hasSize(100);
    }
  }

  /** Tables of levels 0 whose numbers run against their age: the sequence numbers must decide. */
  @Test
  void rocksDbOrdersLevelZeroAsWeDo() throws Exception {
    Path source = directory.resolve("source");
    Path store = Files.createDirectory(directory.resolve("store"));
    List<FileMetadata> files;
    try (var options = options().setDisableAutoCompactions(true);
        var flush = new FlushOptions().setWaitForFlush(true);
        var db = RocksDB.open(options, source.toString())) {
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 10; i++) {
          db.put(("k" + i).getBytes(UTF_8), ("round " + round).getBytes(UTF_8));
        }
        db.flush(flush);
      }
    }
    files = Manifest.recover(PosixFs.INSTANCE, source).version().files(0);
    assertThat(files).hasSize(5);
    var edit = new VersionEdit().setNextFileNumber(200).setLastSequence(50);
    for (int age = 0; age < files.size(); age++) {
      var file = files.get(age);
      long number = 100 + age;
      Files.copy(file.path(source), store.resolve(FileMetadata.fileName(number)));
      edit.addFile(
          0,
          new FileMetadata(
              number,
              file.fileBytes(),
              file.smallest(),
              file.largest(),
              file.smallestSequence(),
              file.largestSequence()));
    }
    try (var manifest = Manifest.create(PosixFs.INSTANCE, store, 1, empty())) {
      manifest.log(edit);
    }
    var ours = Manifest.recover(PosixFs.INSTANCE, store).version().files(0);
    assertThat(ours).extracting("number").containsExactly(100L, 101L, 102L, 103L, 104L);
    try (var options = existing();
        var db = RocksDB.open(options, store.toString())) {
      assertThat(scan(db).values()).containsOnly("round 4");
      db.compactRange();
      assertThat(scan(db).values()).containsOnly("round 4");
    }
  }

  @Test
  void anotherOrderOfKeysIsRefusedByName() throws Exception {
    try (var options = options().setComparator(BuiltinComparator.REVERSE_BYTEWISE_COMPARATOR)) {
      RocksDB.open(options, directory.toString()).close();
    }
    refused("orders keys by \"rocksdb.ReverseBytewiseComparator\"");
  }

  @Test
  void anotherColumnFamilyIsRefusedByName() throws Exception {
    try (var options = options();
        var db = RocksDB.open(options, directory.toString());
        var family = db.createColumnFamily(new ColumnFamilyDescriptor("other".getBytes(UTF_8)))) {
      db.put(family, "a".getBytes(UTF_8), "b".getBytes(UTF_8));
    }
    refused("the column family \"other\"");
  }

  @Test
  void blobFilesAreRefused() throws Exception {
    try (var options = options().setEnableBlobFiles(true).setMinBlobSize(0);
        var flush = new FlushOptions();
        var db = RocksDB.open(options, directory.toString())) {
      db.put("a".getBytes(UTF_8), new byte[1000]);
      db.flush(flush);
    }
    refused("blob files");
  }

  private void refused(String what) {
    assertThatThrownBy(() -> Manifest.recover(PosixFs.INSTANCE, directory))
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("MANIFEST-")
        .hasMessageContaining(what);
  }
}
