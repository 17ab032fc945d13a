package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.StringJoiner;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.core.column.ColumnType;
import systems.core.column.Schema;

class BinderTest {
  private static final Schema SCHEMA =
      MemoryTable.of(
              "k STRING, v LONG, x DOUBLE, d DATE, ts TIMESTAMP, ok BOOLEAN",
              MemoryTable.Shape.PLAIN)
          .schema();

  private static Plan plan(String sql) {
    return Binder.plan(Parser.select(sql), sql, SCHEMA);
  }

  @ParameterizedTest
  @Tag("given")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "select prize from t | 7 | There is no column \"prize\"; there are k, v, x, d, ts, ok.",
        "select k from t where k > 1 | 24 | A string and a bigint do not go together.",
        "select k + 1 from t | 7 | A number was expected, but this is a string.",
        "select v from t where v | 22 | A boolean was expected, but this is a bigint.",
        "select k, v from t group by k | 10 | "
            + "\"v\" must be in \"group by\" or within an aggregate.",
        "select k from t where sum(v) > 1 | 22 | An aggregate cannot stand here.",
        "select sum(max(v)) from t | 11 | An aggregate cannot stand here.",
        "select sum(k) from t | 11 | A number was expected, but this is a string.",
        "select sum(*) from t | 11 | Only count(*) counts rows.",
        "select upper(k) from t | 7 | "
            + "There is no function \"upper\"; there are count, sum, avg, min, max.",
        "select v from t order by 2 | 25 | There is no item 2; there are 1.",
        "select v from t where d > '2024-13-01' | 24 | "
            + "'2024-13-01' is no date: write 2024-12-31.",
        "select x // 2 from t | 9 | \"//\" divides integers.",
        "select * + 1 from t | 9 | \"from\" was expected, but + was found.",
        "select case when ok then v else k end from t | 7 | "
            + "A bigint and a string do not go together.",
        "select k from t where k like v | 29 | After \"like\" comes a text between quotes.",
        "select distinct sum(v) from t | 0 | "
            + "\"distinct\" cannot be combined with groups and aggregates.",
        "select cast(k as bigint) from t | 7 | A string cannot become a bigint.",
      })
  void whatDoesNotFitIsPointedAt(String sql, int at, String sentence) {
    assertThatThrownBy(() -> plan(sql))
        .isInstanceOf(SqlException.class)
        .hasMessage(sentence + "\n" + sql + "\n" + " ".repeat(at) + "^");
  }

  @Test
  @Tag("given")
  void aliasesThatDoubleEachOtherAreRefusedInTime() {
    var items = new StringJoiner(", ");
    items.add("v as a0");
    for (int i = 1; i < 60; i++) {
      items.add("a" + (i - 1) + " + a" + (i - 1) + " as a" + i);
    }
    assertThatThrownBy(() -> plan("select " + items + " from t"))
        .isInstanceOf(SqlException.class)
        .hasMessageContaining("too entangled");
    assertThatThrownBy(() -> plan("select b as a, a as b from t"))
        .as("two aliases that mean each other")
        .isInstanceOf(SqlException.class);
  }

  @Test
  @Tag("phase-7")
  void typesBecomeWiderWhereTheyMeet() {
    Plan plan =
        plan(
            "select v + 1, v + x, v / 2, d + 1, d - d, case when ok then v else x end, "
                + "-v, sum(v), avg(v), min(d), count(*) from t group by v, x, d, ok");
    assertThat(plan.items().stream().map(Expr::type))
        .containsExactly(
            ColumnType.LONG,
            ColumnType.DOUBLE,
            ColumnType.DOUBLE,
            ColumnType.DATE,
            ColumnType.LONG,
            ColumnType.DOUBLE,
            ColumnType.LONG,
            ColumnType.LONG,
            ColumnType.DOUBLE,
            ColumnType.DATE,
            ColumnType.LONG);
  }

  @Test
  @Tag("phase-7")
  void boundsOfOneColumnAreOneInterval() {
    Plan plan = plan("select k from t where v > 5 and 10 > v and x <= 2 and ok and v <> 7");
    assertThat(plan.bounds().stream().map(b -> b.shown(plan.scanned().get(b.column()).name())))
        .as("strict bounds of integers become those that are included")
        .containsExactly("v between 6 and 9", "x <= 2.0");
    assertThat(plan.tests()).as("ok, v <> 7").hasSize(2);
    assertThat(plan.scan().ranges()).hasSize(2);
  }

  @Test
  @Tag("phase-7")
  void whatIsOnlyAHintIsTestedToo() {
    for (String condition :
        List.of("k > 'b'", "v in (1, 5)", "k like 'ab%'", "k in ('a', 'b')", "k = 'a'")) {
      Plan plan = plan("select v from t where " + condition);
      assertThat(plan.scan().ranges()).as(condition + " is pushed").hasSize(1);
      assertThat(plan.tests()).as(condition + " is more than its bounds, so it stays").hasSize(1);
      assertThat(plan.bounds()).isEmpty();
    }
  }

  @Test
  @Tag("phase-7")
  void doublesWithoutAnUpperBoundAreNotPushed() {
    assertThat(plan("select v from t where x > 5").scan().ranges())
        .as("NaN is greater than 5, and no statistics know of it")
        .isEmpty();
    assertThat(plan("select v from t where x > 5 and x < 9").scan().ranges()).hasSize(1);
    assertThat(plan("select v from t where x < 9").scan().ranges()).hasSize(1);
  }
}
