package systems.core.cache;

import java.util.Objects;

/**
 * Window TinyLFU: an entry stays if it is used more often than the one that would leave for it.
 *
 * <pre>
 *   new --> [ window, 1 % ] --> candidate            victim <-- [ probation ] <--+
 *                                   |                   |           |            | pushed out
 *                                   +---- who is used --+           | used       | not used
 *                                         more often stays          v            | for a round
 *                                                              [ protected, 80 % of main ]
 *                                                                   ^            |
 *                                                                   +-- used ----+
 * </pre>
 *
 * <p>Frequencies come from a {@link FrequencySketch}, which counts uses of keys that are in the
 * cache and of those that are not: an entry that keeps coming back wins in the end, one of a scan
 * never does. The window exists for bursts: a new key may be used a few times right away before it
 * has to prove itself. The main part has two segments, so that a use while on probation counts more
 * than being new.
 *
 * <p>The protected segment is a clock. Most hits go to it, and in an LRU list each would move its
 * entry: a record in a buffer, a counter in the sketch and four nodes to write to, for entries that
 * nobody thinks of evicting. Here a use is noted in the node, by the reader itself and only while
 * fewer than three are noted; when room is needed the hand passes, and who was used stays for
 * another round and counts one use in the sketch. The order within a round is lost, and it decides
 * little: who comes out has not been used for as long as the hand took to come back, and is only on
 * probation then. The hand gives at most {@value #CHANCES_MAX} rounds for one promotion, because
 * readers note uses while it walks, and the maintainer is a user's thread.
 *
 * <p>The candidate is the last of the probation queue, the victim its first; both are looked at
 * only when something has to leave. If they are used equally often the candidate leaves, or else a
 * loop slightly larger than the cache would push through all of it. An attacker who knows the
 * sketch's hash can make a victim's counters large and keep it forever, so one in 128 candidates
 * that are used fairly often is admitted regardless.
 *
 * <p>Source: G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient cache admission
 * policy", ACM Transactions on Storage 13(4), 2017; the clock instead of a list: J. Yang, Z. Qiu,
 * Y. Zhang, Y. Yue, K. V. Rashmi, "FIFO can be better than LRU: the power of lazy promotion and
 * quick demotion", HotOS 2023. Left out: the window's size is fixed; hill climbing would adapt it.
 */
final class TinyLfuPolicy<K, V> implements Policy<K, V> {
  private static final int WINDOW_PARTS = 100;
  private static final int FAIRLY_OFTEN = 6;

  /** Rounds given while room is made for one; who comes then goes, whether used or not. */
  private static final int CHANCES_MAX = 64;

  /** Entries that the sketch serves at first; it grows with the cache. */
  private static final int SKETCH_FIRST = 1024;

  private final NodeQueue<K, V> window = new NodeQueue<>(1);
  private final NodeQueue<K, V> probation = new NodeQueue<>(2);
  private final NodeQueue<K, V> safe = new NodeQueue<>(3);
  private final long windowMax;
  private final long safeMax;
  private final FrequencySketch sketch;

  private int random = 1;

  TinyLfuPolicy(long weightMax) {
    windowMax = Math.max(1, weightMax / WINDOW_PARTS);
    safeMax = (weightMax - windowMax) / 10 * 8;
    sketch = new FrequencySketch(Math.min(weightMax, SKETCH_FIRST));
  }

  @Override
  public void add(Node<K, V> node) {
    //> phase 3: every entry begins in the window; what does its coming tell the sketch?
    window.addLast(node);
    sketch.serve(window.size() + probation.size() + safe.size());
    sketch.count(Policy.hash(node.key));
    trimWindow();
    //< phase 3
  }

  @Override
  public void use(Node<K, V> node) {
    //> phase 3: what does a use mean in each of the three queues?
    if (safe.holds(node)) {
      node.noteUse();
      return;
    }
    sketch.count(Policy.hash(node.key)); //~ countsOnlyNewcomers: assert node.queue > 0;
    if (window.holds(node)) {
      window.moveToLast(node);
    } else {
      probation.remove(node);
      protect(node);
    }
    //< phase 3
  }

  @Override
  public void recharge(Node<K, V> node, int charged) {
    queue(node).recharge(node, charged);
  }

  @Override
  public void remove(Node<K, V> node) {
    queue(node).remove(node);
  }

  private NodeQueue<K, V> queue(Node<K, V> node) {
    return window.holds(node) ? window : probation.holds(node) ? probation : safe;
  }

  @Override
  public Node<K, V> victim() {
    //> phase 3: who leaves the window, and whom must it beat?
    trimWindow();
    Node<K, V> victim = probation.first();
    Node<K, V> candidate = probation.last();
    if (victim == null || candidate == null) {
      return Objects.requireNonNull(safe.size() > 0 ? safe.first() : window.first());
    }
    return candidate != victim && isAdmitted(candidate, victim) ? victim : candidate;
    //< phase 3
  }

  //> phase 3 only
  private void trimWindow() {
    while (window.weight() > windowMax) {
      probation.addLast(window.removeFirst());
    }
  }

  private void protect(Node<K, V> node) {
    node.uses = 0;
    node.quiet = true;
    safe.addLast(node);
    int chances = CHANCES_MAX;
    while (safe.weight() > safeMax) {
      Node<K, V> first = Objects.requireNonNull(safe.first());
      if (first.uses > 0 && chances-- > 0) {
        giveAnotherRound(first);
      } else {
        safe.remove(first);
        first.quiet = false;
        probation.addLast(first);
      }
    }
  }

  private void giveAnotherRound(Node<K, V> first) {
    first.uses = 0;
    sketch.count(Policy.hash(first.key));
    safe.moveToLast(first);
  }

  private boolean isAdmitted(Node<K, V> candidate, Node<K, V> victim) {
    int wanted = sketch.frequency(Policy.hash(candidate.key));
    int present = sketch.frequency(Policy.hash(victim.key));
    if (wanted > present) { //~ admitsEveryone: if (wanted >= 0) {
      return true;
    }
    return wanted >= FAIRLY_OFTEN && (next() & 127) == 0;
  }

  private int next() {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return random;
  }
  //< phase 3
}
