package systems.core.query;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sorts encoded rows, more than fit into memory if need be. Rows are collected until they occupy
 * their share; then they are sorted and written away as a run. At the end there are runs, and rows
 * that are still in memory, each sorted, and {@link MergedRuns} makes one sequence of them.
 *
 * <pre>
 *   rows      [ row 0 | row 1 .... | row 2 | row 3 .. | ...        bytes, as they came
 *   starts    [ 0     | 17         | 41    | 55       | ...
 *   order     [ 2 3 0 1 ...                                        only these numbers are moved
 *   prefixes  [ the first eight bytes of each, as a number ]
 * </pre>
 *
 * <p>The sort is a merge sort from below, since the JDK sorts numbers by their own order only, or
 * objects. Nearly every comparison is decided by two prefixes, which needs one look at an array
 * each; the bytes of the rows are far apart. Of one thread.
 */
final class RowSorter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int ROWS_MIN = 64;
  private static final int BYTES_MAX = 1 << 30;

  private final Spills spills;
  private final long shareBytes;
  private final List<SpillFile> runs = new ArrayList<>();
  private ByteBuilder rows = new ByteBuilder();
  private int[] starts = new int[ROWS_MIN];
  private long[] prefixes = new long[ROWS_MIN];
  private int size;

  RowSorter(Spills spills, long shareBytes) {
    this.spills = spills;
    this.shareBytes = Math.min(shareBytes, BYTES_MAX);
  }

  /** Takes a row. */
  void add(byte[] bytes, int start, int end) throws IOException {
    if (size + 1 >= starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
      prefixes = Arrays.copyOf(prefixes, starts.length);
    }
    rows.append(bytes, start, end - start);
    prefixes[size] = prefix(bytes, start, end);
    starts[++size] = rows.length;
    // For sorting there are two orders beside the prefixes and starts.
    if (rows.length + 20L * size > shareBytes) {
      spill();
    }
  }

  /** The first bytes as an unsigned number, in the order of which the rows stand. */
  private static long prefix(byte[] bytes, int start, int end) {
    if (end - start >= Long.BYTES) {
      return (long) LONG.get(bytes, start);
    }
    long prefix = 0;
    for (int i = start; i < start + Long.BYTES; i++) {
      prefix = prefix << 8 | (i < end ? bytes[i] & 0xFF : 0);
    }
    return prefix;
  }

  private void spill() throws IOException {
    SpillFile run = spills.create();
    Records sorted = sorted();
    while (sorted.next()) {
      run.append(sorted.bytes, sorted.start, sorted.end - sorted.start);
    }
    run.seal();
    runs.add(run);
    rows = new ByteBuilder();
    starts = new int[ROWS_MIN];
    prefixes = new long[ROWS_MIN];
    size = 0;
  }

  /** The runs that were written. */
  List<SpillFile> runs() {
    return runs;
  }

  /** The rows that are in memory, sorted. */
  Records sorted() {
    int[] order = order();
    return new Records() {
      private int next;

      @Override
      boolean next() {
        if (next == order.length) {
          return false;
        }
        int row = order[next++];
        bytes = rows.bytes;
        start = starts[row];
        end = starts[row + 1];
        return true;
      }
    };
  }

  private int[] order() {
    //> phase 7: sort the numbers of the rows, not the rows
    int[] from = new int[size];
    Arrays.setAll(from, i -> i);
    int[] to = new int[size];
    for (int width = 1; width < size && width > 0; width *= 2) {
      for (int low = 0; low < size; low += 2 * width) {
        int middle = Math.min(low + width, size);
        merge(from, low, middle, Math.min(middle + width, size), to);
      }
      int[] sorted = to;
      to = from;
      from = sorted;
    }
    return from;
    //< phase 7
  }

  //> phase 7 only
  private void merge(int[] from, int low, int middle, int high, int[] to) {
    int left = low;
    int right = middle;
    for (int i = low; i < high; i++) {
      boolean takeLeft = right == high || left < middle && compare(from[left], from[right]) <= 0;
      to[i] = takeLeft ? from[left++] : from[right++];
    }
  }

  private int compare(int a, int b) {
    long p = prefixes[a];
    long q = prefixes[b];
    int order = Long.compareUnsigned(p, q); //~ signedPrefix: int order = Long.compare(p, q);
    return order != 0
        ? order
        : Arrays.compareUnsigned(
            rows.bytes, starts[a], starts[a + 1], rows.bytes, starts[b], starts[b + 1]);
  }
  //< phase 7
}
