package systems.core.cache;

import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A map that forgets the entry that was not used for the longest time when it gets too heavy. One
 * thread uses it; every operation is O(1).
 *
 * <p>An entry is a number and not an object. All that is known of entry {@code e} lies in arrays:
 *
 * <pre>
 *              0 (ring)      1             2          3
 *   links   [ 3    1    - | 0    3    h1 | ...      | 1    0    h3 ]   older, younger, hash
 *   pairs   [             | key  value   | (free)   | key  value   ]
 *
 *   table   [ 0 | tag.3 | 0 | 0 | tag.1 | 0 | ... ]          open addressing, linear probing
 * </pre>
 *
 * <p>A slot of the table is one int: the entry's number in its lower bits, and as many bits of the
 * key's hash as fit above them, the tag. A probe compares tags and never leaves the table's cache
 * line until the tag is right; only then it looks at a key. Entry 0 is the ring's own: the eldest
 * follows it and the youngest comes before it, so that linking has no special cases. Links and hash
 * of an entry lie side by side: who evicts needs all three, and gets them with one cache line.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>An entry is in the ring exactly if one slot of the table names it.
 *   <li>From the home slot of a key to the slot of its entry no slot is empty. A removal therefore
 *       moves later entries of the run back over the hole (Knuth, 6.4, algorithm R): there are no
 *       tombstones, so a full cache that evicts with every insertion never has to be rebuilt.
 *   <li>The table has two thirds more slots than there may be entries; a search ends at an empty
 *       one.
 *   <li>{@code weight} is the sum over the ring, and at most {@code weightMax} whenever no method
 *       runs.
 *   <li>A free entry holds neither key nor value, else the collector would keep them.
 * </ol>
 *
 * <p>The home of a hash is {@code hash * slots >>> 32}: no division, and the table may have any
 * length, so that the load is 3/5 and not somewhere between 3/8 and 3/4. A search that misses then
 * looks at 3.6 slots, at a load of 3/4 it would be 8.5.
 *
 * <p>Rejected: {@code LinkedHashMap} in access order, whose entry of 40 bytes and slot of 5 to 11
 * make up to twice our 27, and whose four references per entry the collector has to follow.
 * Rejected: one more int of hash in the slot instead of the tag; seven bytes an entry for a chance
 * of one in thousands. What is given up: keys that all have the same hash make this O(n), where
 * {@code HashMap} builds trees; a cache in front of strangers wants {@link ConcurrentCache}.
 *
 * <p>As a {@link Map} it does what {@code LinkedHashMap} in access order does, including which
 * calls count as a use, except that null is neither a key nor a value. A read is a use and changes
 * the order, so it ends iterations that run, as there. An entry that alone is heavier than the
 * bound is not kept, and leaves the others alone.
 */
public final class LruCache<K, V> extends EntryMap<K, V> {
  /** Most entries, whatever they weigh. */
  public static final int ENTRIES_MAX = 1 << 28;

  private static final int ENTRIES_FIRST = 15;
  private static final int RING = 0;

  /** What {@code links} has of an entry: three ints, the older one, the younger one, the hash. */
  private static final int STRIDE = 3;

  private static final int YOUNGER = 1;
  private static final int HASH = 2;

  private final long weightMax;
  private final @Nullable Weigher<? super K, ? super V> weigher;
  private final RemovalListener<? super K, ? super V> listener;

  private int entriesRoom;
  private int entryBits;
  private int entryMask;
  private int[] table;
  private int[] links;
  private @Nullable Object[] pairs;
  private int[] weights;

  private int size;
  private long weight;
  private int free;
  private int lastUsed;
  private int modifications;
  private long hits;
  private long misses;
  private long evictions;

  /**
   * A cache of so many entries.
   *
   * @param entriesMax 1 to {@link #ENTRIES_MAX}
   */
  public LruCache(int entriesMax) {
    this(entriesMax, (_, _, _) -> {});
  }

  /**
   * A cache of so many entries that reports what leaves it; the listener must not use the cache.
   */
  public LruCache(int entriesMax, RemovalListener<? super K, ? super V> listener) {
    this(entriesMax, null, listener);
    if (entriesMax > ENTRIES_MAX) {
      throw new IllegalArgumentException(
          entriesMax + " entries; a cache may have " + ENTRIES_MAX + " at most");
    }
  }

