package systems.kvstore.table;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;

/**
 * The newest writes of a store, sorted and in memory, until they are flushed to a table.
 *
 * <pre>
 *   add(17, PUT, "b", ..)          add(19, DELETE_RANGE, "a", "f")
 *        |                                |
 *        v                                v
 *   ArenaSkipList, off-heap         list of tombstones, on the heap
 *   a@12 b@17 b@9 d@15 ...          [a, f)@19  [c, k)@14
 *        |                                | cut into fragments when
 *        |                                v somebody asks
 *   get(), cursor()                 rangeTombstones()
 * </pre>
 *
 * Every write is an entry of its own, a deletion too: it must go on hiding what older tables hold.
 * So nothing is ever overwritten, and a reader needs no lock: it looks for {@code (key, snapshot)}
 * and the first entry there is the version it may see. Range deletions would be in the way of that
 * search. They are kept apart, and {@link #get} knows nothing of them: the store asks {@link
 * #rangeTombstones()} first and drops what a tombstone covers.
 *
 * <p>What holds:
 *
 * <ol>
 *   <li>An {@link #add} that has returned is seen by every later {@link #get} and cursor move.
 *   <li>{@link #bytesUsed()} never decreases and covers the tombstones' bytes too, so a memtable
 *       full of range deletions fills up like any other.
 *   <li>If {@link #fits} said yes and nothing was added since, the writes asked for do fit.
 * </ol>
 *
 * <p>Fragments are cut again after a tombstone was added and only when they are asked for; until
 * the first one, {@link #rangeTombstones()} is two volatile reads. A store that deletes ranges and
 * reads in turns pays for a cut per pair.
 *
 * <p>The arena is allocated by the first write: it is zeroed then, which takes some milliseconds,
 * and a store that is opened to be read shall not wait for it. Who makes a memtable ahead of its
 * use calls {@link #allocate}.
 *
 * <p>Any method may be called from any thread; adding needs different sequence numbers only. {@link
 * #close()} frees the arena: a reader that is still inside gets an {@link IllegalStateException}
 * ("Already closed") and has to look into the version of the store that replaced this one.
 */
public final class MemTable implements AutoCloseable {
  /** Most bytes of one memtable. */
  public static final long BYTES_MAX = ArenaSkipList.CAPACITY_MAX;

  /** What {@link #fits} counts for each write beyond its key and value. */
  public static final int WRITE_OVERHEAD_BYTES = ArenaSkipList.ENTRY_OVERHEAD_BYTES_MAX;

  private final long bytesMax;
  private volatile @Nullable ArenaSkipList list; // null until somebody needs it
  private boolean closed; // guarded by this
  private final AtomicInteger entries = new AtomicInteger();

  private final List<RangeTombstones.Tombstone> tombstones = new ArrayList<>(); // guarded by itself
  private volatile long tombstoneBytes;
  private volatile int tombstoneCount;
  private volatile Fragments fragments = new Fragments(0, RangeTombstones.NONE);

  /** The first {@code count} tombstones, cut. */
  private record Fragments(int count, RangeTombstones cut) {}

  /**
   * @param bytesMax capacity of the arena in bytes, 4 KiB to {@link #BYTES_MAX}
   */
  public MemTable(long bytesMax) {
    if (bytesMax < ArenaSkipList.CAPACITY_MIN || bytesMax > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a memtable of " + bytesMax + " bytes; it may have 4096 to " + BYTES_MAX);
    }
    this.bytesMax = bytesMax;
  }

  private ArenaSkipList list() {
    var known = list;
    return known != null ? known : allocated();
  }

  private synchronized ArenaSkipList allocated() {
    if (closed) {
      throw new IllegalStateException("Already closed");
    }
    var known = list;
    if (known == null) {
      known = new ArenaSkipList(bytesMax, ThreadLocalRandom.current().nextLong());
      list = known;
    }
    return known;
  }

  /** Takes the memory now, so that the first write does not have to wait for it. */
  public MemTable allocate() {
    allocated();
    return this;
  }

  /** Whether {@code count} writes with {@code bytes} bytes of keys and values surely fit. */
  public boolean fits(int count, long bytes) {
    assert count >= 0 && bytes >= 0;
    return bytesUsed() + bytes + (long) count * WRITE_OVERHEAD_BYTES <= bytesMax;
  }

  /**
   * Adds a version; for DELETE_RANGE key is begin and value is end. Any number of threads.
   *
   * @throws IllegalArgumentException if it does not fit: {@link #fits} must have been asked
   */
  public void add(long sequence, EntryKind kind, Slice key, Slice value) {
    if (kind == EntryKind.DELETE_RANGE) {
      addTombstone(new RangeTombstones.Tombstone(key.toByteArray(), value.toByteArray(), sequence));
    } else {
      list()
          .insert(
              key.array(),
              key.offset(),
              key.length(),
              InternalKey.trailer(sequence, kind),
              value.array(),
              value.offset(),
              value.length());
    }
    entries.getAndIncrement();
  }

  private void addTombstone(RangeTombstones.Tombstone tombstone) {
    //> phase 5: why is a range deletion not an entry of the list, at its first key?
    long bytes = (long) tombstone.begin().length + tombstone.end().length + WRITE_OVERHEAD_BYTES;
    synchronized (tombstones) {
      tombstones.add(tombstone);
      tombstoneBytes += bytes;
      tombstoneCount = tombstones.size();
    }
    //< phase 5
  }

