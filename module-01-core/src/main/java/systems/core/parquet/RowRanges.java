package systems.core.parquet;

import java.util.Arrays;

/** Stretches of rows of a group, ascending and apart from each other. */
final class RowRanges {
  private long[] bounds = new long[8];
  private int size;

  static RowRanges of(long from, long to) {
    var ranges = new RowRanges();
    ranges.add(from, to);
    return ranges;
  }

  /** Adds rows behind those that are there; no rows at all are possible. */
  void add(long from, long to) {
    assert from <= to && (size == 0 || from >= to(size - 1));
    if (from == to) {
      return;
    }
    if (size > 0 && to(size - 1) == from) {
      bounds[2 * size - 1] = to;
      return;
    }
    if (2 * size == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
    }
    bounds[2 * size] = from;
    bounds[2 * size + 1] = to;
    size++;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long from(int range) {
    return bounds[2 * range];
  }

  /** Behind the last row. */
  long to(int range) {
    return bounds[2 * range + 1];
  }

  long rows() {
    long rows = 0;
    for (int i = 0; i < size; i++) {
      rows += to(i) - from(i);
    }
    return rows;
  }

  /** The rows that are in both. */
  RowRanges and(RowRanges other) {
    var both = new RowRanges();
    int mine = 0;
    int theirs = 0;
    while (mine < size && theirs < other.size) {
      long from = Math.max(from(mine), other.from(theirs));
      long to = Math.min(to(mine), other.to(theirs));
      if (from < to) {
        both.add(from, to);
      }
      if (to(mine) < other.to(theirs)) {
        mine++;
      } else {
        theirs++;
      }
    }
    return both;
  }
}
