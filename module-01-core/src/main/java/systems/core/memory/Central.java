package systems.core.memory;

import org.jspecify.annotations.Nullable;

/**
 * All blocks of one size that no thread holds: a stack of handles that go from thread to thread as
 * they are, and behind it the runs that still have some.
 *
 * <pre>
 *   Magazines --spill--> [ depot: a few magazines full ] --overflow--> runs --whole--> RunTable
 *             <--fill---                                 <--shortage--
 * </pre>
 *
 * <p>A thread that frees more than it allocates spills here, one that allocates more fills here;
 * blocks move in stacks of half a magazine, so the lock is taken once for many of them. The depot
 * is bounded: what is too much goes home to its run, and a run that has all of its blocks goes back
 * to the pool of chunks, except the last one, which would only be cut again.
 *
 * <p>Blocks are taken from the run that got one back last. It is likely to be in a cache; the
 * alternative, the fullest run, empties the others faster and needs them sorted.
 *
 * <p>Lock order: this one, then that of the {@link RunTable}. Nobody takes two of these.
 */
final class Central {
  /** The depot holds so many magazines. */
  private static final int DEPOT_MAGAZINES = 4;

  private final RunTable table;
  private final int sizeClass;
  private final long[] depot;
  private int count;

  /** Runs with free blocks, the latest first. */
  private @Nullable Run partial;

  private long blocks;

  Central(RunTable table, int sizeClass) {
    this.table = table;
    this.sizeClass = sizeClass;
    depot = new long[DEPOT_MAGAZINES * Magazines.rounds(sizeClass)];
  }

  /** Hands out up to so many blocks; fewer, and at last none, if the region is exhausted. */
  synchronized int fill(long[] handles, int from, int wanted) {
    //> phase 5: depot, then runs, then a new run; when is it worth one?
    int filled = Math.min(wanted, count);
    count -= filled;
    System.arraycopy(depot, count, handles, from, filled);
    while (filled < wanted) {
      Run run = partial != null ? partial : filled > 0 ? null : grow();
      if (run == null) {
        break;
      }
      filled += run.take(handles, from + filled, wanted - filled);
      if (run.freeCount() == 0) {
        unlist(run);
      }
    }
    return filled;
    //< phase 5
  }

  /** Takes blocks back. */
  synchronized void spill(long[] handles, int from, int spilled) {
    //> phase 5: what if the depot is full?
    int kept = Math.min(spilled, depot.length - count);
    System.arraycopy(handles, from, depot, count, kept);
    count += kept;
    int rest = from + kept; //~ losesOne: int rest = from + kept + 1;
    for (; rest < from + spilled; rest++) {
      home(handles[rest]);
    }
    //< phase 5
  }

  /** Sends everything home, and gives back every run that is whole. */
  synchronized void trim() {
    //> phase 5: what may stay?
    while (count > 0) {
      home(depot[--count]);
    }
    for (Run run = partial; run != null; ) {
      Run next = run.next;
      if (run.isWhole()) {
        release(run);
      }
      run = next;
    }
    //< phase 5
  }

  //> phase 5 only
  private @Nullable Run grow() {
    Run run = table.cut(sizeClass);
    if (run != null) {
      blocks += run.blocks;
      list(run);
    }
    return run;
  }

  private void home(long handle) {
    Run run = table.home(handle);
    assert run.sizeClass == sizeClass;
    run.put(handle);
    if (!run.listed) {
      list(run);
    }
    boolean last = run.next == null && run.previous == null;
    if (run.isWhole() && !last) {
      release(run);
    }
  }

  private void release(Run run) {
    unlist(run);
    blocks -= run.blocks;
    boolean mine = table.release(run);
    assert mine;
  }

  private void list(Run run) {
    run.next = partial;
    if (partial != null) {
      partial.previous = run;
    }
    partial = run;
    run.listed = true;
  }

  private void unlist(Run run) {
    if (run.previous == null) {
      partial = run.next;
    } else {
      run.previous.next = run.next;
    }
    if (run.next != null) {
      run.next.previous = run.previous;
    }
    run.next = null;
    run.previous = null;
    run.listed = false;
  }

  //< phase 5

  /** Blocks that are not here: with their owners, or in the magazines of threads. */
  synchronized long outside() {
    long here = count;
    for (Run run = partial; run != null; run = run.next) {
      here += run.freeCount();
    }
    return blocks - here;
  }
}
