package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.core.column.Value;

@Tag("given")
class ParserTest {
  /** An expression with all its parentheses. */
  private static String shape(Syntax syntax) {
    return switch (syntax) {
      case Syntax.Name(String text, _) -> text;
      case Syntax.Literal(_, Value value, _) ->
          Interval.shown(systems.core.column.ColumnType.LONG, value);
      case Syntax.Star _ -> "*";
      case Syntax.Minus(Syntax operand, _) -> "(- " + shape(operand) + ")";
      case Syntax.Not(Syntax operand, _) -> "(not " + shape(operand) + ")";
      case Syntax.Infix(Syntax.Operator operator, Syntax left, Syntax right, _) ->
          "(" + shape(left) + " " + operator.sign + " " + shape(right) + ")";
      case Syntax.Between(Syntax operand, Syntax least, Syntax greatest, _) ->
          "(" + shape(operand) + " between " + shape(least) + " and " + shape(greatest) + ")";
      case Syntax.In(Syntax operand, var choices, _) ->
          "("
              + shape(operand)
              + " in "
              + choices.stream().map(ParserTest::shape).collect(Collectors.joining(", "))
              + ")";
      case Syntax.Like(Syntax operand, Syntax pattern, _) ->
          "(" + shape(operand) + " like " + shape(pattern) + ")";
      case Syntax.IsNull(Syntax operand, _) -> "(" + shape(operand) + " is null)";
      case Syntax.Case cases -> "(case " + cases.branches().size() + ")";
      case Syntax.Cast(Syntax operand, var type, _) -> "(" + shape(operand) + " as " + type + ")";
      case Syntax.Call(String function, Syntax argument, boolean distinct, _) ->
          function + "(" + (distinct ? "distinct " : "") + shape(argument) + ")";
    };
  }

