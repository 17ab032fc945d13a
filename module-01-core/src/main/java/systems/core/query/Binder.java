package systems.core.query;

import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Value;
import systems.core.query.Syntax.Operator;

/**
 * Looks up the names of a query in a table, checks its types, and makes a {@link Plan} of it.
 *
 * <p>A name is a column of the table, or else the alias of an item; in {@code order by} it is the
 * alias first. Before grouping, expressions are bound to the columns of the scan. After it, there
 * are only the columns of the grouped row, and an expression is bound from the top: if it is one of
 * the keys it is that column, if it is an aggregate it is that one, else its parts are bound; a
 * column that is reached this way is neither, and an error.
 *
 * <p>Types change silently in three cases: an integer beside a double becomes a double, a date
 * beside a timestamp its first moment, and a text literal beside either of them is read as one.
 */
final class Binder {
  private static final int STEPS_MAX = 1 << 22;

  private final Select select;
  private final String sql;
  private final Schema table;

  /** Columns of the table in the order of the scan. */
  private final List<Integer> scanned = new ArrayList<>();

  private final List<Select.Item> items;
  private final List<Expr> keys = new ArrayList<>();
  private final List<Aggregate> aggregates = new ArrayList<>();
  private final List<Select.Item> resolving = new ArrayList<>();
  private final boolean grouped;
  private int steps;

  private enum Stage {
    BEFORE_GROUPING,
    AFTER_GROUPING
  }

  private Binder(Select select, String sql, Schema table) {
    this.select = select;
    this.sql = sql;
    this.table = table;
    items = withoutStars();
    grouped =
        select.distinct()
            || !select.groupBy().isEmpty()
            || select.having() != null
            || items.stream().anyMatch(item -> hasCall(item.expression()))
            || select.orderBy().stream().anyMatch(order -> hasCall(order.expression()));
  }

  /**
   * The plan of a query on a table.
   *
   * @throws SqlException if a name is unknown or types do not fit
   */
  static Plan plan(Select select, String sql, Schema table) {
    return new Binder(select, sql, table).plan();
  }

  private Plan plan() {
    List<Expr> where = conditions(select.where(), Stage.BEFORE_GROUPING);
    Stage last = grouped ? Stage.AFTER_GROUPING : Stage.BEFORE_GROUPING;
    bindKeys();
    List<Expr> results = items.stream().map(item -> bind(item.expression(), last)).toList();
    List<Expr> having = conditions(select.having(), last);
    List<Plan.Order> orders = orders(last);
    Interval.Split split = Interval.split(where);
    var scan =
        new Scan(
            scanned,
            split.hints().stream().map(hint -> hint.range(scanned.get(hint.column()))).toList());
    return new Plan(
        scan,
        scanned.stream().map(column -> table.fields().get(column)).toList(),
        split.bounds(),
        split.tests(),
        grouped ? new Plan.Grouping(keys, aggregates, having) : null,
        fields(results),
        results,
        orders,
        select.limit(),
        select.offset());
  }

  private List<Select.Item> withoutStars() {
    var expanded = new ArrayList<Select.Item>();
    for (Select.Item item : select.items()) {
      if (item.expression() instanceof Syntax.Star(int at)) {
        table.fields().forEach(f -> expanded.add(named(f.name(), at)));
      } else {
        expanded.add(item);
      }
    }
    return expanded;
  }

  private static Select.Item named(String name, int at) {
    return new Select.Item(new Syntax.Name(name, at), null, name);
  }

  private List<Field> fields(List<Expr> results) {
    var fields = new ArrayList<Field>();
    for (int i = 0; i < results.size(); i++) {
      @Nullable String alias = items.get(i).alias();
      String name = alias == null ? items.get(i).text() : alias;
      fields.add(new Field(name, results.get(i).type(), true));
    }
    return fields;
  }