  /**
   * Looks for the newest version of a key that the lookup's snapshot may see, range tombstones
   * aside. Allocates nothing if the buffer is large enough.
   */
  public PointLookup.Outcome get(PointLookup lookup, ValueBuffer into) {
    //> phase 3: the list is sorted by key, then newest first; which single search finds it?
    var list = this.list;
    if (list == null) {
      return PointLookup.Outcome.ABSENT;
    }
    byte[] key = lookup.array();
    int length = lookup.userLength();
    long prefix = lookup.prefix();
    int node = list.seek(key, 0, length, prefix, InternalKey.seekTrailer(lookup.snapshot()));
    if (node == ArenaSkipList.END || !list.hasUserKey(node, key, 0, length, prefix)) {
      return PointLookup.Outcome.ABSENT;
    }
    return outcome(list, node, lookup, into);
    //< phase 3
  }

  //> phase 3 only
  private static PointLookup.Outcome outcome(
      ArenaSkipList list, int node, PointLookup lookup, ValueBuffer into) {
    long trailer = list.trailer(node);
    assert InternalKey.sequence(trailer) <= lookup.snapshot();
    lookup.foundAt(trailer);
    if (InternalKey.kind(trailer) != EntryKind.PUT.code()) {
      return PointLookup.Outcome.DELETED; //~ olderShows: return PointLookup.Outcome.ABSENT;
    }
    int length = list.valueLength(node);
    list.copyValue(node, length, into.resize(length));
    return PointLookup.Outcome.FOUND;
  }

  //< phase 3

  /** A cursor over the entries as they stand, later additions included. */
  public EntryCursor cursor() {
    return new Cursor(list());
  }

  /** The range deletions that were added so far, fragmented. */
  public RangeTombstones rangeTombstones() {
    //> phase 5: cut once per addition and not once per read; who may see which fragments?
    Fragments known = fragments;
    return known.count == tombstoneCount ? known.cut : cutAgain(); //~ stale: return known.cut;
    //< phase 5 with: return RangeTombstones.NONE;
  }

  //> phase 5 only
  private RangeTombstones cutAgain() {
    synchronized (tombstones) {
      if (fragments.count != tombstones.size()) {
        var cut = RangeTombstones.of(tombstones);
        fragments = new Fragments(tombstones.size(), cut);
      }
      return fragments.cut;
    }
  }

  //< phase 5

  /** Number of writes added, deletions of both kinds included. */
  public int entries() {
    return entries.get();
  }

  /** Bytes of the arena in use, plus those of the range tombstones. */
  public long bytesUsed() {
    var known = list;
    return (known == null ? ArenaSkipList.FIRST : known.bytesUsed()) + tombstoneBytes;
  }

  /** Frees the arena; readers that are still inside get an IllegalStateException. */
  @Override
  public synchronized void close() {
    closed = true;
    var known = list;
    if (known != null) {
      known.close();
    }
  }

  /** A position in the list. The key is copied at each step, the value when somebody asks. */
  private static final class Cursor implements EntryCursor {
    private final ArenaSkipList list;
    private int node = ArenaSkipList.END;
    private byte[] keyBytes = new byte[64];
    private byte[] valueBytes = new byte[256];
    private final Slice key = new Slice();
    private final Slice value = new Slice();
    private boolean hasValue;

    Cursor(ArenaSkipList list) {
      this.list = list;
    }

    private void moveTo(int newNode) {
      node = newNode;
      hasValue = false;
      if (newNode != ArenaSkipList.END) {
        int length = list.userLength(newNode);
        int needed = ArenaSkipList.keyCopyBytes(length);
        if (keyBytes.length < needed) {
          keyBytes = new byte[2 * needed];
        }
        list.copyKey(newNode, length, keyBytes);
        key.set(keyBytes, 0, length + InternalKey.TRAILER_BYTES);
      }
    }

    @Override
    public boolean valid() {
      return node != ArenaSkipList.END;
    }

    @Override
    public void first() {
      moveTo(list.first());
    }

    @Override
    public void seek(Slice target) {
      byte[] array = target.array();
      int offset = target.offset();
      int length = InternalKey.userLength(target);
      long prefix = InternalKey.prefix(array, offset, length);
      moveTo(list.seek(array, offset, length, prefix, InternalKey.trailer(target)));
    }

    @Override
    public void next() {
      assert valid();
      moveTo(list.next(node));
    }

    @Override
    public void last() {
      moveTo(list.last());
    }

    @Override
    public void seekForPrev(Slice target) {
      byte[] array = target.array();
      int offset = target.offset();
      int length = InternalKey.userLength(target);
      long prefix = InternalKey.prefix(array, offset, length);
      moveTo(list.lastUntil(array, offset, length, prefix, InternalKey.trailer(target)));
    }

    @Override
    public void prev() {
      assert valid();
      int length = InternalKey.userLength(key);
      moveTo(list.lastBefore(keyBytes, 0, length, prefix(), InternalKey.trailer(key)));
    }

    @Override
    public Slice key() {
      assert valid();
      return key;
    }

    @Override
    public Slice value() {
      assert valid();
      if (!hasValue) {
        int length = list.valueLength(node);
        if (valueBytes.length < length) {
          valueBytes = new byte[Math.max(length, (int) Math.min(2L * valueBytes.length, 1 << 20))];
        }
        list.copyValue(node, length, valueBytes);
        value.set(valueBytes, 0, length);
        hasValue = true;
      }
      return value;
    }

    @Override
    public long prefix() {
      return list.prefix(node);
    }

    @Override
    public void close() {
      node = ArenaSkipList.END;
    }
  }
}
