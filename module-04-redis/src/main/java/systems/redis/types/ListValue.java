package systems.redis.types;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Reply;

/**
 * A list: a chain of listpacks, compressed in the middle if asked.
 *
 * <pre>
 *   head                                                    tail
 *   [listpack] = [listpack] = [LZF] = ... = [listpack]           = is a link both ways
 *     up to 8 KiB each (list-max-listpack-size -2), or so many elements
 * </pre>
 *
 * <p>Pushing and popping at the ends touches one small array; an index is found by stepping over
 * whole nodes. One element a node, as in a textbook's linked list, would cost 40 bytes for each of
 * them. An element too large for a node gets a plain node of its own.
 *
 * <p>Nodes between the two uncompressed ends are compressed by LZF when they are left, and opened
 * for the time of a look. Redis calls it a quicklist.
 */
public final class ListValue implements Aggregate {
  private static final int[] NODE_BYTES = {4096, 8192, 16384, 32768, 65536};
  private static final int COUNTED_NODE_BYTES_MAX = 8192;

  /** A larger element is never put into a listpack. */
  private static final int PLAIN_BYTES = 1 << 30;

  private static final int COMPRESS_BYTES_MIN = 48;

  /** A piece of the list. */
  public static final class Node {
    private @Nullable Listpack pack; // null while compressed, and of a plain node
    private byte @Nullable [] compressed;
    private byte @Nullable [] plain;
    private int packBytes; // of the listpack, while compressed
    private int count;
    private @Nullable Node previous;
    private @Nullable Node next;

    Node(Listpack pack) {
      this.pack = pack;
      count = pack.count();
    }

    Node(byte[] plain) {
      this.plain = plain;
      count = 1;
    }

    public int count() {
      return count;
    }

    public @Nullable Node next() {
      return next;
    }

    /** The element itself, if it has a node for itself. */
    public byte @Nullable [] plain() {
      return plain;
    }

    public boolean isCompressed() {
      return compressed != null;
    }

    public byte @Nullable [] compressedBytes() {
      return compressed;
    }

    public int packBytes() {
      return pack == null ? packBytes : pack.size();
    }

    /** The listpack; opened for the caller, and left compressed in the list. */
    public Listpack listpack() {
      if (pack != null) {
        return pack;
      }
      byte[] packed = compressed;
      assert packed != null : "a plain node";
      byte[] bytes = Lzf.decompress(packed, packBytes);
      assert bytes != null : "compressed by ourselves";
      return Listpack.of(bytes);
    }

    private Listpack open() {
      Listpack there = listpack();
      assert there.count() == count : "a node counts what its listpack holds";
      pack = there;
      compressed = null;
      return there;
    }

    private void compress() {
      Listpack there = pack;
      if (there == null || there.size() < COMPRESS_BYTES_MIN) {
        return;
      }
      assert compressed == null : "open or compressed, not both";
      byte[] bytes = there.toBytes();
      byte[] packed = Lzf.compress(bytes, bytes.length - 8);
      if (packed != null) {
        compressed = packed;
        packBytes = bytes.length;
        pack = null;
      }
    }
  }

  private final int fill;
  private final int depth;
  private @Nullable Node head;
  private @Nullable Node tail;
  private long size;
  private int nodes;

  public ListValue(Limits limits) {
    this(limits.listSize, limits.listCompressDepth);
  }

