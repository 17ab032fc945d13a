package systems.core.query;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Value;
import systems.core.column.Vector;

/**
 * Leaves of a selection the rows for which a condition is true; those for which it is false and
 * those for which nobody knows go alike. Of one thread.
 *
 * <p>Three kinds. Bounds of a number are two comparisons. A condition on a single column of strings
 * is answered once for each entry of the dictionary, and then a row costs one load, whatever the
 * condition is. Everything else is computed as any expression is.
 *
 * <p>The loops append without a branch: each row is written, and the place moves on only if it
 * stays. A branch would be mispredicted for half of the rows just where filters are useful.
 */
@SuppressWarnings("ShortCircuitBoolean") // a branch less in each row
abstract sealed class Filter {
  abstract void narrow(Batch batch, Selection selection);

  /** The filters of a plan, the cheap ones first. */
  static List<Filter> of(List<Interval> bounds, List<Expr> tests) {
    var filters = new ArrayList<Filter>();
    for (Interval bound : bounds) {
      filters.add(
          bound.type() == ColumnType.DOUBLE ? new DoubleBounds(bound) : new LongBounds(bound));
    }
    for (Expr test : tests) {
      filters.add(ofTest(test));
    }
    return filters;
  }

  static Filter ofTest(Expr test) {
    var columns = new ArrayList<Expr.Column>();
    test.columns(columns::add);
    boolean single = columns.stream().distinct().count() == 1;
    return single && columns.getFirst().type() == ColumnType.STRING
        ? new ByEntry(test, columns.getFirst().index())
        : new Computed(Evaluation.of(test));
  }

  private static final class LongBounds extends Filter {
    private final int column;
    private final long least;
    private final long greatest;

    LongBounds(Interval bound) {
      column = bound.column();
      least = bound.least() instanceof Value.OfLong(long x) ? x : Long.MIN_VALUE;
      greatest = bound.greatest() instanceof Value.OfLong(long x) ? x : Long.MAX_VALUE;
    }

    @Override
    void narrow(Batch batch, Selection selection) {
      //> phase 7: which rows stay, and what lies in the slot of an absent value?
      LongVector vector = batch.longs(column);
      long[] values = vector.values;
      boolean[] isNull = vector.isNull;
      boolean nullable = vector.nullCount != 0;
      int[] rows = selection.rows;
      int[] kept = selection.begin();
      int end = 0;
      for (int i = 0; i < selection.count; i++) {
        int row = rows[i];
        long value = values[row];
        kept[end] = row;
        boolean absent = nullable && isNull[row]; //~ nullIsZero: boolean absent = false;
        end += !absent & value >= least & value <= greatest ? 1 : 0;
      }
      selection.end(end);
      //< phase 7
    }
  }

  private static final class DoubleBounds extends Filter {
    private final int column;
    private final double least;
    private final double greatest;
    private final boolean open;

    DoubleBounds(Interval bound) {
      column = bound.column();
      least = bound.least() instanceof Value.OfDouble(double x) ? x : Double.NEGATIVE_INFINITY;
      open = bound.greatest() == null;
      greatest = bound.greatest() instanceof Value.OfDouble(double x) ? x : 0;
    }

    @Override
    void narrow(Batch batch, Selection selection) {
      //> phase 7: NaN is greater than every number; which comparison lets it pass?
      DoubleVector vector = batch.doubles(column);
      double[] values = vector.values;
      boolean nullable = vector.nullCount != 0;
      int[] rows = selection.rows;
      int[] kept = selection.begin();
      int end = 0;
      for (int i = 0; i < selection.count; i++) {
        int row = rows[i];
        double value = values[row];
        kept[end] = row;
        boolean absent = nullable && vector.isNull[row];
        boolean above = !(value < least); //~ dropsNaN: boolean above = value >= least;
        end += !absent & above & (open || value <= greatest) ? 1 : 0;
      }
      selection.end(end);
      //< phase 7
    }
  }

  private static final class Computed extends Filter {
    private final Evaluation condition;

    Computed(Evaluation condition) {
      this.condition = condition;
    }

    @Override
    void narrow(Batch batch, Selection selection) {
      //> phase 7: true, false, or nobody knows: who stays?
      var truth = (LongVector) condition.of(batch, selection);
      boolean nullable = truth.nullCount != 0;
      int[] rows = selection.rows;
      int[] kept = selection.begin();
      int end = 0;
      for (int i = 0; i < selection.count; i++) {
        int row = rows[i];
        kept[end] = row;
        end += truth.values[row] != 0 & !(nullable && truth.isNull[row]) ? 1 : 0;
      }
      selection.end(end);
      //< phase 7
    }
  }