  private void bindKeys() {
    if (select.distinct()) {
      if (!select.groupBy().isEmpty() || items.stream().anyMatch(i -> hasCall(i.expression()))) {
        throw error("\"distinct\" cannot be combined with groups and aggregates.", 0);
      }
      items.forEach(item -> addKey(bind(item.expression(), Stage.BEFORE_GROUPING)));
    }
    for (Syntax key : select.groupBy()) {
      Select.Item item = ordinal(key);
      addKey(bind(item == null ? key : item.expression(), Stage.BEFORE_GROUPING));
    }
  }

  private void addKey(Expr key) {
    if (!keys.contains(key)) {
      keys.add(key);
    }
  }

  /** The item that a whole number stands for, or null if the expression is something else. */
  private Select.@Nullable Item ordinal(Syntax syntax) {
    if (!(syntax instanceof Syntax.Literal(_, Value.OfLong(long number), int at))) {
      return null;
    }
    if (number < 1 || number > items.size()) {
      throw error("There is no item " + number + "; there are " + items.size() + ".", at);
    }
    return items.get((int) number - 1);
  }

  private List<Plan.Order> orders(Stage stage) {
    var orders = new ArrayList<Plan.Order>();
    for (Select.Order order : select.orderBy()) {
      Select.Item item = ordinal(order.expression());
      if (item == null && order.expression() instanceof Syntax.Name(String name, _)) {
        item = aliased(name);
      }
      Expr key = bind(item == null ? order.expression() : item.expression(), stage);
      orders.add(new Plan.Order(key, order.descending(), order.nullsFirst()));
    }
    return orders;
  }

  private Select.@Nullable Item aliased(String name) {
    for (Select.Item item : items) {
      if (name.equalsIgnoreCase(item.alias())) {
        return item;
      }
    }
    return null;
  }

  private List<Expr> conditions(@Nullable Syntax condition, Stage stage) {
    return condition == null ? List.of() : truth(condition, stage).conjuncts().toList();
  }

  private Expr bind(Syntax syntax, Stage stage) {
    countStep(syntax);
    if (stage == Stage.AFTER_GROUPING && !hasCall(syntax) && !(syntax instanceof Syntax.Literal)) {
      @Nullable Expr key = asKey(syntax);
      if (key != null) {
        return key;
      }
    }
    return switch (syntax) {
      case Syntax.Name name -> name(name, stage);
      case Syntax.Literal(ColumnType type, Value value, _) ->
          new Expr.Constant(type == null ? ColumnType.LONG : type, value);
      case Syntax.Star(int at) -> throw error("\"*\" stands alone, or in count(*).", at);
      case Syntax.Minus minus -> minus(minus, stage);
      case Syntax.Not(Syntax operand, _) -> new Expr.Not(truth(operand, stage));
      case Syntax.Infix infix -> infix(infix, stage);
      case Syntax.Between between -> between(between, stage);
      case Syntax.In in -> in(in, stage);
      case Syntax.Like like -> like(like, stage);
      case Syntax.IsNull(Syntax operand, _) -> new Expr.IsNull(bind(operand, stage));
      case Syntax.Case cases -> cases(cases, stage);
      case Syntax.Cast(Syntax operand, ColumnType type, int at) ->
          explicitCast(bind(operand, stage), type, at);
      case Syntax.Call call -> call(call, stage);
    };
  }

  private @Nullable Expr asKey(Syntax syntax) {
    if (syntax instanceof Syntax.Name(String text, _) && table.indexOf(text) < 0) {
      return null; // an alias, whose expression may be a key
    }
    int known = scanned.size();
    Expr expr = bind(syntax, Stage.BEFORE_GROUPING);
    int key = keys.indexOf(expr);
    if (key < 0) {
      scanned.subList(known, scanned.size()).clear();
    }
    return key < 0 ? null : new Expr.Column(key, expr.type());
  }

