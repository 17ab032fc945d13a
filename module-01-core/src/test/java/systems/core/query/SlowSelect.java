package systems.core.query;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Schema;
import systems.core.column.Value;

/**
 * Answers a query as the standard reads: row by row, with objects, straight from what the parser
 * gives, without a plan. It is the judge where there is no DuckDB, and shares nothing with the
 * engine but the parser. Types are not checked; it is for queries that are right.
 */
final class SlowSelect {
  private final Select select;
  private final Schema schema;
  private final List<Select.Item> items = new ArrayList<>();
  private final Map<String, Pattern> patterns = new HashMap<>();

  /** What expressions may look at; without a group there are no aggregates. */
  private record Scope(Object[] row, @Nullable List<Object[]> group) {}

  /** A row of the answer and what it is sorted by. */
  private record Result(List<@Nullable Object> values, List<@Nullable Object> keys) {}

  private SlowSelect(Select select, Schema schema) {
    this.select = select;
    this.schema = schema;
    for (Select.Item item : select.items()) {
      if (item.expression() instanceof Syntax.Star(int at)) {
        schema
            .fields()
            .forEach(
                f -> items.add(new Select.Item(new Syntax.Name(f.name(), at), null, f.name())));
      } else {
        items.add(item);
      }
    }
  }

  static List<List<@Nullable Object>> answer(String sql, Schema schema, List<Object[]> rows) {
    return new SlowSelect(Parser.select(sql), schema).answer(rows);
  }

  private List<List<@Nullable Object>> answer(List<Object[]> rows) {
    var results = new ArrayList<Result>();
    for (Scope scope : scopes(rows.stream().filter(this::passes).toList())) {
      if (isTrue(select.having(), scope)) {
        results.add(result(scope));
      }
    }
    var distinct = select.distinct() ? distinct(results) : results;
    distinct.sort(Comparator.comparing(Result::keys, this::order));
    long end = select.limit() < 0 ? Long.MAX_VALUE : select.offset() + select.limit();
    var answer = new ArrayList<List<@Nullable Object>>();
    for (int i = 0; i < distinct.size(); i++) {
      if (i >= select.offset() && i < end) {
        answer.add(distinct.get(i).values());
      }
    }
    return answer;
  }

  private boolean passes(Object[] row) {
    return isTrue(select.where(), new Scope(row, null));
  }

  private boolean isTrue(@Nullable Syntax condition, Scope scope) {
    return condition == null || Boolean.TRUE.equals(value(condition, scope));
  }

  private List<Result> distinct(List<Result> results) {
    Map<List<@Nullable Object>, Result> seen = new LinkedHashMap<>();
    results.forEach(result -> seen.putIfAbsent(normal(result.values()), result));
    return new ArrayList<>(seen.values());
  }

  private List<Scope> scopes(List<Object[]> rows) {
    boolean grouped =
        !select.groupBy().isEmpty()
            || select.having() != null
            || items.stream().anyMatch(item -> hasCall(item.expression()));
    if (!grouped) {
      return rows.stream().map(row -> new Scope(row, null)).toList();
    }
    Map<List<@Nullable Object>, List<Object[]>> groups = new LinkedHashMap<>();
    if (select.groupBy().isEmpty()) {
      groups.put(List.of(), new ArrayList<>());
    }
    for (Object[] row : rows) {
      var key = new ArrayList<@Nullable Object>();
      for (Syntax syntax : select.groupBy()) {
        key.add(value(numbered(syntax), new Scope(row, null)));
      }
      groups.computeIfAbsent(normal(key), _ -> new ArrayList<>()).add(row);
    }
    return groups.values().stream()
        .map(group -> new Scope(group.isEmpty() ? new Object[0] : group.getFirst(), group))
        .toList();
  }

  /** -0.0 and 0.0 are one value. */
  private static List<@Nullable Object> normal(List<@Nullable Object> values) {
    var normal = new ArrayList<@Nullable Object>();
    values.forEach(value -> normal.add(value instanceof Double d ? (Object) (d + 0.0) : value));
    return normal;
  }