  /** Entries of a dictionary that are neighbours. */
  record Codes(int least, int greatest) {}

  /** A condition on one column of strings. */
  static final class ByEntry extends Filter {
    private final int column;
    private final Computed otherwise;
    private final Verdicts verdicts;
    private @Nullable Dictionary counted;
    private @Nullable Codes codes;

    ByEntry(Expr test, int column) {
      this.column = column;
      otherwise = new Computed(Evaluation.of(test));
      verdicts = new Verdicts(test, column);
    }

    int column() {
      return column;
    }

    /** The entries that pass, or null if they are not neighbours. */
    @Nullable Codes codes(Dictionary dictionary) {
      boolean[] passes = verdicts.of(dictionary);
      if (dictionary != counted) {
        counted = dictionary;
        codes = neighbours(passes, dictionary.size());
      }
      return codes;
    }

    private static @Nullable Codes neighbours(boolean[] passes, int size) {
      int least = 0;
      while (least < size && !passes[least]) {
        least++;
      }
      int end = least;
      while (end < size && passes[end]) {
        end++;
      }
      for (int code = end; code < size; code++) {
        if (passes[code]) {
          return null;
        }
      }
      return new Codes(least, end - 1);
    }

    @Override
    void narrow(Batch batch, Selection selection) {
      //> phase 7: what is asked once for each entry of the dictionary, and what for each row?
      StringVector vector = batch.strings(column);
      Dictionary dictionary = vector.dictionary;
      if (dictionary == null) {
        otherwise.narrow(batch, selection);
        return;
      }
      boolean[] passes = verdicts.of(dictionary);
      boolean nullPasses = passes[dictionary.size()];
      boolean nullable = vector.nullCount != 0;
      int[] rows = selection.rows;
      int[] kept = selection.begin();
      int end = 0;
      for (int i = 0; i < selection.count; i++) {
        int row = rows[i];
        kept[end] = row;
        boolean stays = nullable && vector.isNull[row] ? nullPasses : passes[vector.codes[row]];
        end += stays ? 1 : 0;
      }
      selection.end(end);
      //< phase 7
    }
  }

  /** What a condition says of each entry of a dictionary, and, behind them, of an absent value. */
  private static final class Verdicts {
    private final int column;
    private final Computed condition;
    private final Batch entries;
    private final Selection selection = new Selection();
    private @Nullable Dictionary judged;
    private boolean[] passes = new boolean[0];

    Verdicts(Expr test, int column) {
      this.column = column;
      condition = new Computed(Evaluation.of(test));
      // Only this column is looked at; the others are there to give it its number.
      entries = new Batch(Collections.nCopies(column + 1, ColumnType.STRING));
    }

    boolean[] of(Dictionary dictionary) {
      //> phase 7: how often is a dictionary asked?
      if (dictionary == judged) { //~ judgesOnce: if (judged != null) {
        return passes;
      }
      judged = dictionary;
      passes = new boolean[dictionary.size() + 1];
      for (int first = 0; first <= dictionary.size(); first += Vector.ROWS_MAX) {
        judge(dictionary, first);
      }
      return passes;
      //< phase 7
    }

    //> phase 7 only
    /** Shows a stretch of the dictionary to the condition as if it were rows. */
    private void judge(Dictionary dictionary, int first) {
      StringVector shown = entries.strings(column);
      int rows = Math.min(Vector.ROWS_MAX, dictionary.size() + 1 - first);
      shown.bytes = dictionary.bytes;
      shown.nullCount = 0;
      Arrays.fill(shown.isNull, false);
      for (int row = 0; row < rows; row++) {
        boolean absent = first + row == dictionary.size();
        shown.starts[row] = absent ? 0 : dictionary.starts[first + row];
        shown.lengths[row] = absent ? 0 : dictionary.starts[first + row + 1] - shown.starts[row];
        shown.isNull[row] = absent;
        shown.nullCount += absent ? 1 : 0;
      }
      entries.rows = rows;
      selection.selectAll(rows);
      condition.narrow(entries, selection);
      for (int i = 0; i < selection.count; i++) {
        passes[first + selection.rows[i]] = true;
      }
    }
    //< phase 7
  }
}
