package systems.core.cache;

import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import systems.core.cache.ConcurrentCache.Departure;

/**
 * One change of one key: decided and done under the table's lock for the key, so that nothing comes
 * between. What it retires and what it makes is told to the maintainer afterwards, what left to the
 * listener.
 */
final class Write<K, V> implements BiFunction<K, @Nullable Node<K, V>, @Nullable Node<K, V>> {
  private final ConcurrentCache<K, V> cache;
  private final Decision<K, V> decision;

  /** The decision was that nothing changes. */
  boolean kept;

  /** The value before, and after. */
  @Nullable V old;

  @Nullable V result;

  /** The node that left the table, and the one that was put there or changed. */
  @Nullable Node<K, V> gone;

  @Nullable Node<K, V> written;
  @Nullable Departure<K, V> departure;

  /** What is to become of a key. */
  interface Decision<K, V> {
    /** The value that is to be there; null if none. Or says {@link Write#keep}. */
    @Nullable V of(Write<K, V> write, K key, @Nullable V old);
  }

  Write(ConcurrentCache<K, V> cache, Decision<K, V> decision) {
    this.cache = cache;
    this.decision = decision;
  }

  /** Says in a decision that nothing changes. */
  @Nullable V keep(@Nullable V present) {
    kept = true;
    return present;
  }

  @Override
  public @Nullable Node<K, V> apply(K key, @Nullable Node<K, V> node) {
    //> phase 2: which node is in the table afterwards, and which value has left?
    boolean over = node != null && cache.isOver(node);
    Node<K, V> live = over ? null : node;
    old = live == null ? null : live.value;
    result = decision.of(this, key, old);
    // The user's functions come first: if one throws, nothing has changed.
    boolean fresh = live == null && !kept && result != null;
    written = fresh ? cache.node(key, Objects.requireNonNull(result)) : null;
    if (over) {
      retire(Objects.requireNonNull(node), RemovalCause.EXPIRED);
    }
    if (live == null || kept) {
      return fresh ? written : live;
    }
    if (result == null) {
      retire(live, RemovalCause.EXPLICIT);
      return null;
    }
    replace(live, result);
    return live;
    //< phase 2
  }

  //> phase 2 only
  private void retire(Node<K, V> node, RemovalCause cause) {
    node.retired = true;
    gone = node;
    departure = new Departure<>(node.key, node.value, cause);
  }

  private void replace(Node<K, V> node, V value) {
    V before = node.value;
    cache.rewrite(node, value);
    written = node; //~ forgetsRewrites: assert node.value == value;
    if (before != value) {
      departure = new Departure<>(node.key, before, RemovalCause.REPLACED);
    }
  }
  //< phase 2
}