  private Syntax numbered(Syntax syntax) {
    return syntax instanceof Syntax.Literal(_, Value.OfLong(long number), _)
        ? items.get((int) number - 1).expression()
        : syntax;
  }

  private Result result(Scope scope) {
    var values = new ArrayList<@Nullable Object>();
    items.forEach(item -> values.add(value(item.expression(), scope)));
    var keys = new ArrayList<@Nullable Object>();
    for (Select.Order order : select.orderBy()) {
      Syntax syntax = numbered(order.expression());
      Syntax alias = syntax instanceof Syntax.Name(String name, _) ? aliased(name) : null;
      keys.add(value(alias == null ? syntax : alias, scope));
    }
    return new Result(values, keys);
  }

  private int order(List<@Nullable Object> left, List<@Nullable Object> right) {
    for (int i = 0; i < left.size(); i++) {
      Select.Order order = select.orderBy().get(i);
      Object a = left.get(i);
      Object b = right.get(i);
      int result;
      if (a == null || b == null) {
        int nullAgainstValue = order.nullsFirst() ? -1 : 1;
        result = a == b ? 0 : a == null ? nullAgainstValue : -nullAgainstValue;
      } else {
        result = order.descending() ? compare(b, a) : compare(a, b);
      }
      if (result != 0) {
        return result;
      }
    }
    return 0;
  }

  private @Nullable Syntax aliased(String name) {
    for (Select.Item item : items) {
      if (name.equalsIgnoreCase(item.alias())) {
        return item.expression();
      }
    }
    return null;
  }

  private @Nullable Object value(Syntax syntax, Scope scope) {
    return switch (syntax) {
      case Syntax.Name(String name, _) -> name(name, scope);
      case Syntax.Literal(ColumnType type, Value value, _) -> literal(type, value);
      case Syntax.Star _ -> throw new AssertionError("stands in count only");
      case Syntax.Minus(Syntax operand, _) -> minus(value(operand, scope));
      case Syntax.Not(Syntax operand, _) -> not((Boolean) value(operand, scope));
      case Syntax.Infix infix -> infix(infix, scope);
      case Syntax.Between(Syntax operand, Syntax least, Syntax greatest, _) -> {
        Object tested = value(operand, scope);
        yield and(
            compared(tested, value(least, scope), order -> order >= 0),
            compared(tested, value(greatest, scope), order -> order <= 0));
      }
      case Syntax.In(Syntax operand, List<Syntax> choices, _) -> {
        Object tested = value(operand, scope);
        Boolean found = false;
        for (Syntax choice : choices) {
          found = or(found, compared(tested, value(choice, scope), order -> order == 0));
        }
        yield found;
      }
      case Syntax.Like(Syntax operand, Syntax pattern, _) -> {
        Object tested = value(operand, scope);
        Object wanted = value(pattern, scope);
        yield tested == null || wanted == null ? null : like((String) tested, (String) wanted);
      }
      case Syntax.IsNull(Syntax operand, _) -> value(operand, scope) == null;
      case Syntax.Case cases -> cases(cases, scope);
      case Syntax.Cast(Syntax operand, ColumnType type, _) -> cast(value(operand, scope), type);
      case Syntax.Call call -> call(call, Objects.requireNonNull(scope.group));
    };
  }

  private @Nullable Object name(String name, Scope scope) {
    int column = schema.indexOf(name);
    return column >= 0 ? scope.row[column] : value(Objects.requireNonNull(aliased(name)), scope);
  }

  private static @Nullable Object literal(@Nullable ColumnType type, @Nullable Value value) {
    return switch (value) {
      case null -> null;
      case Value.OfDouble(double x) -> x;
      case Value.OfString(byte[] utf8) -> new String(utf8, StandardCharsets.UTF_8);
      case Value.OfLong(long x) ->
          switch (Objects.requireNonNull(type)) {
            case BOOLEAN -> x != 0;
            case DATE -> LocalDate.ofEpochDay(x);
            case TIMESTAMP -> LocalDate.EPOCH.atStartOfDay().plusNanos(x * 1000);
            case LONG, DOUBLE, STRING -> x;
          };
    };
  }

