package systems.core.query;

import java.util.Arrays;
import java.util.List;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Value;
import systems.core.column.Vector;

/**
 * Computes an expression for all selected rows of a batch at once: a tree like that of the {@link
 * Expr}, whose nodes have a vector each for what they computed. A node is called once in 2048 rows,
 * so that the call costs nothing, and is then a loop over arrays.
 *
 * <p>What holds of the vector that comes back:
 *
 * <ol>
 *   <li>The value of a row lies at the row's number, as in the batch. Rows that are not selected
 *       hold anything.
 *   <li>{@code nullCount} is a bound: if it is 0 no selected row is null; if not, {@code isNull} is
 *       true of exactly those selected rows that are.
 *   <li>The slot of a selected row that is null is 0, as in vectors that come from a file.
 *   <li>It is valid until the node is asked again. Nobody changes it; it may be the batch's own.
 * </ol>
 *
 * <p>Of one thread.
 */
abstract class Evaluation {
  /** The value of each selected row. */
  abstract Vector of(Batch batch, Selection selection);

  /** What computes an expression. */
  static Evaluation of(Expr expr) {
    return switch (expr) {
      case Expr.Column(int index, _) -> new OfColumn(index);
      case Expr.Constant(ColumnType type, Value value) -> new OfConstant(constant(type, value));
      case Expr.Arithmetic(Expr.Sign sign, Expr left, Expr right, ColumnType type) ->
          type == ColumnType.DOUBLE
              ? new Arithmetic.OfDoubles(sign, of(left), of(right))
              : new Arithmetic.OfLongs(sign, of(left), of(right));
      case Expr.Compare(Expr.Relation relation, Expr left, Expr right) ->
          new Comparison(relation, of(left), of(right));
      case Expr.And(Expr left, Expr right) -> new Logic.And(of(left), of(right));
      case Expr.Or(Expr left, Expr right) -> new Logic.Or(of(left), of(right));
      case Expr.Not(Expr operand) -> new Logic.Not(of(operand));
      case Expr.In(Expr operand, List<Value> values) ->
          new Logic.In(of(operand), values, operand.type());
      case Expr.Like(Expr operand, Value.OfString(byte[] pattern)) ->
          new Logic.Like(of(operand), new LikePattern(pattern));
      case Expr.IsNull(Expr operand) -> new Logic.IsNull(of(operand));
      case Expr.Case cases -> new Choice(cases);
      case Expr.Cast(Expr operand, ColumnType type) ->
          new Conversion(of(operand), operand.type(), type);
    };
  }

  static List<Evaluation> ofAll(List<Expr> exprs) {
    return exprs.stream().map(Evaluation::of).toList();
  }

  private static Vector constant(ColumnType type, @org.jspecify.annotations.Nullable Value value) {
    Vector vector = type.newVector();
    if (value == null) {
      Arrays.fill(vector.isNull, true);
      vector.nullCount = Vector.ROWS_MAX;
      return vector;
    }
    switch (value) {
      case Value.OfLong(long x) -> Arrays.fill(((LongVector) vector).values, x);
      case Value.OfDouble(double x) -> Arrays.fill(((DoubleVector) vector).values, x);
      case Value.OfString(byte[] utf8) -> {
        var strings = (StringVector) vector;
        strings.bytes = utf8;
        Arrays.fill(strings.lengths, utf8.length);
      }
    }
    return vector;
  }

  private static final class OfColumn extends Evaluation {
    private final int index;

    OfColumn(int index) {
      this.index = index;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      return batch.vector(index);
    }
  }

  private static final class OfConstant extends Evaluation {
    private final Vector vector;

    OfConstant(Vector vector) {
      this.vector = vector;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      return vector;
    }
  }

  /** A value as another type; see {@link Expr.Cast}. */
  private static final class Conversion extends Evaluation {
    private final Evaluation operand;
    private final ColumnType from;
    private final ColumnType to;
    private final Vector result;

    Conversion(Evaluation operand, ColumnType from, ColumnType to) {
      this.operand = operand;
      this.from = from;
      this.to = to;
      result = to.newVector();
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      Vector given = operand.of(batch, selection);
      copyNulls(given, result, batch.rows);
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        if (result.nullCount != 0 && result.isNull[row]) {
          clear(result, row);
        } else {
          convert(given, row);
        }
      }
      return result;
    }

