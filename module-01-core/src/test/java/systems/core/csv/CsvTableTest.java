package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Scan;

@Tag("phase-6")
class CsvTableTest {
  private static final CsvFormat STRINGS =
      CsvFormat.DEFAULTS.withAllStrings().withDelimiter(',').withHeader(CsvFormat.Header.ABSENT);

  @TempDir Path folder;

  private List<List<@Nullable Object>> strings(String text) throws IOException {
    return Rows.of(Rows.file(folder, text), STRINGS);
  }

  private static List<@Nullable Object> row(@Nullable Object... values) {
    return Arrays.asList(values);
  }

  private String types(String text, CsvFormat format) throws IOException {
    try (var table = CsvTable.open(Rows.file(folder, text), format)) {
      return String.join(
          ",", table.schema().fields().stream().map(f -> f.name() + ":" + f.type()).toList());
    }
  }

  @Test
  void quotesHoldDelimitersLineEndsAndQuotes() throws IOException {
    assertThat(strings("a,\"b,\"\"c\"\"\r\nd\"\n\"\",e\n"))
        .as("two quotes within quotes mean one")
        .containsExactly(row("a", "b,\"c\"\r\nd"), row("", "e"));
  }

  @Test
  void aQuoteWithinAPlainFieldIsText() throws IOException {
    assertThat(strings("5\" pipe,3\nx\"\"y,z\"\n"))
        .as("a quote opens a field only where the field begins")
        .containsExactly(row("5\" pipe", "3"), row("x\"\"y", "z\""));
  }

  @Test
  void recordsEndWithLfCrLfOrCr() throws IOException {
    assertThat(strings("a,1\nb,2\r\nc,3\rd,4"))
        .as("the last record may lack its line end, CR LF is one end")
        .containsExactly(row("a", "1"), row("b", "2"), row("c", "3"), row("d", "4"));
  }

  @Test
  void aBlankLineIsNoRecordUnlessThereIsOneColumn() throws IOException {
    assertThat(strings("\na,1\n\n\r\nb,2\n\n")).containsExactly(row("a", "1"), row("b", "2"));
    assertThat(strings("a\n\nb\r\n\r\n"))
        .as("in a table of one column a blank line is an absent value")
        .containsExactly(row("a"), row((Object) null), row("b"), row((Object) null));
  }

  @Test
  void aCrLfTornByABufferIsStillOneLineEnd() throws IOException {
    Path file = Rows.file(folder, "aaaa\r\nbbbb\r\ncc\r\n");
    for (int buffer = 1; buffer < 12; buffer++) {
      assertThat(Rows.of(file, STRINGS, 1 << 20, buffer))
          .as("LF at the begin of the next %d bytes belongs to the CR before", buffer)
          .containsExactly(row("aaaa"), row("bbbb"), row("cc"));
    }
  }

  @Test
  void aByteOrderMarkIsNotPartOfTheFirstName() throws IOException {
    assertThat(types("\uFEFFname,age\nx,1\n", CsvFormat.DEFAULTS))
        .isEqualTo("name:STRING,age:LONG");
    assertThat(types("\uFEFF\"a\"\"b\",c\nx,1\n", CsvFormat.DEFAULTS))
        .isEqualTo("a\"b:STRING,c:LONG");
    assertThat(strings("\uFEFF\"a,b\",c\n")).containsExactly(row("a,b", "c"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "a,b\\n1,2\\n # a:LONG,b:LONG",
        "a;b\\n1,5;2\\n # a:STRING,b:LONG",
        "a\\tb\\n1\\t2,3\\n # a:LONG,b:STRING",
        "a|b\\n1|2\\n # a:LONG,b:LONG",
        "x;\"1,2\"\\ny;\"4,5\"\\n # x:STRING,1,2:STRING",
        "a\\n1\\n # a:LONG",
        "1,2\\n3,4\\n # column0:LONG,column1:LONG",
        "a,b\\nc,d\\n # a:STRING,b:STRING",
        "a,a,A,a_1\\n1,2,3,4 # a:LONG,a_1:LONG,A_2:LONG,a_1_1:LONG",
        "a,,c\\n1,2,3 # a:LONG,column1:LONG,c:LONG",
        "t,d,s\\ntrue,1.5,x\\nFALSE,2,y # t:BOOLEAN,d:DOUBLE,s:STRING",
        "d,t\\n2025-01-01,2025-01-01 10:00\\n # d:DATE,t:TIMESTAMP",
        "d,m\\n2025-01-01,1\\n2025-01-01T10:00:01.5,true\\n # d:TIMESTAMP,m:STRING",
        "n,e\\n,\\n\\\"\\\",\\n3,\\n # n:LONG,e:STRING",
        "z\\n9223372036854775807\\n9223372036854775808 # z:DOUBLE",
        "a,b,c # a:STRING,b:STRING,c:STRING",
        "zip,t\\n01234,+1\\n # zip:STRING,t:STRING",
        "t,f\\n1,2\\n # t:LONG,f:LONG",
        "1.5,x\\n3,y\\n # column0:DOUBLE,column1:STRING",
        "1,b,3 # column0:LONG,column1:STRING,column2:LONG",
      })
  void dialectNamesAndTypesAreFoundOut(String text, String expected) throws IOException {
    String file = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"");
    assertThat(types(file, CsvFormat.DEFAULTS)).as(file).isEqualTo(expected);
  }

