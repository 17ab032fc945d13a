package systems.kvstore.table;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Blocks in memory, shared by all tables of a store: a hit costs an array read.
 *
 * <p>A block is known by its table and its ordinal there, both small and dense, so the way to it
 * needs no hash table and no lock, only an array per table. What to drop is decided elsewhere, by a
 * clock: all blocks of all tables stand in one ring, a hand goes round, takes the mark from those
 * that have been used since it last came by, and drops the first without one.
 *
 * <pre>
 *   table 7   [ . B . . B B . ]          slot i: the block with ordinal i, or null
 *   table 9   [ B . . ]
 *                |         hand
 *                v          v
 *   ring      [ B* B  B* .  B  B* . . ]  * used since the hand came by;  . free place
 * </pre>
 *
 * <p>A reader does: load the slot (acquire), set the mark if it is not set. It never writes to
 * memory that others write to in the common case, and it takes no reference: blocks are immutable
 * heap arrays, a dropped one lives as long as somebody looks at it. The alternative, an LRU list,
 * writes three nodes and takes a lock on every hit; a {@code ConcurrentHashMap} costs a key object
 * and a hash.
 *
 * <p>Only a miss takes the lock, after it has read and verified a block, which costs far more. Two
 * readers may read the same block at once: the first one's stays.
 *
 * <p>Who passes by a full cache block after block ({@link CachedBlocks}) leaves one in {@value
 * #PASSERS_PER_PLACE} here ({@link Shelf#wants}). That is the bimodal insertion of M. Qureshi and
 * others, "Adaptive Insertion Policies for High Performance Caching" (ISCA 2007): of a range that
 * is larger than the cache and read in a circle most of the cache's size stays, where dropping the
 * block that was unused for longest keeps nothing at all.
 *
 * <p>Invariants, under the lock: a block is in a slot exactly if it is in the ring; {@code weight}
 * is the sum over the ring; after an insertion it is at most {@code bytesMax}. A closed shelf
 * accepts nothing more.
 *
 * <p>Hits are counted by plain additions to one of 16 counters chosen by thread: cheap, and a
 * little low when threads collide. They are statistics. Any thread may call everything.
 */
public final class BlockCache {
  private static final int STRIPES = 16;
  private static final int STRIPE_LONGS = 8;

  /** How many blocks pass by a full cache for each that is let in. */
  static final int PASSERS_PER_PLACE = 32;

  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong misses = new AtomicLong();
  private final long[] hits = new long[(STRIPES + 1) * STRIPE_LONGS];

  private @Nullable Resident[] ring = new Resident[64];
  private int ringEnd;
  private int[] free = new int[64];
  private int freeCount;
  private int hand;
  private volatile long weight;

  /** A block and the slot that it is in. */
  private record Resident(Block block, Shelf shelf, int ordinal) {}

  /**
   * @param bytesMax uncompressed bytes of blocks to keep, 0 to keep none
   */
  public BlockCache(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Bytes of memory that the blocks take. */
  public long bytesUsed() {
    return weight;
  }

  /** Most bytes that {@link #bytesUsed} may be. */
  public long bytesMax() {
    return bytesMax;
  }

  /** Blocks found in memory; approximate while several threads read. */
  public long hits() {
    long sum = 0;
    for (int i = 0; i < STRIPES; i++) {
      sum += hits[(i + 1) * STRIPE_LONGS];
    }
    return sum;
  }

  /** Blocks that had to be read from a file. */
  public long misses() {
    return misses.get();
  }

  /** A place for the blocks of one more table. */
  Shelf shelf(int blocks) {
    return new Shelf(blocks);
  }

  /** The blocks of one table. */
  final class Shelf {
    private final AtomicReferenceArray<@Nullable Block> slots;
    private boolean closed;

    private Shelf(int blocks) {
      slots = new AtomicReferenceArray<>(blocks);
    }

    /** The block with an ordinal, if it is in memory. */
    @Nullable Block get(int ordinal) {
      Block block = slots.getAcquire(ordinal);
      if (block == null) {
        return null;
      }
      if (block.used == 0) {
        block.used = 1; //~ phase 6 neverMarks: block.used = 0;
      }
      hits[(((int) Thread.currentThread().threadId() & STRIPES - 1) + 1) * STRIPE_LONGS]++;
      return block;
    }

    /** Keeps a block that was read, if there is room for it, and counts the miss. */
    void put(int ordinal, Block block) {
      //> phase 6: who may already have put it there, and what if the table is closed by now?
      misses.getAndIncrement();
      if (block.weight() > bytesMax) {
        return;
      }
      lock.lock();
      try {
        if (!closed && slots.getPlain(ordinal) == null) {
          makeRoom(block.weight());
          insert(new Resident(block, this, ordinal));
        }
      } finally {
        lock.unlock();
      }
      //< phase 6 with: misses.getAndIncrement();
    }

    /**
     * Whether a block that somebody reads in passing is to be put here: while there is room, and
     * then one in {@value #PASSERS_PER_PLACE}.
     */
    boolean wants(int blockBytes) {
      //> phase 6: a scan of a little more than the cache holds: which blocks shall stay?
      return weight + blockBytes <= bytesMax
          || misses.get() % PASSERS_PER_PLACE == 0; //~ takesAll: || bytesMax > 0;
      //< phase 6 with: return true;
    }

    /** Counts the miss of a block that was not put here. */
    void passed() {
      misses.getAndIncrement();
    }

    /** Drops all blocks of the table. */
    void close() {
      lock.lock();
      try {
        closed = true;
        for (int i = 0; i < slots.length(); i++) {
          Block block = slots.getPlain(i);
          if (block != null) {
            remove(block.place);
          }
        }
      } finally {
        lock.unlock();
      }
    }
  }

  //> phase 6 only
  private void insert(Resident resident) {
    int place = freeCount > 0 ? free[--freeCount] : ringEnd++;
    if (place >= ring.length) {
      ring = Arrays.copyOf(ring, 2 * ring.length);
    }
    ring[place] = resident;
    resident.block.place = place;
    weight += resident.block.weight();
    resident.shelf.slots.setRelease(resident.ordinal, resident.block);
  }

  /** The hand passes a used block once: without readers it stops within two rounds. */
  private void makeRoom(int bytes) {
    while (weight + bytes > bytesMax) { //~ overfills: while (weight > bytesMax) {
      assert freeCount < ringEnd : "bytes are used, so some place is";
      hand = hand + 1 < ringEnd ? hand + 1 : 0;
      Resident resident = ring[hand];
      if (resident == null) {
        continue;
      }
      if (resident.block.used != 0) {
        resident.block.used = 0;
      } else {
        remove(hand);
      }
    }
  }

  //< phase 6

  private void remove(int place) {
    Resident resident = ring[place];
    if (resident == null) {
      throw new AssertionError("no block at place " + place);
    }
    assert resident.block.place == place;
    ring[place] = null;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = place;
    weight -= resident.block.weight(); //~ phase 6 leaksWeight: weight -= 0;
    resident.shelf.slots.setRelease(resident.ordinal, null);
    assert weight >= 0;
  }
}