  private Expr name(Syntax.Name name, Stage stage) {
    int column = table.indexOf(name.text());
    if (column >= 0) {
      if (stage == Stage.AFTER_GROUPING) {
        throw error(
            "\"" + name.text() + "\" must be in \"group by\" or within an aggregate.", name.at());
      }
      return scanColumn(column);
    }
    Select.Item item = aliased(name.text());
    if (item == null || resolving.contains(item)) {
      String names = table.fields().stream().map(Field::name).collect(Collectors.joining(", "));
      throw error(
          "There is no column \"" + name.text() + "\"; there are " + names + ".", name.at());
    }
    resolving.add(item);
    Expr expr = bind(item.expression(), stage);
    resolving.removeLast();
    return expr;
  }

  private Expr scanColumn(int column) {
    if (!scanned.contains(column)) {
      scanned.add(column);
    }
    return new Expr.Column(scanned.indexOf(column), table.fields().get(column).type());
  }

  private Expr minus(Syntax.Minus minus, Stage stage) {
    Expr operand = number(bind(minus.operand(), stage), minus.operand().at());
    // 0.0 - 0.0 would be 0.0, and the sign of zero lost.
    Value zero = operand.type() == ColumnType.LONG ? new Value.OfLong(0) : new Value.OfDouble(-0.0);
    return new Expr.Arithmetic(
        Expr.Sign.MINUS, new Expr.Constant(operand.type(), zero), operand, operand.type());
  }

  private Expr infix(Syntax.Infix infix, Stage stage) {
    return switch (infix.operator()) {
      case AND -> new Expr.And(truth(infix.left(), stage), truth(infix.right(), stage));
      case OR -> new Expr.Or(truth(infix.left(), stage), truth(infix.right(), stage));
      case EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL ->
          compare(
              infix.operator(), bind(infix.left(), stage), bind(infix.right(), stage), infix.at());
      case PLUS -> arithmetic(Expr.Sign.PLUS, infix, stage);
      case MINUS -> arithmetic(Expr.Sign.MINUS, infix, stage);
      case TIMES -> arithmetic(Expr.Sign.TIMES, infix, stage);
      case DIVIDE -> arithmetic(Expr.Sign.DIVIDE, infix, stage);
      case DIVIDE_WHOLE -> arithmetic(Expr.Sign.DIVIDE_WHOLE, infix, stage);
      case REMAINDER -> arithmetic(Expr.Sign.REMAINDER, infix, stage);
    };
  }

  private Expr compare(Operator operator, Expr left, Expr right, int at) {
    ColumnType type = common(left, right, at);
    Expr a = converted(left, type, at);
    Expr b = converted(right, type, at);
    return switch (operator) {
      case EQUAL -> new Expr.Compare(Expr.Relation.EQUAL, a, b);
      case UNEQUAL -> new Expr.Not(new Expr.Compare(Expr.Relation.EQUAL, a, b));
      case LESS -> new Expr.Compare(Expr.Relation.LESS, a, b);
      case LESS_EQUAL -> new Expr.Compare(Expr.Relation.LESS_EQUAL, a, b);
      case GREATER -> new Expr.Compare(Expr.Relation.LESS, b, a);
      case GREATER_EQUAL -> new Expr.Compare(Expr.Relation.LESS_EQUAL, b, a);
      case OR, AND, PLUS, MINUS, TIMES, DIVIDE, DIVIDE_WHOLE, REMAINDER ->
          throw new AssertionError(operator);
    };
  }

  private Expr between(Syntax.Between between, Stage stage) {
    Expr operand = bind(between.operand(), stage);
    Expr least = bind(between.least(), stage);
    Expr greatest = bind(between.greatest(), stage);
    return new Expr.And(
        compare(Operator.GREATER_EQUAL, operand, least, between.at()),
        compare(Operator.LESS_EQUAL, operand, greatest, between.at()));
  }

