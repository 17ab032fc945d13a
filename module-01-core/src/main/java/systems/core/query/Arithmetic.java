package systems.core.query;

import systems.core.column.Batch;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.Vector;

/**
 * Numbers made of numbers. Sums, differences and products are computed for all rows of the batch,
 * selected or not: a loop without an index array is turned into vector instructions, and what it
 * leaves in other rows nobody reads.
 *
 * <p>Integers that leave 64 bits are an error. The loops only collect the bits that would show it,
 * and if one is set somebody looks again whether it was a row that counts. So is division of
 * integers by zero; doubles follow IEEE 754.
 */
final class Arithmetic {
  private Arithmetic() {}

  /** On integers, or on dates and days. */
  static final class OfLongs extends Evaluation {
    private final Expr.Sign sign;
    private final Evaluation left;
    private final Evaluation right;
    private final LongVector result = new LongVector();

    OfLongs(Expr.Sign sign, Evaluation left, Evaluation right) {
      this.sign = sign;
      this.left = left;
      this.right = right;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      var a = (LongVector) left.of(batch, selection);
      var b = (LongVector) right.of(batch, selection);
      uniteNulls(a, b, result, batch.rows);
      switch (sign) {
        case PLUS -> check(sums(a.values, b.values, batch.rows), a, b, selection);
        case MINUS -> check(differences(a.values, b.values, batch.rows), a, b, selection);
        case TIMES -> check(products(a.values, b.values, batch.rows), a, b, selection);
        case DIVIDE, DIVIDE_WHOLE, REMAINDER -> divide(a.values, b.values, selection);
      }
      clearNulls(result, selection);
      return result;
    }

    private long sums(long[] a, long[] b, int rows) {
      //> phase 7: which bit says, after the fact, that a sum did not fit?
      long[] sums = result.values;
      long over = 0;
      for (int row = 0; row < rows; row++) {
        long sum = a[row] + b[row];
        sums[row] = sum;
        over |= (a[row] ^ sum) & (b[row] ^ sum);
      }
      return over; //~ wrapsSilently: return over & 1;
      //< phase 7
    }

    private long differences(long[] a, long[] b, int rows) {
      long[] differences = result.values;
      long over = 0;
      for (int row = 0; row < rows; row++) {
        long difference = a[row] - b[row];
        differences[row] = difference;
        over |= (a[row] ^ b[row]) & (a[row] ^ difference);
      }
      return over;
    }

    private long products(long[] a, long[] b, int rows) {
      long[] products = result.values;
      long over = 0;
      for (int row = 0; row < rows; row++) {
        long product = a[row] * b[row];
        products[row] = product;
        over |= Math.multiplyHigh(a[row], b[row]) ^ product >> 63;
      }
      return over == 0 ? 0 : -1;
    }

    private void check(long over, LongVector a, LongVector b, Selection selection) {
      if (over >= 0) {
        return;
      }
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        boolean absent = result.nullCount != 0 && result.isNull[row];
        if (!absent && overflows(a.values[row], b.values[row])) {
          throw new SqlException(
              a.values[row] + " " + word() + " " + b.values[row] + " does not fit into a bigint.");
        }
      }
    }

    private boolean overflows(long a, long b) {
      long low =
          switch (sign) {
            case PLUS -> a + b;
            case MINUS -> a - b;
            case TIMES, DIVIDE, DIVIDE_WHOLE, REMAINDER -> a * b;
          };
      return switch (sign) {
        case PLUS -> ((a ^ low) & (b ^ low)) < 0;
        case MINUS -> ((a ^ b) & (a ^ low)) < 0;
        case TIMES, DIVIDE, DIVIDE_WHOLE, REMAINDER -> Math.multiplyHigh(a, b) != low >> 63;
      };
    }

    private String word() {
      return switch (sign) {
        case PLUS -> "plus";
        case MINUS -> "minus";
        case TIMES -> "times";
        case DIVIDE, DIVIDE_WHOLE, REMAINDER -> "divided by";
      };
    }

    private void divide(long[] a, long[] b, Selection selection) {
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        if (result.nullCount == 0 || !result.isNull[row]) {
          result.values[row] = divided(a[row], b[row]);
        }
      }
    }

    private long divided(long a, long b) {
      if (b == 0) {
        throw new SqlException(a + " is divided by zero.");
      }
      if (a == Long.MIN_VALUE && b == -1) {
        throw new SqlException(a + " divided by -1 does not fit into a bigint.");
      }
      return sign == Expr.Sign.REMAINDER ? a % b : a / b;
    }
  }

  /** On doubles. */
  static final class OfDoubles extends Evaluation {
    private final Expr.Sign sign;
    private final Evaluation left;
    private final Evaluation right;
    private final DoubleVector result = new DoubleVector();

    OfDoubles(Expr.Sign sign, Evaluation left, Evaluation right) {
      this.sign = sign;
      this.left = left;
      this.right = right;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      var a = (DoubleVector) left.of(batch, selection);
      var b = (DoubleVector) right.of(batch, selection);
      uniteNulls(a, b, result, batch.rows);
      compute(a.values, b.values, result.values, batch.rows);
      clearNulls(result, selection);
      return result;
    }

    private void compute(double[] a, double[] b, double[] results, int rows) {
      switch (sign) {
        case PLUS -> {
          for (int row = 0; row < rows; row++) {
            results[row] = a[row] + b[row];
          }
        }
        case MINUS -> {
          for (int row = 0; row < rows; row++) {
            results[row] = a[row] - b[row];
          }
        }
        case TIMES -> {
          for (int row = 0; row < rows; row++) {
            results[row] = a[row] * b[row];
          }
        }
        case DIVIDE, DIVIDE_WHOLE -> {
          for (int row = 0; row < rows; row++) {
            results[row] = a[row] / b[row];
          }
        }
        case REMAINDER -> {
          for (int row = 0; row < rows; row++) {
            results[row] = a[row] % b[row];
          }
        }
      }
    }
  }

  private static void clearNulls(Vector vector, Selection selection) {
    if (vector.nullCount == 0) {
      return;
    }
    for (int i = 0; i < selection.count; i++) {
      int row = selection.rows[i];
      if (vector.isNull[row]) {
        Evaluation.clear(vector, row);
      }
    }
  }
}