    private void convert(Vector given, int row) {
      if (given instanceof DoubleVector doubles) {
        ((LongVector) result).values[row] = whole(doubles.values[row]);
      } else if (result instanceof DoubleVector doubles) {
        doubles.values[row] = ((LongVector) given).values[row];
      } else {
        ((LongVector) result).values[row] = counted(((LongVector) given).values[row]);
      }
    }

    private long whole(double value) {
      if (to == ColumnType.BOOLEAN) {
        return value != 0 ? 1 : 0;
      }
      double rounded = Math.rint(value);
      if (!(rounded >= -0x1p63 && rounded < 0x1p63)) {
        throw new SqlException(value + " does not fit into a bigint.");
      }
      return (long) rounded;
    }

    private long counted(long value) {
      if (to == ColumnType.BOOLEAN) {
        return value != 0 ? 1 : 0;
      }
      if (to == ColumnType.TIMESTAMP) {
        if (Math.multiplyHigh(value, Instants.MICROS_PER_DAY)
            != value * Instants.MICROS_PER_DAY >> 63) {
          throw new SqlException("A date does not fit into a timestamp.");
        }
        return value * Instants.MICROS_PER_DAY;
      }
      return from == ColumnType.TIMESTAMP ? Math.floorDiv(value, Instants.MICROS_PER_DAY) : value;
    }
  }

  /** {@code case}: each branch is computed for those rows only that come to it. */
  private static final class Choice extends Evaluation {
    private final List<Filter> conditions;
    private final List<Evaluation> results;
    private final Evaluation otherwise;
    private final Vector result;
    private final TextFill text = new TextFill();
    private final Selection open = new Selection();
    private final Selection taken = new Selection();

    Choice(Expr.Case cases) {
      conditions = cases.branches().stream().map(b -> Filter.ofTest(b.condition())).toList();
      results = cases.branches().stream().map(b -> Evaluation.of(b.result())).toList();
      otherwise = Evaluation.of(cases.otherwise());
      result = cases.type().newVector();
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      result.nullCount = 0;
      text.begin(result);
      open.copy(selection);
      for (int i = 0; i < results.size() && open.count > 0; i++) {
        taken.copy(open);
        conditions.get(i).narrow(batch, taken);
        take(results.get(i).of(batch, taken), taken);
        removeTaken();
      }
      take(otherwise.of(batch, open), open);
      return result;
    }

    private void take(Vector from, Selection rows) {
      for (int i = 0; i < rows.count; i++) {
        int row = rows.rows[i];
        boolean absent = from.nullCount != 0 && from.isNull[row];
        result.isNull[row] = absent;
        if (absent) {
          result.nullCount++;
          clear(result, row);
        } else {
          text.copy(from, row, result, row);
        }
      }
    }

    private void removeTaken() {
      int[] rows = open.rows;
      int[] kept = open.begin();
      int end = 0;
      int next = 0;
      for (int i = 0; i < open.count; i++) {
        if (next < taken.count && taken.rows[next] == rows[i]) {
          next++;
        } else {
          kept[end++] = rows[i];
        }
      }
      open.end(end);
    }
  }

  /** Copies which rows are null. */
  static void copyNulls(Vector from, Vector to, int rows) {
    to.nullCount = from.nullCount;
    if (from.nullCount != 0) {
      System.arraycopy(from.isNull, 0, to.isNull, 0, rows);
    }
  }

  /** Makes a row null if it is so in one of two. */
  static void uniteNulls(Vector left, Vector right, Vector to, int rows) {
    to.nullCount = left.nullCount + right.nullCount;
    if (to.nullCount == 0) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      to.isNull[row] =
          left.nullCount != 0 && left.isNull[row] || right.nullCount != 0 && right.isNull[row];
    }
  }

  static void clear(Vector vector, int row) {
    switch (vector) {
      case LongVector longs -> longs.values[row] = 0;
      case DoubleVector doubles -> doubles.values[row] = 0;
      case StringVector strings -> {
        strings.starts[row] = 0;
        strings.lengths[row] = 0;
      }
    }
  }
}