  /** Constants are looked up, everything else is compared; a null among them says "unknown". */
  private Expr in(Syntax.In in, Stage stage) {
    Expr operand = bind(in.operand(), stage);
    List<Expr> choices = in.choices().stream().map(choice -> bind(choice, stage)).toList();
    ColumnType type = operand.type();
    for (Expr choice : choices) {
      type = common(retyped(operand, type), choice, in.at());
    }
    Expr tested = converted(operand, type, in.at());
    var values = new ArrayList<Value>();
    @Nullable Expr all = null;
    for (Expr choice : choices) {
      Expr converted = converted(choice, type, in.at());
      if (converted instanceof Expr.Constant(_, Value value) && value != null) {
        values.add(value);
      } else {
        var equal = new Expr.Compare(Expr.Relation.EQUAL, tested, converted);
        all = all == null ? equal : new Expr.Or(all, equal);
      }
    }
    var known = new Expr.In(tested, List.copyOf(values));
    return all == null ? known : values.isEmpty() ? all : new Expr.Or(known, all);
  }

  private static Expr retyped(Expr operand, ColumnType type) {
    return operand.type() == type ? operand : new Expr.Cast(operand, type);
  }

  private Expr like(Syntax.Like like, Stage stage) {
    Expr operand = converted(bind(like.operand(), stage), ColumnType.STRING, like.at());
    return switch (bind(like.pattern(), stage)) {
      case Expr.Constant(_, Value.OfString pattern) -> new Expr.Like(operand, pattern);
      case Expr.Constant(_, Value value) when value == null ->
          new Expr.Constant(ColumnType.BOOLEAN, null);
      default -> throw error("After \"like\" comes a text between quotes.", like.pattern().at());
    };
  }

  private Expr cases(Syntax.Case cases, Stage stage) {
    var conditions = new ArrayList<Expr>();
    var results = new ArrayList<Expr>();
    for (Syntax.Case.Branch branch : cases.branches()) {
      conditions.add(truth(branch.condition(), stage));
      results.add(bind(branch.result(), stage));
    }
    results.add(
        cases.otherwise() == null
            ? new Expr.Constant(ColumnType.LONG, null)
            : bind(cases.otherwise(), stage));
    Expr widest = results.getFirst();
    for (Expr result : results) {
      widest = retyped(widest, common(widest, result, cases.at()));
    }
    ColumnType type = widest.type();
    var branches = new ArrayList<Expr.Case.Branch>();
    for (int i = 0; i < conditions.size(); i++) {
      Expr result = converted(results.get(i), type, cases.at());
      branches.add(new Expr.Case.Branch(conditions.get(i), result));
    }
    return new Expr.Case(
        List.copyOf(branches), converted(results.getLast(), type, cases.at()), type);
  }

  private Expr arithmetic(Expr.Sign sign, Syntax.Infix infix, Stage stage) {
    Expr left = bind(infix.left(), stage);
    Expr right = bind(infix.right(), stage);
    if (left.type() == ColumnType.DATE && (sign == Expr.Sign.PLUS || sign == Expr.Sign.MINUS)) {
      return days(sign, left, right, infix.at());
    }
    Expr a = number(left, infix.left().at());
    Expr b = number(right, infix.right().at());
    ColumnType type = sign == Expr.Sign.DIVIDE ? ColumnType.DOUBLE : common(a, b, infix.at());
    if (sign == Expr.Sign.DIVIDE_WHOLE && type != ColumnType.LONG) {
      throw error("\"//\" divides integers.", infix.at());
    }
    return new Expr.Arithmetic(
        sign, converted(a, type, infix.at()), converted(b, type, infix.at()), type);
  }

  private Expr days(Expr.Sign sign, Expr date, Expr other, int at) {
    if (other.type() == ColumnType.LONG) {
      return new Expr.Arithmetic(sign, date, other, ColumnType.DATE);
    }
    if (other.type() == ColumnType.DATE && sign == Expr.Sign.MINUS) {
      return new Expr.Arithmetic(sign, date, other, ColumnType.LONG);
    }
    throw error("To a date days are added, as integers.", at);
  }

