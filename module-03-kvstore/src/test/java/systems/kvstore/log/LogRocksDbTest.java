package systems.kvstore.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import systems.kvstore.KvException;
import systems.kvstore.WriteBatch;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.PosixFs;
import systems.kvstore.log.LogReader.OnDamage;

/** Our reader on RocksDB's logs, RocksDB's recovery on ours. */
@Tag("phase-2")
class LogRocksDbTest {
  private static final FileSystem FS = PosixFs.INSTANCE;

  /** Around the ends of blocks, and one over several of them. */
  private static final int[] LENGTHS = {
    0, 1, 100, 32_700, 32_690, 100_000, 7, 65_000, 3, 32_730, 32_731, 32_732, 32_740, 50
  };

  @TempDir Path directory;

  @BeforeAll
  static void load() {
    RocksDB.loadLibrary();
  }

  @Test
  void aLogOfRocksDbIsReadRecordByRecord() throws Exception {
    try (var options = options();
        var db = RocksDB.open(options, directory.toString())) {
      fill(db);
    }
    checkValues(logFile());
  }

  @Test
  void recyclableRecordsOfRocksDbAreRead() throws Exception {
    try (var options = options().setRecycleLogFileNum(2);
        var db = RocksDB.open(options, directory.toString())) {
      fill(db);
    }
    assertThat(Files.readAllBytes(logFile())[6]).isEqualTo((byte) 5);
    checkValues(logFile());
  }

  @Test
  void aLogThatRocksDbRecycledEndsBeforeTheOldRecords() throws Exception {
    try (var options = options().setRecycleLogFileNum(1).setWriteBufferSize(64 << 10);
        var db = RocksDB.open(options, directory.toString());
        var flush = new org.rocksdb.FlushOptions().setWaitForFlush(true)) {
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < (round == 3 ? 5 : 40); i++) {
          db.put(("round" + round + "-" + i).getBytes(StandardCharsets.UTF_8), new byte[900]);
        }
        if (round < 3) {
          db.flush(flush);
        }
      }
      var keys = new ArrayList<String>();
      for (byte[] bytes : Records.read(FS, logFile(), OnDamage.REFUSE).bytes()) {
        var records = new WriteBatch.Records(bytes, 0, bytes.length);
        while (records.next()) {
          keys.add(records.key().toString());
        }
      }
      assertThat(keys).containsExactly("round3-0", "round3-1", "round3-2", "round3-3", "round3-4");
    }
  }

  @Test
  void informationAboutThePredecessorIsSkipped() throws Exception {
    try (var db = openWith("track_and_verify_wals", "true")) {
      fill(db);
    }
    try (var db = openWith("track_and_verify_wals", "true")) {
      db.put(new byte[] {1}, new byte[] {2});
    }
    var read = Records.read(FS, logFile(), OnDamage.REFUSE);
    assertThat(read.bytes()).isNotEmpty();
    assertThat(read.tail()).isNull();
  }

  @Test
  void aCompressedLogIsRefusedByName() throws Exception {
    try (var db = openWith("wal_compression", "kZSTD")) {
      db.put(new byte[] {1}, new byte[] {2});
    }
    assertThatThrownBy(() -> Records.read(FS, logFile(), OnDamage.REFUSE))
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("compressed log");
  }

  @Test
  void rocksDbReplaysOurLog() throws Exception {
    try (var options = options();
        var db = RocksDB.open(options, directory.toString())) {
      assertThat(db).isNotNull();
    }
    writeOurs(logFile());
    try (var options = options();
        var db = RocksDB.open(options, directory.toString())) {
      for (int i = 0; i < LENGTHS.length; i++) {
        assertThat(db.get(key(i))).isEqualTo(value(i));
      }
      assertThat(db.getLatestSequenceNumber()).isEqualTo(LENGTHS.length);
    }
  }

  @Test
  void rocksDbCutsOurTornTailWhereWeDo() throws Exception {
    try (var options = options();
        var db = RocksDB.open(options, directory.toString())) {
      assertThat(db).isNotNull();
    }
    Path log = logFile();
    writeOurs(log);
    byte[] whole = Files.readAllBytes(log);
    int length = whole.length - 20_000;
    Records.write(FS, log, whole, length);
    int left = Records.read(FS, log, OnDamage.REFUSE).bytes().size();
    try (var options =
            options().setWalRecoveryMode(org.rocksdb.WALRecoveryMode.TolerateCorruptedTailRecords);
        var db = RocksDB.open(options, directory.toString())) {
      assertThat(db.getLatestSequenceNumber()).isEqualTo(left);
    }
  }

  private static void writeOurs(Path log) throws Exception {
    try (var writer = LogWriter.appending(FS, log)) {
      for (int i = 0; i < LENGTHS.length; i++) {
        var batch = new WriteBatch().put(key(i), value(i));
        batch.seal(i + 1);
        writer.append(batch.array(), 0, batch.size());
      }
      writer.sync();
    }
  }

  private static Options options() {
    return new Options().setCreateIfMissing(true).setAvoidFlushDuringShutdown(true);
  }

  private RocksDB openWith(String option, String value) throws RocksDBException {
    var properties = new Properties();
    properties.setProperty(option, value);
    properties.setProperty("create_if_missing", "true");
    properties.setProperty("avoid_flush_during_shutdown", "true");
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (var families = new ColumnFamilyOptions()) {
      var options = DBOptions.getDBOptionsFromProps(properties);
      assertThat(options).as("RocksDB knows %s", option).isNotNull();
      var descriptor = new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, families);
      return RocksDB.open(options, directory.toString(), List.of(descriptor), handles);
    }
  }

  private static void fill(RocksDB db) throws RocksDBException {
    for (int i = 0; i < LENGTHS.length; i++) {
      db.put(key(i), value(i));
    }
  }

  private static void checkValues(Path log) throws Exception {
    var read = Records.read(FS, log, OnDamage.REFUSE);
    assertThat(read.tail()).isNull();
    assertThat(read.bytes()).hasSize(LENGTHS.length);
    for (int i = 0; i < LENGTHS.length; i++) {
      byte[] bytes = read.bytes().get(i);
      var records = new WriteBatch.Records(bytes, 0, bytes.length);
      assertThat(records.next()).isTrue();
      assertThat(records.firstSequence()).isEqualTo(i + 1);
      assertThat(records.key().toByteArray()).isEqualTo(key(i));
      assertThat(records.value().toByteArray()).isEqualTo(value(i));
      assertThat(records.next()).isFalse();
    }
  }

  private static byte[] key(int i) {
    return ("key" + i).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] value(int i) {
    byte[] value = new byte[LENGTHS[i]];
    new Random(i).nextBytes(value);
    return value;
  }

  private Path logFile() throws Exception {
    try (var files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".log")).max(Path::compareTo).get();
    }
  }
}
