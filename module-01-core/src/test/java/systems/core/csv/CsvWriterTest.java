package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Dictionary;
import systems.core.column.Field;
import systems.core.column.Schema;

@Tag("phase-6")
class CsvWriterTest {
  @TempDir Path folder;

  private static final Schema STRINGS =
      new Schema(
          List.of(
              new Field("a", ColumnType.STRING, true), new Field("b,c", ColumnType.STRING, true)));

  /** A batch of strings, null for absent ones. */
  static Batch strings(@Nullable String[]... rows) {
    var batch = new Batch(List.of(ColumnType.STRING, ColumnType.STRING));
    batch.rows = rows.length;
    for (int column = 0; column < 2; column++) {
      Batches.fillStrings(batch.strings(column), column, rows);
    }
    return batch;
  }

  private static String written(
      Schema schema, CsvFormat format, CsvWriter.Quoting quoting, Batch batch) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var writer = CsvWriter.to(out, schema, format, quoting)) {
      writer.write(batch);
      writer.commit();
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void quotesStandOnlyWhereTheyAreNeeded() throws IOException {
    Batch batch =
        strings(
            new String[] {"x", "say \"hi\""},
            new @Nullable String[] {"", null},
            new String[] {"a\nb", "\uFEFFc"},
            new String[] {"d\r", " e "});
    assertThat(written(STRINGS, CsvFormat.DEFAULTS, CsvWriter.Quoting.NEEDED, batch))
        .as("an empty string has quotes, an absent value has none")
        .isEqualTo("a,\"b,c\"\nx,\"say \"\"hi\"\"\"\n\"\",\n\"a\nb\",\"\uFEFFc\"\n\"d\r\", e \n");
  }

  @Test
  void allFieldsHaveQuotesIfThatIsWanted() throws IOException {
    Batch batch = strings(new @Nullable String[] {"x", null}, new String[] {"", "NA"});
    CsvFormat format =
        CsvFormat.DEFAULTS
            .withDelimiter(';')
            .withHeader(CsvFormat.Header.ABSENT)
            .withNullText("NA");
    assertThat(written(STRINGS, format, CsvWriter.Quoting.ALL, batch))
        .isEqualTo("\"x\";NA\n\"\";\"NA\"\n");
    assertThat(written(STRINGS, format, CsvWriter.Quoting.NEEDED, batch))
        .as("the null text itself has quotes")
        .isEqualTo("x;NA\n\"\";\"NA\"\n");
  }

  @Test
  void numbersDaysAndTimesAreWrittenSoThatTheyReadBack() throws IOException {
    var schema =
        new Schema(
            List.of(
                new Field("l", ColumnType.LONG, true),
                new Field("d", ColumnType.DOUBLE, true),
                new Field("b", ColumnType.BOOLEAN, true),
                new Field("day", ColumnType.DATE, true),
                new Field("time", ColumnType.TIMESTAMP, true)));
    var batch = new Batch(schema.fields().stream().map(Field::type).toList());
    batch.rows = 2;
    batch.longs(0).values[0] = Long.MIN_VALUE;
    batch.longs(0).values[1] = 0;
    batch.doubles(1).values[0] = 0.1 + 0.2;
    batch.doubles(1).values[1] = 1e100;
    batch.longs(2).values[0] = 1;
    batch.longs(3).values[0] = -1;
    batch.longs(4).values[0] = -1;
    assertThat(written(schema, CsvFormat.DEFAULTS, CsvWriter.Quoting.NEEDED, batch))
        .isEqualTo(
            """
            l,d,b,day,time
            -9223372036854775808,0.30000000000000004,true,1969-12-31,1969-12-31 23:59:59.999999
            0,1.0E100,false,1970-01-01,1970-01-01 00:00:00
            """);
  }

  @Test
  void codesOfADictionaryAreWrittenAsTheirStrings() throws IOException {
    var schema = new Schema(List.of(new Field("s", ColumnType.STRING, true)));
    var batch = new Batch(List.of(ColumnType.STRING));
    batch.rows = 3;
    batch.strings(0).dictionary =
        new Dictionary("OsloRo,me".getBytes(StandardCharsets.UTF_8), new int[] {0, 4, 9});
    System.arraycopy(new int[] {1, 0, 1}, 0, batch.strings(0).codes, 0, 3);
    assertThat(written(schema, CsvFormat.DEFAULTS, CsvWriter.Quoting.NEEDED, batch))
        .isEqualTo("s\n\"Ro,me\"\nOslo\n\"Ro,me\"\n");
  }

  @Test
  void aFileHasItsNameOnlyWhenItIsWhole() throws IOException {
    Path file = folder.resolve("t.csv");
    Files.writeString(file, "before");
    Batch batch = strings(new @Nullable String[][] {{"x,", "y"}});
    try (var writer = create(file)) {
      writer.write(batch);
    }
    assertThat(Files.readString(file)).isEqualTo("before");
    try (var writer = create(file)) {
      writer.write(batch);
      assertThat(Files.readString(file)).isEqualTo("before");
      writer.commit();
    }
    assertThat(Files.readString(file)).isEqualTo("a,\"b,c\"\n\"x,\",y\n");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  private static CsvWriter create(Path file) throws IOException {
    return CsvWriter.create(file, STRINGS, CsvFormat.DEFAULTS, CsvWriter.Quoting.NEEDED);
  }

  @Test
  void aByteZeroIsRefusedBecauseNobodyWouldReadIt() throws IOException {
    Batch batch = strings(new @Nullable String[][] {{"x,", "a\0b"}});
    try (var writer =
        CsvWriter.to(
            new ByteArrayOutputStream(), STRINGS, CsvFormat.DEFAULTS, CsvWriter.Quoting.NEEDED)) {
      assertThatThrownBy(() -> writer.write(batch))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("column b,c has a byte 0");
    }
  }

  @Test
  void aLongStringMakesTheBufferGrow() throws IOException {
    String longText = "\"".repeat(300_000);
    Batch batch = strings(new String[] {longText, "x"}, new String[] {"y", "z"});
    String text = written(STRINGS, CsvFormat.DEFAULTS, CsvWriter.Quoting.NEEDED, batch);
    Path file = Rows.file(folder, text);
    assertThat(Rows.of(file, CsvFormat.DEFAULTS.withAllStrings()))
        .containsExactly(Arrays.asList(longText, "x"), Arrays.asList("y", "z"));
  }
}
