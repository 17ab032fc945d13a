package systems.core.query;

import static java.util.Arrays.asList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static systems.core.query.MemoryTable.row;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small questions whose answers anybody can see. */
@Tag("phase-7")
class AnswersTest {
  private static final MemoryTable CITIES =
      MemoryTable.of(
          "city STRING, year LONG, v LONG, x DOUBLE, ok BOOLEAN",
          new MemoryTable.Shape(4, 3, MemoryTable.Strings.DICTIONARIES),
          row("Oslo", 2023L, 3L, 1.5, true),
          row("Rome", 2023L, -7L, Double.NaN, false),
          row("Oslo", 2024L, null, -2.5, null),
          row(null, 2024L, 10L, null, true),
          row("Bern", 2022L, 0L, 0.0, false),
          row("Rome", null, 5L, 100.0, true),
          row("Oslo", 2022L, 4L, -0.0, null),
          row(null, null, null, null, null));

  private static String answer(String sql) {
    return Answers.of(CITIES, sql).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "select count(*) from t | [[8]]",
        "select count(v), sum(v), min(v), max(v), avg(v) from t | [[6, 15, -7, 10, 2.5]]",
        "select count(*), sum(v), min(city) from t where v > 99 | [[0, null, null]]",
        "select city from t where v between -1 and 3 order by city | [[Bern], [Oslo]]",
        "select v from t where x > 1 order by v | [[-7], [3], [5]]",
        "select v from t where x <= 0 order by v | [[0], [4], [null]]",
        "select v from t where x = 0 order by v | [[0], [4]]",
        "select max(x), min(x) from t | [[NaN, -2.5]]",
        "select year from t where city > 'Bern' and city < 'Rome' order by 1 | "
            + "[[2022], [2023], [2024]]",
        "select v from t where city in ('Rome', 'Oslo') and v in (3, 5) order by 1 | [[3], [5]]",
        "select count(*) from t where city = 'Oslo' | [[3]]",
        "select sum(v), count(*) from t where city = 'Oslo' | [[7, 3]]",
        "select count(*) from t where not city = 'Oslo' | [[3]]",
        "select count(*) from t where city like '%o%' | [[5]]",
        "select count(*) from t where city not like 'O%' | [[3]]",
        "select count(*) from t where city is null | [[2]]",
        "select count(*) from t where year <> 2023 or city is null | [[5]]",
        "select count(*) from t where v not in (3, null) | [[0]]",
        "select count(*) from t where v in (3, null) | [[1]]",
        "select not (ok and v > 3) from t where year = 2024 order by 1 | [[false], [null]]",
        "select city, count(*) c, sum(v) from t group by city order by city | "
            + "[[Bern, 1, 0], [Oslo, 3, 7], [Rome, 2, -2], [null, 2, 10]]",
        "select city, count(*) from t group by 1 order by 2 desc, 1 nulls first limit 2 | "
            + "[[Oslo, 3], [null, 2]]",
        "select year % 2 as odd, count(*) from t group by odd order by odd | "
            + "[[0, 4], [1, 2], [null, 2]]",
        "select city, year, sum(v) from t where year < 2024 group by city, year order by 1, 2 | "
            + "[[Bern, 2022, 0], [Oslo, 2022, 4], [Oslo, 2023, 3], [Rome, 2023, -7]]",
        "select city from t group by city having count(*) > 1 and sum(v) > 0 order by city | "
            + "[[Oslo], [null]]",
        "select sum(v) + count(*) as n, sum(v) / count(v) from t | [[23, 2.5]]",
        "select distinct ok from t order by ok desc nulls first | [[null], [true], [false]]",
        "select count(distinct city), count(distinct year) from t | [[3, 3]]",
        "select city, v from t order by v desc limit 3 | [[null, 10], [Rome, 5], [Oslo, 4]]",
        "select v from t order by v limit 2 offset 5 | [[10], [null]]",
        "select v from t order by v nulls first limit 3 | [[null], [null], [-7]]",
        "select x from t order by x desc limit 3 | [[NaN], [100.0], [1.5]]",
        "select x, count(*) from t where x = 0 group by x | [[0.0, 2]]",
        "select case when v > 3 then 'big' when v is null then city else 'small' end as size,"
            + " count(*) from t group by size order by 1 | "
            + "[[Oslo, 1], [big, 3], [small, 3], [null, 1]]",
        "select v // 2, v % 2, v / 2 from t where v = -7 | [[-3, -1, -3.5]]",
        "select v / 0, x / 0 from t where v = 4 | [[Infinity, NaN]]",
        "select -v, - -v, 2 - 3 * v from t where v = 5 | [[-5, 5, -13]]",
        "select cast(x as bigint), cast(v as double), cast(ok as bigint) from t where v = 5 | "
            + "[[100, 5.0, 1]]",
        "select date '2024-02-28' + 2, date '2024-03-01' - date '2024-02-28' from t limit 1 | "
            + "[[2024-03-01, 2]]",
        "select \"CITY\" from t where Year = 2022 and v = 0 | [[Bern]]",
        "select count(*) from t where null | [[0]]",
        "select sum(v) filtered from t where ok | [[18]]",
        "select 9223372036854775807 as a, -9223372036854775808 as b from t limit 1 | "
            + "[[9223372036854775807, -9223372036854775808]]",
        "select count(*) from t where v < -9223372036854775808 | [[0]]",
        "select count(*) from t where v > 9223372036854775807 | [[0]]",
        "select min(ok), max(ok), min(city), max(city) from t | [[false, true, Bern, Rome]]",
      })
  void oneQueryHasOneAnswer(String sql, String rows) {
    assertThat(answer(sql)).as(sql).isEqualTo(rows);
  }

  @Test
  void nullAndFalseIsFalseAndNullOrTrueIsTrue() {
    String sql =
        "select not (ok and city = 'Bern'), not (ok or city = 'Oslo') from t where year = 2022"
            + " order by 1";
    assertThat(answer(sql))
        .as("of (null and false), (null or true): the known side decides")
        .isEqualTo("[[true, false], [true, true]]");
  }

  @Test
  void aNullIsNeitherInsideNorOutsideOfBounds() {
    var table =
        MemoryTable.of("v LONG, x DOUBLE", MemoryTable.Shape.PLAIN, row(null, null), row(0L, 0.0));
    assertThat(Answers.of(table, "select count(*) from t where v between -1 and 1").toString())
        .as("the slot of an absent value holds 0, but no value")
        .isEqualTo("[[1]]");
    assertThat(Answers.of(table, "select count(*) from t where x between -1 and 1").toString())
        .as("the slot of an absent value holds 0.0, but no value")
        .isEqualTo("[[1]]");
  }

  @Test
  void aNullIsNeitherTheLeastNorTheGreatest() {
    var table =
        MemoryTable.of(
            "v LONG, w LONG, s STRING",
            MemoryTable.Shape.PLAIN,
            row(5L, -5L, "b"),
            row(null, null, null),
            row(7L, -7L, "a"));
    assertThat(Answers.of(table, "select min(v), max(w), min(s) from t").toString())
        .as("the slot of an absent value holds 0, but no value")
        .isEqualTo("[[5, -5, a]]");
  }

  @Test
  void notANumberIsGreaterThanAllNumbersInAFilter() {
    assertThat(answer("select v from t where x > 1000")).as("NaN > 1000").isEqualTo("[[-7]]");
    assertThat(answer("select v from t where x >= 1000 and v < 0"))
        .as("NaN >= 1000")
        .isEqualTo("[[-7]]");
  }

  @Test
  void eachMorselMayBringAnotherDictionary() {
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < 4000; i++) {
      rows.add(row("k" + (i / 10 + i % 3), (long) i)); // in each morsel other codes
    }
    var table =
        new MemoryTable(
            MemoryTable.of("k STRING, v LONG", MemoryTable.Shape.PLAIN).schema(),
            rows,
            new MemoryTable.Shape(500, 200, MemoryTable.Strings.DICTIONARIES));
    for (String sql :
        List.of(
            "select k, count(*), sum(v) from t group by k",
            "select v from t where k = 'k100'",
            "select count(*), sum(v) from t where k like '%7'")) {
      SameRows.check(
          "a code means another string in another dictionary: " + sql,
          false,
          Answers.of(table, sql),
          SlowSelect.answer(sql, table.schema(), rows));
    }
  }

  @Test
  void whatIsTrueOfOneDictionaryIsNotTrueOfTheNext() {
    var table =
        MemoryTable.of(
            "k STRING, v LONG",
            new MemoryTable.Shape(2, 2, MemoryTable.Strings.DICTIONARIES),
            row("a", 1L),
            row("b", 2L),
            row("c", 3L), // here 0 means c
            row("a", 4L));
    var oneThread = Settings.ofMachine().withThreads(1); // both dictionaries pass the same filter
    assertThat(Answers.of(table, "select v from t where k = 'a' order by v", oneThread).toString())
        .as("the second dictionary has to be asked too")
        .isEqualTo("[[1], [4]]");
    assertThat(
            Answers.of(table, "select sum(v), count(*) from t where k = 'a'", oneThread).toString())
        .as("the second dictionary has to be asked too")
        .isEqualTo("[[5, 2]]");
  }

  @Test
  void aNullIsAGroupOfItsOwnBesideEveryEntry() {
    var table =
        MemoryTable.of(
            "k STRING, v LONG",
            MemoryTable.Shape.DICTIONARIES,
            row("a", 1L),
            row(null, 2L),
            row("b", 4L));
    assertThat(Answers.of(table, "select k, sum(v) from t group by k order by k").toString())
        .as("the code of a null is 0, but it is not the first entry")
        .isEqualTo("[[a, 1], [b, 4], [null, 2]]");
  }

  @Test
  void sumsOfIntegersAreExactOrAnError() {
    long large = Long.MAX_VALUE - 10;
    var shape = new MemoryTable.Shape(1, 1, MemoryTable.Strings.PLAIN);
    var fits = MemoryTable.of("v LONG", shape, row(large), row(large), row(-large), row(5L));
    assertThat(Answers.of(fits, "select sum(v) from t").getFirst())
        .as("it leaves 64 bits on the way and comes back")
        .isEqualTo(asList((Object) (large + 5)));
    var exceeds = MemoryTable.of("v LONG", shape, row(large), row(large), row(null, 1L));
    assertThat((Double) Answers.of(exceeds, "select avg(v) from t").getFirst().getFirst())
        .as("an average that is a bigint although the sum is none")
        .isEqualTo((double) large);
    assertThatThrownBy(() -> Answers.of(exceeds, "select sum(v) from t"))
        .as("a sum that does not fit into 64 bits")
        .isInstanceOf(SqlException.class)
        .hasMessageContaining("does not fit");
  }

  @Test
  void arithmeticThatLeavesSixtyFourBitsIsAnError() {
    var table =
        MemoryTable.of(
            "v LONG, w LONG",
            MemoryTable.Shape.PLAIN,
            row(Long.MAX_VALUE, 1L),
            row(Long.MIN_VALUE, null));
    for (String sql : List.of("v + 1", "v + w", "-2 - v", "v * 2", "v * w * w * 3", "v // -1")) {
      assertThatThrownBy(() -> Answers.of(table, "select " + sql + " from t"))
          .as(sql + " leaves 64 bits")
          .isInstanceOf(SqlException.class)
          .hasMessageContaining("does not fit");
    }
    assertThatThrownBy(() -> Answers.of(table, "select v % (w - 1) from t where w = 1"))
        .isInstanceOf(SqlException.class)
        .hasMessage("9223372036854775807 is divided by zero.");
    assertThat(Answers.of(table, "select v + w from t where v < 0").toString())
        .as("of a null nothing overflows, and neither do rows that are filtered away")
        .isEqualTo("[[null]]");
  }

  @Test
  void aLimitWithoutAnOrderReadsNoMoreThanItNeeds() {
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < 100_000; i++) {
      rows.add(row((long) i));
    }
    var schema = MemoryTable.of("v LONG", MemoryTable.Shape.PLAIN).schema();
    var shape = new MemoryTable.Shape(1000, 500, MemoryTable.Strings.PLAIN);
    var answer = new ArrayList<List<@Nullable Object>>();
    RunStats stats =
        Answers.run(
            new MemoryTable(schema, rows, shape),
            "select v from t where v % 2 = 0 limit 5 offset 2",
            Settings.ofMachine().withThreads(1),
            answer);
    assertThat(answer.toString()).isEqualTo("[[4], [6], [8], [10], [12]]");
    assertThat(stats.rowsScanned()).as("the first batch has enough rows").isEqualTo(500);
  }

  @Test
  void stretchesWithoutAWantedRowAreNotRead() {
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < 10_000; i++) {
      rows.add(row((long) i, i == 20 ? Double.NaN : (double) i, "k" + i / 1000));
    }
    var schema = MemoryTable.of("v LONG, x DOUBLE, s STRING", MemoryTable.Shape.PLAIN).schema();
    var shape = new MemoryTable.Shape(1000, 500, MemoryTable.Strings.PLAIN);
    String[][] cases = {
      {"v > 8000 and v <= 8500", "9", "[[500]]"},
      {"v in (1, 1500)", "8", "[[2]]"},
      {"s = 'k3'", "9", "[[1000]]"},
      {"s like 'k4%'", "9", "[[1000]]"},
      {"x between 20 and 30", "9", "[[10]]"},
      {"x > 9998", "0", "[[2]]"},
      {"v > 8000 or v < 3", "0", "[[2002]]"},
    };
    for (String[] one : cases) {
      var table = new MemoryTable(schema, rows, shape);
      String sql = "select count(*) from t where " + one[0];
      assertThat(Answers.of(table, sql).toString())
          .as(sql + ": what is left out must not be wanted")
          .isEqualTo(one[2]);
      assertThat(table.morselsLeftOut.get())
          .as(sql + ": morsels left out")
          .isEqualTo(Integer.parseInt(one[1]));
    }
  }

  @Test
  void columnsThatNobodyAsksForAreNotRead() {
    Statement statement =
        Query.parse("select max(v) from t where city = 'Oslo'").on(CITIES.schema());
    assertThat(statement.explain())
        .isEqualTo(
            """
            items     max(v)
            group by  nothing
            compute   max(v)
            filter    (city = 'Oslo')
            pushed    city = 'Oslo'
            scan      city, v\
            """);
  }
}
