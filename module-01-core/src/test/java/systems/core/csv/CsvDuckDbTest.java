package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.core.Effort;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Schema;

/** The judge: DuckDB finds the same types and values in the same file. */
@Tag("phase-6")
@Tag("black-box")
class CsvDuckDbTest {
  private static Connection duckDb;

  @TempDir Path folder;

  @BeforeAll
  static void connect() throws SQLException {
    duckDb = DriverManager.getConnection("jdbc:duckdb:");
  }

  @AfterAll
  static void disconnect() throws SQLException {
    duckDb.close();
  }

  private static List<List<@Nullable Object>> duckRows(Path file, String options)
      throws SQLException {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    String sql = "select * from read_csv('" + file + "'" + options + ")";
    try (var statement = duckDb.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          Object value = result.getObject(i);
          row.add(value instanceof Timestamp time ? time.toLocalDateTime() : value);
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static String duckTypes(Path file, String options) throws SQLException {
    var types = new ArrayList<String>();
    String sql = "describe select * from read_csv('" + file + "'" + options + ")";
    try (var statement = duckDb.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        types.add(result.getString(1) + " " + result.getString(2));
      }
    }
    return String.join(", ", types);
  }

  private static String name(ColumnType type) {
    return switch (type) {
      case BOOLEAN -> "BOOLEAN";
      case LONG -> "BIGINT";
      case DATE -> "DATE";
      case TIMESTAMP -> "TIMESTAMP";
      case DOUBLE -> "DOUBLE";
      case STRING -> "VARCHAR";
    };
  }

  private static String types(Path file, CsvFormat format) throws IOException {
    try (var table = CsvTable.open(file, format)) {
      return String.join(
          ", ",
          table.schema().fields().stream().map(f -> f.name() + " " + name(f.type())).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a,b\n1,2\n3,4\n",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty\n",
        "a|b\n1|x\n2|y\n",
        "name,age\nBob,3\nEve,4",
        "1,2\n3,4\n",
        "a,b\nx,y\nz,w\n",
        "a,b\r\n1,\"x,y\"\r\n2,\"p\"\"q\"\r\n",
        "a,b\n1,\"two\nlines\"\n2,z\n",
        "a,b\n1,\n,2\n",
        "s,n\n\"\",1\nx,2\n",
        "a\n1\n2\n3\n",
        "d,x\n2025-01-01,1.5\n2024-02-29,2\n",
        "t,x\n2025-01-01 10:00:00,1\n2025-01-01T11:30:00.123456,2\n",
        "t,x\n2025-01-01 11:30:00,1\n2025-01-01,2\n",
        "b,x\ntrue,1\nfalse,2\n",
        "b,x\nTRUE,1\nFalse,2\n",
        "b,x\nt,1\nf,2\n",
        "n,x\n9223372036854775807,1\n-9223372036854775808,2\n",
        "d,x\n1.5,1\n-2,2\n1e10,3\n.5,4\n5.,5\n",
        "d,x\n0.1,1\n0.30000000000000004,2\n1234567890123456789.5,3\n",
        "m,x\n1,1\ntrue,2\n",
        "m,x\n2025-01-01,1\n7,2\n",
        "n,x\n007,1\n8,2\n",
        "n,x\n0,1\n-0,2\n",
        "d,x\n0.5,1\n00.5,2\n",
        "n,x\n+5,1\n6,2\n",
        "n,x\n 5,1\n6 ,2\n",
        "d,x\nnan,1\n1e5,2\n",
        "n,x\n1_000,1\n6,2\n",
        "a\n\n5\n",
        "a\nx\n\ny\n",
        "a,b\n,\n,\n",
        "m,x\n1,1\n0,0\n",
        "t,x\n2025-01-01 10:00,1\n",
        "s,x\nnull,1\nNA,2\n",
        "s,x\nÄpfel,1\n日本,2\n",
        "\uFEFFa,b\n1,2\n",
        "a,a,b\n1,2,3\n4,5,6\n",
        "a,b\n1,5\" pipe\n2,z\n",
        "a,b\n\n1,2\n\n3,4\n",
        "a,b,c\n1,,x\n,,\n3,,y\n",
        "p,q\n\"1\",\"2.5\"\n\"3\",\"4\"\n",
      })
  void typesAndValuesAreTheSame(String text) throws IOException, SQLException {
    Path file = Rows.file(folder, text);
    // By default DuckDB takes "" for NULL, and could not read back what it writes.
    String options = ", allow_quoted_nulls=false";
    assertThat(types(file, CsvFormat.DEFAULTS)).as(text).isEqualTo(duckTypes(file, options));
    assertThat(Rows.of(file, CsvFormat.DEFAULTS, 3, 3)).as(text).isEqualTo(duckRows(file, options));
  }

  @Test
  void whatIsWrittenIsReadBackByBoth() throws IOException, SQLException {
    var random = new SplittableRandom(13);
    for (int round = 0; round < Effort.of(60, 10); round++) {
      Schema schema = schema(random);
      List<List<@Nullable Object>> rows = rows(random, schema);
      CsvFormat format =
          CsvFormat.DEFAULTS
              .withDelimiter(",;\t|:".charAt(random.nextInt(5)))
              .withHeader(CsvFormat.Header.PRESENT)
              .withNullText(random.nextBoolean() ? "" : "NA")
              .withTypes(types(schema));
      Path file = folder.resolve("written.csv");
      write(file, schema, format, random.nextInt(2), rows);
      List<List<@Nullable Object>> expected = shown(schema, rows);
      assertThat(Rows.of(file, format, random.nextInt(1, 50), random.nextInt(1, 50)))
          .as("by us, round %d: %s", round, Files.readString(file))
          .isEqualTo(expected);
      assertThat(duckRows(file, options(schema, format)))
          .as("by DuckDB, round %d: %s", round, Files.readString(file))
          .isEqualTo(expected);
    }
  }

  private static Map<String, ColumnType> types(Schema schema) {
    var types = new HashMap<String, ColumnType>();
    schema.fields().forEach(field -> types.put(field.name(), field.type()));
    return types;
  }

  private static void write(
      Path file, Schema schema, CsvFormat format, int quoting, List<List<@Nullable Object>> rows)
      throws IOException {
    var types = schema.fields().stream().map(Field::type).toList();
    try (var writer = CsvWriter.create(file, schema, format, CsvWriter.Quoting.values()[quoting])) {
      writer.write(Batches.of(types, rows));
      writer.commit();
    }
  }

  private static String options(Schema schema, CsvFormat format) {
    var columns = new ArrayList<String>();
    schema.fields().forEach(f -> columns.add("'" + f.name() + "': '" + name(f.type()) + "'"));
    return ", auto_detect=false, header=true, quote='\"', escape='\"', allow_quoted_nulls=false"
        + ", delim='%s', nullstr='%s', columns={%s}"
            .formatted(format.delimiter(), format.nullText(), String.join(", ", columns));
  }

  private static Schema schema(SplittableRandom random) {
    var fields = new ArrayList<Field>();
    int columns = random.nextInt(2, 6);
    for (int i = 0; i < columns; i++) {
      ColumnType type = ColumnType.values()[random.nextInt(ColumnType.values().length)];
      fields.add(new Field("c" + i, type, true));
    }
    return new Schema(fields);
  }

  private static List<List<@Nullable Object>> rows(SplittableRandom random, Schema schema) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    int count = random.nextInt(1, 30);
    for (int i = 0; i < count; i++) {
      List<@Nullable Object> row = new ArrayList<>();
      schema.fields().forEach(field -> row.add(value(random, field.type())));
      rows.add(row);
    }
    return rows;
  }

  private static @Nullable Object value(SplittableRandom random, ColumnType type) {
    if (random.nextInt(5) == 0) {
      return null;
    }
    return switch (type) {
      case BOOLEAN -> random.nextLong(2);
      case LONG -> random.nextLong() >> random.nextInt(64);
      case DATE -> random.nextLong(-500_000, 500_000);
      case TIMESTAMP -> random.nextLong(-30_000_000_000_000_000L, 100_000_000_000_000_000L);
      case DOUBLE ->
          random.nextBoolean()
              ? (double) random.nextInt(100_000) / 100
              : Double.longBitsToDouble(random.nextLong(0x7FEL << 52));
      case STRING -> string(random);
    };
  }

  private static String string(SplittableRandom random) {
    String[] parts = {"a", "\"", ",", ";", "\n", "\r\n", "|", "ß", "NA", " ", "\t", "日", ":", "1"};
    var text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return text.toString();
  }

  private static List<List<@Nullable Object>> shown(
      Schema schema, List<List<@Nullable Object>> rows) {
    List<List<@Nullable Object>> shown = new ArrayList<>();
    for (List<@Nullable Object> row : rows) {
      List<@Nullable Object> values = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        values.add(shown(schema.fields().get(i).type(), row.get(i)));
      }
      shown.add(values);
    }
    return shown;
  }

  private static @Nullable Object shown(ColumnType type, @Nullable Object value) {
    return switch (type) {
      case BOOLEAN -> value instanceof Long bit ? bit == 1 : null;
      case DATE -> value instanceof Long day ? java.time.LocalDate.ofEpochDay(day) : null;
      case TIMESTAMP -> value instanceof Long micros ? Rows.time(micros) : null;
      case LONG, DOUBLE, STRING -> value;
    };
  }
}
