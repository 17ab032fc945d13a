package systems.core.cache;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A doubly linked list through the nodes themselves, and what they weigh. */
final class NodeQueue<K, V> {
  private final byte id;
  private @Nullable Node<K, V> first;
  private @Nullable Node<K, V> last;
  private long weight;
  private int size;

  /**
   * @param id what nodes in this queue say in {@link Node#queue}
   */
  NodeQueue(int id) {
    assert id != Node.UNLINKED;
    this.id = (byte) id;
  }

  @Nullable Node<K, V> first() {
    return first;
  }

  @Nullable Node<K, V> last() {
    return last;
  }

  long weight() {
    return weight;
  }

  int size() {
    return size;
  }

  boolean holds(Node<K, V> node) {
    return node.queue == id;
  }

  void addLast(Node<K, V> node) {
    //> phase 2: what must be true of the node before?
    assert node.queue == Node.UNLINKED;
    node.queue = id;
    node.previous = last;
    if (last == null) {
      first = node;
    } else {
      last.next = node;
    }
    last = node;
    weight += node.charged();
    size++;
    //< phase 2
  }

  void remove(Node<K, V> node) {
    //> phase 2: first, last, both or neither; what is left in the node?
    assert holds(node);
    if (node.previous == null) {
      first = node.next;
    } else {
      node.previous.next = node.next;
    }
    if (node.next == null) {
      last = node.previous;
    } else {
      node.next.previous = node.previous;
    }
    node.previous = null;
    node.next = null;
    node.queue = Node.UNLINKED;
    weight -= node.charged();
    size--;
    //< phase 2
  }

  /** Takes out the first of a queue that has one. */
  Node<K, V> removeFirst() {
    Node<K, V> node = Objects.requireNonNull(first);
    remove(node);
    return node;
  }

  void moveToLast(Node<K, V> node) {
    if (node != last) {
      remove(node);
      addLast(node);
    }
  }

  /** Changes what a node in this queue weighs. */
  void recharge(Node<K, V> node, int charged) {
    assert holds(node);
    weight += charged - node.charged();
    node.charge(charged);
  }
}