  /**
   * A cache of so much weight that reports what leaves it; the listener must not use the cache.
   *
   * @param weightMax 1 or more
   * @param weigher null: each entry weighs 1
   */
  public LruCache(
      long weightMax,
      @Nullable Weigher<? super K, ? super V> weigher,
      RemovalListener<? super K, ? super V> listener) {
    if (weightMax < 1) {
      throw new IllegalArgumentException("a bound of " + weightMax + "; it must be 1 or more");
    }
    this.weightMax = weightMax;
    this.weigher = weigher;
    this.listener = Objects.requireNonNull(listener);
    entriesRoom = (int) Math.min(ENTRIES_FIRST, weigher == null ? weightMax : ENTRIES_FIRST);
    entryBits = Integer.SIZE - Integer.numberOfLeadingZeros(entriesRoom);
    entryMask = (1 << entryBits) - 1;
    table = new int[slots(entriesRoom)];
    links = new int[STRIDE * (entriesRoom + 1)];
    pairs = new Object[2 * (entriesRoom + 1)];
    weights = new int[weigher == null ? 0 : entriesRoom + 1];
  }

  private static int slots(int entries) {
    return (int) (entries * 5L / 3) + 1;
  }

  @Override
  public @Nullable V get(Object key) {
    //> phase 1: a hit is a use; what else does it change, and what does a miss?
    int entry = find(key, hash(key));
    if (entry == RING) {
      misses++;
      return null;
    }
    hits++;
    use(entry); //~ readsAreNoUse: assert entry != RING;
    return value(entry);
    //< phase 1
  }

  @Override
  public V getOrDefault(Object key, V otherwise) {
    V value = get(key);
    return value != null ? value : otherwise;
  }

  @Override
  public @Nullable V put(K key, V value) {
    Objects.requireNonNull(value);
    //> phase 1: the key is there, or it is not; what leaves in each case, and who hears of it?
    int hash = hash(key);
    int entry = find(key, hash);
    if (entry == RING) {
      insert(key, hash, value);
      return null;
    }
    V old = value(entry);
    use(entry);
    replace(entry, value);
    return old;
    //< phase 1
  }

  @Override
  public @Nullable V putIfAbsent(K key, V value) {
    Objects.requireNonNull(value);
    int hash = hash(key);
    int entry = find(key, hash);
    if (entry == RING) {
      insert(key, hash, value);
      return null;
    }
    use(entry);
    return value(entry);
  }

  @Override
  public @Nullable V remove(Object key) {
    //> phase 1: in which order do you unlink, free and report?
    int entry = find(key, hash(key));
    if (entry == RING) {
      return null;
    }
    V old = value(entry);
    remove(entry, RemovalCause.EXPLICIT);
    return old;
    //< phase 1
  }

  @Override
  public boolean remove(Object key, @Nullable Object value) {
    int entry = find(key, hash(key));
    if (entry == RING || !value(entry).equals(value)) {
      return false;
    }
    remove(entry, RemovalCause.EXPLICIT);
    return true;
  }

  @Override
  public @Nullable V replace(K key, V value) {
    Objects.requireNonNull(value);
    int entry = find(key, hash(key));
    if (entry == RING) {
      return null;
    }
    V old = value(entry);
    use(entry);
    replace(entry, value);
    return old;
  }

  @Override
  public boolean replace(K key, V old, V value) {
    Objects.requireNonNull(value);
    int entry = find(key, hash(key));
    if (entry == RING || !value(entry).equals(old)) {
      return false;
    }
    use(entry);
    replace(entry, value);
    return true;
  }

