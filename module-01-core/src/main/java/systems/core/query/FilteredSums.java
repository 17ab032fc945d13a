package systems.core.query;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Value;
import systems.core.column.Vector;

/**
 * The short cut for {@code select sum(x), avg(y), count(*) from t where z between a and b}: no
 * groups, sums of plain columns, and at most one bound. Such a batch goes through the {@link
 * Kernels} and never becomes a selection. A condition on strings that is true of neighbouring
 * entries of the dictionary only, as {@code city = 'Oslo'}, is a bound on codes.
 *
 * <p>A batch in which one of the columns has nulls takes the long way, and so does one whose
 * strings come without a dictionary. Of one thread.
 */
final class FilteredSums {
  private static final int ROWS = -1;
  private static final int NEITHER = -2;

  private final Kernels kernels = Kernels.BEST;
  private final @Nullable Interval bound;
  private final Filter.@Nullable ByEntry byEntry;

  /** The column that is summed up by each state, or {@link #ROWS}. */
  private final int[] columns;

  private final List<Accumulator> states;
  private final long[] halves = new long[2];

  /** A test of each row of a batch, and the kernels that make it. */
  private sealed interface Test {
    int count(Kernels kernels);

    double sum(Kernels kernels, double[] values);

    void sum(Kernels kernels, long[] values, long[] into);

    record None(int rows) implements Test {
      @Override
      public int count(Kernels kernels) {
        return rows;
      }

      @Override
      public double sum(Kernels kernels, double[] values) {
        return kernels.sum(values, rows);
      }

      @Override
      public void sum(Kernels kernels, long[] values, long[] into) {
        kernels.sum(values, rows, into);
      }
    }

    record OfLongs(long[] tested, int rows, long least, long greatest) implements Test {
      @Override
      public int count(Kernels kernels) {
        return kernels.count(tested, rows, least, greatest);
      }

      @Override
      public double sum(Kernels kernels, double[] values) {
        return kernels.sum(values, tested, rows, least, greatest);
      }

      @Override
      public void sum(Kernels kernels, long[] values, long[] into) {
        kernels.sum(values, tested, rows, least, greatest, into);
      }
    }

    record OfDoubles(double[] tested, int rows, double least, double greatest) implements Test {
      @Override
      public int count(Kernels kernels) {
        return kernels.count(tested, rows, least, greatest);
      }

      @Override
      public double sum(Kernels kernels, double[] values) {
        return kernels.sum(values, tested, rows, least, greatest);
      }

      @Override
      public void sum(Kernels kernels, long[] values, long[] into) {
        kernels.sum(values, tested, rows, least, greatest, into);
      }
    }

    record OfCodes(int[] tested, int rows, int least, int greatest) implements Test {
      @Override
      public int count(Kernels kernels) {
        return kernels.count(tested, rows, least, greatest);
      }

      @Override
      public double sum(Kernels kernels, double[] values) {
        return kernels.sum(values, tested, rows, least, greatest);
      }

      @Override
      public void sum(Kernels kernels, long[] values, long[] into) {
        kernels.sum(values, tested, rows, least, greatest, into);
      }
    }
  }

  private FilteredSums(Plan plan, Groups groups, List<Filter> filters, int[] columns) {
    bound = plan.bounds().isEmpty() ? null : plan.bounds().getFirst();
    byEntry = filters.size() == 1 && filters.getFirst() instanceof Filter.ByEntry f ? f : null;
    states = groups.states();
    this.columns = columns;
  }

  /** The short cut of a plan, or null if there is none. */
  static @Nullable FilteredSums of(Plan plan, Groups groups, List<Filter> filters) {
    Plan.Grouping grouping = plan.grouping();
    if (grouping == null || !grouping.keys().isEmpty() || !isShort(plan, filters)) {
      return null;
    }
    int[] columns =
        grouping.aggregates().stream()
            .map(Accumulator::kept)
            .distinct()
            .mapToInt(FilteredSums::column)
            .toArray();
    for (int column : columns) {
      if (column == NEITHER) {
        return null;
      }
    }
    return new FilteredSums(plan, groups, filters, columns);
  }

  private static int column(Aggregate aggregate) {
    return switch (aggregate) {
      case Aggregate.CountRows _ -> ROWS;
      case Aggregate.Sum(Expr.Column column) -> column.index();
      default -> NEITHER;
    };
  }

  private static boolean isShort(Plan plan, List<Filter> filters) {
    if (filters.size() > 1) {
      return false;
    }
    return plan.tests().isEmpty()
        ? plan.bounds().stream().allMatch(FilteredSums::isClosed)
        : filters.getFirst() instanceof Filter.ByEntry;
  }

  /** NaN passes a bound from below, and no kernel lets it. */
  private static boolean isClosed(Interval bound) {
    return bound.greatest() != null || bound.type() != ColumnType.DOUBLE;
  }

  /** Adds a batch; false if it has to go the long way. */
  boolean add(Batch batch) {
    for (int column : columns) {
      if (column != ROWS && batch.vector(column).nullCount != 0) {
        return false;
      }
    }
    @Nullable Test test = test(batch);
    if (test == null) {
      return false;
    }
    int count = test.count(kernels);
    for (int i = 0; i < columns.length; i++) {
      add(batch, columns[i], test, count, states.get(i));
    }
    return true;
  }

  private @Nullable Test test(Batch batch) {
    if (byEntry != null) {
      return test(byEntry, batch.strings(byEntry.column()), batch.rows);
    }
    if (bound == null) {
      return new Test.None(batch.rows);
    }
    Vector tested = batch.vector(bound.column());
    return tested.nullCount != 0 ? null : test(tested, bound, batch.rows);
  }

  private static @Nullable Test test(Filter.ByEntry filter, StringVector strings, int rows) {
    if (strings.dictionary == null || strings.nullCount != 0) {
      return null;
    }
    Filter.@Nullable Codes codes = filter.codes(strings.dictionary);
    return codes == null
        ? null
        : new Test.OfCodes(strings.codes, rows, codes.least(), codes.greatest());
  }

  private static Test test(Vector tested, Interval bound, int rows) {
    return switch (tested) {
      case LongVector longs ->
          new Test.OfLongs(
              longs.values,
              rows,
              bound.least() instanceof Value.OfLong(long x) ? x : Long.MIN_VALUE,
              bound.greatest() instanceof Value.OfLong(long x) ? x : Long.MAX_VALUE);
      case DoubleVector doubles ->
          new Test.OfDoubles(
              doubles.values,
              rows,
              bound.least() instanceof Value.OfDouble(double x) ? x : Double.NEGATIVE_INFINITY,
              bound.greatest() instanceof Value.OfDouble(double x) ? x : Double.POSITIVE_INFINITY);
      case StringVector _ -> throw new AssertionError("strings have no exact bounds");
    };
  }

  private void add(Batch batch, int column, Test test, int count, Accumulator state) {
    switch (state) {
      case Accumulator.Counts counts -> counts.addToFirst(count);
      case Accumulator.DoubleSums sums ->
          sums.addToFirst(test.sum(kernels, batch.doubles(column).values), count);
      case Accumulator.LongSums sums -> {
        halves[0] = 0;
        halves[1] = 0;
        test.sum(kernels, batch.longs(column).values, halves);
        sums.addToFirst(halves, count);
      }
      default -> throw new AssertionError(state);
    }
  }
}
