package systems.core.query;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Value;

/**
 * An expression as it was written: names that nobody has looked up yet, and where each part stands
 * in the text. The {@link Binder} turns it into an {@link Expr}.
 *
 * <p>A sum type: an expression is one of these records and nothing else, so each {@code switch}
 * over it is checked for completeness, and an operation is a method in one place and not a method
 * in thirteen classes. A visitor would do the same by hand, with an interface, thirteen {@code
 * accept} methods, and results in fields.
 */
sealed interface Syntax {
  /** Where it begins in the text; of an infix operator, where the operator is. */
  int at();

  /** A column, or the alias of an expression. */
  record Name(String text, int at) implements Syntax {}

  /** A literal; one that is null has no type of its own. */
  record Literal(@Nullable ColumnType type, @Nullable Value value, int at) implements Syntax {}

  /** {@code *}, as an item of its own or in {@code count(*)}. */
  record Star(int at) implements Syntax {}

  /** {@code -x}. */
  record Minus(Syntax operand, int at) implements Syntax {}

  /** {@code not x}. */
  record Not(Syntax operand, int at) implements Syntax {}

  /** {@code x + y}, {@code x < y}, {@code x and y}. */
  record Infix(Operator operator, Syntax left, Syntax right, int at) implements Syntax {}

  /** {@code x between a and b}. */
  record Between(Syntax operand, Syntax least, Syntax greatest, int at) implements Syntax {}

  /** {@code x in (a, b, c)}. */
  record In(Syntax operand, List<Syntax> choices, int at) implements Syntax {}

  /** {@code x like 'a%'}. */
  record Like(Syntax operand, Syntax pattern, int at) implements Syntax {}

  /** {@code x is null}. */
  record IsNull(Syntax operand, int at) implements Syntax {}

  /** {@code case when a then b else c end}. */
  record Case(List<Branch> branches, @Nullable Syntax otherwise, int at) implements Syntax {
    /** One {@code when ... then ...}. */
    record Branch(Syntax condition, Syntax result) {}
  }

  /** {@code cast(x as type)}. */
  record Cast(Syntax operand, ColumnType type, int at) implements Syntax {}

  /** {@code sum(x)}, {@code count(distinct x)}. */
  record Call(String function, Syntax argument, boolean distinct, int at) implements Syntax {}

  /** Infix operators and how strongly they bind; all of them to the left. */
  enum Operator {
    OR("or", 1),
    AND("and", 2),
    EQUAL("=", 4),
    UNEQUAL("<>", 4),
    LESS("<", 4),
    LESS_EQUAL("<=", 4),
    GREATER(">", 4),
    GREATER_EQUAL(">=", 4),
    PLUS("+", 6),
    MINUS("-", 6),
    TIMES("*", 7),
    DIVIDE("/", 7),
    DIVIDE_WHOLE("//", 7),
    REMAINDER("%", 7);

    final String sign;
    final int power;

    Operator(String sign, int power) {
      this.sign = sign;
      this.power = power;
    }
  }
}
