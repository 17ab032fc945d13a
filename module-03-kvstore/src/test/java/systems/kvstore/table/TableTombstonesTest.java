package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import systems.kvstore.KvException;

/** Range tombstones on their way through a table. */
@Tag("phase-5")
class TableTombstonesTest {
  private static final TableFormat PLAIN = TableFormat.DEFAULT.withCompression(Compression.NONE);

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("000007.sst");
  }

  private static RangeTombstones.Tombstone tombstone(String begin, String end, long sequence) {
    return new RangeTombstones.Tombstone(begin.getBytes(), end.getBytes(), sequence);
  }

  @Test
  void tombstonesComeBackAndAloneMakeATable() throws Exception {
    TableFixture.write(
        new DiskFiles(),
        file(),
        PLAIN,
        TableFixture.entries(),
        List.of(tombstone("b", "c", 3), tombstone("e", "x", 11)));
    try (var table = TableFixture.open(file())) {
      assertThat(table.verify()).isZero();
      assertThat(table.rangeTombstones().covering("b".getBytes(), 0, 1, 100)).isEqualTo(3);
      assertThat(table.rangeTombstones().covering("g".getBytes(), 0, 1, 100)).isEqualTo(11);
      assertThat(table.rangeTombstones().covering("g".getBytes(), 0, 1, 10)).isEqualTo(-1);
      assertThat(table.properties())
          .containsEntry("rocksdb.num.range-deletions", "2")
          .containsEntry("rocksdb.num.entries", "2")
          .containsEntry("rocksdb.deleted.keys", "2");
    }
  }

  @Test
  void rocksDbsTombstonesReadAndOursAreTheSameBytes() throws Exception {
    Path database = directory.resolve("db");
    try (var options =
            new Options()
                .setCreateIfMissing(true)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(TableFixture.readable());
        var db = RocksDB.open(options, database.toString());
        var flush = new FlushOptions().setWaitForFlush(true)) {
      db.put("d".getBytes(), "4".getBytes());
      db.deleteRange("c".getBytes(), "f".getBytes());
      db.deleteRange("h".getBytes(), "k".getBytes());
      db.flush(flush);
      var live = db.getLiveFilesMetaData().get(0);
      Path theirs = database.resolve(live.fileName().substring(1));
      TableFixture.write(
          new DiskFiles(),
          file(),
          PLAIN,
          TableFixture.entries(),
          List.of(tombstone("c", "f", 2), tombstone("h", "k", 3)));
      assertThat(TableFixture.metaBlock(file(), TableReader.RANGE_DELETIONS))
          .isEqualTo(TableFixture.metaBlock(theirs, TableReader.RANGE_DELETIONS));
      try (var table = TableFixture.open(theirs)) {
        var tombstones = table.rangeTombstones();
        assertThat(tombstones.covering("c".getBytes(), 0, 1, 9)).isEqualTo(2);
        assertThat(tombstones.covering("c".getBytes(), 0, 1, 1)).isEqualTo(-1);
        assertThat(tombstones.covering("f".getBytes(), 0, 1, 9)).isEqualTo(-1);
      }
    }
  }

  @Test
  void noFlippedBitOfATombstoneBlockGoesUnseen() throws Exception {
    TableFixture.write(
        new DiskFiles(),
        file(),
        PLAIN,
        TableFixture.entries(),
        List.of(tombstone("b", "c", 3), tombstone("e", "x", 11)));
    byte[] bytes = Files.readAllBytes(file());
    byte[] block = TableFixture.metaBlock(file(), TableReader.RANGE_DELETIONS);
    int at = indexOf(bytes, block);
    try (var table = TableFixture.open(bytes)) {
      assertThat(table.rangeTombstones().covering("b".getBytes(), 0, 1, 100)).isEqualTo(3);
    }
    for (int i = at; i < at + block.length + BlockHandle.TRAILER_BYTES; i++) {
      bytes[i] ^= 8;
      assertThatThrownBy(() -> TableFixture.open(bytes))
          .isInstanceOf(KvException.Corruption.class)
          .hasMessageContaining("at offset " + at);
      bytes[i] ^= 8;
    }
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; ; i++) {
      if (java.util.Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
  }
}
