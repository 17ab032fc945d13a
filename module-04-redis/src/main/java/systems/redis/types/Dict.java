package systems.redis.types;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A dictionary from byte strings to values: small, never slow at once, and walked by a cursor.
 *
 * <pre>
 *   bucket   tags:  [ t0 t1 t2 t3 t4 t5 t6 | - ]       one long; a tag is 7 bits of the hash, or 0
 *            slots: [ k0 .. k6 | v0 .. v6 ]            one piece of one array for all buckets
 *            chain: the same once more, where eight keys or more have met; rare
 *
 *   table 0  [ moved | moved | ^ | b | b | b ]         while the table grows or shrinks there are two,
 *   table 1  [ b | b | b | b | b | b | b | b | ... ]   and each call moves one bucket
 * </pre>
 *
 * <p>A look-up reads one long, compares seven tags in it at once, and then looks only at keys whose
 * tag agrees: of a key that is absent it mostly sees no key at all. A node for each key, as in
 * chained hashing, would cost 16 bytes of header and a cache line more for each step.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A key is in one bucket, that of its hash, of one of the two tables; new keys go to table 1
 *       while there is one.
 *   <li>Buckets of table 0 below {@code moved} are empty.
 *   <li>The number of buckets is a power of two, so that bucket {@code b} of the small table and
 *       the buckets {@code b + k * small} of the large one hold the same keys.
 * </ol>
 *
 * <p><b>The cursor.</b> {@link #scan} counts with the bits reversed: the highest bit of the
 * bucket's number is incremented first. After a change of size the buckets that were visited are
 * then again those below the cursor, because of invariant 3: a key that is there from the beginning
 * to the end of a scan is returned, if sometimes twice. Nothing is kept on the server's side. The
 * idea is Pieter Noordhuis', in Redis' {@code dictScan}.
 *
 * <p><b>The guard.</b> A snapshot that walks the buckets while commands go on asks to be told
 * before a bucket changes. Buckets do not move while there is a guard.
 *
 * <p>The hash is seeded from the system's random source, so that nobody can prepare keys that meet.
 * Not for several threads.
 */
public final class Dict<V> {
  private static final int SLOTS = 7;
  private static final int BUCKETS_MIN = 1;
  private static final int BUCKETS_MAX = 1 << 26; // 14 slots each: the array's length stays an int

  /** Above so many keys a bucket on average, it grows; below an eighth of that, it shrinks. */
  private static final int KEYS_A_BUCKET = 5;

  private static final long ONES = 0x0001010101010101L;
  private static final long HIGHS = 0x0080808080808080L;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);
  private static final long SEED = new SecureRandom().nextLong() | 1;
  private static final long PRIME = 0x9E3779B97F4A7C15L;

  /** What a set keeps in the place of values. */
  public static final Object PRESENT = new Object();

  /** Sees keys and values. */
  @FunctionalInterface
  public interface Visitor<V> {
    void visit(byte[] key, V value);
  }

  /** Is told before a bucket of a table changes. */
  public interface Guard {
    void beforeChange(int table, int bucket);
  }

  private static class Chain {
    long tags;
    final @Nullable Object[] slots;
    final int @Nullable [] marks;
    @Nullable Chain next;

    Chain(int stride, boolean marked) {
      slots = new Object[stride];
      marks = marked ? new int[SLOTS] : null;
    }
  }

  private static final class Table {
    final long[] tags;
    final @Nullable Object[] slots;
    final int @Nullable [] marks;
    @Nullable Chain @Nullable [] chains;
    final int mask;
    int depth = 1; // buckets in the longest chain there ever was

    Table(int buckets, int stride, boolean marked) {
      assert Integer.bitCount(buckets) == 1 && buckets <= BUCKETS_MAX;
      tags = new long[buckets];
      slots = new Object[buckets * stride];
      marks = marked ? new int[buckets * SLOTS] : null;
      mask = buckets - 1;
    }

    @Nullable Chain chain(int bucket) {
      return chains == null ? null : chains[bucket];
    }
  }

  private final boolean hasValues;
  private final boolean marked;
  private final int stride;
  private Table main;
  private @Nullable Table next;
  private int moved; // buckets of main that are empty for good, while there is a next
  private int size;
  private int pauses;
  private @Nullable Guard guard;

  // where the last find ended
  private Table foundTable;
  private @Nullable Chain foundChain;
  private int foundBucket;
  private int foundSlot;

  private Dict(boolean hasValues, boolean marked) {
    this.hasValues = hasValues;
    this.marked = marked;
    stride = hasValues ? SLOTS * 2 : SLOTS;
    main = new Table(BUCKETS_MIN, stride, marked);
    foundTable = main;
  }

  /** Keys with values. */
  public static <V> Dict<V> map() {
    return new Dict<>(true, false);
  }

  /** Keys with values and a mark of 32 bits each, for what an eviction wants to know. */
  public static <V> Dict<V> marked() {
    return new Dict<>(true, true);
  }

  /** Keys only; values are {@link #PRESENT}. */
  public static Dict<Object> set() {
    return new Dict<>(false, false);
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  // ---- hash

  static long hash(byte[] key) {
    int length = key.length;
    long h = SEED ^ length * PRIME;
    int i = 0;
    for (; i <= length - 8; i += 8) {
      h = fold(h ^ (long) LONGS.get(key, i));
    }
    if (i < length) {
      h = fold(h ^ tail(key, i, length));
    }
    return fold(h);
  }

  private static long tail(byte[] key, int from, int length) {
    if (length >= 8) {
      return (long) LONGS.get(key, length - 8) + from;
    }
    long rest = 0;
    for (int i = length - 1; i >= from; i--) {
      rest = rest << 8 | key[i] & 0xff;
    }
    return rest;
  }

  private static long fold(long x) {
    long y = x ^ PRIME;
    return y * SEED ^ Math.unsignedMultiplyHigh(y, SEED) ^ x >>> 29;
  }

  private static long tag(long hash) {
    return hash >>> 57 | 0x80;
  }

  /** A high bit for each slot whose tag agrees; now and then also for a slot next to one. */
  private static long matches(long tags, long tag) {
    //> phase 1: seven comparisons by three operations: when does a byte of x become 0?
    long x = tags ^ ONES * tag & 0x00ffffffffffffffL;
    return x - ONES & ~x & HIGHS;
    //< phase 1
  }

  private static long empties(long tags) {
    return ~tags & HIGHS;
  }

  // ---- finding

  /** The value, or null. */
  public @Nullable V get(byte[] key) {
    if (size == 0) {
      return null;
    }
    step();
    return find(key, hash(key)) ? value() : null;
  }

  public boolean contains(byte[] key) {
    return get(key) != null;
  }

  /** The array that the dictionary holds for an equal key, or null. */
  public byte @Nullable [] storedKey(byte[] key) {
    return size != 0 && find(key, hash(key)) ? (byte[]) slot(foundSlot) : null;
  }

  /** The mark of the key that was found or put last. */
  public int mark() {
    return foundMarks()[foundChain == null ? foundBucket * SLOTS + foundSlot : foundSlot];
  }

  public void mark(int mark) {
    foundMarks()[foundChain == null ? foundBucket * SLOTS + foundSlot : foundSlot] = mark;
  }

  private int[] foundMarks() {
    assert foundTable == main || foundTable == next : "the table of the last find is gone";
    int[] marks = foundChain == null ? foundTable.marks : foundChain.marks;
    assert marks != null : "made without marks";
    return marks;
  }

  private boolean find(byte[] key, long hash) {
    if (findIn(main, key, hash)) {
      assert next == null || foundBucket >= moved : "a key in a bucket that has moved";
      return true;
    }
    return next != null && findIn(next, key, hash);
  }

  private boolean findIn(Table table, byte[] key, long hash) {
    //> phase 1: which slots are worth a look at their keys?
    int bucket = (int) hash & table.mask;
    long tag = tag(hash);
    int base = bucket * stride;
    for (long m = matches(table.tags[bucket], tag); m != 0; m &= m - 1) {
      int slot = Long.numberOfTrailingZeros(m) >>> 3;
      if (isKey(table.slots[base + slot], key)) {
        found(table, null, bucket, slot);
        return true;
      }
    }
    return table.chains != null && findInChain(table, bucket, key, tag);
    //< phase 1
  }

  private boolean findInChain(Table table, int bucket, byte[] key, long tag) {
    for (Chain chain = table.chain(bucket); chain != null; chain = chain.next) {
      for (long m = matches(chain.tags, tag); m != 0; m &= m - 1) {
        int slot = Long.numberOfTrailingZeros(m) >>> 3;
        if (isKey(chain.slots[slot], key)) {
          found(table, chain, bucket, slot);
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isKey(@Nullable Object stored, byte[] key) {
    return stored instanceof byte[] bytes && Arrays.equals(bytes, key);
  }

  private void found(Table table, @Nullable Chain chain, int bucket, int slot) {
    foundTable = table;
    foundChain = chain;
    foundBucket = bucket;
    foundSlot = slot;
  }

  private @Nullable Object slot(int index) {
    return foundChain == null
        ? foundTable.slots[foundBucket * stride + index]
        : foundChain.slots[index];
  }

  private void slot(int index, @Nullable Object value) {
    if (foundChain == null) {
      foundTable.slots[foundBucket * stride + index] = value;
    } else {
      foundChain.slots[index] = value;
    }
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a slot with a key has a value
  private V value() {
    return (V) (hasValues ? slot(SLOTS + foundSlot) : PRESENT);
  }

  // ---- changing

  /** Puts the value and returns the one that it replaces, or null. Keeps the array of a new key. */
  public @Nullable V put(byte[] key, V value) {
    step();
    long hash = hash(key);
    if (size != 0 && find(key, hash)) {
      guardFound();
      V old = value();
      if (hasValues) {
        slot(SLOTS + foundSlot, value);
      }
      return old;
    }
    insert(key, value, hash, 0);
    return null;
  }

  /** For sets: whether it was not there. */
  public boolean add(byte[] key) {
    assert !hasValues;
    step();
    long hash = hash(key);
    if (size != 0 && find(key, hash)) {
      return false;
    }
    insert(key, null, hash, 0);
    return true;
  }

  private void insert(byte[] key, @Nullable Object value, long hash, int mark) {
    growIfFull();
    Table table = next == null ? main : next;
    int bucket = (int) hash & table.mask;
    if (guard != null) {
      guard.beforeChange(table == main ? 0 : 1, bucket);
    }
    place(table, bucket, key, value, hash, mark);
    size++;
  }

  private void place(
      Table table, int bucket, Object key, @Nullable Object value, long hash, int mark) {
    long free = empties(table.tags[bucket]);
    if (free != 0) {
      int slot = Long.numberOfTrailingZeros(free) >>> 3;
      table.tags[bucket] |= tag(hash) << (slot << 3);
      found(table, null, bucket, slot);
    } else {
      placeInChain(table, bucket, tag(hash));
    }
    slot(foundSlot, key);
    if (hasValues) {
      slot(SLOTS + foundSlot, value);
    }
    if (marked) {
      mark(mark);
    }
  }

  private void placeInChain(Table table, int bucket, long tag) {
    if (table.chains == null) {
      table.chains = new Chain[table.mask + 1];
    }
    int depth = 2;
    Chain chain = table.chains[bucket];
    while (chain != null && empties(chain.tags) == 0) {
      chain = chain.next;
      depth++;
    }
    if (chain == null) {
      chain = new Chain(stride, marked);
      chain.next = table.chains[bucket];
      table.chains[bucket] = chain;
    }
    table.depth = Math.max(table.depth, depth);
    int slot = Long.numberOfTrailingZeros(empties(chain.tags)) >>> 3;
    chain.tags |= tag << (slot << 3);
    found(table, chain, bucket, slot);
  }

  /** Takes the key out and returns its value, or null. */
  public @Nullable V remove(byte[] key) {
    if (size == 0) {
      return null;
    }
    step();
    if (!find(key, hash(key))) {
      return null;
    }
    guardFound();
    V old = value();
    clearFound();
    size--;
    shrinkIfEmpty();
    return old;
  }

  private void clearFound() {
    long hole = ~(0xffL << (foundSlot << 3));
    assert slot(foundSlot) != null : "nothing was found there";
    slot(foundSlot, null);
    if (hasValues) {
      slot(SLOTS + foundSlot, null);
    }
    if (foundChain == null) {
      foundTable.tags[foundBucket] &= hole;
    } else {
      foundChain.tags &= hole;
      if (foundChain.tags == 0) {
        unchain(foundTable, foundBucket, foundChain);
      }
    }
  }

  private static void unchain(Table table, int bucket, Chain gone) {
    assert table.chains != null;
    Chain first = table.chains[bucket];
    if (first == gone) {
      table.chains[bucket] = gone.next;
      return;
    }
    while (first != null && first.next != gone) {
      first = first.next;
    }
    assert first != null;
    first.next = gone.next;
  }

  public void clear() {
    assert guard == null : "a snapshot would miss what was here";
    main = new Table(BUCKETS_MIN, stride, marked);
    next = null;
    moved = 0;
    size = 0;
    foundTable = main;
    foundChain = null;
  }

  // ---- guard

  /** Tells the guard, if there is one, that the value of this key is about to change. */
  public void beforeChange(byte[] key) {
    if (guard != null && size != 0 && find(key, hash(key))) {
      guardFound();
    }
  }

  private void guardFound() {
    if (guard != null) {
      guard.beforeChange(foundTable == main ? 0 : 1, foundBucket);
    }
  }

  /** Sets or ends the guard; nothing moves while there is one. */
  public void guard(@Nullable Guard g) {
    assert guard == null || g == null : "one snapshot at a time";
    guard = g;
  }

  public boolean isGuarded() {
    return guard != null;
  }

  /** Buckets of table 0 or 1. */
  public int buckets(int table) {
    if (table == 0) {
      return main.mask + 1;
    }
    return next == null ? 0 : next.mask + 1;
  }

  /** Shows the bucket's entries. They must not change meanwhile. */
  public void visitBucket(int table, int bucket, Visitor<? super V> visitor) {
    Table t = table == 0 ? main : next;
    assert t != null;
    visit(t, bucket, visitor);
  }

  @SuppressWarnings({"unchecked", "NullAway"})
  private void visit(Table table, int bucket, Visitor<? super V> visitor) {
    int base = bucket * stride;
    for (int slot = 0; slot < SLOTS; slot++) {
      if (table.slots[base + slot] instanceof byte[] key) {
        visitor.visit(key, (V) (hasValues ? table.slots[base + SLOTS + slot] : PRESENT));
      }
    }
    for (Chain chain = table.chain(bucket); chain != null; chain = chain.next) {
      for (int slot = 0; slot < SLOTS; slot++) {
        if (chain.slots[slot] instanceof byte[] key) {
          visitor.visit(key, (V) (hasValues ? chain.slots[SLOTS + slot] : PRESENT));
        }
      }
    }
  }

  // ---- size

  private void growIfFull() {
    //> phase 1: when, by how much, and when not?
    int buckets = main.mask + 1;
    if (next != null || guard != null) {
      return;
    }
    if (size >= (long) buckets * KEYS_A_BUCKET && buckets < BUCKETS_MAX) {
      next = new Table(buckets * 2, stride, marked);
      moved = 0;
    }
    //< phase 1
  }

  private void shrinkIfEmpty() {
    //> phase 1: far below the size at which it grew; why?
    int buckets = main.mask + 1;
    if (next != null || guard != null || pauses > 0 || buckets == BUCKETS_MIN) {
      return;
    }
    if (size < (long) buckets * KEYS_A_BUCKET / 8) { //~ neverShrinks: if (size < 0) {
      next = new Table(bucketsFor(size), stride, marked);
      assert next.mask < main.mask : "it shrinks";
      moved = 0;
    }
    //< phase 1
  }

  private static int bucketsFor(int keys) {
    int buckets = BUCKETS_MIN;
    while ((long) buckets * KEYS_A_BUCKET <= keys && buckets < BUCKETS_MAX) {
      buckets *= 2;
    }
    return buckets;
  }

  /** Makes room at once, for a load whose size is known. */
  public void expect(int keys) {
    if (size == 0 && guard == null) {
      main = new Table(bucketsFor(keys), stride, marked);
      foundTable = main;
      next = null;
      moved = 0;
    }
  }

  /** While paused, buckets stay where they are: for a walk that changes what it sees. */
  public void pauseMoving() {
    pauses++;
  }

  public void resumeMoving() {
    assert pauses > 0;
    pauses--;
  }

  public boolean isMoving() {
    return next != null;
  }

  private void step() {
    if (next != null && pauses == 0 && guard == null) {
      moveBuckets(1);
    }
  }

  /** Moves up to so many buckets that hold something; returns whether it is not done. */
  public boolean moveBuckets(int count) {
    //> phase 1: some buckets a call; what if most of them are empty?
    if (next == null || pauses > 0 || guard != null) {
      return false;
    }
    int empty = count * 10; // so many empty ones are passed over, then it is enough for this call
    for (int left = count; left > 0 && moved <= main.mask; moved++) {
      if (main.tags[moved] == 0 && main.chain(moved) == null) {
        if (--empty == 0) {
          moved++;
          break;
        }
        continue;
      }
      moveBucket(moved);
      left--;
    }
    if (moved > main.mask) {
      main = next;
      next = null;
      moved = 0;
      return false;
    }
    return true;
    //< phase 1
  }

  private void moveBucket(int bucket) {
    Table from = main;
    Table to = next;
    assert to != null;
    assert guard == null && pauses == 0 : "somebody walks the buckets";
    int base = bucket * stride;
    for (int slot = 0; slot < SLOTS; slot++) {
      if (from.slots[base + slot] instanceof byte[] key) {
        int mark = from.marks == null ? 0 : from.marks[bucket * SLOTS + slot];
        moveEntry(to, key, hasValues ? from.slots[base + SLOTS + slot] : null, mark);
      }
    }
    for (Chain chain = from.chain(bucket); chain != null; chain = chain.next) {
      for (int slot = 0; slot < SLOTS; slot++) {
        if (chain.slots[slot] instanceof byte[] key) {
          int mark = chain.marks == null ? 0 : chain.marks[slot];
          moveEntry(to, key, hasValues ? chain.slots[SLOTS + slot] : null, mark);
        }
      }
    }
    from.tags[bucket] = 0;
    Arrays.fill(from.slots, base, base + stride, null);
    if (from.chains != null) {
      from.chains[bucket] = null;
    }
  }

  private void moveEntry(Table to, byte[] key, @Nullable Object value, int mark) {
    long hash = hash(key);
    place(to, (int) hash & to.mask, key, value, hash, mark);
  }

  // ---- walking

  /** Shows all entries; nothing may change meanwhile. */
  public void forEach(Visitor<? super V> visitor) {
    for (int bucket = 0; bucket <= main.mask; bucket++) {
      visit(main, bucket, visitor);
    }
    if (next != null) {
      for (int bucket = 0; bucket <= next.mask; bucket++) {
        visit(next, bucket, visitor);
      }
    }
  }

  /**
   * Shows the entries of one step of a walk.
   *
   * @param cursor 0 to begin, then what the last step returned
   * @return the next cursor, 0 at the end
   */
  public long scan(long cursor, Visitor<? super V> visitor) {
    //> phase 1: two tables: which buckets of the large one belong to one of the small one?
    if (size == 0) {
      return 0;
    }
    if (next == null) {
      visit(main, (int) cursor & main.mask, visitor);
      return increment(cursor, main.mask);
    }
    Table small = main.mask <= next.mask ? main : next;
    Table large = small == main ? next : main;
    visit(small, (int) cursor & small.mask, visitor); //~ oneOfTwo: assert small != large;
    long v = cursor;
    do {
      visit(large, (int) v & large.mask, visitor);
      v = increment(v, large.mask);
    } while ((v & (small.mask ^ large.mask)) != 0);
    return v;
    //< phase 1
  }

  /** Adds one to the bits of the mask, read from the highest to the lowest. */
  private static long increment(long cursor, int mask) {
    //> phase 1: which bit comes first, so that visited buckets stay visited when the size changes?
    long v = cursor | ~Integer.toUnsignedLong(mask);
    return Long.reverse(Long.reverse(v) + 1); //~ countsUpwards: return cursor + 1 & mask;
    //< phase 1
  }

  /** A key at random, each with the same chance. The dictionary must not be empty. */
  public byte[] randomKey(RandomGenerator random) {
    findRandom(random);
    byte[] key = (byte[]) slot(foundSlot);
    assert key != null;
    return key;
  }

  /** The value of the key that {@link #randomKey} has returned. */
  public V randomValue() {
    return value();
  }

  /** Draws places until one is taken: a bucket's fill must not count. */
  private void findRandom(RandomGenerator random) {
    //> phase 1: why is a random bucket not fair?
    assert size > 0;
    long mains = main.mask + 1L;
    long all = mains + (next == null ? 0 : next.mask + 1L);
    while (true) {
      long n = moved < mains && next != null ? random.nextLong(moved, all) : random.nextLong(all);
      Table table = n < mains || next == null ? main : next;
      int bucket = (int) (table == main ? n : n - mains);
      int depth = Math.max(main.depth, next == null ? 1 : next.depth);
      int level = depth == 1 ? 0 : random.nextInt(depth);
      int slot = random.nextInt(SLOTS); //~ alwaysTheFirst: int slot = 0;
      Chain chain = null;
      if (level > 0) {
        chain = table.chain(bucket);
        for (int i = 1; i < level && chain != null; i++) {
          chain = chain.next;
        }
        if (chain == null) {
          continue;
        }
      }
      found(table, chain, bucket, slot);
      if (slot(slot) != null) {
        return;
      }
    }
    //< phase 1
  }

  // ---- introspection

  /** Bytes of the tables without keys and values, for the estimate of a value's size. */
  public long overheadBytes() {
    long buckets = main.mask + 1L + (next == null ? 0 : next.mask + 1L);
    return buckets * (8L + stride * 4L + (marked ? SLOTS * 4L : 0));
  }

  /** A few lines about the tables, as {@code DEBUG HTSTATS} shows them. */
  public String describe() {
    if (size == 0) {
      return "No stats available for empty dictionaries\n";
    }
    return "Hash table 0 stats (main hash table):\n table size: "
        + (main.mask + 1) * (long) SLOTS
        + "\n number of elements: "
        + size
        + "\n"
        + (next == null
            ? ""
            : "Hash table 1 stats (rehashing target):\n table size: "
                + (next.mask + 1) * (long) SLOTS
                + "\n");
  }
}
