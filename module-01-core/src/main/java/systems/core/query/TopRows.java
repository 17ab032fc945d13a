package systems.core.query;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The first n rows of an order, for {@code order by ... limit n}: a heap with the last of them on
 * top. A row that comes after that one is none of the n and is forgotten at once, which is what
 * happens to nearly all; so only rows that get in are copied. Of one thread.
 */
final class TopRows {
  private static final Comparator<byte[]> LAST_FIRST = (a, b) -> Arrays.compareUnsigned(b, a);

  private final int rowsMax;
  private final PriorityQueue<byte[]> rows;

  TopRows(int rowsMax) {
    assert rowsMax > 0;
    this.rowsMax = rowsMax;
    rows = new PriorityQueue<>(Math.clamp(rowsMax, 1, 1024), LAST_FIRST);
  }

  void add(byte[] bytes, int start, int end) {
    //> phase 7: which row leaves, and which does not even come in?
    if (rows.size() < rowsMax) {
      rows.add(Arrays.copyOfRange(bytes, start, end));
      return;
    }
    byte[] last = rows.element();
    int order = Arrays.compareUnsigned(bytes, start, end, last, 0, last.length);
    if (order < 0) { //~ keepsTheLast: if (order > 0) {
      rows.poll();
      rows.add(Arrays.copyOfRange(bytes, start, end));
    }
    //< phase 7
  }

  boolean isFull() {
    return rows.size() == rowsMax;
  }

  /** The last of the rows that are kept. */
  byte[] last() {
    return rows.element();
  }

  void addAll(TopRows others) {
    others.rows.forEach(row -> add(row, 0, row.length));
  }

  /** The rows in order. */
  Records sorted() {
    byte[][] sorted = rows.toArray(byte[][]::new);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    return new Records() {
      private int next;

      @Override
      boolean next() throws IOException {
        if (next == sorted.length) {
          return false;
        }
        bytes = sorted[next++];
        start = 0;
        end = bytes.length;
        return true;
      }
    };
  }
}
