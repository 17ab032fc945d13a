package systems.redis.types;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream: entries in the order of their ids, in nodes of about a hundred, and the groups that
 * read it.
 *
 * <pre>
 *   nodes, by the id of their first entry:   [1-0 .. 9-3]  [9-4 .. 20-0]  [21-0 ..      ]
 *
 *   node    listpack: [count][deleted][fields n][field]*n [0]     the head: first id's field names
 *           entry*:   [flags][ms - head ms][seq - head seq]
 *                     ( same fields:  [value]*n
 *                     | other fields: [m] ([field][value])*m )
 *                     [elements of this entry]                    to walk backwards
 * </pre>
 *
 * <p>Most entries of a stream have the same fields, whose names are then stored once a node, and
 * ids are small differences: a short entry costs a few bytes. Deleting sets a flag; a node without
 * living entries goes. Redis keeps the nodes in a radix tree; here they are in a sorted array,
 * since they come at the end and go at the front. The listpacks are Redis' own.
 *
 * <p>Invariants: first ids ascend; {@code size} is the number of entries that are not deleted;
 * {@code lastId} never falls; a pending entry is in its group's list and in one consumer's.
 */
public final class StreamValue implements Aggregate {
  private static final int DELETED = 1;
  private static final int SAME_FIELDS = 2;

  /** A node and the id that its entries are relative to. */
  public static final class Node {
    final StreamId master;
    Listpack pack;

    public Node(StreamId master, Listpack pack) {
      this.master = master;
      this.pack = pack;
    }

    public StreamId master() {
      return master;
    }

    public Listpack pack() {
      return pack;
    }

    long count() {
      return pack.integer(pack.first());
    }

    long deleted() {
      return pack.integer(pack.next(pack.first()));
    }
  }

  /** One entry: fields and values in turns. */
  public record Entry(StreamId id, byte[][] fields) {}

  /** An entry that was delivered and not acknowledged. */
  public static final class Pending {
    public Consumer consumer;
    public long deliveredMillis;
    public long deliveries;

    public Pending(Consumer consumer, long deliveredMillis, long deliveries) {
      this.consumer = consumer;
      this.deliveredMillis = deliveredMillis;
      this.deliveries = deliveries;
    }
  }

  /** One of a group's readers. */
  public static final class Consumer {
    public final byte[] name;
    public long seenMillis;
    public final TreeMap<StreamId, Pending> pending = new TreeMap<>();

    public Consumer(byte[] name, long seenMillis) {
      this.name = name;
      this.seenMillis = seenMillis;
    }
  }

  /** Readers that share the entries among themselves. */
  public static final class Group {
    /** Not known any more how many entries the group has read. */
    public static final long UNKNOWN = -1;

    public StreamId lastId;
    public long entriesRead;
    public final TreeMap<StreamId, Pending> pending = new TreeMap<>();
    public final TreeMap<byte[], Consumer> consumers = new TreeMap<>(Arrays::compareUnsigned);

    public Group(StreamId lastId, long entriesRead) {
      this.lastId = lastId;
      this.entriesRead = entriesRead;
    }
  }

  private final Limits limits;
  private @Nullable Node[] nodes = new @Nullable Node[1];
  private int first;
  private int end;
  private long size;

  public StreamId lastId = StreamId.MIN;
  public StreamId maxDeletedId = StreamId.MIN;
  public long entriesAdded;
  public final TreeMap<byte[], Group> groups = new TreeMap<>(Arrays::compareUnsigned);