  private ListValue(int fill, int depth) {
    this.fill = fill;
    this.depth = depth;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String encoding() {
    return "quicklist";
  }

  public int nodes() {
    return nodes;
  }

  public @Nullable Node firstNode() {
    return head;
  }

  @Override
  public long memoryBytes() {
    long bytes = 48;
    for (Node node = head; node != null; node = node.next) {
      byte[] held = node.compressed != null ? node.compressed : node.plain;
      bytes += 56 + (held != null ? held.length : node.pack == null ? 0 : node.pack.capacity());
    }
    return bytes;
  }

  // ---- nodes

  private boolean hasRoom(Node node, byte[] value) {
    //> phase 2: by bytes or by elements; what never shares a node?
    if (node.plain != null || isPlain(value)) {
      return false;
    }
    long bytes = node.packBytes() + (long) Listpack.entryBytes(value);
    if (fill >= 0) {
      return bytes <= COUNTED_NODE_BYTES_MAX && node.count < Math.max(1, fill);
    }
    return bytes <= nodeBytes();
    //< phase 2
  }

  private int nodeBytes() {
    return NODE_BYTES[Math.min(-fill, NODE_BYTES.length) - 1];
  }

  private boolean isPlain(byte[] value) {
    return value.length >= PLAIN_BYTES;
  }

  private Node nodeOf(byte[] value) {
    if (isPlain(value)) {
      return new Node(value);
    }
    var pack = new Listpack();
    pack.append(value);
    return new Node(pack);
  }

  private void link(@Nullable Node before, Node node, @Nullable Node after) {
    node.previous = before;
    node.next = after;
    if (before == null) {
      head = node;
    } else {
      before.next = node;
    }
    if (after == null) {
      tail = node;
    } else {
      after.previous = node;
    }
    nodes++;
  }

  private void unlink(Node node) {
    Node before = node.previous;
    Node after = node.next;
    if (before == null) {
      head = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      tail = before;
    } else {
      after.previous = before;
    }
    nodes--;
    assert (nodes == 0) == (head == null) && (nodes == 0) == (tail == null) : "nodes and chain";
    openEnds();
  }

  /** The nodes at the ends are open, the first one behind them is compressed. */
  private void openEnds() {
    //> phase 2: which nodes are open, and which one is compressed now?
    if (depth == 0) {
      return;
    }
    Node front = head;
    Node back = tail;
    for (int i = 0; i < depth && front != null && back != null; i++) {
      opened(front);
      opened(back);
      front = front.next;
      back = back.previous;
    }
    if (nodes > 2 * depth && front != null && back != null) {
      front.compress();
      back.compress();
    }
    //< phase 2
  }

  /** Between two operations: no node is empty. */
  private boolean isCounted() {
    return size >= nodes && (size == 0) == (nodes == 0);
  }

  private static void opened(Node node) {
    if (node.compressed != null) {
      node.open();
    }
  }

  private boolean isInside(Node node) {
    Node front = head;
    Node back = tail;
    for (int i = 0; i < depth && front != null && back != null; i++) {
      if (front == node || back == node) {
        return false;
      }
      front = front.next;
      back = back.previous;
    }
    return true;
  }

  /** After a change in the middle: compressed again. */
  private void left(Node node) {
    if (depth > 0 && isInside(node)) {
      node.compress();
    }
  }

  // ---- the ends

  public void pushFirst(byte[] value) {
    Node first = head;
    if (first != null && hasRoom(first, value)) {
      first.open().prepend(value);
      first.count++;
    } else {
      link(null, nodeOf(value), first);
      openEnds();
    }
    size++;
    assert isCounted() : "no node is empty";
  }

  public void pushLast(byte[] value) {
    Node last = tail;
    if (last != null && hasRoom(last, value)) {
      last.open().append(value);
      last.count++;
    } else {
      link(last, nodeOf(value), null);
      openEnds();
    }
    size++;
    assert isCounted() : "no node is empty";
  }

  public byte @Nullable [] popFirst() {
    return head == null ? null : pop(head, true);
  }

  public byte @Nullable [] popLast() {
    return tail == null ? null : pop(tail, false);
  }

  private byte[] pop(Node node, boolean first) {
    //> phase 2: and if it was the last one of its node?
    size--;
    byte[] plain = node.plain;
    if (plain != null) {
      unlink(node);
      return plain;
    }
    Listpack pack = node.open();
    int at = first ? pack.first() : pack.last();
    byte[] value = pack.get(at);
    pack.delete(at);
    if (--node.count == 0) {
      unlink(node);
    }
    assert isCounted() : "no node is empty";
    return value;
    //< phase 2
  }

  /** For a load: a listpack as it was stored. */
  public void appendNode(Listpack pack) {
    if (pack.count() > 0) {
      link(tail, new Node(pack), null);
      size += pack.count();
      openEnds();
    }
  }

  /** For a load: an element that had a node for itself. */
  public void appendPlain(byte[] value) {
    link(tail, new Node(value), null);
    size++;
    openEnds();
  }

  // ---- places

  /** A place in the list that stays valid through its own {@link #remove} and {@link #set}. */
  public final class Place {
    private @Nullable Node node;
    private @Nullable Listpack pack;
    private int at = Listpack.NONE;
    private final boolean forward;

    private Place(boolean forward) {
      this.forward = forward;
    }

    /** Whether there is an element here. */
    public boolean isThere() {
      return node != null;
    }

    public byte[] get() {
      Node n = node();
      return n.plain != null ? n.plain : pack().get(at);
    }

    public void reply(Reply reply) {
      Node n = node();
      if (n.plain != null) {
        reply.bulk(n.plain);
      } else {
        pack().reply(at, reply);
      }
    }

    public boolean is(byte[] value) {
      Node n = node();
      return n.plain != null ? Arrays.equals(n.plain, value) : pack().equals(at, value);
    }

    private Node node() {
      assert node != null;
      return node;
    }

    private Listpack pack() {
      assert pack != null;
      return pack;
    }

    private void enter(@Nullable Node n, boolean atFront) {
      node = n;
      pack = n == null || n.plain != null ? null : n.listpack();
      at = pack == null ? Listpack.NONE : atFront ? pack.first() : pack.last();
    }

    public void advance() {
      Node n = node();
      if (n.plain == null) {
        at = forward ? pack().next(at) : pack().previous(at);
        if (at != Listpack.NONE) {
          return;
        }
      }
      enter(forward ? n.next : n.previous, forward);
    }

    /** Takes the element out; the place is then the next one in the direction of the walk. */
    public void remove() {
      Node n = node();
      size--;
      if (n.count == 1) {
        Node neighbour = forward ? n.next : n.previous;
        unlink(n);
        enter(neighbour, forward);
        return;
      }
      pack = n.open();
      n.count--;
      int following = pack.delete(at);
      if (forward) {
        at = following;
      } else {
        at = following == Listpack.NONE ? pack.last() : pack.previous(following);
      }
      if (at == Listpack.NONE) {
        left(n);
        enter(forward ? n.next : n.previous, forward);
      } else {
        left(n);
      }
    }

    /** Puts the value in the place of the element. */
    public void set(byte[] value) {
      Node n = node();
      if (n.plain == null && !isPlain(value)) {
        Listpack p = n.open();
        pack = p;
        p.replace(at, value);
        if (p.size() > Math.max(COUNTED_NODE_BYTES_MAX, limitBytes()) && n.count > 1) {
          split(n, p.count() / 2);
          node = null;
        }
        left(n);
        return;
      }
      replaceApart(n, value);
    }

    private void replaceApart(Node n, byte[] value) {
      insertBefore(this, value);
      // the new element stands before the old one: take that out
      size--;
      if (n.count == 1) {
        unlink(n);
      } else {
        Listpack p = n.open();
        p.delete(p.find(p.first(), get(), 0));
        n.count--;
      }
      node = null;
    }

    /** Inserts before or behind the element; the place is void then. */
    public void insert(byte[] value, boolean before) {
      if (before) {
        insertBefore(this, value);
      } else {
        insertBehind(this, value);
      }
      node = null;
    }
  }

  private int limitBytes() {
    return fill >= 0 ? COUNTED_NODE_BYTES_MAX : nodeBytes();
  }

  /** A walk from an index on, towards the tail or the head. */
  public Place place(long index, boolean forward) {
    //> phase 2: step over whole nodes, from the nearer end
    var place = new Place(forward);
    long i = index < 0 ? index + size : index;
    if (i < 0 || i >= size) {
      return place;
    }
    Node node;
    long offset;
    if (i < size / 2) {
      node = head;
      offset = i;
      while (node != null && offset >= node.count) {
        offset -= node.count;
        node = node.next;
      }
    } else {
      node = tail;
      offset = size - 1 - i;
      while (node != null && offset >= node.count) {
        offset -= node.count;
        node = node.previous;
      }
      assert node != null;
      offset = node.count - 1 - offset;
    }
    place.enter(node, true);
    if (place.pack != null) {
      place.at = place.pack.seek(offset);
    }
    return place;
    //< phase 2
  }

  private void insertBefore(Place place, byte[] value) {
    //> phase 2: room in this node, in a neighbour, or a node split in two?
    Node n = place.node();
    size++;
    if (n.plain == null && !isPlain(value)) {
      if (hasRoom(n, value)) {
        n.open().insert(place.at, value);
        n.count++;
        left(n);
        return;
      }
      int index = indexIn(n, place.at);
      if (index > 0) {
        Node second = split(n, index);
        addBetween(n, value, second);
        return;
      }
    }
    addBetween(n.previous, value, n);
    //< phase 2
  }

  private void insertBehind(Place place, byte[] value) {
    //> phase 2: room in this node, in a neighbour, or a node split in two?
    Node n = place.node();
    size++;
    if (n.plain == null && !isPlain(value)) {
      if (hasRoom(n, value)) {
        Listpack pack = n.open();
        int next = pack.next(place.at);
        pack.insert(next == Listpack.NONE ? pack.end() : next, value);
        n.count++;
        left(n);
        return;
      }
      int index = indexIn(n, place.at) + 1;
      if (index < n.count) {
        Node second = split(n, index);
        addBetween(n, value, second);
        return;
      }
    }
    addBetween(n, value, n.next);
    //< phase 2
  }

  private void addBetween(@Nullable Node before, byte[] value, @Nullable Node after) {
    if (before != null && hasRoom(before, value)) {
      before.open().append(value);
      before.count++;
      left(before);
    } else if (after != null && hasRoom(after, value)) {
      after.open().prepend(value);
      after.count++;
      left(after);
    } else {
      link(before, nodeOf(value), after);
      openEnds();
    }
  }

  private static int indexIn(Node node, int at) {
    Listpack pack = node.listpack();
    int index = 0;
    for (int p = pack.first(); p != at; p = pack.next(p)) {
      index++;
    }
    return index;
  }

  /** Moves the elements from an index on into a node behind. */
  private Node split(Node node, int index) {
    //> phase 2: which elements move, and which counts change?
    assert index > 0 && index < node.count;
    Listpack pack = node.open();
    var second = new Listpack();
    int from = pack.seek(index);
    for (int at = from; at != Listpack.NONE; at = pack.next(at)) {
      second.append(pack.get(at));
    }
    pack.delete(from, node.count - index);
    node.count = index; //~ countsTwice: node.count = node.count;
    var behind = new Node(second);
    link(node, behind, node.next);
    openEnds();
    return behind;
    //< phase 2
  }

  /** Takes out so many elements from an index on. */
  public void removeRange(long from, long elements) {
    //> phase 2: a whole node at a time where it is possible
    Place place = place(from, true);
    long left = Math.min(elements, size - from);
    while (left > 0 && place.isThere()) {
      Node n = place.node();
      if (n.count <= left && (n.plain != null || place.at == Listpack.HEAD)) {
        Node next = n.next;
        left -= n.count;
        size -= n.count;
        unlink(n);
        place.enter(next, true);
      } else {
        place.remove();
        left--;
      }
    }
    assert isCounted() : "no node is empty";
    //< phase 2
  }

  public ListValue copy() {
    var copy = new ListValue(fill, depth);
    for (Node node = head; node != null; node = node.next) {
      byte[] plain = node.plain;
      if (plain != null) {
        copy.appendPlain(plain);
      } else {
        copy.appendNode(node.listpack().copy());
      }
    }
    return copy;
  }
}
