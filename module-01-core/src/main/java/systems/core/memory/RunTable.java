package systems.core.memory;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who a chunk of 64 KiB belongs to: the way from a handle to its run, and from the pool of chunks
 * to a run and back.
 *
 * <pre>
 *   chunk      0     1     2     3     4     5     6     7
 *   run     [ 48B | 256B | 20 KiB, four chunks each | large, 64 KiB | null (free) ]
 * </pre>
 *
 * <p>All chunks of a run of small blocks lead to it; of a large block, which may have very many,
 * only the first does. To look up takes no lock. A run is put into the table under the lock, before
 * any of its handles is made, and whoever has a handle got it by a way that orders memory, so that
 * the entry is seen. Who looks up what is no live handle may see an entry of earlier; the tag in it
 * does not fit.
 */
final class RunTable {
  static final int CHUNK_SHIFT = 16;
  static final long CHUNK_BYTES = 1L << CHUNK_SHIFT;

  /** Of a handle moved right by a chunk: the bit that each has, which is to be cleared by then. */
  private static final long HANDLE_BIT = Run.HANDLE_BIT >>> CHUNK_SHIFT;

  private static final long CHUNK_MASK = HANDLE_BIT | Run.OFFSET_MASK >>> CHUNK_SHIFT;

  /** Tags of a new run begin elsewhere than those of the run that was there before. */
  private static final int SEED_STEP = 0x2545;

  private final MemorySegment memory;
  private final boolean poisons;
  private final BuddyPool chunks;
  private final @Nullable Run[] runs;
  private int seed;
  private long largeBlocks;

  RunTable(Region region, boolean poisons) {
    this.poisons = poisons;
    memory = region.memory();
    chunks = new BuddyPool(region, CHUNK_BYTES);
    runs = new Run[(int) (region.bytes() >>> CHUNK_SHIFT)];
  }

  /** The run of a handle, if it is of a block that is taken; else null. */
  @Nullable Run find(long handle) {
    Run run = at(handle);
    return run != null && run.isLive(handle) ? run : null;
  }

  /** The run that has the chunk of a handle; null too if that is no handle. */
  @Nullable Run at(long handle) {
    long chunk = (handle >>> CHUNK_SHIFT ^ HANDLE_BIT) & CHUNK_MASK;
    return chunk < runs.length ? runs[(int) chunk] : null;
  }

  /** The run of a handle that somebody holds ready. */
  Run home(long handle) {
    Run run = at(handle);
    if (run == null) {
      throw new AssertionError("no run has the handle " + Long.toHexString(handle));
    }
    return run;
  }

  /** A new run of small blocks; null if there is no room for it. */
  synchronized @Nullable Run cut(int sizeClass) {
    //> phase 5: which chunks have to lead to it?
    long bytes = SizeClasses.runBytes(sizeClass);
    long first = chunks.take(bytes);
    if (first == BuddyPool.NONE) {
      return null;
    }
    seed += SEED_STEP;
    var run = new Run(sizeClass, first, seed);
    enter(first, bytes, run);
    if (poisons) {
      memory.asSlice(first, bytes).fill(Ledger.POISON);
    }
    return run;
    //< phase 5
  }

  /** A run of one large block, which is taken; null if there is no room for it. */
  synchronized @Nullable Run large(long bytes) {
    //> phase 5: what must be different from the last large block that was here?
    long first = chunks.take(bytes);
    if (first == BuddyPool.NONE) {
      return null;
    }
    seed += SEED_STEP; //~ sameTagAgain: seed += 0;
    var run = new Run(first, chunks.bytes(first), seed);
    runs[(int) (first >>> CHUNK_SHIFT)] = run;
    largeBlocks++;
    return run;
    //< phase 5
  }

  /** Gives the chunks of a run back. False if somebody else has done so just now. */
  synchronized boolean release(Run run) {
    //> phase 5: two threads may want to; who does it?
    if (runs[(int) (run.first >>> CHUNK_SHIFT)] != run) {
      return false;
    }
    boolean large = run.sizeClass == SizeClasses.COUNT;
    enter(run.first, large ? CHUNK_BYTES : run.bytes(), null);
    largeBlocks -= large ? 1 : 0;
    chunks.free(run.first);
    return true;
    //< phase 5
  }

  //> phase 5 only
  private void enter(long first, long bytes, @Nullable Run run) {
    int from = (int) (first >>> CHUNK_SHIFT);
    int end = (int) (first + bytes >>> CHUNK_SHIFT);
    for (int chunk = from; chunk < end; chunk++) {
      runs[chunk] = run;
    }
  }

  //< phase 5

  /** The run that holds this byte, if one does. */
  synchronized @Nullable Run around(long offset) {
    return runs[(int) (chunks.beginning(offset) >>> CHUNK_SHIFT)];
  }

  synchronized long freeBytes() {
    return chunks.freeBytes();
  }

  synchronized long largestFreeBytes() {
    return chunks.largestFreeBytes();
  }

  synchronized long largeBlocks() {
    return largeBlocks;
  }

  synchronized void checkInvariants() {
    chunks.checkInvariants();
  }

  /** From now on nothing is found. */
  synchronized void close() {
    Arrays.fill(runs, null);
    chunks.close();
  }
}