  public StreamValue(Limits limits) {
    this.limits = limits;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String encoding() {
    return "stream";
  }

  public int nodeCount() {
    return end - first;
  }

  public Node node(int index) {
    return at(first + index);
  }

  private Node at(int index) {
    Node node = nodes[index];
    assert node != null : "no node at " + index;
    return node;
  }

  /** For a load. */
  public void addNode(Node node) {
    if (end == nodes.length) {
      int live = end - first;
      @Nullable Node[] target = first > live ? nodes : new @Nullable Node[nodes.length * 2];
      System.arraycopy(nodes, first, target, 0, live);
      Arrays.fill(target, live, target.length, null);
      nodes = target;
      first = 0;
      end = live;
    }
    assert end == first || at(end - 1).master.compareTo(node.master) < 0 : "first ids ascend";
    nodes[end++] = node;
  }

  /** For a load. */
  public void size(long entries) {
    size = entries;
  }

  private void removeNode(int index) {
    assert index >= first && index < end : "no node at " + index;
    if (index == first) {
      nodes[first++] = null;
    } else {
      System.arraycopy(nodes, index + 1, nodes, index, end - index - 1);
      nodes[--end] = null;
    }
  }

  /** The index of the last node that begins at the id or before it; first - 1 if there is none. */
  private int floor(StreamId id) {
    int low = first;
    int high = end - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (at(middle).master.compareTo(id) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  // ---- adding

  /** Appends an entry with an id above {@link #lastId}. */
  public void add(StreamId id, byte[][] fields) {
    assert id.compareTo(lastId) > 0 : "lastId never falls";
    assert fields.length % 2 == 0 : "fields and values in turns";
    long bytes = 0;
    for (byte[] field : fields) {
      bytes += field.length;
    }
    Node last = end > first ? at(end - 1) : null;
    if (last == null || isFull(last, bytes)) {
      last = new Node(id, master(fields));
      addNode(last);
    }
    append(last, id, fields);
    size++;
    entriesAdded++;
    lastId = id;
  }

  private boolean isFull(Node node, long more) {
    long limit = limits.streamNodeBytes == 0 ? Listpack.BYTES_MAX : limits.streamNodeBytes;
    if (node.pack.size() + more >= limit) {
      return true;
    }
    return limits.streamNodeEntries != 0
        && node.count() + node.deleted() >= limits.streamNodeEntries;
  }

  private static Listpack master(byte[][] fields) {
    var pack = new Listpack();
    pack.append(0);
    pack.append(0);
    pack.append(fields.length / 2);
    for (int i = 0; i < fields.length; i += 2) {
      pack.append(fields[i]);
    }
    pack.append(0);
    return pack;
  }

  private static void append(Node node, StreamId id, byte[][] fields) {
    Listpack pack = node.pack;
    boolean same = hasMasterFields(pack, fields);
    pack.append(same ? SAME_FIELDS : 0);
    pack.append(id.ms() - node.master.ms());
    pack.append(id.seq() - node.master.seq());
    int n = fields.length / 2;
    if (!same) {
      pack.append(n);
    }
    for (int i = 0; i < fields.length; i += 2) {
      if (!same) {
        pack.append(fields[i]);
      }
      pack.append(fields[i + 1]);
    }
    pack.append(same ? n + 3 : 2 * n + 4);
    pack.replace(pack.first(), node.count() + 1);
  }

  private static boolean hasMasterFields(Listpack pack, byte[][] fields) {
    int at = pack.next(pack.next(pack.first()));
    if (pack.integer(at) != fields.length / 2) {
      return false;
    }
    for (int i = 0; i < fields.length; i += 2) {
      at = pack.next(at);
      if (!pack.equals(at, fields[i])) {
        return false;
      }
    }
    return true;
  }

  // ---- walking

  /** A walk over the entries of a range, forward or backward. */
  public final class Walk {
    private final StreamId from;
    private final StreamId to;
    private final boolean forward;
    private int index;
    private @Nullable Listpack pack;
    private int at = Listpack.NONE; // of the flags of the next entry to look at
    private int masterFields;
    private int masterAt;
    private @Nullable StreamId id;
    private int entryAt;
    private int fieldCount;
    private int fieldsAt;
    private boolean same;

    Walk(StreamId from, StreamId to, boolean forward) {
      this.from = from;
      this.to = to;
      this.forward = forward;
      index = forward ? Math.max(first, floor(from)) : floor(to);
      enter();
    }

    private void enter() {
      if (index < first || index >= end) {
        pack = null;
        return;
      }
      Listpack p = at(index).pack;
      pack = p;
      int n = p.next(p.next(p.first()));
      masterFields = (int) p.integer(n);
      masterAt = p.next(n);
      int a = masterAt;
      for (int i = 0; i < masterFields; i++) {
        a = p.next(a);
      }
      at = forward ? p.next(a) : lastEntry(p, a);
    }

    /** The flags of the last entry, found by its element count; NONE if the terminator is last. */
    private int lastEntry(Listpack p, int terminator) {
      int last = p.last();
      return last == terminator ? Listpack.NONE : entryFrom(p, last);
    }

    private int entryFrom(Listpack p, int countAt) {
      int a = countAt;
      for (long n = p.integer(countAt); n > 0; n--) {
        a = p.previous(a);
      }
      return a;
    }

    /** Goes to the next living entry of the range; false at the end. */
    public boolean next() {
      while (pack != null) {
        if (at == Listpack.NONE) {
          index += forward ? 1 : -1;
          enter();
          continue;
        }
        boolean deleted = read(pack);
        StreamId there = id();
        if (forward ? there.compareTo(to) > 0 : there.compareTo(from) < 0) {
          pack = null;
          return false;
        }
        if (!deleted && (forward ? there.compareTo(from) >= 0 : there.compareTo(to) <= 0)) {
          return true;
        }
      }
      return false;
    }

    private boolean read(Listpack p) {
      entryAt = at;
      long flags = p.integer(at);
      int a = p.next(at);
      StreamId master = at(index).master;
      long ms = master.ms() + p.integer(a);
      a = p.next(a);
      id = new StreamId(ms, master.seq() + p.integer(a));
      a = p.next(a);
      same = (flags & SAME_FIELDS) != 0;
      if (same) {
        fieldCount = masterFields;
      } else {
        fieldCount = (int) p.integer(a);
        a = p.next(a);
      }
      fieldsAt = a;
      if (forward) {
        for (int i = same ? fieldCount : 2 * fieldCount; i > 0; i--) {
          a = p.next(a);
        }
        at = p.next(a);
      } else {
        int before = p.previous(entryAt);
        // the terminator of the head is a zero, and every entry has at least three elements
        at = p.integer(before) == 0 ? Listpack.NONE : entryFrom(p, before);
      }
      return (flags & DELETED) != 0;
    }

    public StreamId id() {
      assert id != null;
      return id;
    }

    public byte[][] fields() {
      Listpack p = pack;
      assert p != null;
      byte[][] fields = new byte[fieldCount * 2][];
      int name = masterAt;
      int a = fieldsAt;
      for (int i = 0; i < fieldCount; i++) {
        if (same) {
          fields[2 * i] = p.get(name);
          name = p.next(name);
        } else {
          fields[2 * i] = p.get(a);
          a = p.next(a);
        }
        fields[2 * i + 1] = p.get(a);
        a = p.next(a);
      }
      return fields;
    }

    private void delete() {
      Node node = at(index);
      if (node.count() == 1) {
        removeNode(index);
      } else {
        Listpack p = node.pack;
        p.replace(entryAt, p.integer(entryAt) | DELETED);
        long count = node.count();
        long deleted = node.deleted();
        p.replace(p.first(), count - 1);
        p.replace(p.next(p.first()), deleted + 1);
      }
      size--;
      assert (size == 0) == (first == end) : "a node without living entries goes";
      pack = null;
    }
  }

  public Walk forward(StreamId from, StreamId to) {
    return new Walk(from, to, true);
  }

  public Walk backward(StreamId from, StreamId to) {
    return new Walk(from, to, false);
  }

  public boolean contains(StreamId id) {
    return forward(id, id).next();
  }

  public @Nullable Entry get(StreamId id) {
    Walk walk = forward(id, id);
    return walk.next() ? new Entry(walk.id(), walk.fields()) : null;
  }

  public @Nullable Entry firstEntry() {
    Walk walk = forward(StreamId.MIN, StreamId.MAX);
    return walk.next() ? new Entry(walk.id(), walk.fields()) : null;
  }

  public @Nullable Entry lastEntry() {
    Walk walk = backward(StreamId.MIN, StreamId.MAX);
    return walk.next() ? new Entry(walk.id(), walk.fields()) : null;
  }

  /** The id of the first entry, or 0-0. */
  public StreamId firstId() {
    Walk walk = forward(StreamId.MIN, StreamId.MAX);
    return walk.next() ? walk.id() : StreamId.MIN;
  }

  // ---- deleting

  /** Whether it was there. */
  public boolean delete(StreamId id) {
    Walk walk = forward(id, id);
    if (!walk.next()) {
      return false;
    }
    walk.delete();
    return true;
  }

  /**
   * Takes entries from the front until so many are left.
   *
   * @param whole only whole nodes, as {@code ~} allows
   * @param limit at most so many entries are taken; 0 for any number
   */
  public long trimToLength(long length, boolean whole, long limit) {
    return trim(whole, limit, (count, _) -> size - count >= length, _ -> size > length);
  }

  /** Takes the entries with lower ids from the front. */
  public long trimToId(StreamId min, boolean whole, long limit) {
    return trim(whole, limit, (_, last) -> last.compareTo(min) < 0, id -> id.compareTo(min) < 0);
  }

  private interface NodeTest {
    boolean goes(long count, StreamId lastId);
  }

  private interface EntryTest {
    boolean goes(StreamId id);
  }

  private long trim(boolean whole, long limit, NodeTest nodeGoes, EntryTest entryGoes) {
    long removed = 0;
    while (first < end) {
      Node node = at(first);
      long count = node.count();
      if (limit > 0 && removed + count > limit) {
        break;
      }
      if (!nodeGoes.goes(count, lastIdOf(first))) {
        break;
      }
      removeNode(first);
      size -= count;
      removed += count;
      assert (size == 0) == (first == end) : "a node without living entries goes";
    }
    if (whole) {
      return removed;
    }
    while (size > 0) {
      Walk walk = forward(StreamId.MIN, StreamId.MAX);
      boolean there = walk.next();
      assert there : "an entry is counted that is not there";
      if (!entryGoes.goes(walk.id())) {
        break;
      }
      walk.delete();
      removed++;
    }
    return removed;
  }

  private StreamId lastIdOf(int index) {
    Walk walk = backward(at(index).master, index + 1 < end ? before(at(index + 1)) : lastId);
    return walk.next() ? walk.id() : at(index).master;
  }

  private static StreamId before(Node node) {
    StreamId previous = node.master.previous();
    assert previous != null;
    return previous;
  }

  /**
   * How many entries had been added when this one was, or {@link Group#UNKNOWN} where deletions
   * have made it unknowable.
   */
  public long entriesAddedAt(StreamId id) {
    if (entriesAdded == 0) {
      return 0;
    }
    if (size == 0 && id.compareTo(lastId) < 0) {
      return entriesAdded;
    }
    if (id.compareTo(lastId) == 0) {
      return entriesAdded;
    }
    if (id.compareTo(lastId) > 0) {
      return Group.UNKNOWN;
    }
    StreamId firstId = firstId();
    if (maxDeletedId.equals(StreamId.MIN) || maxDeletedId.compareTo(firstId) < 0) {
      if (id.compareTo(firstId) < 0) {
        return entriesAdded - size;
      }
      if (id.compareTo(firstId) == 0) {
        return entriesAdded - size + 1;
      }
    }
    return Group.UNKNOWN;
  }

  /** Whether an entry of the range from an id on was deleted. */
  public boolean hasTombstoneFrom(StreamId from) {
    if (size == 0 || maxDeletedId.equals(StreamId.MIN)) {
      return false;
    }
    return from.compareTo(maxDeletedId) <= 0;
  }

  public StreamValue copy() {
    var copy = new StreamValue(limits);
    for (int i = first; i < end; i++) {
      copy.addNode(new Node(at(i).master, at(i).pack.copy()));
    }
    copy.size = size;
    copy.lastId = lastId;
    copy.maxDeletedId = maxDeletedId;
    copy.entriesAdded = entriesAdded;
    groups.forEach((name, group) -> copy.groups.put(name, copy(group)));
    return copy;
  }

  private static Group copy(Group group) {
    var copy = new Group(group.lastId, group.entriesRead);
    group.consumers.forEach(
        (name, consumer) -> copy.consumers.put(name, new Consumer(name, consumer.seenMillis)));
    group.pending.forEach((id, pending) -> {
      Consumer consumer = copy.consumers.get(pending.consumer.name);
      assert consumer != null : "pending for a consumer that its group does not know";
      var entry = new Pending(consumer, pending.deliveredMillis, pending.deliveries);
      copy.pending.put(id, entry);
      consumer.pending.put(id, entry);
    });
    return copy;
  }

  /** Listpack elements and bytes of the nodes, for {@code DEBUG}. */
  public List<Node> nodeList() {
    var list = new ArrayList<Node>(end - first);
    for (int i = first; i < end; i++) {
      list.add(at(i));
    }
    return list;
  }

  @Override
  public long memoryBytes() {
    long bytes = 120;
    for (int i = first; i < end; i++) {
      bytes += 64 + at(i).pack.capacity();
    }
    for (Group group : groups.values()) {
      bytes += 128 + 160L * group.pending.size() + 128L * group.consumers.size();
    }
    return bytes;
  }

  /** Whether a foreign node's listpack has the form of one, entry by entry. */
  public static boolean validate(Listpack p) {
    return new NodeCheck(p).run();
  }

  private static final class NodeCheck {
    private final Listpack p;
    private int at;
    private boolean ok = true;

    NodeCheck(Listpack p) {
      this.p = p;
      at = p.first();
    }

    private long integer() {
      if (at == Listpack.NONE || !p.isInteger(at)) {
        ok = false;
        return 0;
      }
      long value = p.integer(at);
      at = p.next(at);
      return value;
    }

    private void skip(long n) {
      for (long i = 0; i < n && ok; i++) {
        if (at == Listpack.NONE) {
          ok = false;
        } else {
          at = p.next(at);
        }
      }
    }

    boolean run() {
      long count = integer();
      long deleted = integer();
      long fields = integer();
      if (!ok || count <= 0 || deleted < 0 || fields < 0 || fields > p.count()) {
        return false;
      }
      skip(fields);
      if (!ok || integer() != 0 || !ok) {
        return false;
      }
      long living = 0;
      long dead = 0;
      while (ok && at != Listpack.NONE) {
        if (entry(fields)) {
          dead++;
        } else {
          living++;
        }
      }
      return ok && living == count && dead == deleted;
    }

    private boolean entry(long masterFields) {
      long flags = integer();
      integer();
      integer();
      long elements = 3;
      if ((flags & SAME_FIELDS) != 0) {
        skip(masterFields);
        elements += masterFields;
      } else {
        long n = integer();
        ok &= n >= 0 && n <= p.count();
        skip(2 * n);
        elements += 1 + 2 * n;
      }
      ok &= integer() == elements;
      return (flags & DELETED) != 0;
    }
  }
}