  @Test
  void valuesOfAllTypesArrive() throws IOException {
    String text =
        """
        b,l,d,day,time,s
        true,-12,1.25,2024-02-29,2024-02-29 23:59:59.000001,Ωmega
        "f", 7 ,"1e3","1600-03-01",1969-12-31T23:59,"say ""hi""\"
        ,,,,,
        T,9223372036854775807,-0.1,0001-01-01,2024-01-01,x
        """;
    assertThat(Rows.of(Rows.file(folder, text), CsvFormat.DEFAULTS))
        .containsExactly(
            row(
                true,
                -12L,
                1.25,
                LocalDate.of(2024, 2, 29),
                LocalDateTime.of(2024, 2, 29, 23, 59, 59, 1000),
                "Ωmega"),
            row(
                false,
                7L,
                1000.0,
                LocalDate.of(1600, 3, 1),
                LocalDateTime.of(1969, 12, 31, 23, 59),
                "say \"hi\""),
            row(null, null, null, null, null, null),
            row(
                true,
                Long.MAX_VALUE,
                -0.1,
                LocalDate.of(1, 1, 1),
                LocalDateTime.of(2024, 1, 1, 0, 0),
                "x"));
  }

  @Test
  void onlyAskedColumnsComeInTheOrderOfAsking() throws IOException {
    Path file = Rows.file(folder, "a,b,c\n1,\"x\"\"\",3\n4,y,6\n");
    try (var table = CsvTable.open(file, CsvFormat.DEFAULTS)) {
      List<List<@Nullable Object>> rows = new ArrayList<>();
      Rows.add(rows, table, new Scan(List.of(2, 1, 1, 0), List.of()));
      assertThat(rows).containsExactly(row(3L, "x\"", "x\"", 1L), row(6L, "y", "y", 4L));
      var counting = new Batch(List.of());
      try (var cursor = table.morsels(new Scan(List.of(), List.of())).getFirst().open()) {
        assertThat(cursor.next(counting)).isTrue();
        assertThat(counting.rows).isEqualTo(2);
        assertThat(cursor.next(counting)).isFalse();
        assertThat(counting.rows).isZero();
      }
    }
  }

  @Test
  void aColumnThatIsNotAskedForIsNotChecked() throws IOException {
    Path file = Rows.file(folder, "a,b\n1,2\n3,x\n");
    CsvFormat format =
        CsvFormat.DEFAULTS.withTypes(Map.of("a", ColumnType.LONG, "b", ColumnType.LONG));
    try (var table = CsvTable.open(file, format)) {
      List<List<@Nullable Object>> rows = new ArrayList<>();
      Rows.add(rows, table, new Scan(List.of(0), List.of()));
      assertThat(rows).containsExactly(row(1L), row(3L));
    }
  }

  @Test
  void theNullTextIsAbsentOnlyWithoutQuotes() throws IOException {
    Path file = Rows.file(folder, "s,n\nNA,NA\n\"NA\",1\n,\n");
    assertThat(Rows.of(file, CsvFormat.DEFAULTS.withNullText("NA")))
        .containsExactly(row(null, null), row("NA", 1L), row("", null));
  }

