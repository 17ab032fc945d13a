package systems.core.query;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Value;
import systems.core.query.Lexer.Kind;
import systems.core.query.Lexer.Token;
import systems.core.query.Syntax.Operator;

/**
 * Reads SQL:
 *
 * <pre>
 *   select [distinct] * | expression [[as] alias], ...
 *   from name | 'file'
 *   [where expression]
 *   [group by expression | alias | number, ...]
 *   [having expression]
 *   [order by expression | alias | number [asc | desc] [nulls first | last], ...]
 *   [limit n] [offset m] [;]
 * </pre>
 *
 * <p>Expressions are read by Pratt's method. Each infix operator has a power; {@code
 * expression(power)} reads one operand and then takes operators as long as they bind more strongly
 * than the power it was called with:
 *
 * <pre>
 *   a + b * c = d          expression(0)
 *                            a  "+" binds with 6 > 0: right side is expression(6)
 *                                 b  "*" binds with 7 > 6: right side is expression(7)
 *                                      c  "=" binds with 4: not mine
 *                                 b * c "=": not mine
 *                            a + (b * c)  "=" binds with 4 > 0: ...
 * </pre>
 *
 * <p>One loop takes the place of a method for each level of precedence. Depth is bounded: a query
 * has at most {@value #OPERATORS_MAX} operators, and {@value #DEPTH_MAX} levels of parentheses, so
 * that no recursion over the tree exhausts a stack.
 *
 * <p>Source: V. Pratt, "Top down operator precedence", POPL 1973.
 */
final class Parser {
  static final int OPERATORS_MAX = 500;
  static final int DEPTH_MAX = 100;

  private static final int NOT_POWER = 3;
  private static final int COMPARE_POWER = 4;
  private static final int RANGE_POWER = 5;
  private static final int SIGN_POWER = 8;

  /** Words that end an expression and can therefore be no alias without {@code as}. */
  private static final Set<String> RESERVED =
      Set.of(
          "select",
          "from",
          "where",
          "group",
          "having",
          "order",
          "limit",
          "offset",
          "by",
          "as",
          "and",
          "or",
          "not",
          "in",
          "is",
          "like",
          "between",
          "case",
          "when",
          "then",
          "else",
          "end",
          "null",
          "true",
          "false",
          "asc",
          "desc",
          "distinct",
          "cast",
          "nulls",
          "union");

  private final String sql;
  private final List<Token> tokens;
  private int next;
  private int operators;
  private int depth;

  private Parser(String sql) {
    this.sql = sql;
    tokens = Lexer.tokens(sql);
  }

  /**
   * The query that a text is.
   *
   * @throws SqlException if it is none
   */
  static Select select(String sql) {
    return new Parser(sql).select();
  }

  private Select select() {
    expect("select");
    boolean distinct = take("distinct");
    List<Select.Item> items = items();
    expect("from");
    String source = source();
    @Nullable Syntax where = take("where") ? expression(0) : null;
    List<Syntax> groupBy = take("group") ? expressionsBy() : List.of();
    @Nullable Syntax having = take("having") ? expression(0) : null;
    List<Select.Order> orderBy = take("order") ? orders() : List.of();
    long limit = -1;
    long offset = 0;
    while (peek().is("limit") || peek().is("offset")) {
      if (take("limit")) {
        limit = rows();
      } else {
        expect("offset");
        offset = rows();
      }
    }
    takeSymbol(";");
    if (peek().kind() != Kind.END) {
      throw error("Nothing was expected here, but " + peek() + " was found.", peek());
    }
    return new Select(distinct, items, source, where, groupBy, having, orderBy, limit, offset);
  }

  private List<Select.Item> items() {
    var items = new ArrayList<Select.Item>();
    do {
      items.add(item());
    } while (takeSymbol(","));
    return items;
  }

  private Select.Item item() {
    Token first = peek();
    if (takeSymbol("*")) {
      return new Select.Item(new Syntax.Star(first.at()), null, "*");
    }
    Syntax expression = expression(0);
    String text = sql.substring(first.at(), peek().at()).strip();
    return new Select.Item(
        expression, alias(), expression instanceof Syntax.Name n ? n.text() : text);
  }

  private @Nullable String alias() {
    boolean told = take("as");
    Token token = peek();
    if (token.kind() == Kind.QUOTED || isFree(token)) {
      next++;
      return token.text();
    }
    if (told) {
      throw error("After \"as\" comes a name.", token);
    }
    return null;
  }

  private static boolean isFree(Token token) {
    return token.kind() == Kind.WORD && !RESERVED.contains(token.text().toLowerCase(Locale.ROOT));
  }

  private String source() {
    Token token = take();
    if (token.kind() == Kind.TEXT || token.kind() == Kind.QUOTED || isFree(token)) {
      return token.text();
    }
    throw error("After \"from\" comes a name, or a file between quotes.", token);
  }

