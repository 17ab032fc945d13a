package systems.net.balance;

import java.util.Arrays;

/**
 * How many there were in the last so many nanoseconds, in ten slices.
 *
 * <pre>
 *   slice   ...  7  8  9 10 11 12 13 14 15 16 | 17  now
 *                |--------- the sum ----------------|
 *   a slot is (slice mod 10); going on to 17 clears what was 7
 * </pre>
 *
 * <p>One count that starts anew at each window's end would forget all at once, just when it is
 * asked about the past; a list of times would be exact and unbounded. A slice is what the sum may
 * be off by: the window is between nine and ten slices long.
 *
 * <p>Invariants: (1) {@code sum} is that of the slots; (2) a slot holds what came in its latest
 * slice, and none is older than ten; (3) time that goes back counts into the latest slice.
 */
final class SlidingCount {
  private static final int SLICES = 10;

  private final long sliceNanos;
  private final long[] counts = new long[SLICES];
  private long slice;
  private long sum;

  SlidingCount(long windowNanos, long nowNanos) {
    assert windowNanos >= SLICES;
    sliceNanos = windowNanos / SLICES;
    slice = Math.floorDiv(nowNanos, sliceNanos);
  }

  void add(long nowNanos) {
    forget(nowNanos);
    counts[Math.floorMod(slice, SLICES)]++;
    sum++;
  }

  long sum(long nowNanos) {
    forget(nowNanos);
    assert sum == Arrays.stream(counts).sum();
    return sum;
  }

  void clear() {
    Arrays.fill(counts, 0);
    sum = 0;
  }

  private void forget(long nowNanos) {
    //> phase 7: which slots are too old, and what if nobody asked for an hour?
    long now = Math.floorDiv(nowNanos, sliceNanos);
    long last = Math.min(now, slice + SLICES);
    for (long s = slice + 1; s <= last; s++) {
      int slot = Math.floorMod(s, SLICES);
      sum -= counts[slot];
      counts[slot] = 0; //~ remembersForEver: sum += counts[slot];
    }
    slice = Math.max(slice, now); //~ forgetsTooMuch: slice = Math.max(slice, last);
    //< phase 7
  }
}
