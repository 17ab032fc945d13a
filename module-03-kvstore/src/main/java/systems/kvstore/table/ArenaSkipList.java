package systems.kvstore.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A sorted set of entries in one piece of off-heap memory: many threads insert, nobody locks, and
 * readers do not even write. Nothing is ever removed; the whole list is freed at once.
 *
 * <p>A node is addressed by the byte at which its level-0 link lies. Higher links lie in front of
 * it, so that the two things a search touches, a link and the first bytes of the key, share a cache
 * line however tall the node is:
 *
 * <pre>
 *        node - 4i              node   + 4      + 8                + 8 + K    + 16 + K  + 20 + K
 *  -----+--------+- -+--------+--------+--------+--------+- - - - -+----------+---------+- - - - -+
 *  pad? | link i |   | link 1 | link 0 | key    | prefix | rest of | trailer  | value   | value   |
 *       | int    |   | int    | int    | length | 8 bytes| the key | long     | length  | bytes   |
 *  -----+--------+- -+--------+--------+--------+--------+- - - - -+----------+---------+- - - - -+
 *                             ^ multiple of 8            | padded with zeros to K, a multiple of 8
 *
 *  byte 0 ... 47 ... 63 ... allocated ............ capacity
 *  | links of | HEAD | nodes  |  free, all zeros  |
 * </pre>
 *
 * The user key is kept as it is, padded with zeros to whole words. Read as unsigned big-endian
 * numbers, words order keys as bytes do, and a key that ends inside a word differs from a longer
 * one in that word or, where the longer one goes on with zeros, in its length. So a comparison is
 * one load and one compare for nearly every node on the way, then further words, then the length,
 * then the trailer, which descends: newer versions come first ({@link InternalKey}).
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>Level 0 holds every entry that was inserted, in strictly ascending order.
 *   <li>A node that is linked on level {@code i} is linked on all levels below.
 *   <li>A node's bytes and length never change once some link leads to it; only its links do, and
 *       they only ever change to a node that lies between this one and the one they led to.
 *   <li>Link {@code i} of a node is set before a link of level {@code i} leads to it.
 *   <li>Offset 0 is no node: it ends every level. A link is 0 or less than {@link #bytesUsed()}.
 *   <li>What lies beyond {@link #bytesUsed()} is zero.
 * </ol>
 *
 * <p>Why links may be read without a lock. A node is written with plain stores while only its
 * inserter knows its offset, and then published by a compare-and-set with <em>release</em>: the
 * stores come before it. A reader gets the offset only from that link, which it reads with
 * <em>acquire</em>: its loads come after it. So who can name a node sees all of it (3, 4). The node
 * is published from level 0 upward, so who finds it high up can go down in it (2). Two inserters at
 * the same place race for the same link; the loser's compare-and-set fails and it looks again from
 * where it stood, which is still in front of its key, because nothing is removed. The entry exists
 * from the moment its level-0 link is set: that is where it is linearized.
 *
 * <p>Memory is handed out by one atomic add. An insert that does not fit throws, and the number
 * stays beyond the capacity: every later insert throws too. {@link MemTable#fits} asks before.
 *
 * <p>Ascending inserts, the load of a bulk import, would search from the top only to end behind the
 * node they inserted last. So an inserter keeps its path (a {@link Splice}) in a slot and the next
 * one to pick it up looks there first; if the new key belongs right there, no search is made. Tower
 * heights come from a hash of the trailer, which is unique, so that the same writes make the same
 * list; one node in four goes up a level, twelve levels serve 16 million entries.
 *
 * <p>Any method may be called from any thread. {@link #close()} frees the memory under everybody:
 * whoever is inside gets an {@link IllegalStateException} ("Already closed") instead of foreign
 * bytes, which is the promise of {@link Arena#ofShared}.
 *
 * <p>Rejected: a {@code ConcurrentSkipListMap} of arrays has a node and two arrays for each entry,
 * an index node for every third, and the garbage collector traces all of it. With 400,000 random
 * keys of 16 bytes and values of 100 an entry took 196 bytes of heap instead of 138 off it, an
 * insert nearly twice the time; a get took the same, both wait for memory at each step down.
 * Rejected: every second node on the next level instead of every fourth. A get was 12 % faster, an
 * ascending insert 20 % slower. Rejected: a {@code byte[]} as the arena; the view handles of arrays
 * have neither compare-and-set nor acquire.
 *
 * <p>Source: W. Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", CACM 33(6),
 * 1990; M. Herlihy, N. Shavit, "The Art of Multiprocessor Programming", chapter 14.
 */
class ArenaSkipList implements AutoCloseable { // not final: a checker steps in between links
  /** Smallest arena in bytes. */
  static final long CAPACITY_MIN = 4096;

  /** Largest arena in bytes: offsets are non-negative ints, with some room to spare. */
  static final long CAPACITY_MAX = (1L << 31) - 64 * 1024;

  /** Most levels of a node. */
  static final int HEIGHT_MAX = 12;

  /** No node: what ends a level, and what a search returns that finds nothing. */
  static final int END = 0;

  /** Most bytes that an entry takes beyond its user key and value. */
  static final int ENTRY_OVERHEAD_BYTES_MAX = 4 * HEIGHT_MAX + 8 + 8 + 8 + 4 + 8;

  private static final int HEAD = 48;
  static final int FIRST = 64;
  private static final int KEY_LENGTH = 4;
  private static final int KEY = 8;
  private static final int WORD = 8;

  /** One node in {@code 1 << BRANCHING_BITS} reaches the next level. */
  private static final int BRANCHING_BITS = 2;

  private static final int SPLICES = 8;

  private static final VarHandle LINK = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle ALLOCATED = allocatedHandle();

  private final Arena arena = Arena.ofShared();
  private final MemorySegment links; // the whole arena, for what needs an order of memory
  private final ByteBuffer memory; // the same, big-endian as a buffer is by itself
  private final long capacity;
  private final long salt;
  private final AtomicReferenceArray<Splice> splices = new AtomicReferenceArray<>(SPLICES);

  @SuppressWarnings("unused") // through ALLOCATED
  private volatile long allocated = FIRST;

  /** A path through the list: on each level the last node before some key, and the one after. */
  private static final class Splice {
    final int[] before = new int[HEIGHT_MAX];
    final int[] after = new int[HEIGHT_MAX];

    Splice() {
      Arrays.fill(before, HEAD);
    }
  }

  /**
   * @param capacity bytes of memory, 4 KiB to {@link #CAPACITY_MAX}
   * @param salt what makes tower heights unpredictable for who chooses the keys
   */
  ArenaSkipList(long capacity, long salt) {
    if (capacity < CAPACITY_MIN || capacity > CAPACITY_MAX) {
      throw new IllegalArgumentException(
          "an arena of " + capacity + " bytes; it may have 4096 to " + CAPACITY_MAX);
    }
    this.capacity = capacity;
    this.salt = salt;
    links = arena.allocate(capacity, 64);
    memory = links.asByteBuffer();
    assert HEAD >= 4 * (HEIGHT_MAX - 1) && HEAD % WORD == 0 && HEAD + KEY <= FIRST;
  }

  private static VarHandle allocatedHandle() {
    try {
      return MethodHandles.lookup().findVarHandle(ArenaSkipList.class, "allocated", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Inserts an entry. No two entries may have the same trailer.
   *
   * @throws IllegalArgumentException if the entry does not fit any more
   */
  void insert(
      byte[] key,
      int offset,
      int length,
      long trailer,
      byte[] value,
      int valueOffset,
      int valueLength) {
    //> phase 3: in which order do you write, search and link, and who may see the node when?
    int height = height(trailer);
    int node = allocate(height, length, valueLength);
    write(node, key, offset, length, trailer, value, valueOffset, valueLength);
    long prefix = InternalKey.prefix(key, offset, length);
    int slot = (int) Thread.currentThread().threadId() & (SPLICES - 1);
    Splice splice = take(slot);
    find(splice, height, key, offset, length, prefix, trailer);
    for (int level = 0; level < height; level++) {
      while (!linked(splice, node, level)) { //~ oneTry: if (!linked(splice, node, level)) {
        walk(splice, level, key, offset, length, prefix, trailer);
      }
      splice.before[level] = node;
    }
    splices.setRelease(slot, splice);
    //< phase 3
  }

  //> phase 3 only
  private Splice take(int slot) {
    Splice splice = splices.getAndSet(slot, null);
    return splice != null ? splice : new Splice();
  }

  private int height(long trailer) {
    long mixed = (trailer ^ salt) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    int levelsUp = Long.numberOfLeadingZeros(mixed ^ mixed >>> 32) / BRANCHING_BITS;
    return 1 + Math.min(levelsUp, HEIGHT_MAX - 1);
  }

  private int allocate(int height, int length, int valueLength) {
    long tower = aligned(4L * (height - 1));
    long size = tower + aligned(KEY + keySpace(length) + WORD + 4L + valueLength);
    assert size <= (long) length + valueLength + ENTRY_OVERHEAD_BYTES_MAX;
    long start = (long) ALLOCATED.getAndAdd(this, size);
    if (start + size > capacity) {
      throw new IllegalArgumentException(
          "an entry of " + size + " bytes where " + Math.max(0, capacity - start) + " are free");
    }
    return (int) (start + tower);
  }

  private void write(
      int node,
      byte[] key,
      int offset,
      int length,
      long trailer,
      byte[] value,
      int valueOffset,
      int valueLength) {
    memory.putInt(node + KEY_LENGTH, length);
    memory.put(node + KEY, key, offset, length); // the padding is there already: zeros
    int end = node + KEY + keySpace(length);
    memory.putLong(end, trailer);
    memory.putInt(end + WORD, valueLength);
    memory.put(end + WORD + 4, value, valueOffset, valueLength);
  }

  private void find(
      Splice splice, int height, byte[] key, int offset, int length, long prefix, long trailer) {
    if (!continues(splice, key, offset, length, prefix, trailer)) {
      search(splice, key, offset, length, prefix, trailer);
      return;
    }
    for (int level = 0; level < height; level++) {
      walk(splice, level, key, offset, length, prefix, trailer);
    }
  }

  private boolean continues(
      Splice splice, byte[] key, int offset, int length, long prefix, long trailer) {
    int before = splice.before[0];
    if (before != HEAD && !isBefore(before, key, offset, length, prefix, trailer)) {
      return false;
    }
    int after = next(before, 0);
    return after == END || !isBefore(after, key, offset, length, prefix, trailer);
  }

  private void search(
      Splice splice, byte[] key, int offset, int length, long prefix, long trailer) {
    int before = HEAD;
    int after = END;
    for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
      int next = next(before, level);
      while (next != after && isBefore(next, key, offset, length, prefix, trailer)) {
        before = next;
        next = next(before, level);
      }
      after = next;
      splice.before[level] = before;
      splice.after[level] = after;
    }
  }

  private void walk(
      Splice splice, int level, byte[] key, int offset, int length, long prefix, long trailer) {
    int before = splice.before[level];
    int next = next(before, level);
    while (next != END && isBefore(next, key, offset, length, prefix, trailer)) {
      before = next;
      next = next(before, level);
    }
    splice.before[level] = before;
    splice.after[level] = next;
  }

  //< phase 3

  private boolean linked(Splice splice, int node, int level) {
    int before = splice.before[level];
    int after = splice.after[level];
    assert before < bytesUsed() && after < bytesUsed() && before != after;
    return link(node, level, before, after);
  }

  /** Publishes a node between two others on one level; false if something else came between. */
  boolean link(int node, int level, int before, int after) {
    //> phase 3: which of the two stores may be plain, and why must the other one be a CAS?
    links.set(ValueLayout.JAVA_INT, linkAt(node, level), after);
    // Weak: a spurious failure costs one more step of the caller's loop.
    return LINK.weakCompareAndSetRelease(links, linkAt(before, level), after, node);
    //< phase 3
  }

  /** The node that a link leads to. */
  int next(int node, int level) {
    return (int) LINK.getAcquire(links, linkAt(node, level));
  }

  private static long linkAt(int node, int level) {
    return node - 4L * level;
  }

  /** The first entry, or {@link #END}. */
  int first() {
    return next(HEAD, 0);
  }

  /** The entry after one, or {@link #END}. */
  int next(int node) {
    assert node != END;
    return next(node, 0);
  }

  /** The first entry at or after an internal key, or {@link #END}. */
  int seek(byte[] key, int offset, int length, long prefix, long trailer) {
    return (int) bracket(key, offset, length, prefix, trailer);
  }

  /** The last entry before an internal key, or {@link #END}. */
  int lastBefore(byte[] key, int offset, int length, long prefix, long trailer) {
    //> phase 5: seek() passes the entry that is wanted here; where?
    int before = (int) (bracket(key, offset, length, prefix, trailer) >>> 32);
    return before == HEAD ? END : before;
    //< phase 5
  }

  /** The last node before an internal key in the upper half, the first one not before it below. */
  private long bracket(byte[] key, int offset, int length, long prefix, long trailer) {
    //> phase 3: you know something about the node that ended the level above; use it?
    int before = HEAD;
    int after = END;
    for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
      int next = next(before, level);
      while (next != after && isBefore(next, key, offset, length, prefix, trailer)) {
        before = next;
        next = next(before, level);
      }
      after = next;
    }
    return (long) before << 32 | after;
    //< phase 3
  }

  /** The last entry, or {@link #END}. */
  int last() {
    //> phase 5: nodes have no link backwards; how many steps do you need from the top?
    int before = HEAD;
    for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
      for (int next = next(before, level); next != END; next = next(before, level)) {
        before = next;
      }
    }
    return before == HEAD ? END : before;
    //< phase 5
  }

  /** The last entry at or before an internal key, or {@link #END}. */
  int lastUntil(byte[] key, int offset, int length, long prefix, long trailer) {
    //> phase 5: an insert may come between two looks at the list; which answers stay right?
    int found = lastBefore(key, offset, length, prefix, trailer);
    int next = next(found == END ? HEAD : found, 0);
    while (next != END && compare(next, key, offset, length, prefix, trailer) <= 0) {
      found = next;
      next = next(found, 0);
    }
    return found;
    //< phase 5
  }

  //> phase 3 only
  private boolean isBefore(
      int node, byte[] key, int offset, int length, long prefix, long trailer) {
    long own = prefix(node);
    return own != prefix
        ? Long.compareUnsigned(own, prefix) < 0 //~ signedBytes: ? own < prefix
        : compareRest(node, key, offset, length, trailer) < 0;
  }

  private int compare(int node, byte[] key, int offset, int length, long prefix, long trailer) {
    int order = Long.compareUnsigned(prefix(node), prefix);
    return order != 0 ? order : compareRest(node, key, offset, length, trailer);
  }

  private int compareRest(int node, byte[] key, int offset, int length, long trailer) {
    int order = compareUserRest(node, key, offset, length);
    return order != 0 ? order : newestFirst(trailer(node), trailer);
  }

  private static int newestFirst(long a, long b) {
    return Long.compareUnsigned(b, a); //~ oldestFirst: return Long.compareUnsigned(a, b);
  }

  //< phase 3

  /** Compares user keys whose first words are equal. */
  private int compareUserRest(int node, byte[] key, int offset, int length) {
    //> phase 3: both keys are zero-padded words; are two keys equal when all their words are?
    int ownLength = userLength(node);
    int shorter = Math.min(ownLength, length);
    for (int i = WORD; i < shorter; i += WORD) {
      long own = memory.getLong(node + KEY + i);
      long other = InternalKey.prefix(key, offset + i, length - i);
      if (own != other) {
        return Long.compareUnsigned(own, other);
      }
    }
    return Integer.compare(ownLength, length); //~ paddingIsKey: return 0;
    //< phase 3
  }

  /** Whether an entry has a user key. */
  boolean hasUserKey(int node, byte[] key, int offset, int length, long prefix) {
    return prefix(node) == prefix && compareUserRest(node, key, offset, length) == 0;
  }

  /** {@link InternalKey#prefix} of an entry's key. */
  long prefix(int node) {
    assert node != END;
    return memory.getLong(node + KEY);
  }

  /** Bytes of an entry's user key. */
  int userLength(int node) {
    return memory.getInt(node + KEY_LENGTH);
  }

  /** The trailer of an entry. */
  long trailer(int node) {
    return memory.getLong(node + KEY + keySpace(userLength(node)));
  }

  /** Bytes of {@link #copyKey}'s target that are overwritten for a user key of some length. */
  static int keyCopyBytes(int userLength) {
    return keySpace(userLength) + InternalKey.TRAILER_BYTES;
  }

  /** Copies an entry's internal key to the beginning of an array with room for it. */
  void copyKey(int node, int userLength, byte[] target) {
    assert userLength == userLength(node) && target.length >= keyCopyBytes(userLength);
    int space = keySpace(userLength);
    int from = node + KEY;
    for (int i = 0; i < space; i += WORD) {
      InternalKey.putTrailer(target, i, Long.reverseBytes(memory.getLong(from + i)));
    }
    InternalKey.putTrailer(target, userLength, memory.getLong(from + space));
  }

  /** Bytes of an entry's value. */
  int valueLength(int node) {
    return memory.getInt(node + KEY + keySpace(userLength(node)) + WORD);
  }

  /** Copies an entry's value to the beginning of an array. */
  void copyValue(int node, int valueLength, byte[] target) {
    assert valueLength == valueLength(node);
    int from = node + KEY + keySpace(userLength(node)) + WORD + 4;
    memory.get(from, target, 0, valueLength);
  }

  private static int keySpace(int length) {
    return Math.max(WORD, (int) aligned(length));
  }

  private static long aligned(long bytes) {
    return (bytes + WORD - 1) & -WORD;
  }

  /** Bytes of the arena. */
  long capacity() {
    return capacity;
  }

  /** Bytes in use, those of nodes that are being written included. */
  long bytesUsed() {
    return Math.min(allocated, capacity);
  }

  /** Frees the memory; harmless when done twice. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