  @Test
  void aValueBeyondTheSampleThatDoesNotFitIsAnErrorThatSaysWhatHelps() throws IOException {
    String text = "id,age\n" + "1,2\n".repeat(50) + "1,\"old\"\n1,3\n";
    Path file = Rows.file(folder, text);
    Rows.Outcome outcome =
        Rows.outcome(file, CsvFormat.DEFAULTS.withSampleRows(20), 1 << 20, 1 << 10);
    assertThat(outcome.damage()).isNotNull();
    assertThat(outcome.damage().line()).isEqualTo(52);
    assertThat(outcome.damage().offset()).isEqualTo(text.indexOf("\"old\""));
    assertThat(outcome.damage())
        .hasMessageContaining("column age is of type LONG")
        .hasMessageContaining("\"old\"")
        .hasMessageContaining("--types age=STRING")
        .hasMessageContaining("--all-strings")
        .hasMessageContaining("--sample");
    assertThat(types(text, CsvFormat.DEFAULTS)).isEqualTo("id:LONG,age:STRING");
    assertThat(types(text, CsvFormat.DEFAULTS.withSampleRows(20).withAllStrings()))
        .isEqualTo("id:STRING,age:STRING");
  }

  @Test
  void aTypeForAColumnThatIsNotThereIsAnError() {
    assertThatThrownBy(
            () -> types("a\n1\n", CsvFormat.DEFAULTS.withTypes(Map.of("b", ColumnType.LONG))))
        .isInstanceOf(CsvException.class)
        .hasMessageContaining("no column b")
        .hasMessageContaining("[a]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "a,b\\n1\\n # 2 # 5 # 1 fields instead of 2",
        "a,b\\n1,2,3\\n # 2 # 7 # a field more than the 2",
        "a,b\\r\\n1,2\\r\\n\"x,3\\n # 3 # 10 # has no end",
        "a,b\\n\"x\"y,3\\n # 2 # 7 # text behind the quote",
        "a,b\\n\"x\\n\\n\",3\\n5,\\0\\n # 5 # 14 # a byte 0",
        "a,b\\n\"\\0\",3 # 2 # 5 # a byte 0",
        "a,b\\n\"x\"\\0,3 # 2 # 7 # a byte 0",
        "a,b\\nx,\"y\\r\\ny\"\\ry,\\xFFz\\n # 4 # 15 # not UTF-8",
        "a,b\\nx,\"y\"\"\\xFFz\"\\n # 2 # 10 # not UTF-8",
        "\"a,b\\n1,2\\n # 1 # 0 # none ends it",
      })
  void damageIsNamedWithLineAndByte(String text, long line, long offset, String sentence)
      throws IOException {
    String latin =
        text.replace("\\n", "\n").replace("\\r", "\r").replace("\\0", "\0").replace("\\xFF", "ÿ");
    Path file = folder.resolve("damaged.csv");
    Files.write(file, latin.getBytes(StandardCharsets.ISO_8859_1));
    CsvException damage =
        Rows.outcome(file, CsvFormat.DEFAULTS.withDelimiter(','), 1 << 20, 16).damage();
    assertThat(damage).as(latin).isNotNull();
    assertThat(damage.getMessage()).contains(sentence, "damaged.csv");
    assertThat(damage.offset()).as("byte of: %s", damage.getMessage()).isEqualTo(offset);
    assertThat(damage.line()).as("line of: %s", damage.getMessage()).isEqualTo(line);
    assertThat(damage.file()).isEqualTo(file.toString());
  }

