package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import systems.core.Effort;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Range;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Value;

/** Whatever has become of a file, reading it ends in rows or in a sentence. */
class DamageTest {
  private static final long ROWS_MAX = 1 << 22;
  private static final long BYTES_MAX = 1 << 28;

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("t.parquet");
  }

  private byte[] written(ParquetOptions options) throws IOException {
    sample(3000).write(file(), options);
    return Files.readAllBytes(file());
  }

  private static Rows sample(int rows) {
    List<Field> fields = new ArrayList<>();
    List<List<Object>> columns = new ArrayList<>();
    var random = new SplittableRandom(1);
    for (ColumnType type : ColumnType.values()) {
      fields.add(new Field(type.name(), type, type.ordinal() % 2 == 0));
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        values.add(type.ordinal() % 2 == 0 && i % 7 == 3 ? null : value(type, i, random));
      }
      columns.add(values);
    }
    return new Rows(new Schema(fields), columns);
  }

  private static Object value(ColumnType type, int row, SplittableRandom random) {
    return switch (type) {
      case BOOLEAN -> random.nextLong(2);
      case LONG -> row < 1500 ? random.nextLong(30) << 40 : random.nextLong();
      case DATE, TIMESTAMP -> row * 30L;
      case DOUBLE -> random.nextDouble();
      case STRING -> row < 2000 ? "city " + random.nextInt(20) : "no " + random.nextLong();
    };
  }

  private void assertRefused(byte[] bytes, String... words) throws IOException {
    Files.write(file(), bytes);
    assertThatThrownBy(() -> Rows.read(file()))
        .isInstanceOf(ParquetException.class)
        .message()
        .contains(file().toString())
        .contains(words);
  }

  @Test
  @Tag("given")
  void whatIsNoParquetFileIsSaidToBeNone() throws Exception {
    assertRefused(
        "id,name\n1,Oslo\n2,Rome\n".getBytes(StandardCharsets.US_ASCII), "PAR1", "\"id,n\"");
    assertRefused(new byte[0], "a file of 0 bytes");
    assertRefused("PAR1".getBytes(StandardCharsets.US_ASCII), "a file of 4 bytes");
  }

  @Test
  @Tag("phase-7")
  void aFileCutAnywhereIsRefused() throws Exception {
    byte[] whole = written(ParquetOptions.DEFAULTS);
    for (int length = 0; length < whole.length; length += 97) {
      assertRefused(Arrays.copyOf(whole, length), "found");
    }
  }

  @Test
  @Tag("phase-7")
  void aFooterLongerThanTheFileIsRefused() throws Exception {
    byte[] bytes = written(ParquetOptions.DEFAULTS);
    bytes[bytes.length - 5] = 0x7f;
    assertRefused(bytes, "a footer of at most", "21");
  }

  @Test
  @Tag("phase-7")
  void anEncryptedFooterIsRefusedByName() throws Exception {
    byte[] bytes = written(ParquetOptions.DEFAULTS);
    bytes[3] = 'E';
    bytes[bytes.length - 1] = 'E';
    assertRefused(bytes, "encrypted");
  }

  @Test
  @Tag("phase-7")
  void aFlippedBitInAPageIsFoundByItsChecksum() throws Exception {
    byte[] bytes = written(ParquetOptions.DEFAULTS.withCodec(Codec.UNCOMPRESSED));
    ParquetLayout layout = ParquetLayout.of(file(), true);
    ParquetLayout.Page page = layout.groups().getFirst().chunks().get(4).pages().getFirst();
    bytes[(int) page.offset() + 2000] ^= 4;
    assertRefused(bytes, "byte " + page.offset() + ":", "checksum", "column DOUBLE");
  }

  @Test
  @Tag("phase-7")
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "nobody can shorten a mapped file there")
  void aFileShortenedWhileItIsReadIsSaidToBe() throws Exception {
    Rows rows = sample(200_000);
    rows.write(file(), ParquetOptions.DEFAULTS.withCodec(Codec.UNCOMPRESSED));
    try (var table = ParquetTable.open(file());
        var channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      channel.truncate(5000);
      var morsels = table.morsels(new Scan(Rows.all(table), List.of()));
      assertThatThrownBy(
              () -> {
                for (var morsel : morsels) {
                  Rows.read(morsel, table.schema().fields(), columns(table));
                }
              })
          .isInstanceOf(ParquetException.class)
          .hasMessageContaining("shortened");
    }
  }

  private static List<List<Object>> columns(ParquetTable table) {
    List<List<Object>> columns = new ArrayList<>();
    table.schema().fields().forEach(_ -> columns.add(new ArrayList<>()));
    return columns;
  }

  @Test
  @Tag("phase-7")
  void mutatedFilesEndInRowsOrASentence() throws Exception {
    mutate(Effort.of(2000, 300), 1);
  }

  @Test
  @Tag("phase-7")
  @Tag("slow")
  void manyMutatedFilesEndInRowsOrASentence() throws Exception {
    mutate(100_000, System.nanoTime());
  }

  private void mutate(int files, long seed) throws Exception {
    var random = new SplittableRandom(seed);
    List<byte[]> originals = originals();
    int refused = 0;
    for (int i = 0; i < files; i++) {
      byte[] original = originals.get(i % originals.size());
      byte[] mutated = mutated(original, random);
      Files.write(file(), mutated);
      refused += read("file " + i + " of seed " + seed) ? 0 : 1;
    }
    assertThat(refused).as("mutated files that were found out").isGreaterThan(files / 4);
  }

  private List<byte[]> originals() throws Exception {
    var originals = new ArrayList<byte[]>();
    ParquetOptions small =
        ParquetOptions.DEFAULTS.withDictionaryBytes(2000).withRowGroupRows(1100).withPageRows(400);
    originals.add(written(small));
    originals.add(written(small.withPageVersion(2).withCodec(Codec.UNCOMPRESSED)));
    originals.add(written(small.withCodec(Codec.GZIP).withBloomFilters(true)));
    try (var duck = new Duck()) {
      for (String options :
          List.of(
              "snappy', parquet_version 'v1",
              "uncompressed', parquet_version 'v2",
              "snappy', parquet_version 'v2",
              "uncompressed', parquet_version 'v1",
              "lz4_raw")) {
        duck.execute(
            "copy (select i, i % 10 as few, hash(i)::varchar as s, 'c' || i % 7 as d, sin(i) as x,"
                + " case when i % 3 > 0 then i end as gap, i % 2 = 0 as b, i::float as f"
                + " from range(3000) r(i)) to "
                + Duck.quoted(file())
                + " (format parquet, codec '"
                + options
                + "')");
        originals.add(Files.readAllBytes(file()));
      }
    }
    return originals;
  }

  private static byte[] mutated(byte[] original, SplittableRandom random) {
    byte[] bytes = original.clone();
    int kind = random.nextInt(10);
    if (kind == 0) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
    if (kind == 1) { // a piece is lost, and what is behind it moves up
      int from = random.nextInt(bytes.length);
      int lost = random.nextInt(1, Math.min(100, bytes.length - from) + 1);
      System.arraycopy(bytes, from + lost, bytes, from, bytes.length - from - lost);
      return Arrays.copyOf(bytes, bytes.length - lost);
    }
    int changes = random.nextInt(1, 4);
    for (int i = 0; i < changes; i++) {
      boolean inFooter = random.nextInt(3) > 0;
      int from = inFooter ? Math.max(0, bytes.length - 3000) : 0;
      int at = random.nextInt(from, bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
        default -> {
          int end = Math.min(bytes.length, at + random.nextInt(1, 12));
          Arrays.fill(bytes, at, end, (byte) random.nextInt());
        }
      }
    }
    return bytes;
  }

  /** Reads what there is; false if that was refused. */
  private boolean read(String what) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    boolean isRead = true;
    try {
      scan();
      ParquetLayout.of(file(), true);
    } catch (IOException e) {
      assertThat(e).as(what).isInstanceOf(ParquetException.class);
      assertThat(e.getMessage()).contains(file().toString());
      isRead = false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(what + " led to " + e, e);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .as("bytes allocated for %s", what)
        .isLessThan(BYTES_MAX);
    return isRead;
  }

  /** All columns, each on its own, so that one that is damaged hides no other. */
  private void scan() throws IOException {
    try (var table = ParquetTable.open(file())) {
      ParquetException refused = null;
      var range = new Range(0, new Value.OfLong(0), new Value.OfLong(1000));
      boolean isLong =
          !table.schema().fields().isEmpty()
              && table.schema().fields().getFirst().type() == ColumnType.LONG;
      for (int column = 0; column < table.schema().fields().size(); column++) {
        try {
          scan(table, new Scan(List.of(column), List.of()));
          if (isLong) {
            scan(table, new Scan(List.of(column), List.of(range)));
          }
        } catch (ParquetException e) {
          refused = e;
        }
      }
      if (refused != null) {
        throw refused;
      }
    }
  }

  private static void scan(ParquetTable table, Scan scan) throws IOException {
    long rows = 0;
    var batch =
        new Batch(scan.columns().stream().map(c -> table.schema().fields().get(c).type()).toList());
    for (var morsel : table.morsels(scan)) {
      try (var cursor = morsel.open()) {
        while (cursor.next(batch)) {
          rows += batch.rows;
          assertThat(rows).as("rows").isLessThan(ROWS_MAX);
        }
      }
    }
  }
}
