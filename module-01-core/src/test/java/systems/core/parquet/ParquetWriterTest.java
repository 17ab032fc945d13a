package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Dictionary;
import systems.core.column.Field;
import systems.core.column.Schema;

class ParquetWriterTest {
  private static final Rows ONE = Rows.of(Rows.field("n", ColumnType.LONG), 1L, null, 3L);

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("t.parquet");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  @Test
  @Tag("phase-7")
  void aFileHasItsNameOnlyWhenItIsWhole() throws IOException {
    try (var writer = ParquetWriter.create(file(), ONE.schema(), ParquetOptions.DEFAULTS)) {
      ONE.writeTo(writer, 2);
      assertThat(names()).allMatch(name -> name.endsWith(".tmp"));
      writer.commit();
      assertThat(names()).containsExactly("t.parquet");
    }
    assertThat(Rows.read(file())).isEqualTo(ONE);
  }

  @Test
  @Tag("given")
  void whoClosesBeforeLeavesWhatWasThere() throws IOException {
    Files.writeString(file(), "old");
    try (var writer = ParquetWriter.create(file(), ONE.schema(), ParquetOptions.DEFAULTS)) {
      ONE.writeTo(writer, 2);
    }
    assertThat(names()).containsExactly("t.parquet");
    assertThat(Files.readString(file())).isEqualTo("old");
  }

  @Test
  @Tag("phase-7")
  void anOlderFileIsReplacedAndItsReadersGoOn() throws IOException {
    ONE.write(file(), ParquetOptions.DEFAULTS);
    try (var old = ParquetTable.open(file())) {
      Rows two = Rows.of(Rows.field("n", ColumnType.LONG), 7L);
      two.write(file(), ParquetOptions.DEFAULTS);
      assertThat(Rows.read(file())).isEqualTo(two);
      assertThat(Rows.read(old, List.of(0))).isEqualTo(ONE);
    }
  }