  @Test
  void badTextIsReplacedIfThatIsWanted() throws IOException {
    Path file = folder.resolve("latin.csv");
    Files.write(file, "a,b\n\"\"\"x\u00ff\",\u00e9t\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(Rows.of(file, CsvFormat.DEFAULTS.withBadText(CsvFormat.BadText.REPLACED)))
        .containsExactly(row("\"x\uFFFD", "\uFFFDt\uFFFD"));
  }

  @Test
  void aFieldBeyondTheLimitIsAnErrorWhereItBegins() throws IOException {
    CsvFormat format = STRINGS.withFieldBytesMax(100);
    String fits = "x".repeat(100);
    assertThat(Rows.of(Rows.file(folder, "a," + fits + "\n" + fits + ",b\n"), format))
        .containsExactly(row("a", fits), row(fits, "b"));
    for (String field : List.of("x".repeat(101), "x".repeat(10_000), "\"" + "x".repeat(9_999))) {
      for (String record : List.of("a," + field + "\n", field + ",a\n")) {
        Path file = Rows.file(folder, "a,b\n" + record + "c,d\n".repeat(9));
        CsvException damage = Rows.outcome(file, format, 1 << 20, 64).damage();
        assertThat(damage).isNotNull().hasMessageContaining("a field of more than 100 bytes");
        assertThat(damage.offset()).isEqualTo(4 + record.indexOf(field));
        assertThat(damage.line()).isEqualTo(2);
      }
    }
  }

  @Test
  void aFileOfAHeaderAloneHasNoRows() throws IOException {
    for (String text : List.of("a,b", "a,b\n", "a,b\r\n")) {
      assertThat(types(text, CsvFormat.DEFAULTS)).isEqualTo("a:STRING,b:STRING");
      assertThat(Rows.of(Rows.file(folder, text), CsvFormat.DEFAULTS)).isEmpty();
    }
    for (String text : List.of("", "\uFEFF")) {
      assertThatThrownBy(() -> strings(text))
          .isInstanceOf(CsvException.class)
          .hasMessageContaining("line 1, byte 0: the file is empty");
    }
  }

  @Test
  void aFileThatWasCutOffUnderneathIsNotBlamedOnItsText() throws IOException {
    Path file = Rows.file(folder, "number,text\n" + "12345,abcdef\n".repeat(40_000));
    try (var table = CsvTable.open(file, CsvFormat.DEFAULTS);
        var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      Scan all = Rows.everything(table);
      channel.truncate(5000);
      assertThatThrownBy(() -> Rows.of(table, all, table.morsels(all).getFirst()))
          .isInstanceOf(CsvException.class)
          .hasMessageContaining("cut off while it was read")
          .hasMessageContaining("to 5000");
    }
  }

  @Test
  void morselsAreReadByManyThreadsAsByOne() throws Exception {
    var text = new StringBuilder("n,s\n");
    for (int i = 0; i < 3000; i++) {
      text.append(i).append(i % 3 == 0 ? ",\"a\n" + i + ",\"\"\"\n" : ",5\" b\n");
    }
    Path file = Rows.file(folder, text.toString());
    List<List<@Nullable Object>> expected = Rows.of(file, CsvFormat.DEFAULTS);
    assertThat(expected).hasSize(3000);
    try (var table = CsvTable.open(file, CsvFormat.DEFAULTS, 500, 256);
        var threads = Executors.newFixedThreadPool(4)) {
      Scan all = Rows.everything(table);
      var parts = new ArrayList<Future<List<List<@Nullable Object>>>>();
      for (var morsel : table.morsels(all).reversed()) {
        parts.add(threads.submit(() -> Rows.of(table, all, morsel)));
      }
      List<List<@Nullable Object>> rows = new ArrayList<>();
      for (var part : parts.reversed()) {
        rows.addAll(part.get());
      }
      assertThat(rows).isEqualTo(expected);
    }
  }

  @Test
  void whereARecordBeginsIsProvenByAQuoteBehindTheCut() throws IOException {
    Path file = Rows.file(folder, "1,\"a\nb\",2\n3,\"c\",4\n".repeat(3));
    try (var csv = new CsvFile(file, false)) {
      var quotes = new QuoteStates(csv, (byte) ',', 0);
      assertThat(quotes.provenRecord(1, csv.size()))
          .as("between quotes there cannot be another opening one")
          .isEqualTo(10);
      assertThat(quotes.provenRecord(4, csv.size()))
          .as("\"a\" might be the end of a record or text")
          .isEqualTo(QuoteStates.UNPROVEN);
    }
  }

  @Test
  void withoutQuotesNothingIsProven() throws IOException {
    try (var csv = new CsvFile(Rows.file(folder, "1,2\n3,4\n5,6\n"), false)) {
      assertThat(new QuoteStates(csv, (byte) ',', 0).provenRecord(5, csv.size()))
          .as("all of it may stand between quotes")
          .isEqualTo(QuoteStates.UNPROVEN);
    }
  }

  @Test
  void aReaderThatDamageHasLedAstrayDoesNotComplain() throws IOException {
    String before = "a,b\nx,\"yy";
    Path file = Rows.file(folder, before + "y\nz\" w\n1,2\n");
    try (var table = CsvTable.open(file, STRINGS.withSampleRows(1), before.length(), 1000)) {
      var scan = Rows.everything(table);
      var morsels = table.morsels(scan);
      assertThat(Rows.of(table, scan, morsels.get(1)))
          .as("what begins with z is no record, but the end of a damaged one")
          .isEmpty();
      assertThatThrownBy(() -> Rows.of(table, scan, morsels.get(0)))
          .as("whoever reads the damaged record says so")
          .isInstanceOfSatisfying(
              CsvException.class, e -> assertThat(e.offset()).isEqualTo(before.length() + 4));
    }
  }

  @Test
  void fewDifferentStringsComeAsCodesAndManyAsWindows() throws IOException {
    var text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append(i % 3 == 0 ? "\"Oslo\"" : i % 3 == 1 ? "Oslo" : "").append(",n").append(i);
      text.append('\n');
    }
    try (var table = CsvTable.open(Rows.file(folder, text.toString()), STRINGS)) {
      var batch = new Batch(List.of(ColumnType.STRING, ColumnType.STRING));
      long rows = 0;
      try (var cursor = table.morsels(Rows.everything(table)).getFirst().open()) {
        while (cursor.next(batch)) {
          assertThat(batch.strings(0).dictionary).isNotNull();
          assertThat(batch.strings(0).dictionary.size()).as("Oslo, in two spellings").isEqualTo(1);
          for (int row = 0; row < batch.rows; row++) {
            assertThat(Rows.value(batch, 0, row, ColumnType.STRING))
                .isEqualTo((rows + row) % 3 == 2 ? null : "Oslo");
            assertThat(Rows.value(batch, 1, row, ColumnType.STRING)).isEqualTo("n" + (rows + row));
          }
          rows += batch.rows;
        }
      }
      assertThat(rows).isEqualTo(20_000);
      assertThat(batch.strings(1).dictionary).as("each comes once").isNull();
    }
  }

