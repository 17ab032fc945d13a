package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A counter for many threads that add and few that ask.
 *
 * <pre>
 *   | 128 free | cell 0 | 120 free | cell 1 | 120 free | cell 2 | 120 free | ...
 *                  ^                   ^
 *               thread 8            thread 5          by the thread's number
 * </pre>
 *
 * <p>One atomic counter is right and slow: every addition takes the cache line from the core that
 * added last. Here threads add to cells of their own, mostly, each in lines of its own, and the sum
 * is made by who asks. Two threads may meet in a cell, so an addition is atomic all the same; what
 * is saved is the traffic.
 *
 * <p>The sum is no moment. While others add, it is a number that the counter had between the
 * beginning and the end of the call only if all additions are of one sign. It must not decide
 * anything; "is there still room?" needs one variable and a compare-and-set.
 *
 * <p>Additions are opaque to each other: a count says that something happened, and never that what
 * it counts can be seen. {@code getAndAdd} is stronger than that, for there is no weaker one that
 * the processor would thank us for.
 *
 * <p>{@link java.util.concurrent.atomic.LongAdder} is the same with cells that are made when
 * threads first collide, so that a counter nobody contends for costs one {@code long}. This one
 * takes 128 bytes a stripe from the beginning.
 */
public final class StripedCounter {
  private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

  /** {@code long}s from cell to cell: 128 bytes. */
  private static final int STRIDE = 16;

  private static final int STRIPES_MAX = 1 << 12;

  private final long[] cells;
  private final int mask;

  /** A counter with two stripes, or a few more, for each processor. */
  public StripedCounter() {
    this(2 * Runtime.getRuntime().availableProcessors());
  }

  /**
   * @param stripes at least; rounded up to a power of two
   */
  public StripedCounter(int stripes) {
    if (stripes < 1 || stripes > STRIPES_MAX) {
      throw new IllegalArgumentException(stripes + " stripes, 1 to " + STRIPES_MAX + " can be");
    }
    int count = Integer.highestOneBit(2 * stripes - 1);
    mask = count - 1;
    cells = new long[(count + 1) * STRIDE];
  }

  /** Adds. */
  public void add(long delta) {
    //> phase 4: two threads may share a cell; what may happen between a look and a store?
    int cell = cell((int) Thread.currentThread().threadId());
    CELLS.getAndAdd(cells, cell, delta); //~ losesCounts: cells[cell] += delta;
    //< phase 4
  }

  //> phase 4 only
  /**
   * The first cell begins a stride behind the array's header, so that it has no neighbour there.
   */
  private int cell(int thread) {
    return ((thread & mask) + 1) * STRIDE;
  }

  //< phase 4

  /** The sum of all additions that ended before; of those under way some or all may be in it. */
  public long sum() {
    //> phase 4: what does the sum mean while others add?
    long sum = 0;
    for (int stripe = 0; stripe <= mask; stripe++) {
      sum += (long) CELLS.getAcquire(cells, cell(stripe)); //~ oneCell: sum = cells[cell(stripe)];
    }
    return sum;
    //< phase 4
  }
}
