package systems.kvstore.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Range deletions, cut so that one binary search answers for a key.
 *
 * <pre>
 *   given        [-------- 7 --------)
 *                      [--------- 12 --------)          [-- 3 --)
 *
 *   fragments    [- 7 -)[- 12, 7 ----)[- 12 -)          [-- 3 --)
 *                a     d             k       p          s       u
 *
 *   begins       a      d             k                 s
 *   ends         d      k             p                 u
 *   starts       0      1             3                 4        5
 *   sequences    7   12   7          12                 3
 * </pre>
 *
 * Tombstones overlap as their writers liked. Looking through all of them for each key that is read
 * would cost as much as there are, and a tree of intervals would need a pointer chase and an object
 * for each. Fragments do not overlap, so an array sorted by begin is enough, and within a fragment
 * the newest sequence number that a snapshot may see is the only one that matters to it: they lie
 * side by side, newest first.
 *
 * <ol>
 *   <li>{@code begins[i] < ends[i] <= begins[i + 1]}.
 *   <li>{@code sequences[starts[i], starts[i + 1])} is strictly descending and not empty.
 *   <li>Two fragments that touch differ in their sequence numbers: the form is canonical, equal
 *       sets of deleted versions have equal fragments.
 * </ol>
 *
 * The price: n tombstones nested in each other make 2n - 1 fragments with n² sequence numbers in
 * all. A memtable is bounded in bytes and so in tombstones, and a compaction drops those that no
 * snapshot distinguishes, so this does not grow without end.
 *
 * <p>Immutable; may be read by any thread. The arrays of keys are shared with who gave them and are
 * not to be written to.
 */
public final class RangeTombstones {
  /** Deletes {@code [begin, end)} for every version below {@code sequence}. */
  public record Tombstone(byte[] begin, byte[] end, long sequence) {}

  /** No tombstones. */
  public static final RangeTombstones NONE =
      new RangeTombstones(new byte[0][], new byte[0][], new int[1], new long[0]);

  private final byte[][] begins;
  private final byte[][] ends;
  private final int[] starts;
  private final long[] sequences;

  private RangeTombstones(byte[][] begins, byte[][] ends, int[] starts, long[] sequences) {
    this.begins = begins;
    this.ends = ends;
    this.starts = starts;
    this.sequences = sequences;
    assert ends.length == begins.length && starts.length == begins.length + 1;
    assert isCanonical();
  }

  private boolean isCanonical() {
    for (int i = 0; i < begins.length; i++) {
      boolean inOrder = compare(begins[i], ends[i]) < 0 && starts[i] < starts[i + 1];
      boolean apart = i == 0 || compare(ends[i - 1], begins[i]) <= 0;
      if (!inOrder || !apart) {
        return false;
      }
    }
    return starts[begins.length] == sequences.length;
  }

  /** Cuts tombstones, given in any order; those with {@code begin >= end} delete nothing. */
  public static RangeTombstones of(List<Tombstone> tombstones) {
    if (tombstones.isEmpty()) {
      return NONE;
    }
    //> phase 5: walk over all begins and ends in order; which tombstones are open at each?
    var sorted = new ArrayList<Tombstone>(tombstones.size());
    var cuts = new TreeSet<byte[]>(Arrays::compareUnsigned);
    for (Tombstone tombstone : tombstones) {
      if (compare(tombstone.begin, tombstone.end) < 0) {
        sorted.add(tombstone);
        cuts.add(tombstone.begin);
        cuts.add(tombstone.end);
      }
    }
    sorted.sort((a, b) -> compare(a.begin, b.begin));
    return sorted.isEmpty() ? NONE : sweep(sorted, cuts);
    //< phase 5
  }

  //> phase 5 only
  private static RangeTombstones sweep(List<Tombstone> sorted, TreeSet<byte[]> cuts) {
    var fragments = new Fragments();
    var open = new PriorityQueue<Tombstone>((a, b) -> compare(a.end, b.end));
    int opened = 0;
    byte[] from = cuts.first();
    for (byte[] cut : cuts) {
      fragments.add(from, cut, open);
      while (!open.isEmpty() && compare(open.element().end, cut) <= 0) {
        open.remove();
      }
      while (opened < sorted.size() && compare(sorted.get(opened).begin, cut) <= 0) {
        open.add(sorted.get(opened++));
      }
      from = cut;
    }
    assert open.isEmpty() && opened == sorted.size();
    return fragments.seal();
  }

  /** Fragments in the making, in ascending order. */
  private static final class Fragments {
    private final List<byte[]> begins = new ArrayList<>();
    private final List<byte[]> ends = new ArrayList<>();
    private final List<long[]> versions = new ArrayList<>();

    void add(byte[] begin, byte[] end, PriorityQueue<Tombstone> open) {
      if (!open.isEmpty()) {
        add(begin, end, descending(open));
      }
    }

    void add(byte[] begin, byte[] end, long[] sequences) {
      int last = begins.size() - 1;
      if (last >= 0
          && compare(ends.get(last), begin) == 0
          && Arrays.equals(versions.get(last), sequences)) {
        ends.set(last, end);
      } else {
        begins.add(begin);
        ends.add(end);
        versions.add(sequences);
      }
    }