  @Override
  public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
    V present = get(key);
    if (present != null) {
      return present;
    }
    int before = modifications;
    V computed = function.apply(key);
    checkUnmodifiedSince(before);
    if (computed != null) {
      insert(key, hash(key), computed);
    }
    return computed;
  }

  @Override
  public @Nullable V computeIfPresent(
      K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
    return find(key, hash(key)) == RING
        ? null
        : compute(key, (k, v) -> function.apply(k, given(v)));
  }

  @Override
  public @Nullable V merge(
      K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
    Objects.requireNonNull(value);
    return compute(key, (_, old) -> old == null ? value : function.apply(old, value));
  }

  @Override
  public @Nullable V compute(
      K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
    //> phase 1: what if the function gives null, and what if it changes this very map?
    int hash = hash(key);
    int entry = find(key, hash);
    int before = modifications;
    V computed = function.apply(key, entry == RING ? null : value(entry));
    checkUnmodifiedSince(before);
    if (entry == RING) {
      if (computed != null) {
        insert(key, hash, computed);
      }
    } else if (computed == null) {
      remove(entry, RemovalCause.EXPLICIT);
    } else {
      use(entry);
      replace(entry, computed);
    }
    return computed;
    //< phase 1
  }

  private void checkUnmodifiedSince(int before) {
    if (modifications != before) {
      throw new ConcurrentModificationException("a function changed the cache that called it");
    }
  }

  private static <T> T given(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  @Override
  public void clear() {
    while (size > 0) {
      remove(younger(RING), RemovalCause.EXPLICIT);
    }
    modifications++;
  }

  private void insert(K key, int hash, V value) {
    //> phase 1: what must leave before the new entry comes, and what if it alone is too heavy?
    modifications++;
    int heavy = weigh(key, value);
    if (heavy > weightMax) {
      evictions++;
      listener.removed(key, value, RemovalCause.SIZE);
      return;
    }
    makeRoom(heavy);
    int entry = allocate();
    links[STRIDE * entry + HASH] = hash;
    pairs[2 * entry] = key;
    pairs[2 * entry + 1] = value;
    if (weigher != null) {
      weights[entry] = heavy;
    }
    weight += heavy;
    occupy(hash, entry);
    linkYoungest(entry);
    size++;
    //< phase 1
  }

  private void replace(int entry, V value) {
    //> phase 1: the new value may be heavier than the old one; who goes?
    K key = key(entry);
    V old = value(entry);
    int heavy = weigh(key, value);
    if (heavy > weightMax) {
      remove(entry, RemovalCause.REPLACED);
      evictions++;
      listener.removed(key, value, RemovalCause.SIZE);
      return;
    }
    pairs[2 * entry + 1] = value;
    weight += heavy - weightOf(entry); //~ staleWeight: assert heavy >= 0;
    if (weigher != null) {
      weights[entry] = heavy;
    }
    makeRoom(0);
    if (old != value) {
      listener.removed(key, old, RemovalCause.REPLACED);
    }
    //< phase 1
  }

  private int weigh(K key, V value) {
    return weigher == null ? 1 : Weigher.checked(weigher, key, value);
  }

  private int weightOf(int entry) {
    return weigher == null ? 1 : weights[entry];
  }

  //> phase 1 only
  /** Removes the eldest until so much more fits; what was just used is the last to go. */
  private void makeRoom(int heavy) {
    while (weight + heavy > weightMax || size == ENTRIES_MAX) {
      evictions++;
      int eldest = younger(RING); //~ evictsYoungest: int eldest = links[RING];
      remove(eldest, RemovalCause.SIZE);
    }
  }

  private int allocate() {
    if (free != RING) {
      int entry = free;
      free = younger(entry);
      return entry;
    }
    if (lastUsed == entriesRoom) {
      grow();
    }
    return ++lastUsed;
  }

  private void grow() {
    long wanted = Math.min(2L * entriesRoom + 1, ENTRIES_MAX);
    entriesRoom = (int) (weigher == null ? Math.min(wanted, weightMax) : wanted);
    entryBits = Integer.SIZE - Integer.numberOfLeadingZeros(entriesRoom);
    entryMask = (1 << entryBits) - 1;
    links = Arrays.copyOf(links, STRIDE * (entriesRoom + 1));
    pairs = Arrays.copyOf(pairs, 2 * (entriesRoom + 1));
    weights = weigher == null ? weights : Arrays.copyOf(weights, entriesRoom + 1);
    table = new int[slots(entriesRoom)];
    for (int entry = younger(RING); entry != RING; entry = younger(entry)) {
      occupy(hashOf(entry), entry);
    }
  }

  //< phase 1

  private void remove(int entry, RemovalCause cause) {
    //> phase 1: the slot, the ring, the weight, the references: what must be done, and what last?
    modifications++;
    K key = key(entry);
    V value = value(entry);
    vacate(entry);
    unlink(entry);
    pairs[2 * entry] = null;
    pairs[2 * entry + 1] = null;
    links[STRIDE * entry + YOUNGER] = free;
    free = entry;
    size--;
    weight -= weightOf(entry);
    assert weight >= 0;
    listener.removed(key, value, cause);
    //< phase 1
  }

  /** Makes an entry the youngest. */
  private void use(int entry) {
    //> phase 1: which four links change?
    if (younger(entry) != RING) {
      modifications++;
      unlink(entry);
      linkYoungest(entry);
    }
    //< phase 1
  }

  private void unlink(int entry) {
    //> phase 1: do you need to know whether it is the first or the last?
    int older = links[STRIDE * entry];
    int younger = links[STRIDE * entry + YOUNGER];
    links[STRIDE * older + YOUNGER] = younger;
    links[STRIDE * younger] = older;
    //< phase 1
  }

  private void linkYoungest(int entry) {
    //> phase 1: between which two does the youngest stand?
    int older = links[STRIDE * RING];
    links[STRIDE * entry] = older;
    links[STRIDE * entry + YOUNGER] = RING;
    links[STRIDE * older + YOUNGER] = entry;
    links[STRIDE * RING] = entry;
    //< phase 1
  }

  private int younger(int entry) {
    return links[STRIDE * entry + YOUNGER];
  }

  private int hashOf(int entry) {
    return links[STRIDE * entry + HASH];
  }

  @SuppressWarnings("unchecked") // only insert() writes keys
  private K key(int entry) {
    return (K) given(pairs[2 * entry]);
  }

  @SuppressWarnings("unchecked") // only insert() and replace() write values
  private V value(int entry) {
    return (V) given(pairs[2 * entry + 1]);
  }

  /** Both ends count: the upper bits choose the home, the lower ones are the tag. */
  private static int hash(Object key) {
    int mixed = key.hashCode() * 0x9E3779B9;
    return mixed ^ mixed >>> 15;
  }

  private int home(int hash) {
    return (int) ((hash & 0xFFFF_FFFFL) * table.length >>> 32);
  }

  private int next(int slot) {
    return slot + 1 < table.length ? slot + 1 : 0;
  }

  //> phase 1 only
  /**
   * Most keys that are looked up are the very object that was put: then there is nothing to read.
   */
  private boolean isKey(int entry, Object key) {
    Object mine = pairs[2 * entry];
    return mine == key || key.equals(mine);
  }

  //< phase 1

  /** The entry of a key, or {@link #RING}. */
  private int find(Object key, int hash) {
    //> phase 1: when may a search stop without having found it?
    int tag = hash << entryBits;
    for (int slot = home(hash); ; slot = next(slot)) {
      int found = table[slot];
      if (found == 0) {
        return RING;
      }
      int entry = found & entryMask;
      boolean same = (found ^ entry) == tag;
      if (same && isKey(entry, key)) { //~ tagsAreKeys: if (same) {
        return entry;
      }
    }
    //< phase 1
  }

  //> phase 1 only
  private void occupy(int hash, int entry) {
    int slot = home(hash);
    while (table[slot] != 0) {
      slot = next(slot);
    }
    table[slot] = hash << entryBits | entry;
  }

  /** Empties the slot of an entry, and moves back what its run needs to stay reachable. */
  private void vacate(int entry) {
    int hole = home(hashOf(entry));
    while ((table[hole] & entryMask) != entry) {
      hole = next(hole);
    }
    for (int slot = next(hole); table[slot] != 0; slot = next(slot)) {
      int home = home(hashOf(table[slot] & entryMask));
      int steps = distance(home, slot);
      if (steps >= distance(hole, slot)) { //~ tearsRuns: if (steps < 0) {
        table[hole] = table[slot];
        hole = slot;
      }
    }
    table[hole] = 0;
  }

  private int distance(int from, int to) {
    return to >= from ? to - from : to - from + table.length;
  }

  //< phase 1

  @Override
  @Nullable V peek(Object key) {
    int entry = find(key, hash(key));
    return entry == RING ? null : value(entry);
  }

  @Override
  public int size() {
    return size;
  }

  /** The sum of the weights of all entries. */
  public long weight() {
    return weight;
  }

  /** Most that {@link #weight} may be. */
  public long weightMax() {
    return weightMax;
  }

  /** Bytes that the arrays take, with references of four bytes. */
  long bytes() {
    long ints = (long) table.length + links.length + weights.length;
    return Integer.BYTES * (ints + pairs.length);
  }

  /** Lookups by {@code get}, {@code getOrDefault} and {@code computeIfAbsent}, and evictions. */
  public CacheStats stats() {
    return new CacheStats(hits, misses, 0, 0, 0, evictions);
  }

  @Override
  public void forEach(BiConsumer<? super K, ? super V> action) {
    int before = modifications;
    for (int entry = younger(RING); entry != RING; entry = younger(entry)) {
      action.accept(key(entry), value(entry));
      checkUnmodifiedSince(before);
    }
  }

  /** Goes from the eldest to the youngest; stops with an exception if the order changes. */
  @Override
  Iterator<Map.Entry<K, V>> entries() {
    return new Entries();
  }

  private final class Entries implements Iterator<Map.Entry<K, V>> {
    private int next = younger(RING);
    private int last = RING;
    private int expected = modifications;

    @Override
    public boolean hasNext() {
      return next != RING;
    }

    @Override
    public Map.Entry<K, V> next() {
      check();
      if (next == RING) {
        throw new NoSuchElementException();
      }
      last = next;
      next = younger(last);
      return new Pair(last);
    }

    @Override
    public void remove() {
      if (last == RING) {
        throw new IllegalStateException("nothing to remove: next() was not called");
      }
      check();
      LruCache.this.remove(last, RemovalCause.EXPLICIT);
      last = RING;
      expected = modifications;
    }

    private void check() {
      if (expected != modifications) {
        throw new ConcurrentModificationException("the cache was used while it was iterated");
      }
    }

    /** An entry whose new value goes into the cache; that is no use and keeps the order. */
    private final class Pair extends SimpleEntry<K, V> {
      private Pair(int entry) {
        super(key(entry), value(entry));
      }

      @Override
      public V setValue(V value) {
        Objects.requireNonNull(value);
        int entry = find(getKey(), hash(getKey()));
        if (entry != RING) {
          boolean current = expected == modifications;
          replace(entry, value);
          expected = current ? modifications : expected;
        }
        return super.setValue(value);
      }
    }
  }
}
