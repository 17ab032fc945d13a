package systems.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import systems.core.memory.LeakReport.Leak;

/**
 * The book of births and deaths of an allocator that checks. A block with guards:
 *
 * <pre>
 *   free       | DE DE DE DE DE DE DE DE DE DE DE DE DE DE DE DE |   whoever writes is found when
 *                                                                    it is handed out again
 *   allocated  | A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 | FD FD FD .. FD |
 *              |<--- bytes that were asked for --->|<-- canary --->|  whoever writes on is found
 *                                                   8 or more         when it is freed
 * </pre>
 *
 * <p>The fill after allocation is no check; it makes a program that reads what it did not write
 * fail today, and everywhere in the same way. A write before the beginning of a block is one behind
 * the end of its neighbour, and found there.
 *
 * <p>Segments of a guarded block have a lifetime of their own, a shared JDK arena that owns no
 * memory and is closed by the free. So an access through them after the free throws, whoever makes
 * it. That close stops all threads for a moment; it is what makes full checking slow.
 *
 * <p>A freed block rests: the next owner gets it only after {@link #RESTING_MAX} others have been
 * freed. Without that a stack would hand it out at once, and what a dangling writer destroys would
 * be the next owner's and look like their mistake.
 *
 * <p>Any thread; each entry has its own lock, and dies once.
 */
final class Ledger {
  static final byte POISON = (byte) 0xDE;
  private static final long POISON_WORD = 0xDEDE_DEDE_DEDE_DEDEL;
  private static final byte FRESH = (byte) 0xA5;
  private static final byte CANARY = (byte) 0xFD;

  /** The least that is put behind each block. */
  static final int CANARY_BYTES = 8;

  /** Freed blocks that nobody gets yet. */
  static final int RESTING_MAX = 64;

  private final MemorySegment memory;
  private final Checks checks;

  /** By the offset of the block. With guards, the dead stay until their block has a new owner. */
  private final ConcurrentHashMap<Long, Entry> entries = new ConcurrentHashMap<>();

  private final ArrayDeque<Long> resting = new ArrayDeque<>();

  /** The life of a block. */
  private static final class Entry {
    final long handle;
    final long bytes;
    final Site allocatedAt;
    private @Nullable Site freedAt;
    private @Nullable Arena lifetime;

    Entry(long handle, long bytes) {
      this.handle = handle;
      this.bytes = bytes;
      allocatedAt = Site.here();
    }

    synchronized Misuse.Block block() {
      return new Misuse.Block(handle, bytes, allocatedAt, freedAt);
    }

    synchronized boolean isAlive() {
      return freedAt == null;
    }

    /** Ends it; throws, and ends nothing, if a C function just now uses a segment. */
    synchronized void bury() {
      close();
      freedAt = Site.here();
    }

    synchronized void close() {
      if (lifetime != null && lifetime.scope().isAlive()) {
        lifetime.close();
      }
    }

    @SuppressWarnings("restricted") // a shorter life than the memory's, never a longer one
    synchronized MemorySegment segment(MemorySegment memory) {
      if (freedAt != null) {
        throw new Misuse.UseAfterFree(block());
      }
      if (lifetime == null) {
        lifetime = Arena.ofShared();
      }
      return memory.asSlice(Run.offset(handle), bytes).reinterpret(lifetime, null);
    }
  }

  Ledger(MemorySegment memory, Checks checks) {
    this.memory = memory;
    this.checks = checks;
  }

  /** Notes that a block was allocated; of small ones it is known what must be in them. */
  void born(Run run, long handle, long bytes) {
    //> phase 5: what is looked at, what is written, and who is noted?
    long offset = Run.offset(handle);
    if (checks.guarded()) {
      if (run.sizeClass < SizeClasses.COUNT) {
        checkPoison(handle, offset, run.blockBytes);
      }
      memory.asSlice(offset, bytes).fill(FRESH);
      memory.asSlice(offset + bytes, run.blockBytes - bytes).fill(CANARY);
    }
    if (checks.guarded() || ThreadLocalRandom.current().nextInt(checks.siteEvery()) == 0) {
      entries.put(offset, new Entry(handle, bytes));
    }
    //< phase 5
  }

  /** Notes that a block is freed; throws, and changes nothing, if its canary is dead. */
  void died(Run run, long handle) {
    //> phase 5: in which order, if two threads free it, or if it was overrun?
    long offset = Run.offset(handle);
    Entry entry = entries.get(offset);
    if (entry == null || entry.handle != handle) {
      return; // not in the sample
    }
    if (!checks.guarded()) {
      entries.remove(offset, entry); //~ keepsTheDead: assert entry.bytes > 0;
      return;
    }
    synchronized (entry) {
      if (!entry.isAlive()) {
        throw new Misuse.DoubleFree(entry.block());
      }
      checkCanary(entry, run.blockBytes);
      entry.bury();
      memory.asSlice(offset, run.blockBytes).fill(POISON);
    }
    //< phase 5
  }

