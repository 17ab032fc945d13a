package systems.core.query;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * Finds the group of a row without hashing it, where keys are few: dictionary codes, truth values,
 * integers of a small range. Each row has a <i>cell</i>, computed from its keys like the place in a
 * table of several dimensions, and the cell holds the number of the group:
 *
 * <pre>
 *   group by city, year
 *
 *   city   code 0..2, 3 is null           cell = code * 5 + (year - 2020)
 *   year   2020..2023, 4 is null
 *
 *            2020 2021 2022 2023 null
 *   Oslo  [    0    .    .    5    .         a dot: no row so far; the first one asks the table
 *   Rome       1    .    2    .    .         of keys and writes the number down
 *   Bern       .    3    .    .    .
 *   null       .    4    .    .    . ]
 * </pre>
 *
 * <p>Cells are only a short cut to numbers that the {@link KeyTable} gives. So nothing is lost when
 * a batch brings another dictionary or a number outside of the range: the cells are laid out anew
 * and filled again as rows come. That costs a step for each cell, so there is an account: each row
 * that comes pays for {@value #CELLS_PER_ROW} cells, and a batch for which there is not enough goes
 * by its hash. If there would be more than {@value #CELLS_MAX} cells, the index gives up for good.
 * Of one thread.
 */
final class DirectIndex {
  static final int CELLS_MAX = 1 << 17;

  static final int CELLS_PER_ROW = 4;

  private final Dimension[] dimensions;
  private int[] groups = new int[0];
  private boolean usable;

  private static final class Dimension {
    @Nullable Dictionary dictionary;
    long least;

    /** How many values there are, the absent one, which is the last, not counted. */
    long span;
  }

  DirectIndex(List<ColumnType> types) {
    dimensions = new Dimension[types.size()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = new Dimension();
    }
    usable = !types.isEmpty() && !types.contains(ColumnType.DOUBLE);
  }

  /** The groups by cell, -1 where none is known. */
  int[] groups() {
    return groups;
  }

  /** Computes the cell of each selected row; false if these keys have none. */
  boolean locate(List<Vector> keys, Selection selection, int[] cells) {
    //> phase 7: when must the cells be laid out anew?
    credit += (long) CELLS_PER_ROW * selection.count;
    if (!usable || !cover(keys, selection)) {
      return false;
    }
    for (int i = 0; i < dimensions.length; i++) {
      place(dimensions[i], keys.get(i), selection);
      if (i == 0) {
        System.arraycopy(places, 0, cells, 0, selection.count);
      } else {
        add((int) dimensions[i].span, selection.count, cells);
      }
    }
    return true;
    //< phase 7
  }

  //> phase 7 only
  private static final int SPAN_MIN = 64;
  private static final int CELLS_FREE = 4096;

  private final int[] places = new int[Vector.ROWS_MAX];
  private long credit = CELLS_FREE;
  private boolean laidOut;

  /** Sees to it that all these keys have cells; false if they cannot. */
  private boolean cover(List<Vector> keys, Selection selection) {
    boolean moved = !laidOut;
    for (int i = 0; i < dimensions.length; i++) {
      switch (keys.get(i)) {
        case LongVector longs -> moved |= cover(dimensions[i], longs, selection);
        case StringVector strings -> {
          if (strings.dictionary == null) {
            return false;
          }
          moved |= cover(dimensions[i], strings.dictionary);
        }
        case DoubleVector _ -> throw new AssertionError("has no cells");
      }
    }
    return !moved || layOut();
  }

  private static boolean cover(Dimension dimension, Dictionary dictionary) {
    Dictionary old = dimension.dictionary;
    dimension.dictionary = dictionary;
    dimension.span = dictionary.size();
    return old != dictionary; //~ keepsOldCodes: return old == null;
  }

  private static boolean cover(Dimension dimension, LongVector keys, Selection selection) {
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    for (int i = 0; i < selection.count; i++) {
      long value = keys.values[selection.rows[i]]; // of a null 0, which only widens the range
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    if (min > max || covers(dimension, min, max)) {
      return false;
    }
    widen(dimension, min, max);
    return true;
  }

  private static boolean covers(Dimension dimension, long min, long max) {
    return min >= dimension.least
        && Long.compareUnsigned(max - dimension.least, dimension.span) < 0;
  }

  private static void widen(Dimension dimension, long min, long max) {
    long least = dimension.span > 0 ? Math.min(min, dimension.least) : min;
    long greatest = dimension.span > 0 ? Math.max(max, dimension.least + dimension.span - 1) : max;
    long span = greatest - least + 1;
    dimension.least = least;
    // What overflows is negative, and far too many.
    dimension.span = span <= 0 || span > CELLS_MAX ? Long.MAX_VALUE >> 8 : Math.max(span, SPAN_MIN);
  }

  private boolean layOut() {
    long cells = 1;
    for (Dimension dimension : dimensions) {
      cells = Math.min(cells * (Math.min(dimension.span, CELLS_MAX) + 1), CELLS_MAX + 1L);
    }
    usable = cells <= CELLS_MAX;
    laidOut = usable && cells <= credit;
    if (laidOut) {
      credit -= cells;
      groups = groups.length < cells ? new int[(int) cells] : groups;
      Arrays.fill(groups, 0, (int) cells, -1);
    }
    return laidOut;
  }

  /** Of each selected row the place along a dimension. */
  private void place(Dimension dimension, Vector keys, Selection selection) {
    int[] rows = selection.rows;
    switch (keys) {
      case LongVector longs -> {
        for (int i = 0; i < selection.count; i++) {
          places[i] = (int) (longs.values[rows[i]] - dimension.least);
        }
      }
      case StringVector strings -> {
        for (int i = 0; i < selection.count; i++) {
          places[i] = strings.codes[rows[i]];
        }
      }
      case DoubleVector _ -> throw new AssertionError("has no cells");
    }
    if (keys.nullCount != 0) { //~ nullIsACode: if (keys.nullCount < 0) {
      placeAbsent((int) dimension.span, keys.isNull, selection);
    }
  }

  private void placeAbsent(int span, boolean[] isNull, Selection selection) {
    for (int i = 0; i < selection.count; i++) {
      places[i] = isNull[selection.rows[i]] ? span : places[i];
    }
  }

  private void add(int span, int count, int[] cells) {
    for (int i = 0; i < count; i++) {
      cells[i] = cells[i] * (span + 1) + places[i];
    }
  }
  //< phase 7
}