  private static @Nullable Object minus(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Long x -> Math.negateExact(x);
      default -> -(Double) value;
    };
  }

  private static @Nullable Boolean not(@Nullable Boolean value) {
    return value == null ? null : !value;
  }

  private static @Nullable Boolean and(@Nullable Boolean a, @Nullable Boolean b) {
    if (Boolean.FALSE.equals(a) || Boolean.FALSE.equals(b)) {
      return false;
    }
    return a == null || b == null ? null : Boolean.TRUE;
  }

  private static @Nullable Boolean or(@Nullable Boolean a, @Nullable Boolean b) {
    if (Boolean.TRUE.equals(a) || Boolean.TRUE.equals(b)) {
      return true;
    }
    return a == null || b == null ? null : Boolean.FALSE;
  }

  private interface Holds {
    boolean of(int order);
  }

  private static @Nullable Boolean compared(
      @Nullable Object left, @Nullable Object right, Holds holds) {
    return left == null || right == null ? null : holds.of(compare(left, right));
  }

  private static int compare(Object left, Object right) {
    if (left instanceof Long a && right instanceof Long b) {
      return Long.compare(a, b);
    }
    if (left instanceof Number a && right instanceof Number b) {
      return Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
    }
    if (left instanceof Boolean a && right instanceof Boolean b) {
      return Boolean.compare(a, b);
    }
    if (left instanceof String a && right instanceof String b) {
      return Arrays.compareUnsigned(
          a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }
    return instant(left).compareTo(instant(right));
  }

  private static LocalDateTime instant(Object value) {
    return switch (value) {
      case LocalDate date -> date.atStartOfDay();
      case LocalDateTime time -> time;
      case String text when text.length() > 10 -> LocalDateTime.parse(text.replace(' ', 'T'));
      case String text -> LocalDate.parse(text).atStartOfDay();
      default -> throw new AssertionError(value);
    };
  }

  private boolean like(String text, String pattern) {
    return patterns.computeIfAbsent(pattern, SlowSelect::regex).matcher(text).matches();
  }

  private static Pattern regex(String pattern) {
    var regex = new StringBuilder();
    pattern
        .codePoints()
        .forEach(c ->
            regex.append(c == '%' ? ".*" : c == '_' ? "." : Pattern.quote(Character.toString(c))));
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  private @Nullable Object infix(Syntax.Infix infix, Scope scope) {
    Object a = value(infix.left(), scope);
    Object b = value(infix.right(), scope);
    return switch (infix.operator()) {
      case AND -> and((Boolean) a, (Boolean) b);
      case OR -> or((Boolean) a, (Boolean) b);
      case EQUAL -> compared(a, b, order -> order == 0);
      case UNEQUAL -> compared(a, b, order -> order != 0);
      case LESS -> compared(a, b, order -> order < 0);
      case LESS_EQUAL -> compared(a, b, order -> order <= 0);
      case GREATER -> compared(a, b, order -> order > 0);
      case GREATER_EQUAL -> compared(a, b, order -> order >= 0);
      case PLUS, MINUS, TIMES, DIVIDE, DIVIDE_WHOLE, REMAINDER ->
          a == null || b == null ? null : computed(infix.operator(), a, b);
    };
  }

  private static @Nullable Object computed(Syntax.Operator operator, Object a, Object b) {
    if (a instanceof LocalDate date) {
      boolean minus = operator == Syntax.Operator.MINUS;
      return b instanceof LocalDate other
          ? (Object) (date.toEpochDay() - other.toEpochDay())
          : date.plusDays(minus ? -(Long) b : (Long) b);
    }
    if (a instanceof Long x && b instanceof Long y && operator != Syntax.Operator.DIVIDE) {
      return switch (operator) {
        case PLUS -> (Object) Math.addExact(x, y);
        case MINUS -> Math.subtractExact(x, y);
        case TIMES -> Math.multiplyExact(x, y);
        case DIVIDE_WHOLE -> x / y;
        case REMAINDER -> x % y;
        default -> throw new AssertionError(operator);
      };
    }
    double x = ((Number) a).doubleValue();
    double y = ((Number) b).doubleValue();
    return switch (operator) {
      case PLUS -> (Object) (x + y);
      case MINUS -> x - y;
      case TIMES -> x * y;
      case DIVIDE -> x / y;
      case REMAINDER -> x % y;
      default -> throw new AssertionError(operator);
    };
  }

  private @Nullable Object cases(Syntax.Case cases, Scope scope) {
    for (Syntax.Case.Branch branch : cases.branches()) {
      if (isTrue(branch.condition(), scope)) {
        return value(branch.result(), scope);
      }
    }
    return cases.otherwise() == null ? null : value(cases.otherwise(), scope);
  }

  private static @Nullable Object cast(@Nullable Object value, ColumnType type) {
    return switch (value) {
      case null -> null;
      case Long x when type == ColumnType.DOUBLE -> (double) x;
      case Long x when type == ColumnType.BOOLEAN -> x != 0;
      case Double x when type == ColumnType.LONG -> (long) Math.rint(x);
      case Boolean x when type == ColumnType.LONG -> x ? 1L : 0L;
      case LocalDate x when type == ColumnType.TIMESTAMP -> x.atStartOfDay();
      case LocalDateTime x when type == ColumnType.DATE -> x.toLocalDate();
      default -> value;
    };
  }

  private @Nullable Object call(Syntax.Call call, List<Object[]> group) {
    if (call.argument() instanceof Syntax.Star) {
      return (long) group.size();
    }
    List<Object> values =
        group.stream()
            .map(row -> value(call.argument(), new Scope(row, null)))
            .<Object>mapMulti((value, into) -> {
              if (value != null) {
                into.accept(value);
              }
            })
            .toList();
    if (call.function().equals("count")) {
      var different = new TreeSet<Object>(SlowSelect::compare);
      different.addAll(values);
      return (long) (call.distinct() ? different.size() : values.size());
    }
    return values.isEmpty() ? null : ofValues(call.function(), values);
  }

  private static Object ofValues(String function, List<Object> values) {
    return switch (function) {
      case "min" -> values.stream().min(SlowSelect::compare).orElseThrow();
      case "max" -> values.stream().max(SlowSelect::compare).orElseThrow();
      case "avg" ->
          values.stream().mapToDouble(v -> ((Number) v).doubleValue()).average().orElseThrow();
      default ->
          values.getFirst() instanceof Long
              ? (Object) values.stream().mapToLong(v -> (Long) v).reduce(0, Math::addExact)
              : (Object) values.stream().mapToDouble(v -> (Double) v).sum();
    };
  }

  private static boolean hasCall(Syntax syntax) {
    return switch (syntax) {
      case Syntax.Call _ -> true;
      case Syntax.Name _, Syntax.Literal _, Syntax.Star _ -> false;
      case Syntax.Minus(Syntax operand, _) -> hasCall(operand);
      case Syntax.Not(Syntax operand, _) -> hasCall(operand);
      case Syntax.Infix(_, Syntax left, Syntax right, _) -> hasCall(left) || hasCall(right);
      case Syntax.Between(Syntax operand, _, _, _) -> hasCall(operand);
      case Syntax.In(Syntax operand, _, _) -> hasCall(operand);
      case Syntax.Like(Syntax operand, _, _) -> hasCall(operand);
      case Syntax.IsNull(Syntax operand, _) -> hasCall(operand);
      case Syntax.Case(List<Syntax.Case.Branch> branches, _, _) ->
          branches.stream().anyMatch(b -> hasCall(b.condition()) || hasCall(b.result()));
      case Syntax.Cast(Syntax operand, _, _) -> hasCall(operand);
    };
  }
}