  @Test
  @Tag("given")
  void whatCannotBeWrittenIsRefused() throws IOException {
    var day = new Field("day", ColumnType.DATE, false);
    Rows far = Rows.of(day, 1L << 40);
    assertThatThrownBy(() -> far.write(file(), ParquetOptions.DEFAULTS))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("column day: day 1099511627776 does not fit 32 bits");
    Rows absent = Rows.of(day, 1L, null);
    assertThatThrownBy(() -> absent.write(file(), ParquetOptions.DEFAULTS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column day has no absent values");
    assertThatThrownBy(
            () -> ParquetWriter.create(file(), new Schema(List.of()), ParquetOptions.DEFAULTS))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ParquetOptions.DEFAULTS.withCodec(Codec.SNAPPY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("SNAPPY");
    assertThatThrownBy(() -> ParquetOptions.DEFAULTS.withPageVersion(3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ParquetOptions.DEFAULTS.withRowGroupRows(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(names()).isEmpty();
  }

  @Test
  @Tag("phase-7")
  void stringsMayComeAsCodesOrAsWindows() throws IOException {
    var schema = new Schema(List.of(Rows.field("s", ColumnType.STRING)));
    var batch = new Batch(List.of(ColumnType.STRING));
    var strings = batch.strings(0);
    byte[] bytes = "OsloRome".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    try (var writer = ParquetWriter.create(file(), schema, ParquetOptions.DEFAULTS)) {
      strings.dictionary = new Dictionary(bytes, new int[] {0, 4, 8});
      strings.codes[0] = 1;
      strings.codes[1] = 0;
      strings.isNull[2] = true;
      strings.nullCount = 1;
      batch.rows = 3;
      writer.write(batch);
      strings.dictionary = null;
      strings.nullCount = 0;
      strings.bytes = bytes;
      strings.starts[0] = 3;
      strings.lengths[0] = 2;
      batch.rows = 1;
      writer.write(batch);
      writer.commit();
    }
    assertThat(Rows.read(file()).columns().getFirst()).containsExactly("Rome", "Oslo", null, "oR");
  }

  @Test
  @Tag("phase-7")
  void valuesAreWrittenInTheEncodingThatIsShortest() throws IOException {
    List<Object> few = new ArrayList<>();
    List<Object> rising = new ArrayList<>();
    List<Object> any = new ArrayList<>();
    List<Object> texts = new ArrayList<>();
    var random = new java.util.SplittableRandom(5);
    for (int i = 0; i < 20_000; i++) {
      few.add(random.nextLong(4) * 1_000_000_007);
      rising.add(1_700_000_000_000_000L + i * 1_000_000L + random.nextInt(1000));
      any.add(random.nextLong());
      texts.add("text " + random.nextLong());
    }
    var schema =
        new Schema(
            List.of(
                new Field("few", ColumnType.LONG, false),
                new Field("rising", ColumnType.TIMESTAMP, false),
                new Field("any", ColumnType.LONG, false),
                new Field("texts", ColumnType.STRING, false)));
    Rows rows = new Rows(schema, List.of(few, rising, any, texts));
    rows.write(file(), ParquetOptions.DEFAULTS.withCodec(Codec.UNCOMPRESSED));
    assertThat(encodings())
        .containsExactly(
            "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "PLAIN", "DELTA_LENGTH_BYTE_ARRAY");
    rows.write(file(), ParquetOptions.DEFAULTS.withCodec(Codec.LZ4_RAW));
    assertThat(encodings())
        .as("lengths that LZ4 sees before each string cost it nothing")
        .containsExactly("RLE_DICTIONARY", "DELTA_BINARY_PACKED", "PLAIN", "PLAIN");
    List<ParquetLayout.Chunk> chunks = ParquetLayout.of(file(), true).groups().getFirst().chunks();
    assertThat(chunks.get(2).codec())
        .as("what is random is not compressed")
        .isEqualTo(Codec.UNCOMPRESSED);
    assertThat(chunks.get(0).compressed()).isLessThan(20_000 / 4 + 300);
    assertThat(chunks.get(1).compressed()).isLessThan(20_000 * 12 / 8 + 300);
  }

  private List<String> encodings() throws IOException {
    return ParquetLayout.of(file(), true).groups().getFirst().chunks().stream()
        .map(chunk -> chunk.pages().getLast().encoding())
        .toList();
  }

  @Test
  @Tag("phase-7")
  void theFooterIsWhereItsLengthSays() throws IOException {
    ONE.write(file(), ParquetOptions.DEFAULTS);
    byte[] bytes = Files.readAllBytes(file());
    var tail = java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int length = tail.getInt(bytes.length - 8);
    assertThat(bytes[bytes.length - 8 - length])
        .as("the footer begins %d bytes before its length, with field 1, an i32", length)
        .isEqualTo((byte) 0x15);
    assertThat(bytes[bytes.length - 9]).as("and ends right before it").isZero();
  }

  @Test
  @Tag("phase-7")
  void pagesOfTheSecondVersionHaveLevelsOnce() throws IOException {
    Rows rows = Rows.of(Rows.field("n", ColumnType.LONG), 1L << 40, null, 3L << 50, null, 5L);
    rows.write(file(), ParquetOptions.DEFAULTS.withPageVersion(2).withCodec(Codec.UNCOMPRESSED));
    ParquetLayout.Page page =
        ParquetLayout.of(file(), true).groups().getFirst().chunks().getFirst().pages().getLast();
    assertThat(page.compressed())
        .as("two bytes of levels before three values, not among them too")
        .isEqualTo(2 + 3 * 8);
    assertThat(Rows.read(file())).isEqualTo(rows);
  }

  @Test
  @Tag("given")
  void afterAFailureNothingCanBeCommitted() throws IOException {
    var schema = new Schema(List.of(new Field("n", ColumnType.LONG, false)));
    try (var writer = ParquetWriter.create(file(), schema, ParquetOptions.DEFAULTS)) {
      Rows.of(new Field("n", ColumnType.LONG, false), 1L).writeTo(writer, 1);
      assertThatThrownBy(() -> ONE.writeTo(writer, 3)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
    }
    assertThat(names()).isEmpty();
  }
}
