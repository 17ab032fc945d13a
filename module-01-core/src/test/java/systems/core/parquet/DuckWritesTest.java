package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Morsel;
import systems.core.column.Range;
import systems.core.column.Scan;
import systems.core.column.Value;

/** What DuckDB writes is read here, with the same values. */
@Tag("phase-7")
@Tag("black-box")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DuckWritesTest {
  private static final String TABLE =
      """
      create or replace table t as select
        i as id,
        (i * 7919 % 1000)::integer as i32,
        (i % 100)::tinyint as i8,
        (i % 60000)::usmallint as u16,
        (4294967295 - i % 5)::uinteger as u32,
        (9223372036854775807 - i)::ubigint as u64,
        i % 3 = 0 as truth,
        date '2000-01-01' + (i % 5000)::integer as day,
        timestamp '2020-01-01 00:00:00' + to_microseconds(i * 1234567) as micros,
        (timestamp '2020-01-01 00:00:00' + to_milliseconds(i * 17))::timestamp_ms as millis,
        (timestamp '2020-01-01 00:00:00' + to_microseconds(i * 17))::timestamp_ns as nanos,
        timestamptz '2020-01-01 00:00:00+00' + to_seconds(i) as zoned,
        (i / 7)::float as f32,
        sin(i) as f64,
        round(i / 100, 2)::decimal(9, 2) as cents,
        (i * 1.5)::decimal(18, 1) as dec64,
        'city ' || (i * 31 % 57) as few,
        'name ' || hash(i) as many,
        case when i % 5 = 0 then null else i end as gap,
        case when i % 1000 < 990 then null else 'x' || i end as rare,
        null::varchar as nothing,
        (['red', 'green', 'blue'][i % 3 + 1])::enum('red', 'green', 'blue') as colour
      from range(ROWS) r(i)
      """;

  @TempDir Path directory;
  private Duck duck;

  @BeforeAll
  void open() throws Exception {
    duck = new Duck();
  }

  @AfterAll
  void close() throws Exception {
    duck.close();
  }

  private Path copy(String select, String options) throws Exception {
    Path file = directory.resolve("duck.parquet");
    duck.execute(
        "copy (" + select + ") to " + Duck.quoted(file) + " (format parquet" + options + ")");
    return file;
  }

  private void assertSameAsInDuck(Path file, String select) throws Exception {
    Rows read = Rows.read(file);
    List<List<Object>> expected = duck.columns(select);
    for (int i = 0; i < expected.size(); i++) {
      Field field = read.schema().fields().get(i);
      assertThat(read.columns().get(i)).as("column %s", field.name()).isEqualTo(expected.get(i));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "snappy, v1", "snappy, v2", "gzip, v1", "gzip, v2",
    "lz4_raw, v1", "lz4_raw, v2", "uncompressed, v1", "uncompressed, v2"
  })
  void everyTypeWithEveryCodecAndVersion(String codec, String version) throws Exception {
    duck.execute(TABLE.replace("ROWS", "6000"));
    Path file =
        copy(
            "select * from t",
            ", codec '" + codec + "', parquet_version '" + version + "', row_group_size 2500");
    assertSameAsInDuck(file, "select * from t");
  }

  @Test
  void valuesThatAreHardToWriteAsDifferences() throws Exception {
    String select =
        "select (case i % 4 when 0 then -9223372036854775808 when 1 then 9223372036854775807"
            + " when 2 then 0 else i end)::bigint as n,"
            + " (case i % 3 when 0 then -2147483648 when 1 then 2147483647 else i end)::integer as m,"
            + " repeat('x', (i % 300)::integer) as s from range(20000) r(i)";
    for (String version : List.of("v1", "v2")) {
      assertSameAsInDuck(copy(select, ", parquet_version '" + version + "'"), select);
    }
  }

  @Test
  void typesAreThoseOfTheTable() throws Exception {
    duck.execute(TABLE.replace("ROWS", "10"));
    try (var table = ParquetTable.open(copy("select * from t", ""))) {
      Map<String, ColumnType> types = new java.util.HashMap<>();
      table.schema().fields().forEach(field -> types.put(field.name(), field.type()));
      assertThat(types)
          .containsEntry("i8", ColumnType.LONG)
          .containsEntry("truth", ColumnType.BOOLEAN)
          .containsEntry("day", ColumnType.DATE)
          .containsEntry("nanos", ColumnType.TIMESTAMP)
          .containsEntry("f32", ColumnType.DOUBLE)
          .containsEntry("cents", ColumnType.DOUBLE)
          .containsEntry("colour", ColumnType.STRING);
      assertThat(table.rows()).isEqualTo(10);
    }
  }

  @Test
  void whatIsNotReadIsRefusedByNameAndOnlyWhenAskedFor() throws Exception {
    Path file =
        copy(
            "select i as id, [i, i] as list, {'a': i, 'b': [i]} as pair,"
                + " uuid() as u, time '12:00:00' as clock, i::decimal(30, 2) as big,"
                + " 'x' || i as s, map {'k': i} as m from range(100) r(i)",
            "");
    try (var table = ParquetTable.open(file)) {
      assertThat(Rows.read(table, List.of(0, 6)).columns().get(1))
          .hasSize(100)
          .startsWith("x0", "x1");
      for (var refused :
          Map.of(1, "list", 2, "pair", 3, "u", 4, "clock", 5, "big", 7, "m").entrySet()) {
        assertThatThrownBy(() -> table.morsels(new Scan(List.of(refused.getKey()), List.of())))
            .isInstanceOf(ParquetException.class)
            .hasMessageContaining("column " + refused.getValue() + " is ")
            .hasMessageContaining("not read");
      }
    }
  }

  @Test
  void aCodecThatIsNotReadIsRefusedByName() throws Exception {
    try (var table = ParquetTable.open(copy("select i from range(10000) r(i)", ", codec 'zstd'"))) {
      assertThatThrownBy(() -> table.morsels(new Scan(List.of(0), List.of())))
          .isInstanceOf(ParquetException.class)
          .hasMessageContaining("column i is compressed with ZSTD, which is not read");
      assertThat(Rows.read(table, List.of()).columns()).isEmpty();
    }
  }

  @Test
  void anEmptyTable() throws Exception {
    Path file = copy("select i, 'x' as s from range(0) r(i)", "");
    assertThat(Rows.read(file).size()).isZero();
  }

  @Test
  void rowGroupsAreLeftOutByTheirStatisticsAndTheirBloomFilters() throws Exception {
    Path file =
        copy(
            "select i, (hash(i % 1000 + i // 10240 * 7) & 1048575)::bigint as h,"
                + " 'g' || lpad((i // 10240)::varchar, 3, '0') as s from range(51200) r(i)",
            ", row_group_size 10240");
    try (var table = ParquetTable.open(file)) {
      assertThat(morsels(table)).isEqualTo(5);
      assertThat(morsels(table, new Range(0, new Value.OfLong(25_000), new Value.OfLong(30_719))))
          .as("row groups that have 25000 to 30719")
          .isEqualTo(1);
      assertThat(morsels(table, new Range(0, new Value.OfLong(30_720), null))).isEqualTo(2);
      var text = new Value.OfString("g003".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(morsels(table, new Range(2, text, text))).isEqualTo(1);
      int left = 0;
      for (long value = 0; value < 100; value++) {
        var one = new Value.OfLong(value * 10_007);
        left += morsels(table, new Range(1, one, one));
      }
      assertThat(left)
          .as("of 500 row groups, those that may have one of a hundred values within the bounds")
          .isLessThan(60);
    }
  }

  private static int morsels(ParquetTable table, Range... ranges) throws Exception {
    List<Morsel> morsels = table.morsels(new Scan(Rows.all(table), List.of(ranges)));
    return morsels.size();
  }
}