  private Expr call(Syntax.Call call, Stage stage) {
    if (!isAggregate(call.function())) {
      throw error(
          "There is no function \"" + call.function() + "\"; there are count, sum, avg, min, max.",
          call.at());
    }
    if (stage == Stage.BEFORE_GROUPING) {
      throw error("An aggregate cannot stand here.", call.at());
    }
    Aggregate aggregate = aggregate(call);
    if (!aggregates.contains(aggregate)) {
      aggregates.add(aggregate);
    }
    return new Expr.Column(keys.size() + aggregates.indexOf(aggregate), aggregate.type());
  }

  private static boolean isAggregate(String function) {
    return Set.of("count", "sum", "avg", "min", "max").contains(function);
  }

  private Aggregate aggregate(Syntax.Call call) {
    if (call.argument() instanceof Syntax.Star(int at)) {
      if (!call.function().equals("count") || call.distinct()) {
        throw error("Only count(*) counts rows.", at);
      }
      return new Aggregate.CountRows();
    }
    Expr argument = bind(call.argument(), Stage.BEFORE_GROUPING);
    return switch (call.function()) {
      case "count" ->
          call.distinct() ? new Aggregate.CountDistinct(argument) : new Aggregate.Count(argument);
      case "min" -> new Aggregate.Least(argument);
      case "max" -> new Aggregate.Greatest(argument);
      case "sum" -> new Aggregate.Sum(summand(call, argument));
      default -> new Aggregate.Average(summand(call, argument));
    };
  }

  private Expr summand(Syntax.Call call, Expr argument) {
    if (call.distinct()) {
      throw error("\"distinct\" stands in count, min and max only.", call.at());
    }
    return number(argument, call.argument().at());
  }

  private Expr truth(Syntax syntax, Stage stage) {
    Expr expr = bind(syntax, stage);
    return converted(expr, ColumnType.BOOLEAN, syntax.at());
  }

  private Expr number(Expr expr, int at) {
    if (expr.type() != ColumnType.LONG && expr.type() != ColumnType.DOUBLE) {
      throw error("A number was expected, but this is " + shown(expr.type()) + ".", at);
    }
    return expr;
  }

  private static boolean isNull(Expr expr) {
    return expr instanceof Expr.Constant(_, Value value) && value == null;
  }

  /** The type that both can be compared as. */
  private ColumnType common(Expr left, Expr right, int at) {
    ColumnType a = left.type();
    ColumnType b = right.type();
    if (a == b || isNull(right) || isInstant(a, right)) {
      return a;
    }
    if (isNull(left) || isInstant(b, left)) {
      return b;
    }
    if (widens(a, b)) {
      return b;
    }
    if (widens(b, a)) {
      return a;
    }
    throw error(shown(a) + " and " + shown(b) + " do not go together.", at);
  }

  private static boolean widens(ColumnType from, ColumnType to) {
    return from == ColumnType.LONG && to == ColumnType.DOUBLE
        || from == ColumnType.DATE && to == ColumnType.TIMESTAMP;
  }

  private static boolean isInstant(ColumnType type, Expr text) {
    return (type == ColumnType.DATE || type == ColumnType.TIMESTAMP)
        && text instanceof Expr.Constant(_, Value.OfString _);
  }

  /** The expression as a type that {@link #common} gave; constants at once. */
  private Expr converted(Expr expr, ColumnType type, int at) {
    if (expr.type() == type) {
      return expr;
    }
    return switch (expr) {
      case Expr.Constant(_, Value value) when value == null -> new Expr.Constant(type, null);
      case Expr.Constant(_, Value.OfLong(long x)) when widens(expr.type(), type) ->
          new Expr.Constant(
              type,
              type == ColumnType.DOUBLE
                  ? new Value.OfDouble(x)
                  : new Value.OfLong(Math.multiplyExact(x, Instants.MICROS_PER_DAY)));
      case Expr.Constant(_, Value.OfString text) when isInstant(type, expr) ->
          new Expr.Constant(type, instant(text, type, at));
      case Expr other when widens(other.type(), type) -> new Expr.Cast(other, type);
      default ->
          throw error(shown(type) + " was expected, but this is " + shown(expr.type()) + ".", at);
    };
  }

