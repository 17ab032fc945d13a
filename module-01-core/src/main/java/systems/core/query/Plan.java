package systems.core.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Range;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Value;

/**
 * What is to be done, in the order in which rows go through it:
 *
 * <pre>
 *   scan  ->  bounds, tests  ->  [ grouping -> having ]  ->  items  ->  [ orders ]  ->  limit
 *   columns   of the scan's       keys, aggregates           of the keys and
 *             columns                                        aggregates then
 * </pre>
 *
 * @param scanned the columns that the scan brings
 * @param bounds on single columns of numbers, exact: what the tests do not repeat
 * @param tests all of which must be true, besides the bounds
 * @param grouping null if each row stands for itself
 * @param limit -1 if there is none
 */
record Plan(
    Scan scan,
    List<Field> scanned,
    List<Interval> bounds,
    List<Expr> tests,
    @Nullable Grouping grouping,
    List<Field> names,
    List<Expr> items,
    List<Order> orders,
    long limit,
    long offset) {

  /**
   * Rows that have the same keys become one: the keys, then the aggregates.
   *
   * @param having of the columns of that row
   */
  record Grouping(List<Expr> keys, List<Aggregate> aggregates, List<Expr> having) {
    /** The types of the row. */
    List<ColumnType> types() {
      var types = new ArrayList<ColumnType>();
      keys.forEach(key -> types.add(key.type()));
      aggregates.forEach(aggregate -> types.add(aggregate.type()));
      return types;
    }
  }

  /** A key to sort by. */
  record Order(Expr key, boolean descending, boolean nullsFirst) {}

  Schema schema() {
    return new Schema(names);
  }

  List<ColumnType> scannedTypes() {
    return scanned.stream().map(Field::type).toList();
  }

  /** The plan as text, the last step first. */
  String describe(Schema table) {
    var lines = new StringJoiner("\n");
    if (limit >= 0 || offset > 0) {
      lines.add("limit     " + (limit < 0 ? "none" : limit) + ", offset " + offset);
    }
    if (!orders.isEmpty()) {
      lines.add("order     " + joined(orders.stream().map(this::order).toList()));
    }
    lines.add(
        "items     " + joined(items.stream().map(item -> shown(item, groupedNames())).toList()));
    if (grouping != null) {
      describe(grouping, lines);
    }
    if (!bounds.isEmpty() || !tests.isEmpty()) {
      var filters = new ArrayList<String>();
      bounds.forEach(bound -> filters.add(bound.shown(scanned.get(bound.column()).name())));
      tests.forEach(test -> filters.add(shown(test, names(scanned))));
      lines.add("filter    " + String.join(" and ", filters));
    }
    lines.add("pushed    " + joined(scan.ranges().stream().map(r -> range(r, table)).toList()));
    lines.add("scan      " + joined(names(scanned)));
    return lines.toString();
  }

  private void describe(Grouping groups, StringJoiner lines) {
    if (!groups.having().isEmpty()) {
      lines.add(
          "having    "
              + groups.having().stream()
                  .map(test -> shown(test, groupedNames()))
                  .collect(Collectors.joining(" and ")));
    }
    List<String> inputs = names(scanned);
    lines.add("group by  " + joined(groups.keys().stream().map(k -> shown(k, inputs)).toList()));
    lines.add(
        "compute   " + joined(groups.aggregates().stream().map(a -> shown(a, inputs)).toList()));
  }

  private List<String> groupedNames() {
    if (grouping == null) {
      return names(scanned);
    }
    var shown = new ArrayList<String>();
    grouping.keys().forEach(key -> shown.add(shown(key, names(scanned))));
    grouping.aggregates().forEach(aggregate -> shown.add(shown(aggregate, names(scanned))));
    return shown;
  }

  private static List<String> names(List<Field> fields) {
    return fields.stream().map(Field::name).toList();
  }

  private static String joined(List<String> parts) {
    return parts.isEmpty() ? "nothing" : String.join(", ", parts);
  }

  private String order(Order order) {
    return shown(order.key(), groupedNames())
        + (order.descending() ? " desc" : "")
        + (order.nullsFirst() ? " nulls first" : "");
  }

  private static String range(Range range, Schema table) {
    ColumnType type = table.fields().get(range.column()).type();
    return new Interval(range.column(), type, range.least(), range.greatest())
        .shown(table.fields().get(range.column()).name());
  }

  private static String shown(Aggregate aggregate, List<String> columns) {
    return switch (aggregate) {
      case Aggregate.CountRows() -> "count(*)";
      case Aggregate.Count(Expr x) -> "count(" + shown(x, columns) + ")";
      case Aggregate.CountDistinct(Expr x) -> "count(distinct " + shown(x, columns) + ")";
      case Aggregate.Sum(Expr x) -> "sum(" + shown(x, columns) + ")";
      case Aggregate.Average(Expr x) -> "avg(" + shown(x, columns) + ")";
      case Aggregate.Least(Expr x) -> "min(" + shown(x, columns) + ")";
      case Aggregate.Greatest(Expr x) -> "max(" + shown(x, columns) + ")";
    };
  }

  private static String shown(Expr expr, List<String> columns) {
    return switch (expr) {
      case Expr.Column(int index, _) -> columns.get(index);
      case Expr.Constant(ColumnType type, Value value) -> Interval.shown(type, value);
      case Expr.Arithmetic(Expr.Sign sign, Expr left, Expr right, _) ->
          "(" + shown(left, columns) + " " + sign(sign) + " " + shown(right, columns) + ")";
      case Expr.Compare(Expr.Relation relation, Expr left, Expr right) ->
          "(" + shown(left, columns) + " " + sign(relation) + " " + shown(right, columns) + ")";
      case Expr.And(Expr left, Expr right) ->
          "(" + shown(left, columns) + " and " + shown(right, columns) + ")";
      case Expr.Or(Expr left, Expr right) ->
          "(" + shown(left, columns) + " or " + shown(right, columns) + ")";
      case Expr.Not(Expr operand) -> "not " + shown(operand, columns);
      case Expr.In(Expr operand, List<Value> values) ->
          shown(operand, columns)
              + " in ("
              + joined(values.stream().map(v -> Interval.shown(operand.type(), v)).toList())
              + ")";
      case Expr.Like(Expr operand, Value.OfString pattern) ->
          shown(operand, columns) + " like " + Interval.shown(ColumnType.STRING, pattern);
      case Expr.IsNull(Expr operand) -> shown(operand, columns) + " is null";
      case Expr.Case _ -> "case";
      case Expr.Cast(Expr operand, ColumnType type) ->
          type.name().toLowerCase(Locale.ROOT) + "(" + shown(operand, columns) + ")";
    };
  }

  private static String sign(Expr.Sign sign) {
    return switch (sign) {
      case PLUS -> "+";
      case MINUS -> "-";
      case TIMES -> "*";
      case DIVIDE -> "/";
      case DIVIDE_WHOLE -> "//";
      case REMAINDER -> "%";
    };
  }

  private static String sign(Expr.Relation relation) {
    return switch (relation) {
      case EQUAL -> "=";
      case LESS -> "<";
      case LESS_EQUAL -> "<=";
    };
  }
}
