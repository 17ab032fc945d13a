package systems.core.query;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Schema;
import systems.core.column.Vector;

/**
 * Tables and queries by chance, from the whole grammar. The numbers are small enough that nothing
 * overflows, and an order covers all items, so that there is one right answer.
 */
final class RandomSql {
  static final Schema SCHEMA =
      new Schema(
          List.of(
              new Field("b", ColumnType.BOOLEAN, true),
              new Field("i", ColumnType.LONG, true),
              new Field("j", ColumnType.LONG, true),
              new Field("d", ColumnType.DATE, true),
              new Field("ts", ColumnType.TIMESTAMP, true),
              new Field("x", ColumnType.DOUBLE, true),
              new Field("y", ColumnType.DOUBLE, true),
              new Field("s", ColumnType.STRING, true),
              new Field("u", ColumnType.STRING, true)));

  private static final List<String> WORDS =
      List.of("", "a", "ab", "abc", "b", "Oslo", "Århus", "東京", "a%b", "𝛑", "o'b", "z_");

  private final Random random;

  RandomSql(long seed) {
    random = new Random(seed);
    random.nextInt(); // the first numbers of neighbouring seeds are alike
  }

  /** A table of up to so many rows. */
  MemoryTable table(int rowsMax) {
    int count = random.nextInt(8) == 0 ? random.nextInt(3) : random.nextInt(1, rowsMax + 1);
    int nullsPercent = random.nextInt(3) * 15;
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < count; i++) {
      Object[] row = new Object[SCHEMA.fields().size()];
      for (int column = 0; column < row.length; column++) {
        row[column] = random.nextInt(100) < nullsPercent ? null : value(column);
      }
      rows.add(row);
    }
    return new MemoryTable(SCHEMA, rows, shape());
  }

  private MemoryTable.Shape shape() {
    return new MemoryTable.Shape(
        random.nextInt(1, 2000),
        random.nextBoolean() ? Vector.ROWS_MAX : random.nextInt(1, 500),
        pick(MemoryTable.Strings.values()));
  }

  private Object value(int column) {
    return switch (column) {
      case 0 -> random.nextBoolean();
      case 1 -> (long) random.nextInt(-5, 6);
      case 2 -> random.nextLong(-(1L << 50), 1L << 50);
      case 3 -> LocalDate.ofEpochDay(random.nextInt(19_000, 19_040));
      case 4 ->
          LocalDate.ofEpochDay(random.nextInt(18_990, 19_050))
              .atStartOfDay()
              .plusNanos(1000 * random.nextLong(3) * 28_800_000_001L);
      case 5 -> random.nextInt(20) == 0 ? specialDouble() : random.nextInt(-40, 41) / 4.0;
      case 6 -> random.nextGaussian() * 1000;
      case 7 -> pick(WORDS);
      default -> pick(WORDS) + random.nextInt(500);
    };
  }

  private double specialDouble() {
    return pick(Double.NaN, -0.0, 0.0);
  }

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** A query on {@link #SCHEMA}. */
  String query() {
    return random.nextInt(5) < 3 ? grouped() : plain();
  }

  private String plain() {
    var items = new StringJoiner(", ");
    int count = random.nextInt(1, 4);
    for (int i = 0; i < count; i++) {
      items.add(random.nextBoolean() ? column() : anything(2) + " as a" + i);
    }
    String distinct = random.nextInt(5) == 0 ? "distinct " : "";
    return "select " + distinct + items + " from t" + where() + orderedBy(count);
  }

  private String grouped() {
    var items = new StringJoiner(", ");
    var groups = new StringJoiner(", ");
    int keys = random.nextInt(4) == 0 ? 0 : random.nextInt(1, 4);
    for (int i = 1; i <= keys; i++) {
      String key = key();
      items.add(key + " as k" + i);
      groups.add(pick(key, String.valueOf(i), "k" + i));
    }
    int ordered = keys;
    int calls = random.nextInt(keys == 0 ? 1 : 0, 4);
    var last = new ArrayList<String>();
    for (int i = 0; i < calls; i++) {
      String exact = exactAggregate();
      if (random.nextBoolean()) {
        items.add(exact);
        ordered++;
      } else {
        last.add(roundedAggregate());
      }
    }
    last.forEach(items::add);
    String by = keys == 0 ? "" : " group by " + groups;
    String having = random.nextInt(5) == 0 ? " having " + having() : "";
    return "select " + items + " from t" + where() + by + having + orderedBy(ordered);
  }

  private String key() {
    return switch (random.nextInt(8)) {
      case 0 -> "b";
      case 1 -> "i % 3";
      case 2 -> "d";
      case 3 -> "x";
      case 4, 5 -> "s";
      case 6 -> "u";
      default -> "i";
    };
  }

  private String exactAggregate() {
    return switch (random.nextInt(6)) {
      case 0 -> "count(*)";
      case 1 -> "count(" + column() + ")";
      case 2 -> "count(distinct " + column() + ")";
      case 3 -> "sum(" + integer(1) + ")";
      default -> pick("min", "max") + "(" + column() + ")";
    };
  }

  private String roundedAggregate() {
    return pick("sum", "avg") + "(" + pick("y", "x", integer(1) + " * 1e0", "y + 1") + ")";
  }

  private String having() {
    return pick("count(*) > 2", "min(i) < 3 or max(s) is null", "sum(i) between -10 and 30");
  }

  private String where() {
    return random.nextInt(4) == 0 ? "" : " where " + condition(3);
  }

  private String orderedBy(int items) {
    if (items == 0 || random.nextBoolean()) {
      return "";
    }
    var keys = new StringJoiner(", ");
    int first = random.nextInt(items);
    for (int i = 0; i < items; i++) {
      keys.add((first + i) % items + 1 + direction());
    }
    String limit =
        switch (random.nextInt(3)) {
          case 0 -> " limit " + random.nextInt(50);
          case 1 -> " limit " + random.nextInt(30) + " offset " + random.nextInt(40);
          default -> "";
        };
    return " order by " + keys + limit;
  }

  private String direction() {
    return pick("", " asc", " desc") + pick("", " nulls first", " nulls last");
  }

  private String column() {
    return pick(SCHEMA.fields()).name();
  }

  private String anything(int depth) {
    return switch (random.nextInt(5)) {
      case 0 -> integer(depth);
      case 1 -> real(depth);
      case 2 -> condition(depth);
      case 3 -> "case when " + condition(depth - 1) + " then s when b then 'x' else u end";
      default -> column();
    };
  }

  private String integer(int depth) {
    if (depth <= 0) {
      return pick("i", "i", String.valueOf(random.nextInt(-9, 10)));
    }
    return switch (random.nextInt(7)) {
      case 0 -> "(" + integer(depth - 1) + " + " + integer(depth - 1) + ")";
      case 1 -> "(" + integer(depth - 1) + " - " + integer(depth - 1) + ")";
      case 2 -> integer(depth - 1) + " * i";
      case 3 -> "(" + integer(depth - 1) + " // " + divisor() + ")";
      case 4 -> "(" + integer(depth - 1) + " % " + divisor() + ")";
      case 5 -> "case when " + condition(depth - 1) + " then " + integer(depth - 1) + " end";
      default -> "-i";
    };
  }

  private String real(int depth) {
    if (depth <= 0) {
      return pick("x", "y", random.nextInt(-30, 30) / 4.0 + "e0");
    }
    return switch (random.nextInt(5)) {
      case 0 -> "(" + real(depth - 1) + " + " + real(depth - 1) + ")";
      case 1 -> "(" + real(depth - 1) + " * " + integer(depth - 1) + ")";
      case 2 -> "(y / 4)";
      case 3 -> "cast(" + integer(depth - 1) + " as double)";
      default -> "- " + real(depth - 1);
    };
  }

  private String divisor() {
    return pick("2", "-3", "5", "(i * i + 1)");
  }

  private String condition(int depth) {
    if (depth <= 0) {
      return comparison();
    }
    return switch (random.nextInt(7)) {
      case 0 -> condition(depth - 1) + " and " + condition(depth - 1);
      case 1 -> "(" + condition(depth - 1) + " or " + condition(depth - 1) + ")";
      case 2 -> "not (" + condition(depth - 1) + ")";
      default -> comparison();
    };
  }

  private String comparison() {
    return switch (random.nextInt(12)) {
      case 0 -> "i " + relation() + " " + random.nextInt(-6, 7);
      case 1 -> random.nextInt(-6, 7) + " " + relation() + " i";
      case 2 -> "x " + relation() + " " + random.nextInt(-40, 41) / 4.0 + "e0";
      case 3 -> "s " + relation() + " " + word();
      case 4 -> "d " + relation() + " " + date();
      case 5 -> "ts " + relation() + " " + pick("d", "timestamp '2022-01-20 08:00:00'", date());
      case 6 -> pick("i", "x", "y") + " between " + integer(0) + " and " + random.nextInt(10);
      case 7 -> "s" + not() + " in (" + word() + ", " + pick("null, ", "", "") + word() + ")";
      case 8 -> pick("s", "u") + not() + " like " + pattern();
      case 9 -> column() + " is" + not() + " null";
      case 10 -> pick("b", "i in (1, 2, i)", "x = y", "s < u", "i = x", "null", "x in (0, 1.5e0)");
      default -> integer(1) + " " + relation() + " " + integer(1);
    };
  }

  private String not() {
    return pick("", " not");
  }

  private String relation() {
    return pick("=", "<>", "<", "<=", ">", ">=");
  }

  private String word() {
    return "'" + pick(WORDS).replace("'", "''") + "'";
  }

  private String date() {
    String day = LocalDate.ofEpochDay(random.nextInt(18_998, 19_042)).toString();
    return pick("date ", "") + "'" + day + "'";
  }

  private String pattern() {
    return pick("'a%'", "'%b'", "'_'", "'%'", "'__'", "'a%b%'", "'%1_'", "'東_'", "''", "'O_lo%'");
  }

  /** For a message: what was asked, and how to come there again. */
  static String told(long seed, @Nullable String sql) {
    return "seed " + seed + ": " + sql;
  }
}
