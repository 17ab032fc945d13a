package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Morsel;
import systems.core.column.Range;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Value;

/** What is left out by what the file says of its values. */
@Tag("phase-7")
class PruningTest {
  private static final ParquetOptions PAGES_OF_100 = ParquetOptions.DEFAULTS.withPageRows(100);

  @TempDir Path directory;

  private Rows read(Rows rows, ParquetOptions options, Range... ranges) throws IOException {
    Path file = directory.resolve("t.parquet");
    rows.write(file, options);
    try (var table = ParquetTable.open(file)) {
      return Rows.read(table, Rows.all(table), ranges);
    }
  }

  private static Rows ascending(int rows) {
    List<Object> numbers = new ArrayList<>();
    List<Object> texts = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      numbers.add((long) i);
      texts.add(i % 3 == 0 ? null : String.format("key %06d", i));
    }
    var schema =
        new Schema(
            List.of(new Field("n", ColumnType.LONG, false), Rows.field("s", ColumnType.STRING)));
    return new Rows(schema, List.of(numbers, texts));
  }

  private static Range between(long least, long greatest) {
    return new Range(0, new Value.OfLong(least), new Value.OfLong(greatest));
  }

  @Test
  void pagesWithoutAWantedValueAreLeftOutInAllColumns() throws IOException {
    Rows rows = ascending(1000);
    Rows read = read(rows, PAGES_OF_100, between(250, 420));
    assertThat(read.columns().get(0))
        .as("pages of rows 200 to 499")
        .isEqualTo(rows.columns().get(0).subList(200, 500));
    assertThat(read.columns().get(1))
        .as("the same rows of the other column")
        .isEqualTo(rows.columns().get(1).subList(200, 500));
  }

  @Test
  void rangesOfTwoColumnsLeaveWhatBothWant() throws IOException {
    var text = new Value.OfString("key 000350".getBytes(StandardCharsets.UTF_8));
    Rows read = read(ascending(1000), PAGES_OF_100, between(100, 399), new Range(1, text, null));
    assertThat(read.columns().get(0)).hasSize(100).startsWith(300L).endsWith(399L);
  }

  @Test
  void rowGroupsWithoutAWantedValueAreNotMorsels() throws IOException {
    Path file = directory.resolve("t.parquet");
    ascending(1000).write(file, PAGES_OF_100.withRowGroupRows(250));
    try (var table = ParquetTable.open(file)) {
      List<Morsel> all = table.morsels(new Scan(List.of(1), List.of()));
      assertThat(all).hasSize(4);
      assertThat(all.stream().mapToLong(Morsel::bytes).sum())
          .as("morsels of all rows are the whole table")
          .isEqualTo(table.bytes());
      assertThat(table.morsels(new Scan(List.of(1), List.of(between(600, 700))))).hasSize(1);
      assertThat(table.morsels(new Scan(List.of(1), List.of(between(5000, 6000))))).isEmpty();
    }
  }

  @Test
  void boundsAreInclusive() throws IOException {
    assertThat(read(ascending(300), PAGES_OF_100, between(99, 99)).columns().get(0))
        .as("the page of 0 to 99 has 99")
        .hasSize(100)
        .startsWith(0L);
    assertThat(read(ascending(300), PAGES_OF_100, between(100, 100)).columns().get(0))
        .as("the page of 100 to 199 has 100")
        .hasSize(100)
        .startsWith(100L);
  }

  @Test
  void pagesOfAbsentValuesAreLeftOut() throws IOException {
    List<Object> values = new ArrayList<>(java.util.Collections.nCopies(200, null));
    values.addAll(List.of(1L, 2L, 3L));
    Rows rows = Rows.of(Rows.field("n", ColumnType.LONG), values.toArray());
    assertThat(read(rows, PAGES_OF_100, new Range(0, null, null)).columns().getFirst())
        .containsExactly(1L, 2L, 3L);
    Rows none = Rows.of(Rows.field("n", ColumnType.LONG), new Object[] {null, null});
    assertThat(read(none, PAGES_OF_100, between(0, 9)).size()).isZero();
  }

  @Test
  void notANumberIsInNoBoundsButMayBeWanted() throws IOException {
    Rows rows = Rows.of(new Field("d", ColumnType.DOUBLE, false), 1.0, Double.NaN, -2.0, 0.0, 3.0);
    var atLeastFour = new Range(0, new Value.OfDouble(4), null);
    var fourToFive = new Range(0, new Value.OfDouble(4), new Value.OfDouble(5));
    assertThat(read(rows, PAGES_OF_100, atLeastFour).size())
        .as("NaN is greater than 4 in SQL, and statistics do not show it")
        .isEqualTo(5);
    assertThat(read(rows, PAGES_OF_100, fourToFive).size()).as("nothing is 4 to 5").isZero();
    assertThat(
            read(rows, PAGES_OF_100, new Range(0, new Value.OfDouble(-2), new Value.OfDouble(-1)))
                .size())
        .as("the bounds are those of the numbers")
        .isEqualTo(5);
    Rows onlyNan = Rows.of(new Field("d", ColumnType.DOUBLE, false), Double.NaN, Double.NaN);
    assertThat(read(onlyNan, PAGES_OF_100, fourToFive).size())
        .as("without bounds nothing can be left out")
        .isEqualTo(2);
  }

  @Test
  void bothZerosAreTheSameInBounds() throws IOException {
    Rows rows = Rows.of(new Field("d", ColumnType.DOUBLE, false), -0.0, -0.0);
    var zero = new Range(0, new Value.OfDouble(0.0), new Value.OfDouble(0.0));
    assertThat(read(rows, PAGES_OF_100.withBloomFilters(true), zero).size()).isEqualTo(2);
  }

  @Test
  void longStringsHaveShortBoundsThatHold() throws IOException {
    String long1 = "b".repeat(200);
    String long2 = "\u00e9".repeat(200);
    Rows rows = Rows.of(Rows.field("s", ColumnType.STRING), long1, "x", long2.substring(100));
    for (Object wanted : Arrays.asList(long1, "x", long2.substring(100))) {
      var value = new Value.OfString(((String) wanted).getBytes(StandardCharsets.UTF_8));
      assertThat(read(rows, PAGES_OF_100, new Range(0, value, value)).size())
          .as("a page that has %s", wanted)
          .isEqualTo(3);
    }
    var beyond = new Value.OfString("c".getBytes(StandardCharsets.UTF_8));
    Rows two = Rows.of(Rows.field("s", ColumnType.STRING), long1, "a");
    assertThat(read(two, PAGES_OF_100, new Range(0, beyond, null)).size())
        .as("nothing is above what 200 b were cut to")
        .isZero();
    Path file = directory.resolve("t.parquet");
    ParquetLayout.Chunk chunk =
        ParquetLayout.of(file, false).groups().getFirst().chunks().getFirst();
    assertThat(chunk.max()).startsWith("\"bbb");
  }

  @Test
  void aFilterLeavesOutWhatIsBetweenTheBoundsAndNotThere() throws IOException {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      values.add(i * 2L);
    }
    Rows rows = Rows.of(new Field("n", ColumnType.LONG, false), values.toArray());
    ParquetOptions options = ParquetOptions.DEFAULTS.withDictionaryBytes(1).withBloomFilters(true);
    int kept = 0;
    Path file = directory.resolve("t.parquet");
    rows.write(file, options);
    try (var table = ParquetTable.open(file)) {
      for (long value = 0; value < 2000; value++) {
        boolean isThere = value % 2 == 0;
        int size = table.morsels(new Scan(List.of(0), List.of(between(value, value)))).size();
        assertThat(size).as("morsels with %d", value).isGreaterThanOrEqualTo(isThere ? 1 : 0);
        kept += isThere ? 0 : size;
      }
    }
    assertThat(kept).as("of 1000 values that are not there").isLessThan(40);
  }

  @Test
  void aLargeRowGroupIsCutWherePagesEnd() throws IOException {
    Path file = directory.resolve("t.parquet");
    int rows = 3 * ParquetTable.MORSEL_ROWS + 5000;
    Rows large = ascending(rows);
    large.write(file, ParquetOptions.DEFAULTS.withRowGroupRows(rows).withPageRows(30_000));
    try (var table = ParquetTable.open(file)) {
      List<Morsel> morsels = table.morsels(new Scan(List.of(0, 1), List.of()));
      assertThat(morsels).hasSize(3);
      assertThat(morsels.stream().mapToLong(Morsel::bytes).sum()).isEqualTo(table.bytes());
      List<List<Object>> last = List.of(new ArrayList<>(), new ArrayList<>());
      Rows.read(morsels.getLast(), table.schema().fields(), last);
      assertThat((Long) last.getFirst().getFirst() % 30_000).isZero();
      assertThat(Rows.read(table, List.of(0, 1)).columns()).isEqualTo(large.columns());
    }
  }
}