  private static String shape(String expression) {
    return shape(Parser.select("select " + expression + " from t").items().getFirst().expression());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a + b * c | (a + (b * c))",
        "a - b - c | ((a - b) - c)",
        "a * b + c // d % e | ((a * b) + ((c // d) % e))",
        "- a + b | ((- a) + b)",
        "-1 + -a | (-1 + (- a))",
        "a or b and not c = d | (a or (b and (not (c = d))))",
        "not a and b | ((not a) and b)",
        "not not a | (not (not a))",
        "a < b + 1 and c >= 2 | ((a < (b + 1)) and (c >= 2))",
        "a between 1 and 2 + 3 and b | ((a between 1 and (2 + 3)) and b)",
        "a not between 1 and 2 or b | ((not (a between 1 and 2)) or b)",
        "a in (1, b + 2) | (a in 1, (b + 2))",
        "a not in (1) and b | ((not (a in 1)) and b)",
        "a like 'x%' = b | ((a like 'x%') = b)",
        "a is null or b is not null | ((a is null) or (not (b is null)))",
        "(a + b) * c | ((a + b) * c)",
        "sum(a * 2) / count(*) | (sum((a * 2)) / count(*))",
        "count(distinct a) | count(distinct a)",
        "cast(a as double) + 1 | ((a as DOUBLE) + 1)",
        "case when a then 1 when b then 2 else 3 end | (case 2)",
        "date | date",
        "\"a b\" + a | (a b + a)",
        "1.5e1 + .5 | (15.0 + 0.5)",
        "a <> b | (a <> b)",
        "a != b | (a <> b)",
      })
  void operatorsBindAsInSql(String expression, String shape) {
    assertThat(shape(expression)).isEqualTo(shape);
  }

  @Test
  void aQueryHasItsPartsInOrder() {
    Select select =
        Parser.select(
            """
            -- what sells
            SELECT city AS c, "count" n, /* all */ sum(price) FROM 'sales 2024.csv'
            WHERE price > 0 GROUP BY 1, city HAVING count(*) > 1
            ORDER BY c DESC NULLS FIRST, 2 LIMIT 10 OFFSET 5;\
            """);
    assertThat(select.items().stream().map(item -> item.alias() + "/" + item.text()))
        .containsExactly("c/city", "n/count", "null/sum(price)");
    assertThat(select.source()).isEqualTo("sales 2024.csv");
    assertThat(select.groupBy()).hasSize(2);
    assertThat(select.orderBy().getFirst().descending()).isTrue();
    assertThat(select.orderBy().getFirst().nullsFirst()).isTrue();
    assertThat(select.orderBy().getLast().descending()).isFalse();
    assertThat(select.limit()).isEqualTo(10);
    assertThat(select.offset()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "select a, from t | 10 | An expression was expected, but from was found.",
        "select a b c from t | 11 | \"from\" was expected, but c was found.",
        "select 'abc from t | 7 | This quote is not closed.",
        "select a from t where | 21 | An expression was expected, but the query ends.",
        "select a from t limit x | 22 | A whole number of rows was expected, but x was found.",
        "select a from t; x | 17 | Nothing was expected here, but x was found.",
        "select a ! b from t | 9 | This character has no meaning here.",
        "select 12ab from t | 7 | This is no number.",
        "select 1e from t | 7 | This is no number.",
        "select 9223372036854775808 from t | 7 | An integer must fit into 64 bits.",
        "select 1e999 from t | 7 | This number is too large.",
        "select date '2024-02-30' from t | 12 | This is no date: write 2024-12-31.",
        "select (a from t | 10 | \")\" was expected, but from was found.",
        "select cast(a as text) from t | 17 | Types are bigint, double, boolean, date and timestamp.",
        "select a from t order by a nulls x | 33 | \"last\" was expected, but x was found.",
        "update t | 0 | \"select\" was expected, but update was found.",
      })
  void aMistakeIsPointedAt(String sql, int at, String sentence) {
    assertThatThrownBy(() -> Parser.select(sql))
        .isInstanceOf(SqlException.class)
        .hasMessage(sentence + "\n" + sql + "\n" + " ".repeat(at) + "^");
  }

  @Test
  void onlyTheLineOfTheMistakeIsShown() {
    assertThatThrownBy(() -> Parser.select("select a\nfrom t\nwhere\tb +\n"))
        .hasMessage("An expression was expected, but the query ends.\n" + "\n^");
    assertThatThrownBy(() -> Parser.select("select a\nfrom t\nwhere\tb + )\nlimit 1"))
        .hasMessage("An expression was expected, but ) was found.\nwhere b + )\n          ^");
    String longSql = "select " + "a + ".repeat(100) + ")" + " + b".repeat(100) + " from t";
    assertThatThrownBy(() -> Parser.select(longSql))
        .satisfies(e -> assertThat(e.getMessage().lines().toList().get(1)).hasSize(100));
  }

  @Test
  void instantsAreReadAsTheyAreWritten() {
    for (String text :
        new String[] {
          "1969-12-31 23:59:59.999999", "2024-02-29 00:00:00", "2024-02-29 12:30:00.5"
        }) {
      long micros = Instants.parse(systems.core.column.ColumnType.TIMESTAMP, text);
      assertThat(Instants.timestamp(micros)).isEqualTo(text);
    }
    assertThat(Instants.timestamp(Long.MIN_VALUE)).startsWith("-290308-");
    assertThat(Instants.date(Instants.parse(systems.core.column.ColumnType.DATE, "0001-01-01")))
        .isEqualTo("0001-01-01");
    assertThat(Instants.date(Long.MIN_VALUE + 1)).isEqualTo("day -9223372036854775807");
  }

  @Test
  void depthIsBounded() {
    String nested = "select " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " from t";
    assertThatThrownBy(() -> Parser.select(nested))
        .isInstanceOf(SqlException.class)
        .hasMessageContaining("at most");
    String chained = "select 1" + " + 1".repeat(60_000) + " from t";
    assertThatThrownBy(() -> Parser.select(chained)).isInstanceOf(SqlException.class);
    String negated = "select " + "not ".repeat(60_000) + "a from t";
    assertThatThrownBy(() -> Parser.select(negated)).isInstanceOf(SqlException.class);
    String most = " + 1".repeat(Parser.OPERATORS_MAX);
    assertThat(Parser.select("select 1" + most + " from t").items()).hasSize(1);
    String deepest = "(".repeat(Parser.DEPTH_MAX - 1) + "1" + ")".repeat(Parser.DEPTH_MAX - 1);
    assertThat(Parser.select("select " + deepest + " from t").items()).hasSize(1);
    assertThatThrownBy(() -> Parser.select("select a from t" + " ".repeat(Lexer.CHARS_MAX)))
        .isInstanceOf(SqlException.class);
  }
}
