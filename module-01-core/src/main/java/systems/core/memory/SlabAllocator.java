package systems.core.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of any size out of one region, for many threads: what {@code malloc} is to C.
 *
 * <pre>
 *   allocate(200)                                    free(handle)
 *     |                                                ^
 *     v  class of 224 bytes                            |  class of the run, tag compared
 *   [ Magazines of this thread ]      no lock        [ Magazines of that thread ]
 *     |  empty: half a magazine                        |  full: half a magazine
 *     v                                                v
 *   [ Central of 224 bytes ]          one lock a size; depot, then runs with free blocks
 *     |  no run has one                                |  a run has all of its own again
 *     v                                                v
 *   [ RunTable over a BuddyPool ]     one lock; chunks of 64 KiB
 *                                     and, past all this, blocks of more than 32 KiB
 * </pre>
 *
 * <p>A block is a {@code long}, its <em>handle</em>: where it lies in the region, and a tag that is
 * another one after each free ({@link Run} has the picture). To allocate and to free make no
 * object. {@link #segment} makes one, unless the compiler sees that it stays; {@link #offset} into
 * {@link #memory} never does.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>A byte of the region belongs to one of: a block with an owner, a block that a thread, the
 *       depot or a run holds ready, the rest behind the last block of a run, a free chunk.
 *   <li>A handle fits if and only if its block has not been freed since it was made (with the
 *       exception that {@link Run} names).
 *   <li>Freeing everything and {@link #trim} leave one whole block in the pool of chunks.
 * </ol>
 *
 * <p>What is lost. Inside a block less than a fifth above 64 bytes, below that up to 15 bytes,
 * above 32 KiB up to half ({@link SizeClasses}, {@link BuddyPool}). Behind the last block of a run
 * a sixteenth at most. In magazines and depots what {@link Magazines} and {@link Central} say, for
 * each thread and once; before a request is refused, depots, this thread's magazines and those of
 * threads that have ended are emptied, but not those of others that live.
 *
 * <p>What is promised to those who make mistakes is the table at {@link Checks}. Without guards the
 * worst that a wrong free can do is a Misuse; only two frees of one block at the same moment, which
 * nobody has synchronized, may both succeed and give the block away twice. With guards, not even
 * these.
 *
 * <p>Threads. Any method from any thread; a block may be freed by another thread than the one that
 * allocated it, if the handle got there by a way that orders memory (a queue, a volatile field).
 * Producers and consumers of blocks meet at the depot, half a magazine at a time.
 *
 * <p>The way from a thread to its magazines is a table of 64 places, found by the thread's id and
 * checked by comparing the owner: a {@link ThreadLocal} does the same with a hash table of each
 * thread, some more dependent loads, and is asked only when two threads share a place.
 *
 * <p>Rejected: the free list inside the free blocks, each leading to the next. It needs no memory
 * of its own, but an allocation then reads the block, a miss in the cache where a stack of handles
 * has none, and whoever writes after free writes into the list: the mistake of one becomes a wild
 * pointer of another.
 *
 * <p>Sources: J. Bonwick, "The slab allocator: an object-caching kernel memory allocator", USENIX
 * 1994; J. Evans, "A scalable concurrent malloc(3) implementation for FreeBSD", 2006, for classes
 * and runs; and what {@link Magazines} names.
 */
public final class SlabAllocator implements AutoCloseable {
  /** No block; no handle has this value. */
  public static final long NONE = 0;

  /** Largest region: the table has an entry for each chunk of it. */
  public static final long REGION_BYTES_MAX = 1L << 36;

  private static final int OWNERS = 64;

  private final Region region;
  private final MemorySegment memory;
  private final Checks checks;
  private final RunTable table;
  private final Central[] centrals = new Central[SizeClasses.COUNT];
  private final @Nullable Ledger ledger;

  /** Magazines by the ids of their threads; a shortcut, whoever is not here asks ofThread. */
  private final @Nullable Magazines[] owners = new Magazines[OWNERS];

  @SuppressWarnings("ThreadLocalUsage") // one for each allocator, and there are few
  private final ThreadLocal<@Nullable Magazines> ofThread = new ThreadLocal<>();

  private final Magazines nobodys = new Magazines(null);
  private final List<Magazines> all = new ArrayList<>();
  private volatile boolean closed;

  /**
   * @param region all of it, until this is closed; a power of two from 64 KiB to {@link
   *     #REGION_BYTES_MAX}, and at a multiple of 64 KiB if it is a part of another
   */
  public SlabAllocator(Region region, Checks checks) {
    if (region.bytes() > REGION_BYTES_MAX || region.alignment() < RunTable.CHUNK_BYTES) {
      throw new IllegalArgumentException(
          "a region of " + region.bytes() + " bytes at a multiple of " + region.alignment());
    }
    this.region = region;
    this.checks = checks;
    memory = region.memory();
    table = new RunTable(region, checks.guarded());
    ledger = checks.siteEvery() == 0 ? null : new Ledger(memory, checks);
    Arrays.setAll(centrals, sizeClass -> new Central(table, sizeClass));
  }

  /**
   * A block of at least so many bytes, at a multiple of 16. What is in it is what its last owner
   * left.
   *
   * @return its handle, never {@link #NONE}
   * @throws OutOfRegionException if there is no room
   */
  public long allocate(long bytes) {
    //> phase 5: which requests may take the short way?
    if (bytes <= 0 || bytes > SizeClasses.BYTES_MAX || ledger != null) {
      return allocate(bytes, SizeClasses.GRAIN_BYTES);
    }
    return take(SizeClasses.of((int) bytes));
    //< phase 5
  }

  /** The same at a multiple of the alignment, a power of two up to that of the region itself. */
  public long allocate(long bytes, long alignment) {
    //> phase 5: what is refused, and who gets more than they asked for?
    if (bytes <= 0
        || Long.bitCount(alignment) != 1
        || alignment > region.alignment()
        || alignment < 0) {
      throw new IllegalArgumentException(
          bytes + " bytes at a multiple of " + alignment + ", which must be a power of two");
    }
    if (bytes > region.bytes()) {
      throw new OutOfRegionException(bytes, "the region has " + region.bytes());
    }
    if (ledger == null) {
      return takeAny(bytes, alignment);
    }
    long handle = takeAny(bytes + (checks.guarded() ? Ledger.CANARY_BYTES : 0), alignment);
    ledger.born(found(handle), handle, bytes);
    return handle;
    //< phase 5
  }

  /**
   * Gives a block back.
   *
   * @throws Misuse if the handle is not of a block that is taken; nothing has happened then
   */
  public void free(long handle) {
    //> phase 5: what is compared before anything is changed?
    Run run = table.find(handle);
    if (run == null) {
      throw wrong(handle, Misuse.DoubleFree::new);
    }
    if (ledger == null) {
      give(run, run.retire(handle));
      return;
    }
    ledger.died(run, handle);
    long next = run.retire(handle);
    if (!checks.guarded() || run.sizeClass == SizeClasses.COUNT) {
      give(run, next);
    } else {
      wake(ledger.rest(next));
    }
    //< phase 5
  }

  /**
   * A block of another size with the same bytes in it, as many as both have. The old handle is
   * worthless then, even if the block has not moved; if there is no room, it is still good.
   */
  public long resize(long handle, long bytes) {
    //> phase 5: when may the block stay where it is?
    long held = bytes(handle);
    if (ledger == null && fits(found(handle), bytes)) {
      return handle;
    }
    long moved = allocate(bytes);
    long copied = Math.min(held, bytes); //~ copiesTheOldSize: long copied = held;
    MemorySegment.copy(memory, Run.offset(handle), memory, Run.offset(moved), copied);
    free(handle);
    return moved;
    //< phase 5
  }

  //> phase 5 only
  private static boolean fits(Run run, long bytes) {
    if (bytes <= 0) {
      return false;
    }
    return bytes > SizeClasses.BYTES_MAX
        ? bytes <= run.blockBytes && bytes > run.blockBytes / 2
        : SizeClasses.of((int) bytes) == run.sizeClass;
  }

  private long takeAny(long bytes, long alignment) {
    int sizeClass = SizeClasses.COUNT;
    if (bytes <= SizeClasses.BYTES_MAX && alignment <= SizeClasses.BYTES_MAX) {
      sizeClass = SizeClasses.of((int) bytes, (int) alignment);
    }
    return sizeClass < SizeClasses.COUNT ? take(sizeClass) : takeLarge(Math.max(bytes, alignment));
  }

  private long take(int sizeClass) {
    Magazines own = magazines();
    long handle = own.pop(sizeClass);
    return handle != NONE ? handle : fetch(own, sizeClass);
  }

  private long fetch(Magazines own, int sizeClass) {
    long handle = refill(own, sizeClass);
    if (handle == NONE) {
      trim();
      handle = refill(own, sizeClass);
    }
    if (handle == NONE) {
      throw exhausted(SizeClasses.bytes(sizeClass));
    }
    return handle;
  }

  private long refill(Magazines own, int sizeClass) {
    Central central = centrals[sizeClass];
    if (own.owner != null) {
      return own.fill(sizeClass, central) ? own.pop(sizeClass) : NONE;
    }
    var one = new long[1];
    return central.fill(one, 0, 1) == 1 ? one[0] : NONE;
  }

  private long takeLarge(long bytes) {
    if (closed) {
      throw new IllegalStateException("the allocator is closed");
    }
    Run run = table.large(bytes);
    if (run == null) {
      trim();
      run = table.large(bytes);
    }
    if (run == null) {
      throw exhausted(bytes);
    }
    return run.handle(run.first);
  }

  private OutOfRegionException exhausted(long bytes) {
    String free = table.freeBytes() + " are free, at most " + table.largestFreeBytes();
    return new OutOfRegionException(bytes, free + " in one block");
  }

  private void give(Run run, long handle) {
    int sizeClass = run.sizeClass;
    if (sizeClass == SizeClasses.COUNT) {
      if (!table.release(run)) {
        throw new Misuse.DoubleFree(Misuse.Block.unknown(handle));
      }
      return;
    }
    Magazines own = magazines();
    if (!own.push(sizeClass, handle)) {
      spill(own, sizeClass, handle);
    }
  }

  private void spill(Magazines own, int sizeClass, long handle) {
    Central central = centrals[sizeClass];
    if (own.owner == null) {
      central.spill(new long[] {handle}, 0, 1);
      return;
    }
    own.spillHalf(sizeClass, central);
    boolean pushed = own.push(sizeClass, handle);
    assert pushed : "half of the magazine was given away, and it has no place";
  }

  private void wake(long handle) {
    if (handle != NONE) {
      give(table.home(handle), handle);
    }
  }

  private Magazines magazines() {
    Thread thread = Thread.currentThread();
    Magazines own = owners[(int) thread.threadId() & OWNERS - 1];
    return own != null && own.owner == thread ? own : seek(thread);
  }

  private Magazines seek(Thread thread) {
    if (closed) {
      throw new IllegalStateException("the allocator is closed");
    }
    if (thread.isVirtual()) {
      return nobodys;
    }
    Magazines own = ofThread.get();
    if (own == null) {
      own = enlist(thread);
      ofThread.set(own);
    }
    int place = (int) thread.threadId() & OWNERS - 1;
    Magazines other = owners[place];
    if (other == null || other.isOrphaned()) {
      owners[place] = own;
    }
    return own;
  }

  private Magazines enlist(Thread thread) {
    emptyTheDead();
    var own = new Magazines(thread);
    synchronized (all) {
      all.add(own);
    }
    return own;
  }

  private void emptyTheDead() {
    synchronized (all) {
      for (Iterator<Magazines> each = all.iterator(); each.hasNext(); ) {
        Magazines magazines = each.next();
        boolean dead = magazines.isOrphaned(); //~ mournsNobody: boolean dead = all.isEmpty();
        if (dead) {
          magazines.empty(centrals);
          each.remove();
        }
      }
    }
  }

  //< phase 5

  /**
   * Gives back to the pool of chunks what no block needs: the magazines of this thread and of those
   * that have ended, the depots, runs that are whole, blocks that rest.
   */
  public void trim() {
    //> phase 5: whose magazines may you touch?
    if (ledger != null) {
      for (long handle = ledger.awake(); handle != NONE; handle = ledger.awake()) {
        wake(handle);
      }
    }
    emptyTheDead();
    magazines().empty(centrals);
    for (Central central : centrals) {
      central.trim();
    }
    //< phase 5
  }

  /**
   * The memory of a block: all that it has, or with guards what was asked for. With guards it ends
   * with the block's life.
   *
   * @throws Misuse if the handle is not of a block that is taken
   */
  public MemorySegment segment(long handle) {
    Run run = found(handle);
    return ledger != null && checks.guarded()
        ? ledger.segment(handle)
        : memory.asSlice(Run.offset(handle), run.blockBytes);
  }

  /** Where in {@link #memory} a block begins. */
  public long offset(long handle) {
    found(handle);
    return Run.offset(handle);
  }

  /** How many bytes of a block may be used: all that it has, or with guards what was asked for. */
  public long bytes(long handle) {
    Run run = found(handle);
    return ledger != null && checks.guarded() ? ledger.bytes(handle) : run.blockBytes;
  }

  private Run found(long handle) {
    Run run = table.find(handle);
    if (run == null) {
      throw wrong(handle, Misuse.UseAfterFree::new);
    }
    return run;
  }

  /** Why a handle does not fit; if it once did, that is what the caller says it is. */
  private RuntimeException wrong(long handle, Function<Misuse.Block, Misuse> stale) {
    //> phase 5: what can be told from a number that is no handle?
    if (closed) {
      return new IllegalStateException("the allocator is closed");
    }
    long offset = Run.offset(handle);
    if (handle >= 0 || offset >= region.bytes()) {
      return new Misuse.ForeignPointer(Misuse.Block.unknown(handle));
    }
    Run run = table.around(offset);
    long beginning = run == null ? offset : run.beginning(offset);
    var block = new Misuse.Block(handle, run == null ? 0 : run.blockBytes, null, null);
    if (ledger != null) {
      block = ledger.block(block, beginning);
    }
    boolean inside = run != null && beginning != offset;
    return inside ? new Misuse.InnerPointer(block) : stale.apply(block);
    //< phase 5
  }

  /** The whole region. */
  public MemorySegment memory() {
    return memory;
  }

  /**
   * What an allocator holds, exactly if nobody uses it at the moment.
   *
   * @param blocks that have an owner
   * @param heldBlocks that are ready in magazines of threads, or rest
   * @param freeBytes of the pool of chunks
   */
  public record Usage(long blocks, long heldBlocks, long freeBytes) {}

  /** What is in use now. */
  public Usage usage() {
    long held = ledger == null ? 0 : ledger.resting();
    synchronized (all) {
      for (Magazines magazines : all) {
        held += magazines.held();
      }
    }
    long outside = table.largeBlocks();
    for (Central central : centrals) {
      outside += central.outside();
    }
    return new Usage(outside - held, held, table.freeBytes());
  }

  /** The blocks that are alive, as far as they are recorded: none without checks. */
  public LeakReport leaks() {
    return ledger == null ? new LeakReport(List.of(), 0) : ledger.report();
  }

  /**
   * Looks for writes behind the end of blocks that are alive, with guards; nobody may be allocating
   * or freeing.
   *
   * @throws Misuse.Overrun if there was one
   */
  public void verify() {
    if (ledger != null && checks.guarded()) {
      ledger.verify(table);
    }
  }

  /**
   * Ends the life of all blocks and gives the region back to whoever closes it. A second call does
   * nothing. A thread that has not yet heard of it may get a block once more out of what it holds
   * ready; that is memory of the region, as long as it lasts.
   *
   * @throws Misuse.Leaked after having done so, if it has guards and blocks were alive
   */
  @Override
  public void close() {
    //> phase 5: what must be known before everything is gone?
    synchronized (all) {
      if (closed) {
        return;
      }
      closed = true;
    }
    LeakReport report = leaks();
    if (ledger != null) {
      ledger.close();
    }
    Arrays.fill(owners, null);
    table.close();
    if (checks.guarded() && !report.leaks().isEmpty()) {
      throw new Misuse.Leaked(report);
    }
    //< phase 5
  }
}
