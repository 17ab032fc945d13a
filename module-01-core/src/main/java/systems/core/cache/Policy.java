package systems.core.cache;

/**
 * Decides who leaves a full cache. It knows nothing of threads: the maintainer calls it, one call
 * at a time, with nodes in the order in which the buffers gave them.
 *
 * <p>What the caller owes: each node is added once, before anything else is said of it, and nothing
 * is said of it after its removal. Reads may be missing, and arrive late; while a node is {@link
 * Node#quiet}, which a policy says of those whose place a use does not change, they do not arrive
 * at all but are noted in {@link Node#uses}.
 */
sealed interface Policy<K, V> permits LruPolicy, S3FifoPolicy, TinyLfuPolicy {
  /** Takes a node in, charged with its weight. */
  void add(Node<K, V> node);

  /** Notes a use. */
  void use(Node<K, V> node);

  /** Changes what a node weighs. */
  void recharge(Node<K, V> node, int charged);

  /** Forgets a node. */
  void remove(Node<K, V> node);

  /** The one to leave; it stays until it is removed. Only asked while there is some node. */
  Node<K, V> victim();

  /** The policy of a kind. */
  static <K, V> Policy<K, V> of(Eviction kind, long weightMax) {
    return switch (kind) {
      case LRU -> new LruPolicy<>();
      case S3_FIFO -> new S3FifoPolicy<>(weightMax);
      case TINY_LFU -> new TinyLfuPolicy<>(weightMax);
    };
  }

  /** The hash that policies remember keys by. */
  static int hash(Object key) {
    int mixed = key.hashCode() * 0x9E3779B9;
    mixed = (mixed ^ mixed >>> 16) * 0x85EBCA6B;
    return mixed ^ mixed >>> 13;
  }
}
