package systems.core.query;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Value;

/**
 * An expression whose names are looked up, whose types are checked and whose literals have the type
 * of their surroundings: what is left cannot fail but by its numbers.
 *
 * <p>There are fewer forms than in {@link Syntax}, and each later step has fewer cases: {@code a >
 * b} is {@code b < a}, {@code a <> b} is {@code not (a = b)}, {@code between} is two comparisons,
 * and where types differ there is a {@link Cast}. Both sides of a comparison and of arithmetic have
 * the same type, but for days added to a date.
 *
 * <p>Two expressions that mean the same and are written alike are {@code equals}, since records
 * compare by their parts and places in the text are gone. So the question whether {@code a + 1} in
 * {@code select} is what {@code group by a + 1} groups by is one call.
 */
sealed interface Expr {
  /** Of the value; the forms that say nothing else are true, false or null. */
  default ColumnType type() {
    return ColumnType.BOOLEAN;
  }

  /** A column of the batch that comes in. */
  record Column(int index, ColumnType type) implements Expr {}

  /** The same value in every row; null if it is absent. */
  record Constant(ColumnType type, @Nullable Value value) implements Expr {}

  /** A number made of two. */
  record Arithmetic(Sign sign, Expr left, Expr right, ColumnType type) implements Expr {}

  /** {@code x = y}, {@code x < y}, {@code x <= y}. */
  record Compare(Relation relation, Expr left, Expr right) implements Expr {}

  /** {@code x and y}. */
  record And(Expr left, Expr right) implements Expr {}

  /** {@code x or y}. */
  record Or(Expr left, Expr right) implements Expr {}

  /** {@code not x}. */
  record Not(Expr operand) implements Expr {}

  /** {@code x in (a, b, c)} with values that are there. */
  record In(Expr operand, List<Value> values) implements Expr {}

  /** {@code x like 'a%'}. */
  record Like(Expr operand, Value.OfString pattern) implements Expr {}

  /** {@code x is null}; never null itself. */
  record IsNull(Expr operand) implements Expr {}

  /** The result of the first branch whose condition is true. */
  record Case(List<Branch> branches, Expr otherwise, ColumnType type) implements Expr {
    /** One {@code when ... then ...}. */
    record Branch(Expr condition, Expr result) {}
  }

  /** The same value as another type. */
  record Cast(Expr operand, ColumnType type) implements Expr {}

  /** What makes a number of two; the second divides with a remainder and forgets it. */
  enum Sign {
    PLUS,
    MINUS,
    TIMES,
    DIVIDE,
    DIVIDE_WHOLE,
    REMAINDER
  }

  /** How two values stand to each other. */
  enum Relation {
    EQUAL,
    LESS,
    LESS_EQUAL
  }

  /** The parts that it is made of. */
  default List<Expr> parts() {
    return switch (this) {
      case Column _, Constant _ -> List.of();
      case Arithmetic(_, Expr left, Expr right, _) -> List.of(left, right);
      case Compare(_, Expr left, Expr right) -> List.of(left, right);
      case And(Expr left, Expr right) -> List.of(left, right);
      case Or(Expr left, Expr right) -> List.of(left, right);
      case Not(Expr operand) -> List.of(operand);
      case In(Expr operand, _) -> List.of(operand);
      case Like(Expr operand, _) -> List.of(operand);
      case IsNull(Expr operand) -> List.of(operand);
      case Cast(Expr operand, _) -> List.of(operand);
      case Case(List<Case.Branch> branches, Expr otherwise, _) ->
          Stream.concat(
                  branches.stream().flatMap(b -> Stream.of(b.condition(), b.result())),
                  Stream.of(otherwise))
              .toList();
    };
  }

  /** Shows all columns in it, each as often as it occurs. */
  default void columns(Consumer<Column> seen) {
    if (this instanceof Column column) {
      seen.accept(column);
    }
    parts().forEach(part -> part.columns(seen));
  }

  /** The expressions that must all be true for this one to be. */
  default Stream<Expr> conjuncts() {
    return this instanceof And(Expr left, Expr right)
        ? Stream.concat(left.conjuncts(), right.conjuncts())
        : Stream.of(this);
  }
}
