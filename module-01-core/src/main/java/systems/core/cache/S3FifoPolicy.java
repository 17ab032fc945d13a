package systems.core.cache;

import java.util.Objects;

/**
 * Three queues that never reorder: most entries are used once, and this finds out quickly.
 *
 * <pre>
 *   new ---> [ small, 10 % ] --- used twice or more ---> [ main, 90 % ] --- not used ---> out
 *                 |                                        ^   |   ^
 *                 | not used                               |   +---+ used: once more round
 *                 v                                        |
 *               out, but [ ghost ] remembers its hash -- comes back
 * </pre>
 *
 * <p>A use only counts up to three and moves nothing, so that it may be noted by any number of
 * threads or not at all; the count is looked at when the entry reaches the end of its queue. A scan
 * runs through the small queue and leaves the main one alone. Who has three needs no record of a
 * fourth, and says so ({@link Node#quiet}). The readers do not count all uses themselves, although
 * they could: a hand that walks while they count would not be sure to end.
 *
 * <p>The ghost is a table of the hashes of those who left the small queue, with the number of their
 * departure; an older number than the queue would be long does not count. One slot a hash: a
 * collision forgets the older one. That costs 16 bytes an entry, and an entry that comes back is
 * taken for a new one now and then.
 *
 * <p>A round of the main queue lowers every count that it passes, so a victim is found in at most
 * four rounds, and each step of the second to fourth was paid for by a use.
 *
 * <p>Source: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for
 * cache eviction", SOSP 2023.
 */
final class S3FifoPolicy<K, V> implements Policy<K, V> {
  private static final byte USES_FOR_MAIN = 2;
  private static final int GHOSTS_FIRST = 64;
  private static final int GHOSTS_MAX = 1 << 26;

  private final NodeQueue<K, V> small = new NodeQueue<>(1);
  private final NodeQueue<K, V> main = new NodeQueue<>(2);
  private final long smallMax;

  private long[] ghosts = new long[GHOSTS_FIRST];
  private int departures;

  S3FifoPolicy(long weightMax) {
    smallMax = Math.max(1, weightMax / 10);
  }

  @Override
  public void add(Node<K, V> node) {
    //> phase 3: who is not put on probation?
    node.uses = 0;
    int hash = Policy.hash(node.key);
    (isGhost(hash) ? main : small).addLast(node);
    if (2 * size() > ghosts.length && ghosts.length < GHOSTS_MAX) {
      doubleGhosts();
    }
    //< phase 3
  }

  private int size() {
    return small.size() + main.size();
  }

  @Override
  public void use(Node<K, V> node) {
    //> phase 3: a use must not move anything; what does it do?
    node.noteUse();
    node.quiet = node.uses == Node.USES_MAX;
    //< phase 3
  }

  @Override
  public void recharge(Node<K, V> node, int charged) {
    (small.holds(node) ? small : main).recharge(node, charged);
  }

  @Override
  public void remove(Node<K, V> node) {
    (small.holds(node) ? small : main).remove(node);
  }

  @Override
  public Node<K, V> victim() {
    //> phase 3: from which queue, and what happens to those who may stay?
    while (true) {
      boolean fromSmall = small.size() > 0 && (small.weight() >= smallMax || main.size() == 0);
      Node<K, V> node = Objects.requireNonNull((fromSmall ? small : main).first());
      if (fromSmall && node.uses < USES_FOR_MAIN) {
        haunt(Policy.hash(node.key));
        return node;
      }
      if (!fromSmall && node.uses == 0) {
        return node;
      }
      node.uses = (byte) (fromSmall ? 0 : node.uses - 1);
      node.quiet = false;
      remove(node);
      main.addLast(node); //~ noPromotion: (fromSmall ? small : main).addLast(node);
    }
    //< phase 3
  }

  //> phase 3 only
  private void doubleGhosts() {
    long[] before = ghosts;
    ghosts = new long[2 * before.length];
    for (long ghost : before) {
      ghosts[slot((int) (ghost >>> 32))] = ghost;
    }
  }

  private void haunt(int hash) {
    departures++;
    ghosts[slot(hash)] = (long) hash << 32 | departures & 0xFFFF_FFFFL;
  }

  private int slot(int hash) {
    return hash & ghosts.length - 1;
  }

  private boolean isGhost(int hash) {
    long ghost = ghosts[slot(hash)];
    int age = departures - (int) ghost;
    return ghost != 0 && (int) (ghost >>> 32) == hash && age < size();
  }
  //< phase 3
}