  //> phase 5 only
  private void checkPoison(long handle, long offset, long bytes) {
    for (long at = 0; at < bytes; at += Long.BYTES) {
      if (memory.get(ValueLayout.JAVA_LONG, offset + at) != POISON_WORD) {
        long first = at;
        while (memory.get(ValueLayout.JAVA_BYTE, offset + first) == POISON) {
          first++;
        }
        Entry entry = entries.get(offset);
        throw new Misuse.WriteAfterFree(
            entry == null ? new Misuse.Block(handle, bytes, null, null) : entry.block(), first);
      }
    }
  }

  private void checkCanary(Entry entry, long blockBytes) {
    long offset = Run.offset(entry.handle);
    long at = entry.bytes; //~ offByOne: long at = entry.bytes + 1;
    for (; at < blockBytes; at++) {
      if (memory.get(ValueLayout.JAVA_BYTE, offset + at) != CANARY) {
        throw new Misuse.Overrun(entry.block(), at);
      }
    }
  }

  //< phase 5

  /**
   * What is known beyond that of the block at an offset. If the handle is of a former owner of that
   * place, and not from within, it is nothing.
   */
  Misuse.Block block(Misuse.Block given, long offset) {
    Entry entry = entries.get(offset);
    boolean former = offset == Run.offset(given.handle());
    if (entry == null || (former && entry.handle != given.handle())) {
      return given;
    }
    Misuse.Block known = entry.block();
    return new Misuse.Block(given.handle(), known.bytes(), known.allocatedAt(), known.freedAt());
  }

  /** A segment of a guarded block that ends with the block's life. */
  MemorySegment segment(long handle) {
    Entry entry = entries.get(Run.offset(handle));
    if (entry == null || entry.handle != handle) {
      throw new Misuse.UseAfterFree(Misuse.Block.unknown(handle));
    }
    return entry.segment(memory);
  }

  /** How many bytes were asked for; of guarded blocks. */
  long bytes(long handle) {
    Entry entry = entries.get(Run.offset(handle));
    return entry == null ? 0 : entry.bytes;
  }

  /** Keeps a freed block for a while; one that has rested, or {@link SlabAllocator#NONE}. */
  long rest(long handle) {
    synchronized (resting) {
      resting.addLast(handle);
      return resting.size() > RESTING_MAX ? resting.removeFirst() : SlabAllocator.NONE;
    }
  }

  /** Ends the rest of one block; {@link SlabAllocator#NONE} if there is none. */
  long awake() {
    synchronized (resting) {
      Long handle = resting.pollFirst();
      return handle == null ? SlabAllocator.NONE : handle;
    }
  }

  int resting() {
    synchronized (resting) {
      return resting.size();
    }
  }

  /** Looks at the canaries of a block that is alive. */
  void verify(RunTable table) {
    //> phase 5: which entries have a canary now?
    for (Entry entry : entries.values()) {
      Run run = table.find(entry.handle);
      if (run != null && entry.isAlive()) {
        checkCanary(entry, run.blockBytes);
      }
    }
    //< phase 5
  }

  /** Who is alive. */
  LeakReport report() {
    //> phase 5: a thousand leaks are mostly one; by what do you put them together?
    var bySite = new HashMap<Site, Leak>();
    for (Entry entry : entries.values()) {
      if (entry.isAlive()) { //~ blamesTheDead: if (entry.bytes > 0) {
        var leak = new Leak(entry.allocatedAt, 1, entry.bytes, entry.handle);
        bySite.merge(entry.allocatedAt, leak, Ledger::sum);
      }
    }
    return new LeakReport(heaviestFirst(bySite.values()), checks.siteEvery());
    //< phase 5
  }

  //> phase 5 only
  private static Leak sum(Leak a, Leak b) {
    return new Leak(a.site(), a.blocks() + b.blocks(), a.bytes() + b.bytes(), a.example());
  }

  private static List<Leak> heaviestFirst(Collection<Leak> leaks) {
    return leaks.stream().sorted(Comparator.comparingLong(Leak::bytes).reversed()).toList();
  }

  //< phase 5

  /** Ends the life of all segments. */
  void close() {
    entries.values().forEach(Entry::close);
  }
}
