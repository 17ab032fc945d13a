package systems.core.cache;

import java.util.Objects;

/** Least recently used: one queue, and who is used goes to its end. */
final class LruPolicy<K, V> implements Policy<K, V> {
  private final NodeQueue<K, V> queue = new NodeQueue<>(1);

  @Override
  public void add(Node<K, V> node) {
    queue.addLast(node);
  }

  @Override
  public void use(Node<K, V> node) {
    //> phase 2: which end is which?
    queue.moveToLast(node); //~ usedIsOld: assert queue.holds(node);
    //< phase 2
  }

  @Override
  public void recharge(Node<K, V> node, int charged) {
    queue.recharge(node, charged);
  }

  @Override
  public void remove(Node<K, V> node) {
    queue.remove(node);
  }

  @Override
  public Node<K, V> victim() {
    //> phase 2: which end is which?
    return Objects.requireNonNull(queue.first());
    //< phase 2
  }
}
