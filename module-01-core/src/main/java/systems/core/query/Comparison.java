package systems.core.query;

import systems.core.column.Batch;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * Whether a value is equal to, less than, or not greater than another; null if one is. Doubles are
 * in the total order of SQL: NaN equals itself and is greater than all others, and the two zeros
 * are equal.
 */
@SuppressWarnings("ShortCircuitBoolean") // a branch less in each row
final class Comparison extends Evaluation {
  private final Expr.Relation relation;
  private final Evaluation left;
  private final Evaluation right;
  private final LongVector result = new LongVector();

  Comparison(Expr.Relation relation, Evaluation left, Evaluation right) {
    this.relation = relation;
    this.left = left;
    this.right = right;
  }

  @Override
  Vector of(Batch batch, Selection selection) {
    Vector a = left.of(batch, selection);
    Vector b = right.of(batch, selection);
    uniteNulls(a, b, result, batch.rows);
    switch (a) {
      case LongVector longs -> compare(longs.values, ((LongVector) b).values, batch.rows);
      case DoubleVector doubles -> compare(doubles.values, ((DoubleVector) b).values, batch.rows);
      case StringVector strings -> compare(strings, (StringVector) b, selection);
    }
    clearNulls(selection);
    return result;
  }

  private void compare(long[] a, long[] b, int rows) {
    long[] results = result.values;
    switch (relation) {
      case EQUAL -> {
        for (int row = 0; row < rows; row++) {
          results[row] = a[row] == b[row] ? 1 : 0;
        }
      }
      case LESS -> {
        for (int row = 0; row < rows; row++) {
          results[row] = a[row] < b[row] ? 1 : 0;
        }
      }
      case LESS_EQUAL -> {
        for (int row = 0; row < rows; row++) {
          results[row] = a[row] <= b[row] ? 1 : 0;
        }
      }
    }
  }

  private void compare(double[] a, double[] b, int rows) {
    //> phase 7: what is NaN equal to, and what is it less than?
    long[] results = result.values;
    switch (relation) {
      case EQUAL -> {
        for (int row = 0; row < rows; row++) {
          results[row] = a[row] == b[row] | (Double.isNaN(a[row]) & Double.isNaN(b[row])) ? 1 : 0;
        }
      }
      case LESS -> {
        for (int row = 0; row < rows; row++) {
          results[row] = a[row] < b[row] | (!Double.isNaN(a[row]) & Double.isNaN(b[row])) ? 1 : 0;
        }
      }
      case LESS_EQUAL -> {
        for (int row = 0; row < rows; row++) {
          results[row] = a[row] <= b[row] | Double.isNaN(b[row]) ? 1 : 0;
        }
      }
    }
    //< phase 7
  }

  private void compare(StringVector a, StringVector b, Selection selection) {
    for (int i = 0; i < selection.count; i++) {
      int row = selection.rows[i];
      if (result.nullCount == 0 || !result.isNull[row]) {
        int order = Text.compare(a, b, row);
        boolean holds =
            switch (relation) {
              case EQUAL -> order == 0;
              case LESS -> order < 0;
              case LESS_EQUAL -> order <= 0;
            };
        result.values[row] = holds ? 1 : 0;
      }
    }
  }

  private void clearNulls(Selection selection) {
    if (result.nullCount == 0) {
      return;
    }
    for (int i = 0; i < selection.count; i++) {
      int row = selection.rows[i];
      if (result.isNull[row]) {
        result.values[row] = 0;
      }
    }
  }
}
