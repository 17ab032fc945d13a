package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import systems.kvstore.Slice;
import systems.kvstore.table.TableFixture.KeyShape;

@Tag("phase-3")
class TableBuilderTest {
  private static final TableFormat PLAIN = TableFormat.DEFAULT.withCompression(Compression.NONE);

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("000007.sst");
  }

  private static RangeTombstones.Tombstone tombstone(String begin, String end, long sequence) {
    return new RangeTombstones.Tombstone(begin.getBytes(), end.getBytes(), sequence);
  }

  @Test
  void theSameEntriesMakeTheSameDataBlocksAndFilterAsRocksDbs() throws Exception {
    var users = TableFixture.users(new Random(4), KeyShape.DECIMAL, 2000, 300);
    var entries = TableFixture.entries();
    users.forEach((key, value) -> entries.put(TableFixture.put(key, 0), value));
    TableFixture.write(file(), PLAIN, entries);
    Path theirs = directory.resolve("theirs.sst");
    try (var policy = new org.rocksdb.BloomFilter(10);
        var options =
            new Options()
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTableFormatConfig(TableFixture.readable().setFilterPolicy(policy))) {
      TableFixture.writeByRocks(theirs, options, users);
    }
    byte[] ours = Files.readAllBytes(file());
    int same = Arrays.mismatch(ours, Files.readAllBytes(theirs));
    try (var table = TableFixture.open(file())) {
      int metaBlocks = Integer.parseInt(table.properties().get("rocksdb.tail.start.offset"));
      int filter = Integer.parseInt(table.properties().get("rocksdb.filter.size"));
      int index = Integer.parseInt(table.properties().get("rocksdb.index.size"));
      assertThat(same)
          .as("bytes from the beginning on that are as RocksDB writes them")
          .isGreaterThanOrEqualTo(metaBlocks + filter + 5 + index);
    }
  }

  @Test
  void separatorsAreTheShortestKeysBetween() throws Exception {
    assertThat(separator("blackbird", "bluejay"))
        .as("the shortest key from blackbird on that is before bluejay")
        .isEqualTo("blb");
    assertThat(separator("abc", "abd"))
        .as("the shortest key from abc on that is before abd")
        .isEqualTo("abc");
    assertThat(separator("abcxyz", "abd")).isEqualTo("abcy");
    assertThat(separator("abcxyz", "abdd")).isEqualTo("abd");
    assertThat(separator("ab", "abc")).isEqualTo("ab");
  }

  /** The first separator of a table whose first block ends with {@code last}. */
  private String separator(String last, String next) throws Exception {
    var format = new TableFormat(Compression.NONE, 512, 16, 0);
    var entries = TableFixture.entries();
    entries.put(TableFixture.put(last.getBytes(), 1), new byte[600]);
    entries.put(TableFixture.put(next.getBytes(), 2), new byte[600]);
    TableFixture.write(file(), format, entries);
    byte[] bytes = Files.readAllBytes(file());
    var footer =
        Footer.read(
            Arrays.copyOfRange(bytes, bytes.length - Footer.BYTES, bytes.length),
            file(),
            bytes.length - Footer.BYTES);
    int at = (int) footer.index().offset();
    var scan = new BlockScan(Block.of(bytes, at, at + (int) footer.index().size()));
    assertThat(scan.nextKey()).isTrue();
    return new String(scan.key());
  }

  @Test
  void versionsOfOneKeyAcrossBlocksKeepSequenceNumbersInTheIndex() throws Exception {
    var entries = TableFixture.entries();
    for (int i = 1; i <= 50; i++) {
      entries.put(TableFixture.put("key".getBytes(), i), new byte[200]);
    }
    TableFixture.write(file(), PLAIN, entries);
    try (var table = TableFixture.open(file())) {
      assertThat(table.properties()).containsEntry("rocksdb.index.key.is.user.key", "0");
      assertThat(table.index().count()).isGreaterThan(1);
      assertThat(table.verify()).isEqualTo(50);
      for (long snapshot = 1; snapshot <= 50; snapshot++) {
        var cursor = table.cursor();
        cursor.seek(TableFixture.target("key".getBytes(), snapshot));
        assertThat(InternalKey.sequence(InternalKey.trailer(cursor.key())))
            .as("the version that a snapshot at %d sees", snapshot)
            .isEqualTo(snapshot);
      }
    }
  }

  @Test
  void theSummaryBoundsEntriesAndTombstones() throws Exception {
    var entries = TableFixture.entries();
    entries.put(TableFixture.put("d".getBytes(), 5), "v".getBytes());
    entries.put(TableFixture.internal("e".getBytes(), 9, EntryKind.DELETE), new byte[0]);
    var summary =
        TableFixture.write(
            new DiskFiles(),
            file(),
            PLAIN,
            entries,
            List.of(tombstone("b", "c", 3), tombstone("e", "x", 11)));
    assertThat(summary.entries()).isEqualTo(2);
    assertThat(summary.deletions()).isEqualTo(1);
    assertThat(summary.rangeDeletions()).isEqualTo(2);
    assertThat(summary.smallestSequence()).isEqualTo(3);
    assertThat(summary.largestSequence()).isEqualTo(11);
    assertThat(summary.fileBytes()).isEqualTo(Files.size(file()));
    assertThat(summary.smallest())
        .isEqualTo(TableFixture.internal("b".getBytes(), 3, EntryKind.DELETE_RANGE));
    assertThat(summary.largest())
        .isEqualTo(
            TableFixture.internal(
                "x".getBytes(), InternalKey.SEQUENCE_MAX, EntryKind.DELETE_RANGE));
  }

  @Test
  void aTableWithoutAnythingReads() throws Exception {
    var summary = TableFixture.write(file(), PLAIN, TableFixture.entries());
    assertThat(summary.smallest()).isEmpty();
    try (var table = TableFixture.open(file())) {
      var cursor = table.cursor();
      cursor.first();
      assertThat(cursor.valid()).isFalse();
      cursor.seekForPrev(TableFixture.target("a".getBytes(), 1));
      assertThat(cursor.valid()).isFalse();
      assertThat(table.approximateOffset(TableFixture.target("a".getBytes(), 1))).isZero();
    }
  }

  @Test
  void aFinishedFileIsOnTheDevice() throws Exception {
    var files = new DiskFiles();
    TableFixture.write(files, file(), PLAIN, TableFixture.entries(), List.of());
    assertThat(files.syncs()).as("syncs of a finished table").isEqualTo(1);
  }

  @Test
  void anAbandonedFileIsGoneAFinishedOneStays() throws Exception {
    var builder = new TableBuilder(new DiskFiles(), file(), 7, PLAIN);
    builder.add(new Slice(TableFixture.put("a".getBytes(), 1)), Slice.of("v"));
    assertThat(builder.isEmpty()).isFalse();
    assertThat(builder.fileBytes()).isPositive();
    builder.abandon();
    builder.abandon();
    assertThat(file()).doesNotExist();
    var other = new TableBuilder(new DiskFiles(), file(), 7, PLAIN);
    assertThat(other.isEmpty()).isTrue();
    other.finish();
    other.abandon();
    assertThat(file()).exists();
  }

  @Test
  void blocksThatLz4HardlyShrinksAreStoredAsTheyAre() throws Exception {
    var random = new Random(1);
    var entries = TableFixture.entries();
    for (int i = 0; i < 200; i++) {
      entries.put(
          TableFixture.put("key%05d".formatted(i).getBytes(), i), TableFixture.bytes(random, 400));
    }
    var compressed = TableFixture.write(file(), TableFormat.DEFAULT, entries);
    var plain = TableFixture.write(directory.resolve("plain.sst"), PLAIN, entries);
    assertThat(compressed.fileBytes()).isBetween(plain.fileBytes() - 50, plain.fileBytes());
    try (var table = TableFixture.open(file())) {
      assertThat(TableFixture.same(entries, TableFixture.scan(table.sweepCursor()))).isTrue();
    }
  }

  @Test
  void offsetsAscendWithTheKeys() throws Exception {
    var users = TableFixture.users(new Random(4), KeyShape.DECIMAL, 2000, 300);
    var summary = TableFixture.write(file(), PLAIN, TableFixture.puts(users));
    try (var table = TableFixture.open(file())) {
      long before = 0;
      for (byte[] key : users.keySet()) {
        long offset = table.approximateOffset(TableFixture.target(key, 1));
        assertThat(offset).isBetween(before, summary.fileBytes());
        before = offset;
      }
      assertThat(before).isGreaterThan(summary.fileBytes() * 9 / 10);
      long end = table.approximateOffset(TableFixture.target("zzz".getBytes(), 1));
      assertThat(end).isBetween(before + 1, summary.fileBytes());
    }
  }
}