  private List<Syntax> expressionsBy() {
    expect("by");
    return expressions();
  }

  private List<Syntax> expressions() {
    var list = new ArrayList<Syntax>();
    do {
      list.add(expression(0));
    } while (takeSymbol(","));
    return list;
  }

  private List<Select.Order> orders() {
    expect("by");
    var orders = new ArrayList<Select.Order>();
    do {
      Syntax expression = expression(0);
      boolean descending = take("desc");
      if (!descending) {
        take("asc");
      }
      boolean nullsFirst = false;
      if (take("nulls")) {
        nullsFirst = take("first");
        if (!nullsFirst) {
          expect("last");
        }
      }
      orders.add(new Select.Order(expression, descending, nullsFirst));
    } while (takeSymbol(","));
    return orders;
  }

  private long rows() {
    Token token = take();
    try {
      if (token.kind() == Kind.NUMBER) {
        return Long.parseLong(token.text());
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw error("A whole number of rows was expected, but " + token + " was found.", token);
  }

  private Syntax expression(int power) {
    if (++depth > DEPTH_MAX) {
      throw error("A query has at most " + DEPTH_MAX + " levels of parentheses.", peek());
    }
    Syntax expression = infixes(operand(), power);
    depth--;
    return expression;
  }

  /** Takes the operators behind an operand that bind more strongly than a power. */
  private Syntax infixes(Syntax operand, int power) {
    Syntax left = operand;
    while (true) {
      Token token = peek();
      Operator operator = operator(token);
      if (operator != null && operator.power > power) {
        countOperator(take());
        left = new Syntax.Infix(operator, left, expression(operator.power), token.at());
      } else if (token.is("is") && COMPARE_POWER > power) {
        left = isNull(left);
      } else if (RANGE_POWER > power && isRange(token)) {
        left = range(left);
      } else {
        return left;
      }
    }
  }

  private static @Nullable Operator operator(Token token) {
    return switch (token.kind()) {
      case SYMBOL ->
          switch (token.text()) {
            case "=", "==" -> Operator.EQUAL;
            case "<>", "!=" -> Operator.UNEQUAL;
            case "<" -> Operator.LESS;
            case "<=" -> Operator.LESS_EQUAL;
            case ">" -> Operator.GREATER;
            case ">=" -> Operator.GREATER_EQUAL;
            case "+" -> Operator.PLUS;
            case "-" -> Operator.MINUS;
            case "*" -> Operator.TIMES;
            case "/" -> Operator.DIVIDE;
            case "//" -> Operator.DIVIDE_WHOLE;
            case "%" -> Operator.REMAINDER;
            default -> null;
          };
      case WORD -> token.is("and") ? Operator.AND : token.is("or") ? Operator.OR : null;
      case QUOTED, NUMBER, TEXT, END -> null;
    };
  }

  private Syntax isNull(Syntax operand) {
    Token is = take();
    countOperator(is);
    boolean not = take("not");
    expect("null");
    return negated(not, new Syntax.IsNull(operand, is.at()));
  }

  private boolean isRange(Token token) {
    Token word = token.is("not") ? tokens.get(next + 1) : token;
    return word.is("between") || word.is("in") || word.is("like");
  }

  private Syntax range(Syntax operand) {
    boolean not = take("not");
    Token word = take();
    countOperator(word);
    if (word.is("between")) {
      Syntax least = expression(RANGE_POWER);
      expect("and");
      return negated(not, new Syntax.Between(operand, least, expression(RANGE_POWER), word.at()));
    }
    if (word.is("like")) {
      return negated(not, new Syntax.Like(operand, expression(RANGE_POWER), word.at()));
    }
    expectSymbol("(");
    List<Syntax> choices = expressions();
    expectSymbol(")");
    return negated(not, new Syntax.In(operand, choices, word.at()));
  }

  private static Syntax negated(boolean not, Syntax syntax) {
    return not ? new Syntax.Not(syntax, syntax.at()) : syntax;
  }

  private Syntax operand() {
    Token token = take();
    return switch (token.kind()) {
      case NUMBER -> number(token, "");
      case TEXT -> new Syntax.Literal(ColumnType.STRING, utf8(token.text()), token.at());
      case QUOTED -> new Syntax.Name(token.text(), token.at());
      case WORD -> word(token);
      case SYMBOL -> symbol(token);
      case END -> throw error("An expression was expected, but the query ends.", token);
    };
  }

  private static Value utf8(String text) {
    return new Value.OfString(text.getBytes(StandardCharsets.UTF_8));
  }

  private Syntax symbol(Token token) {
    return switch (token.text()) {
      case "(" -> parenthesized();
      // The least integer has no positive twin, so its sign belongs to the literal.
      case "-" ->
          peek().kind() == Kind.NUMBER
              ? number(take(), "-")
              : new Syntax.Minus(expression(SIGN_POWER), token.at());
      case "+" -> expression(SIGN_POWER);
      default -> throw error("An expression was expected, but " + token + " was found.", token);
    };
  }

  private Syntax parenthesized() {
    Syntax inner = expression(0);
    expectSymbol(")");
    return inner;
  }

  private Syntax number(Token token, String sign) {
    String text = sign + token.text();
    if (!text.matches("-?\\d+")) {
      return new Syntax.Literal(ColumnType.DOUBLE, real(text, token), token.at());
    }
    try {
      var value = new Value.OfLong(Long.parseLong(text));
      return new Syntax.Literal(ColumnType.LONG, value, token.at());
    } catch (NumberFormatException e) {
      throw error("An integer must fit into 64 bits.", token);
    }
  }

  private Value real(String text, Token token) {
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw error("This number is too large.", token);
    }
    return new Value.OfDouble(value);
  }

  private Syntax word(Token token) {
    return switch (token.text().toLowerCase(Locale.ROOT)) {
      case "null" -> new Syntax.Literal(null, null, token.at());
      case "true" -> truth(1, token);
      case "false" -> truth(0, token);
      case "not" -> new Syntax.Not(expression(NOT_POWER), token.at());
      case "case" -> cases(token);
      case "cast" -> cast(token);
      case "date", "timestamp" ->
          peek().kind() == Kind.TEXT ? instant(token, take()) : nameOrCall(token);
      default -> nameOrCall(token);
    };
  }

  private static Syntax truth(long value, Token token) {
    return new Syntax.Literal(ColumnType.BOOLEAN, new Value.OfLong(value), token.at());
  }

  private Syntax instant(Token word, Token text) {
    ColumnType type = word.is("date") ? ColumnType.DATE : ColumnType.TIMESTAMP;
    try {
      return new Syntax.Literal(
          type, new Value.OfLong(Instants.parse(type, text.text())), word.at());
    } catch (DateTimeException e) {
      throw error("This is no " + word.text() + ": write " + Instants.form(type) + ".", text);
    }
  }

  private Syntax cases(Token start) {
    var branches = new ArrayList<Syntax.Case.Branch>();
    while (take("when")) {
      Syntax condition = expression(0);
      expect("then");
      branches.add(new Syntax.Case.Branch(condition, expression(0)));
    }
    if (branches.isEmpty()) {
      throw error("After \"case\" comes \"when\", but " + peek() + " was found.", peek());
    }
    @Nullable Syntax otherwise = take("else") ? expression(0) : null;
    expect("end");
    return new Syntax.Case(branches, otherwise, start.at());
  }

  private Syntax cast(Token start) {
    expectSymbol("(");
    Syntax operand = expression(0);
    expect("as");
    Token type = take();
    expectSymbol(")");
    return new Syntax.Cast(operand, type(type), start.at());
  }

  private ColumnType type(Token token) {
    return switch (token.text().toLowerCase(Locale.ROOT)) {
      case "bigint", "long", "int8" -> ColumnType.LONG;
      case "double", "float8" -> ColumnType.DOUBLE;
      case "boolean", "bool" -> ColumnType.BOOLEAN;
      case "date" -> ColumnType.DATE;
      case "timestamp" -> ColumnType.TIMESTAMP;
      default -> throw error("Types are bigint, double, boolean, date and timestamp.", token);
    };
  }

  private Syntax nameOrCall(Token token) {
    if (!takeSymbol("(")) {
      if (!isFree(token)) {
        throw error("An expression was expected, but " + token + " was found.", token);
      }
      return new Syntax.Name(token.text(), token.at());
    }
    boolean distinct = take("distinct");
    Token star = peek();
    Syntax argument = takeSymbol("*") ? new Syntax.Star(star.at()) : expression(0);
    expectSymbol(")");
    return new Syntax.Call(token.text().toLowerCase(Locale.ROOT), argument, distinct, token.at());
  }

  private void countOperator(Token token) {
    if (++operators > OPERATORS_MAX) {
      throw error("A query has at most " + OPERATORS_MAX + " operators.", token);
    }
  }

  private Token peek() {
    return tokens.get(next);
  }

  private Token take() {
    Token token = tokens.get(next);
    if (token.kind() != Kind.END) {
      next++;
    }
    return token;
  }

  private boolean take(String keyword) {
    boolean is = peek().is(keyword);
    if (is) {
      next++;
    }
    return is;
  }

  private boolean takeSymbol(String symbol) {
    boolean is = peek().isSymbol(symbol);
    if (is) {
      next++;
    }
    return is;
  }

  private void expect(String keyword) {
    if (!take(keyword)) {
      throw error('"' + keyword + "\" was expected, but " + peek() + " was found.", peek());
    }
  }

  private void expectSymbol(String symbol) {
    if (!takeSymbol(symbol)) {
      throw error('"' + symbol + "\" was expected, but " + peek() + " was found.", peek());
    }
  }

  private SqlException error(String sentence, Token token) {
    return new SqlException(sentence, sql, token.at());
  }
}