    private static long[] descending(PriorityQueue<Tombstone> open) {
      return open.stream()
          .map(Tombstone::sequence)
          .distinct()
          .sorted(Comparator.reverseOrder())
          .mapToLong(Long::longValue)
          .toArray();
    }

    RangeTombstones seal() {
      int[] starts = new int[begins.size() + 1];
      for (int i = 0; i < versions.size(); i++) {
        starts[i + 1] = Math.addExact(starts[i], versions.get(i).length);
      }
      long[] sequences = new long[starts[begins.size()]];
      for (int i = 0; i < versions.size(); i++) {
        System.arraycopy(versions.get(i), 0, sequences, starts[i], versions.get(i).length);
      }
      return new RangeTombstones(
          begins.toArray(byte[][]::new), ends.toArray(byte[][]::new), starts, sequences);
    }
  }

  //< phase 5

  /** All tombstones of several sets, cut against each other. */
  public static RangeTombstones merge(List<RangeTombstones> sets) {
    //> phase 5: fragments are tombstones too
    var all = new ArrayList<Tombstone>();
    int nonEmpty = 0;
    RangeTombstones only = NONE;
    for (RangeTombstones set : sets) {
      if (!set.isEmpty()) {
        nonEmpty++;
        only = set;
        all.addAll(set.fragments());
      }
    }
    return nonEmpty <= 1 ? only : of(all);
    //< phase 5 with: return NONE;
  }

  /** Whether nothing is deleted. */
  public boolean isEmpty() {
    return begins.length == 0;
  }

  /** Largest sequence number, at most {@code snapshot}, of a tombstone over the key; -1 if none. */
  public long covering(byte[] key, int offset, int length, long snapshot) {
    //> phase 5: which one fragment can cover the key, and which of its versions may be seen?
    int i = lastBeginUntil(key, offset, offset + length);
    int beyond = i < 0 ? 0 : compare(key, offset, offset + length, ends[i]);
    if (beyond >= 0) { //~ endInclusive: if (beyond > 0 || i < 0) {
      return -1;
    }
    for (int at = starts[i]; at < starts[i + 1]; at++) {
      if (sequences[at] <= snapshot) { //~ blindToSnapshots: if (sequences[at] >= 0) {
        return sequences[at];
      }
    }
    return -1;
    //< phase 5 with: return -1;
  }

  /** Index of the last fragment that begins at or before a key, -1 if none does. */
  private int lastBeginUntil(byte[] key, int from, int to) {
    int low = 0;
    int high = begins.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(key, from, to, begins[middle]) >= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** Whether some key of {@code [begin, end)} is deleted; null is no bound on that side. */
  public boolean overlaps(byte @Nullable [] begin, byte @Nullable [] end) {
    if (isEmpty()) {
      return false;
    }
    //> phase 5: the last fragment that begins before the end decides; why?
    int i = end == null ? begins.length - 1 : lastBeginBefore(end);
    return i >= 0
        && (begin == null || compare(begin, ends[i]) < 0)
        && (begin == null || end == null || compare(begin, end) < 0);
    //< phase 5
  }

  private int lastBeginBefore(byte[] key) {
    int i = lastBeginUntil(key, 0, key.length);
    return i >= 0 && compare(begins[i], key) == 0 ? i - 1 : i;
  }

  /** The deletions inside of {@code [begin, end)}; null is no bound on that side. */
  public RangeTombstones clip(byte @Nullable [] begin, byte @Nullable [] end) {
    if (isEmpty()) {
      return NONE;
    }
    //> phase 5: what becomes of a fragment that sticks out on one side, or on both?
    if (!overlaps(begin, end)) {
      return NONE;
    }
    var inside = new Fragments();
    int from = begin == null ? 0 : Math.max(0, lastBeginUntil(begin, 0, begin.length));
    int to = end == null ? begins.length : lastBeginBefore(end) + 1;
    for (int i = from; i < to; i++) {
      byte[] first = begin != null && compare(begin, begins[i]) > 0 ? begin : begins[i];
      byte[] last = end != null && compare(end, ends[i]) < 0 ? end : ends[i];
      if (compare(first, last) < 0) {
        inside.add(first, last, Arrays.copyOfRange(sequences, starts[i], starts[i + 1]));
      }
    }
    return inside.seal();
    //< phase 5
  }

  /**
   * The tombstones that were given, fragmented: no two overlap partly; by begin, then newest first.
   * That is the order of their internal keys, in which a table stores them.
   */
  public List<Tombstone> fragments() {
    var fragments = new ArrayList<Tombstone>(sequences.length);
    for (int i = 0; i < begins.length; i++) {
      for (int at = starts[i]; at < starts[i + 1]; at++) {
        fragments.add(new Tombstone(begins[i], ends[i], sequences[at]));
      }
    }
    return Collections.unmodifiableList(fragments);
  }

  private static int compare(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b);
  }

  private static int compare(byte[] key, int from, int to, byte[] bound) {
    return Arrays.compareUnsigned(key, from, to, bound, 0, bound.length);
  }
}
