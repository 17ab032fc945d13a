package systems.core.query;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Value;
import systems.core.column.Vector;

/**
 * True, false, and "nobody knows", which is null:
 *
 * <pre>
 *   and    true   false  null      or     true   false  null      not
 *   true   true   false  null      true   true   true   true      true   false
 *   false  false  false  false     false  true   false  null      false  true
 *   null   null   false  null      null   true   null   null      null   null
 * </pre>
 *
 * <p>The tables need no memory: if the answer is the same for both values that the unknown may
 * have, it is known.
 */
@SuppressWarnings("ShortCircuitBoolean") // a branch less in each row
final class Logic {
  private Logic() {}

  abstract static class OfTwo extends Evaluation {
    final Evaluation left;
    final Evaluation right;
    final LongVector result = new LongVector();

    OfTwo(Evaluation left, Evaluation right) {
      this.left = left;
      this.right = right;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      var a = (LongVector) left.of(batch, selection);
      var b = (LongVector) right.of(batch, selection);
      result.nullCount = a.nullCount + b.nullCount;
      combine(a, b, selection);
      return result;
    }

    /**
     * Fills the selected rows of the result; its nulls only if the count says that there are any.
     */
    abstract void combine(LongVector a, LongVector b, Selection selection);
  }

  /** {@code x and y}. */
  static final class And extends OfTwo {
    And(Evaluation left, Evaluation right) {
      super(left, right);
    }

    @Override
    void combine(LongVector a, LongVector b, Selection selection) {
      //> phase 7: null and false: do you need to know the null?
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        result.values[row] = a.values[row] & b.values[row]; // of a null it is 0
        if (result.nullCount != 0) {
          boolean unknownA = a.nullCount != 0 && a.isNull[row];
          boolean unknownB = b.nullCount != 0 && b.isNull[row];
          boolean falseA = !unknownA & a.values[row] == 0;
          boolean falseB = !unknownB & b.values[row] == 0;
          boolean decided = falseA | falseB; //~ nullSwallowsFalse: boolean decided = false;
          result.isNull[row] = (unknownA | unknownB) & !decided;
        }
      }
      //< phase 7
    }
  }

  /** {@code x or y}. */
  static final class Or extends OfTwo {
    Or(Evaluation left, Evaluation right) {
      super(left, right);
    }

    @Override
    void combine(LongVector a, LongVector b, Selection selection) {
      //> phase 7: null or true: do you need to know the null?
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        result.values[row] = a.values[row] | b.values[row];
        if (result.nullCount != 0) {
          boolean unknown = a.nullCount != 0 && a.isNull[row] || b.nullCount != 0 && b.isNull[row];
          boolean decided = result.values[row] != 0; //~ nullSwallowsTrue: boolean decided = false;
          result.isNull[row] = unknown & !decided;
        }
      }
      //< phase 7
    }
  }

  abstract static class OfOne extends Evaluation {
    private final Evaluation operand;
    final LongVector result = new LongVector();

    OfOne(Evaluation operand) {
      this.operand = operand;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      Vector given = operand.of(batch, selection);
      copyNulls(given, result, batch.rows);
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        boolean absent = given.nullCount != 0 && given.isNull[row];
        result.values[row] = !absent && holds(given, row) ? 1 : 0;
      }
      return result;
    }

    /** The answer for a value that is there. */
    abstract boolean holds(Vector given, int row);
  }

  /** {@code not x}. */
  static final class Not extends OfOne {
    Not(Evaluation operand) {
      super(operand);
    }

    @Override
    boolean holds(Vector given, int row) {
      return ((LongVector) given).values[row] == 0;
    }
  }

  /** {@code x like 'a%'}. */
  static final class Like extends OfOne {
    private final LikePattern pattern;

    Like(Evaluation operand, LikePattern pattern) {
      super(operand);
      this.pattern = pattern;
    }

    @Override
    boolean holds(Vector given, int row) {
      var strings = (StringVector) given;
      int start = Text.start(strings, row);
      return pattern.matches(Text.bytes(strings), start, start + Text.length(strings, row));
    }
  }

  /** {@code x in (a, b, c)}: a binary search in the sorted values. */
  static final class In extends OfOne {
    private final long[] longs;
    private final double[] doubles;
    private final byte[][] strings;

    In(Evaluation operand, List<Value> values, ColumnType type) {
      super(operand);
      ToLongFunction<Value> asLong = value -> value instanceof Value.OfLong(long x) ? x : 0;
      longs = values.stream().mapToLong(asLong).sorted().toArray();
      doubles =
          values.stream()
              .mapToDouble(value -> value instanceof Value.OfDouble(double x) ? x + 0.0 : 0)
              .sorted()
              .toArray();
      strings =
          type == ColumnType.STRING
              ? values.stream()
                  .map(value -> ((Value.OfString) value).utf8())
                  .sorted(Arrays::compareUnsigned)
                  .toArray(byte[][]::new)
              : new byte[0][];
    }

    @Override
    boolean holds(Vector given, int row) {
      return switch (given) {
        case LongVector vector -> Arrays.binarySearch(longs, vector.values[row]) >= 0;
        // Adding 0.0 makes one zero of the two.
        case DoubleVector vector -> Arrays.binarySearch(doubles, vector.values[row] + 0.0) >= 0;
        case StringVector vector -> contains(vector, row);
      };
    }

    private boolean contains(StringVector vector, int row) {
      byte[] bytes = Text.bytes(vector);
      int start = Text.start(vector, row);
      int end = start + Text.length(vector, row);
      int low = 0;
      int high = strings.length;
      while (low < high) {
        int middle = low + high >>> 1;
        byte[] candidate = strings[middle];
        int order = Arrays.compareUnsigned(bytes, start, end, candidate, 0, candidate.length);
        if (order == 0) {
          return true;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
      }
      return false;
    }
  }

  /** {@code x is null}. */
  static final class IsNull extends Evaluation {
    private final Evaluation operand;
    private final LongVector result = new LongVector();

    IsNull(Evaluation operand) {
      this.operand = operand;
    }

    @Override
    Vector of(Batch batch, Selection selection) {
      Vector given = operand.of(batch, selection);
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        result.values[row] = given.nullCount != 0 && given.isNull[row] ? 1 : 0;
      }
      return result;
    }
  }
}
