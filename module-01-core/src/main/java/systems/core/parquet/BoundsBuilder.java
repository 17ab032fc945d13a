package systems.core.parquet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the least and greatest values of the pages of a chunk, and of the whole chunk. */
final class BoundsBuilder {
  private static final byte[] NONE = {};

  private final ColumnBuffer column;
  private final boolean[] nullPages;
  private final long[] nulls;
  private final long[] nans;
  private final List<byte[]> mins = new ArrayList<>();
  private final List<byte[]> maxs = new ArrayList<>();
  private ColumnBuffer.Extremes all = ColumnBuffer.Extremes.NONE;
  private boolean isComplete = true;

  /** Whether the bounds of each page are not below, and not above, those of the one before. */
  private boolean ascends = true;

  private boolean descends = true;
  private ColumnBuffer.@Nullable Extremes before;

  BoundsBuilder(ColumnBuffer column, int pages) {
    this.column = column;
    nullPages = new boolean[pages];
    nulls = new long[pages];
    nans = new long[pages];
  }

  /** Adds a page with a part of the values. */
  void add(int page, int from, int to, int absent) {
    ColumnBuffer.Extremes extremes = column.extremes(from, to);
    all = column.merge(all, extremes);
    nulls[page] = absent;
    nans[page] = extremes.nans();
    nullPages[page] = from == to;
    byte[] min = extremes.areThere() ? column.lowerBound(extremes.least()) : NONE;
    byte[] max = extremes.areThere() ? column.upperBound(extremes.greatest()) : NONE;
    mins.add(min);
    maxs.add(max == null ? NONE : max);
    // A page of NaN alone has no bounds, and then the chunk may have no index.
    isComplete &= max != null && (extremes.areThere() || nullPages[page]);
    if (extremes.areThere()) {
      compare(extremes);
    }
  }

  private void compare(ColumnBuffer.Extremes extremes) {
    if (before != null) {
      int least = column.compare(before.least(), extremes.least());
      int greatest = column.compare(before.greatest(), extremes.greatest());
      ascends &= least <= 0 && greatest <= 0;
      descends &= least >= 0 && greatest >= 0;
    }
    before = extremes;
  }

  /** Of the chunk. */
  Statistics statistics(long distinct) {
    long absent = Arrays.stream(nulls).sum();
    long nanCount = column.physical == PhysicalType.DOUBLE ? all.nans() : -1;
    byte[] max = all.areThere() ? column.upperBound(all.greatest()) : null;
    if (max == null) {
      return new Statistics(null, null, absent, nanCount, distinct, false);
    }
    boolean isExact = column.isExact(all.least()) && column.isExact(all.greatest());
    return new Statistics(column.lowerBound(all.least()), max, absent, nanCount, distinct, isExact);
  }

  /** Of the pages, or null if one has values without bounds. */
  PageIndex.@Nullable Bounds pageBounds() {
    if (!isComplete) {
      return null;
    }
    int order = ascends ? 1 : descends ? 2 : 0;
    long[] nanCounts = column.physical == PhysicalType.DOUBLE ? nans : new long[0];
    return new PageIndex.Bounds(nullPages, mins, maxs, order, nulls, nanCounts);
  }
}
