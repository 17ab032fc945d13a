package systems.core.query;

import systems.core.column.Vector;

/**
 * Which rows of a batch are still in question: their numbers, ascending.
 *
 * <pre>
 *   all      rows 0 1 2 3 4 5 6 7          where x &gt; 2
 *   x             3 1 4 1 5 9 2 6
 *   after    rows 0 2 4 5 7                count 5
 * </pre>
 *
 * <p>Filters shorten it and move no value; what comes after reads through it. As long as nobody has
 * filtered it is the one array 0, 1, 2, ... and {@link #isAll} lets loops run straight through.
 */
final class Selection {
  private static final int[] ALL = new int[Vector.ROWS_MAX];

  static {
    for (int i = 0; i < ALL.length; i++) {
      ALL[i] = i;
    }
  }

  private final int[] own = new int[Vector.ROWS_MAX];

  /** To be read up to {@link #count}; written only by {@link #begin} and after it. */
  int[] rows = ALL;

  int count;

  /** Selects the rows 0 to {@code count - 1}. */
  void selectAll(int count) {
    rows = ALL;
    this.count = count;
  }

  boolean isAll() {
    return rows == ALL;
  }

  /**
   * Where a filter writes the rows that remain. It may be what it reads from: the place written is
   * never ahead of the place read.
   */
  int[] begin() {
    return own;
  }

  /** Ends what {@link #begin} began: so many rows remain. */
  void end(int remaining) {
    assert remaining <= count;
    rows = own;
    count = remaining;
  }

  /** Takes over what another selects. */
  void copy(Selection other) {
    if (other.isAll()) {
      selectAll(other.count);
    } else {
      System.arraycopy(other.rows, 0, own, 0, other.count);
      rows = own;
      count = other.count;
    }
  }
}
