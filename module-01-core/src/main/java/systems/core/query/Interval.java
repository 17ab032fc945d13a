package systems.core.query;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Range;
import systems.core.column.Value;
import systems.core.column.Value.OfDouble;
import systems.core.column.Value.OfLong;
import systems.core.column.Value.OfString;

/**
 * The values that a filter leaves of one column: from {@code least} to {@code greatest}, both
 * included, open where there is none.
 *
 * <p>It serves twice. Over numbers it is the filter, exactly: {@code x > 5 and x < 10} is 6 to 9,
 * two comparisons of one column in one loop. And turned into a {@link Range} it is a hint to the
 * file, which may have statistics that say where no such row is.
 *
 * <p>The hint has a trap. In SQL NaN is a number, the greatest of all, so {@code x > 5} wants it;
 * but statistics of files leave NaN out, and a stretch whose maximum is 3 may still hold one. So a
 * column of doubles is only pushed if it is bounded from above.
 *
 * @param column of the batch that comes in
 */
record Interval(int column, ColumnType type, @Nullable Value least, @Nullable Value greatest) {

  /** What can be taken out of a filter, and what remains to be tested. */
  record Split(List<Interval> bounds, List<Interval> hints, List<Expr> tests) {}

  /** Takes the bounds of single columns out of conditions all of which must be true. */
  static Split split(List<Expr> conjuncts) {
    //> phase 7: which conditions are bounds, and which of them are nothing but bounds?
    Map<Integer, Interval> bounds = new LinkedHashMap<>();
    Map<Integer, Interval> hints = new LinkedHashMap<>();
    List<Expr> tests = new ArrayList<>();
    for (Expr conjunct : conjuncts) {
      Interval interval = of(conjunct);
      if (interval == null || !isExact(conjunct, interval)) {
        tests.add(conjunct); //~ hintReplacesTest: if (interval == null) tests.add(conjunct);
      } else {
        bounds.merge(interval.column, interval, Interval::meet);
      }
      if (interval != null) {
        hints.merge(interval.column, interval, Interval::meet);
      }
    }
    return new Split(
        List.copyOf(bounds.values()),
        hints.values().stream().filter(Interval::canBePushed).toList(),
        tests);
    //< phase 7
  }

  //> phase 7 only
  private static final Value LEAST = new OfLong(Long.MIN_VALUE);
  private static final Value GREATEST = new OfLong(Long.MAX_VALUE);

  private static boolean isExact(Expr conjunct, Interval interval) {
    return conjunct instanceof Expr.Compare && interval.type != ColumnType.STRING;
  }

  private boolean canBePushed() {
    return type != ColumnType.DOUBLE || greatest != null; //~ losesNaN: return true;
  }

  private static @Nullable Interval of(Expr conjunct) {
    return switch (conjunct) {
      case Expr.Compare(var relation, Expr.Column column, Expr.Constant(_, Value value))
          when value != null ->
          below(relation, column, value);
      case Expr.Compare(var relation, Expr.Constant(_, Value value), Expr.Column column)
          when value != null ->
          above(relation, column, value);
      case Expr.In(Expr.Column column, List<Value> values) when !values.isEmpty() ->
          new Interval(
              column.index(),
              column.type(),
              values.stream().min(Value::compareTo).orElseThrow(),
              values.stream().max(Value::compareTo).orElseThrow());
      case Expr.Like(Expr.Column column, OfString(byte[] pattern)) ->
          startingWith(column, LikePattern.prefix(pattern));
      default -> null;
    };
  }

  private static @Nullable Interval below(Expr.Relation relation, Expr.Column column, Value value) {
    return switch (relation) {
      case EQUAL -> new Interval(column.index(), column.type(), value, value);
      case LESS ->
          value.equals(LEAST)
              ? null // there is no integer before it
              : new Interval(column.index(), column.type(), null, before(value));
      case LESS_EQUAL -> new Interval(column.index(), column.type(), null, value);
    };
  }

  private static @Nullable Interval above(Expr.Relation relation, Expr.Column column, Value value) {
    return switch (relation) {
      case EQUAL -> new Interval(column.index(), column.type(), value, value);
      case LESS ->
          value.equals(GREATEST)
              ? null
              : new Interval(column.index(), column.type(), after(value), null);
      case LESS_EQUAL -> new Interval(column.index(), column.type(), value, null);
    };
  }

  private static Interval startingWith(Expr.Column column, byte[] prefix) {
    byte[] end = Arrays.copyOf(prefix, prefix.length + 1);
    end[prefix.length] = (byte) 0xFF; // no UTF-8 has it, so all that goes on is less
    return new Interval(column.index(), column.type(), new OfString(prefix), new OfString(end));
  }

  /** The greatest value that is less, or if there is none or nobody can tell, the same value. */
  private static Value before(Value value) {
    return switch (value) {
      case OfLong(long x) -> new OfLong(x - 1); //~ lessIsAtMost: case OfLong _ -> value;
      case OfDouble(double x) -> new OfDouble(Math.nextDown(x));
      case OfString _ -> value;
    };
  }

  private static Value after(Value value) {
    return switch (value) {
      case OfLong(long x) -> new OfLong(x + 1);
      case OfDouble(double x) -> new OfDouble(Math.nextUp(x));
      case OfString _ -> value;
    };
  }

  private Interval meet(Interval other) {
    return new Interval(
        column, type, greater(least, other.least), lesser(greatest, other.greatest));
  }

  private static @Nullable Value greater(@Nullable Value a, @Nullable Value b) {
    return a == null || b != null && a.compareTo(b) < 0 ? b : a;
  }

  private static @Nullable Value lesser(@Nullable Value a, @Nullable Value b) {
    return a == null || b != null && a.compareTo(b) > 0 ? b : a;
  }

  //< phase 7

  /** The hint to a file whose column this is. */
  Range range(int tableColumn) {
    return new Range(tableColumn, least, greatest);
  }

  /** As SQL. */
  String shown(String name) {
    if (least == null || greatest == null) {
      return least != null
          ? name + " >= " + shown(type, least)
          : name + " <= " + shown(type, greatest);
    }
    return least.equals(greatest)
        ? name + " = " + shown(type, least)
        : name + " between " + shown(type, least) + " and " + shown(type, greatest);
  }

  static String shown(ColumnType type, @Nullable Value value) {
    return switch (value) {
      case null -> "null";
      case OfLong(long x) ->
          switch (type) {
            case DATE -> "date '" + Instants.date(x) + "'";
            case TIMESTAMP -> "timestamp '" + Instants.timestamp(x) + "'";
            case BOOLEAN -> x == 0 ? "false" : "true";
            case LONG, DOUBLE, STRING -> Long.toString(x);
          };
      case OfDouble(double x) -> Double.toString(x);
      case OfString(byte[] utf8) ->
          "'" + new String(utf8, StandardCharsets.UTF_8).replace("'", "''") + "'";
    };
  }
}