  private Value instant(Value.OfString text, ColumnType type, int at) {
    String written = new String(text.utf8(), java.nio.charset.StandardCharsets.UTF_8);
    try {
      return new Value.OfLong(Instants.parse(type, written));
    } catch (DateTimeException e) {
      throw error(
          "'" + written + "' is no " + name(type) + ": write " + Instants.form(type) + ".", at);
    }
  }

  private Expr explicitCast(Expr operand, ColumnType type, int at) {
    ColumnType from = operand.type();
    if (from == type || isNull(operand) || widens(from, type) || isInstant(type, operand)) {
      return converted(operand, type, at);
    }
    boolean narrows = widens(type, from);
    boolean counts = isCounted(from) && isCounted(type);
    if (!narrows && !counts) {
      throw error(shown(from) + " cannot become " + shown(type) + ".", at);
    }
    return new Expr.Cast(operand, type);
  }

  private static boolean isCounted(ColumnType type) {
    return type == ColumnType.BOOLEAN || type == ColumnType.LONG || type == ColumnType.DOUBLE;
  }

  private boolean hasCall(Syntax syntax) {
    countStep(syntax);
    return switch (syntax) {
      case Syntax.Call call -> isAggregate(call.function());
      case Syntax.Name name -> isAliasOfCall(name);
      case Syntax.Literal _, Syntax.Star _ -> false;
      case Syntax.Minus(Syntax operand, _) -> hasCall(operand);
      case Syntax.Not(Syntax operand, _) -> hasCall(operand);
      case Syntax.Infix(_, Syntax left, Syntax right, _) -> hasCall(left) || hasCall(right);
      case Syntax.Between(Syntax operand, Syntax least, Syntax greatest, _) ->
          hasCall(operand) || hasCall(least) || hasCall(greatest);
      case Syntax.In(Syntax operand, List<Syntax> choices, _) ->
          hasCall(operand) || choices.stream().anyMatch(this::hasCall);
      case Syntax.Like(Syntax operand, Syntax pattern, _) -> hasCall(operand) || hasCall(pattern);
      case Syntax.IsNull(Syntax operand, _) -> hasCall(operand);
      case Syntax.Case(List<Syntax.Case.Branch> branches, Syntax otherwise, _) ->
          branches.stream().anyMatch(b -> hasCall(b.condition()) || hasCall(b.result()))
              || otherwise != null && hasCall(otherwise);
      case Syntax.Cast(Syntax operand, _, _) -> hasCall(operand);
    };
  }

  private boolean isAliasOfCall(Syntax.Name name) {
    Select.Item item = table.indexOf(name.text()) >= 0 ? null : aliased(name.text());
    if (item == null || resolving.contains(item)) {
      return false;
    }
    resolving.add(item);
    boolean has = hasCall(item.expression());
    resolving.removeLast();
    return has;
  }

  /** Aliases of aliases of aliases, each used twice, would double with every one. */
  private void countStep(Syntax syntax) {
    if (++steps > STEPS_MAX) {
      throw error("This query is too entangled.", syntax.at());
    }
  }

  private static String name(ColumnType type) {
    return type == ColumnType.LONG ? "bigint" : type.name().toLowerCase(Locale.ROOT);
  }

  private static String shown(ColumnType type) {
    return "a " + name(type);
  }

  private SqlException error(String sentence, int at) {
    return new SqlException(
        Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1), sql, at);
  }
}