  @Test
  void morselsAddUpToTheTable() throws IOException {
    Path file = Rows.file(folder, "a,b\n" + "1,2\n".repeat(1000));
    try (var table = CsvTable.open(file, CsvFormat.DEFAULTS, 100, 64)) {
      var morsels = table.morsels(Rows.everything(table));
      assertThat(morsels).hasSize(40);
      assertThat(morsels.stream().mapToLong(m -> m.bytes()).sum()).isEqualTo(table.bytes());
      assertThat(table.bytes()).isEqualTo(4000);
      assertThatThrownBy(() -> table.morsels(new Scan(List.of(2), List.of())))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void manyColumnsAndLongRecordsTakeSmallerBatches() throws IOException {
    int columns = 5000;
    String record = "7,".repeat(columns - 1) + "8\n";
    Path file = Rows.file(folder, record.repeat(100));
    CsvFormat format = CsvFormat.DEFAULTS.withHeader(CsvFormat.Header.ABSENT);
    try (var table = CsvTable.open(file, format)) {
      List<List<@Nullable Object>> rows = new ArrayList<>();
      Rows.add(rows, table, new Scan(List.of(0, columns - 1), List.of()));
      assertThat(rows).hasSize(100).allMatch(row -> row.equals(List.of(7L, 8L)));
    }
  }

  @Test
  void aStreamIsSpooledIntoAFileThatGoesWithTheTable() throws IOException {
    byte[] text = "a;b\n1;x\n".getBytes(StandardCharsets.UTF_8);
    try (var table = CsvTable.spool(new ByteArrayInputStream(text), CsvFormat.DEFAULTS)) {
      assertThat(table.schema().fields())
          .containsExactly(
              new Field("a", ColumnType.LONG, true), new Field("b", ColumnType.STRING, true));
      assertThat(table.delimiter()).isEqualTo(';');
    }
    assertThatThrownBy(
            () -> CsvTable.spool(new ByteArrayInputStream(new byte[0]), CsvFormat.DEFAULTS))
        .hasMessageContaining("empty");
  }
}
