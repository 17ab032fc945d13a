package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Schema;

/** DuckDB reads what is written here, and finds the same values and statistics. */
@Tag("phase-7")
@Tag("black-box")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DuckReadsTest {
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

  private void assertSameInDuck(Rows rows, ParquetOptions options) throws Exception {
    Path file = directory.resolve("ours.parquet");
    rows.write(file, options);
    List<List<Object>> columns = duck.columns("select * from " + Duck.quoted(file));
    for (int i = 0; i < columns.size(); i++) {
      assertThat(columns.get(i))
          .as("column %s", rows.schema().fields().get(i))
          .isEqualTo(rows.columns().get(i));
    }
    assertThat(duck.query("select count(*) from " + Duck.quoted(file)))
        .isEqualTo(List.of(List.of((long) rows.size())));
  }

  private static Rows everyType(int rows) {
    var random = new SplittableRandom(7);
    List<Field> fields = new ArrayList<>();
    List<List<Object>> columns = new ArrayList<>();
    for (ColumnType type : ColumnType.values()) {
      for (boolean nullable : new boolean[] {false, true}) {
        fields.add(new Field(type + "_" + nullable, type, nullable));
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
          values.add(nullable && random.nextInt(4) == 0 ? null : value(type, i, random));
        }
        columns.add(values);
      }
    }
    return new Rows(new Schema(fields), columns);
  }

  private static Object value(ColumnType type, int row, SplittableRandom random) {
    return switch (type) {
      case BOOLEAN -> random.nextLong(2);
      case LONG -> random.nextLong() >> random.nextInt(64);
      case DATE -> random.nextLong(-50_000, 50_000);
      case TIMESTAMP -> 1_700_000_000_000_000L + row * 1_000_000L + random.nextInt(1000);
      case DOUBLE -> random.nextInt(100) == 0 ? Double.NaN : random.nextInt(1_000_000) / 64.0;
      case STRING -> row % 2 == 0 ? "key " + random.nextInt(30) : "v\u00e9lo " + random.nextLong();
    };
  }

  @ParameterizedTest
  @CsvSource({
    "UNCOMPRESSED, 1",
    "UNCOMPRESSED, 2",
    "LZ4_RAW, 1",
    "LZ4_RAW, 2",
    "GZIP, 1",
    "GZIP, 2"
  })
  void everyTypeWithEveryCodecAndPageVersion(Codec codec, int version) throws Exception {
    ParquetOptions options = ParquetOptions.DEFAULTS.withCodec(codec).withPageVersion(version);
    assertSameInDuck(everyType(5000), options.withPageRows(1700));
  }

  @Test
  void manyRowGroupsAndPages() throws Exception {
    ParquetOptions options = ParquetOptions.DEFAULTS.withRowGroupRows(333).withPageRows(50);
    assertSameInDuck(everyType(4000), options);
  }

  @Test
  void aTableWithoutRows() throws Exception {
    Rows none = everyType(0);
    Path file = directory.resolve("none.parquet");
    none.write(file, ParquetOptions.DEFAULTS);
    assertThat(duck.query("select * from " + Duck.quoted(file))).isEmpty();
    assertThat(
            duck.query("describe select * from " + Duck.quoted(file)).stream().map(r -> r.get(1)))
        .containsExactly(
            "BOOLEAN",
            "BOOLEAN",
            "BIGINT",
            "BIGINT",
            "DATE",
            "DATE",
            "TIMESTAMP",
            "TIMESTAMP",
            "DOUBLE",
            "DOUBLE",
            "VARCHAR",
            "VARCHAR");
    assertThat(Rows.read(file).size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aDictionaryThatGetsFullInTheMiddleOfAChunk(int version) throws Exception {
    List<Object> texts = new ArrayList<>();
    List<Object> longs = new ArrayList<>();
    var random = new SplittableRandom(3);
    for (int i = 0; i < 9000; i++) {
      texts.add(i < 5000 ? "city " + random.nextInt(20) : "one of many " + random.nextLong());
      longs.add(i < 5000 ? random.nextInt(20) * 0x1234_5678_9abcdL : random.nextLong());
    }
    var schema =
        new Schema(
            List.of(Rows.field("s", ColumnType.STRING), new Field("n", ColumnType.LONG, false)));
    ParquetOptions options =
        ParquetOptions.DEFAULTS
            .withPageRows(1000)
            .withDictionaryBytes(1000)
            .withPageVersion(version);
    assertSameInDuck(new Rows(schema, List.of(texts, longs)), options);
    ParquetLayout layout = ParquetLayout.of(directory.resolve("ours.parquet"), true);
    for (ParquetLayout.Chunk chunk : layout.groups().getFirst().chunks()) {
      assertThat(chunk.pages())
          .extracting(ParquetLayout.Page::encoding)
          .as("the dictionary, codes of it, then values")
          .startsWith("PLAIN", "RLE_DICTIONARY")
          .last()
          .isIn("PLAIN", "DELTA_LENGTH_BYTE_ARRAY");
    }
  }

  @Test
  void statisticsAreWhatTheValuesAre() throws Exception {
    Path file = directory.resolve("s.parquet");
    List<Object> texts = new ArrayList<>(List.of("pear", "apple", "zebra", "\u00e9clair"));
    texts.add(null);
    Rows rows =
        new Rows(
            new Schema(
                List.of(
                    Rows.field("s", ColumnType.STRING),
                    Rows.field("n", ColumnType.LONG),
                    Rows.field("d", ColumnType.DOUBLE),
                    Rows.field("day", ColumnType.DATE),
                    Rows.field("t", ColumnType.TIMESTAMP),
                    Rows.field("b", ColumnType.BOOLEAN))),
            List.of(
                texts,
                java.util.Arrays.asList(5L, null, -3L, 7L, null),
                java.util.Arrays.asList(0.5, Double.NaN, -2.25, null, 1.0),
                java.util.Arrays.asList(0L, 19_000L, -1L, null, null),
                java.util.Arrays.asList(0L, 1L, 1_700_000_000_000_000L, null, null),
                java.util.Arrays.asList(1L, 1L, null, null, null)));
    rows.write(file, ParquetOptions.DEFAULTS);
    List<List<Object>> found =
        duck.query(
            "select path_in_schema, stats_min_value, stats_max_value, stats_null_count, num_values"
                + " from parquet_metadata("
                + Duck.quoted(file)
                + ")");
    assertThat(found)
        .as("least, greatest, absent, all")
        .isEqualTo(
            List.of(
                List.of("s", "apple", "\u00e9clair", 1L, 5L),
                List.of("n", "-3", "7", 2L, 5L),
                List.of("d", "-2.25", "1.0", 1L, 5L),
                List.of("day", "1969-12-31", "2022-01-08", 2L, 5L),
                List.of("t", "1970-01-01 00:00:00", "2023-11-14 22:13:20", 2L, 5L),
                List.of("b", "true", "true", 3L, 5L)));
  }

  @Test
  void theSchemaSaysLogicalTypes() throws Exception {
    Path file = directory.resolve("schema.parquet");
    everyType(10).write(file, ParquetOptions.DEFAULTS);
    assertThat(
            duck.query(
                "select type, repetition_type, converted_type, logical_type from parquet_schema("
                    + Duck.quoted(file)
                    + ") where num_children is null and name like '%true'"))
        .extracting(Object::toString)
        .containsExactly(
            "[BOOLEAN, OPTIONAL, null, null]",
            "[INT64, OPTIONAL, null, null]",
            "[INT32, OPTIONAL, DATE, DateType()]",
            "[INT64, OPTIONAL, TIMESTAMP_MICROS, TimestampType(isAdjustedToUTC=0, "
                + "unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds(), NANOS=<null>))]",
            "[DOUBLE, OPTIONAL, null, null]",
            "[BYTE_ARRAY, OPTIONAL, UTF8, StringType()]");
  }

  @Test
  void duckSkipsRowGroupsByOurStatisticsAndFindsTheRows() throws Exception {
    List<Object> numbers = new ArrayList<>();
    List<Object> names = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      numbers.add((long) i);
      names.add("n" + i * 7919 % 10_000);
    }
    var schema =
        new Schema(
            List.of(new Field("n", ColumnType.LONG, false), Rows.field("s", ColumnType.STRING)));
    Path file = directory.resolve("skip.parquet");
    new Rows(schema, List.of(numbers, names))
        .write(
            file,
            ParquetOptions.DEFAULTS
                .withRowGroupRows(1000)
                .withDictionaryBytes(1)
                .withBloomFilters(true));
    assertThat(
            duck.query(
                "select s from " + Duck.quoted(file) + " where n between 4998 and 5001 order by n"))
        .extracting(List::getFirst)
        .isEqualTo(names.subList(4998, 5002));
    assertThat(duck.query("select n from " + Duck.quoted(file) + " where s = 'n1'"))
        .isEqualTo(List.of(List.of((long) names.indexOf("n1"))));
    assertThat(
            duck.query(
                "select bool_or(bloom_filter_excludes) from parquet_bloom_probe("
                    + Duck.quoted(file)
                    + ", 's', 'n1')"))
        .as("some row groups cannot have the value, by our filters")
        .isEqualTo(List.of(List.of(1L)));
  }
}
