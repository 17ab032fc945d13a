package systems.core.cache;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is over at what time, without sorting: wheels within wheels, as in a clock.
 *
 * <pre>
 *   level 0   64 buckets of 2^20 ns (1 ms)      the next 67 ms
 *   level 1   64 buckets of 2^26 ns (67 ms)     the next 4.3 s
 *   level 2   64 buckets of 2^32 ns (4.3 s)     the next 4.6 min
 *   level 3   64 buckets of 2^38 ns (4.6 min)   the next 4.9 h
 *   level 4   64 buckets of 2^44 ns (4.9 h)     the next 13 days
 *   level 5   64 buckets of 2^50 ns (13 days)   the next 2.3 years, and all after
 * </pre>
 *
 * <p>A node is put into the finest level that reaches as far as its time, in the bucket of its
 * time. Setting, moving and removing are O(1). When the time has moved on, the buckets that it
 * passed are emptied onto one list, a few stores a node, and each node on it is looked at: over, or
 * early, because its bucket was coarse or its time was extended meanwhile. Who is early is
 * scheduled again, in a finer bucket. A node comes down at most once per level.
 *
 * <p>So an extension, as each read of an entry may be one, needs nobody to tell the wheel. Only a
 * time that moves nearer does.
 *
 * <p>Nothing here runs by itself: the maintainer advances the wheel whenever it has work to do
 * anyway. The list of the due is worked off in portions, so that a million entries that end at once
 * hold nobody up. The wheel counts from its own beginning, since {@code System.nanoTime} may begin
 * anywhere and wrap.
 *
 * <p>Source: G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", SOSP 1987. Rejected: a
 * heap, O(log n) for every write to an entry, and {@code DelayQueue}, which is one with a lock.
 */
final class TimerWheel<K, V> {
  private static final int LEVELS = 6;
  private static final int BUCKET_BITS = 6;
  private static final int BUCKETS = 1 << BUCKET_BITS;
  private static final int FINEST_BITS = 20;

  /** The bucket whose nodes are due. */
  private static final int DUE = LEVELS * BUCKETS;

  private final Node.@Nullable Timed<K, V>[] buckets;
  private final long origin;
  private long elapsed;
  private int size;

  /**
   * @param nanos the time that it is
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  TimerWheel(long nanos) {
    origin = nanos;
    buckets = new Node.Timed[DUE + 1];
  }

  int size() {
    return size;
  }

  /** Puts a node where its time is, wherever it was. */
  void schedule(Node.Timed<K, V> node) {
    //> phase 3: which level, and which of its buckets?
    cancel(node);
    long wait = node.expiresAt - origin - elapsed;
    int level = 0;
    while (level < LEVELS - 1 && wait >= 1L << bits(level + 1)) {
      level++;
    }
    // Beyond the last level: as far ahead as it reaches, and again from there.
    long reach = (long) (BUCKETS - 1) << bits(LEVELS - 1);
    long at = elapsed + Math.clamp(wait, 0, reach);
    link(node, bucket(level, at >>> bits(level)));
    //< phase 3
  }

  /** Takes a node out, if it is in. */
  void cancel(Node.Timed<K, V> node) {
    if (node.bucket >= 0) {
      unlink(node);
    }
  }

  /** Moves the time on, and hands over who is over, at most so many; true if there are more. */
  boolean advance(long now, int most, Consumer<? super Node.Timed<K, V>> over) {
    //> phase 3: which buckets did the time pass, and is everybody in them over?
    collect(now);
    for (int looked = 0; looked < most; looked++) {
      var node = buckets[DUE];
      if (node == null) {
        return false;
      }
      unlink(node);
      if (node.expiresAt - origin - elapsed <= 0) { //~ trustsTheBucket: if (node.bucket < 0) {
        over.accept(node);
      } else {
        schedule(node);
      }
    }
    return buckets[DUE] != null;
    //< phase 3
  }

  //> phase 3 only
  private void collect(long now) {
    long before = elapsed;
    elapsed = Math.max(before, now - origin);
    for (int level = 0; level < LEVELS; level++) {
      long from = before >>> bits(level);
      long passed = (elapsed >>> bits(level)) - from;
      if (passed == 0) {
        return;
      }
      int last = Math.clamp(passed, 0, BUCKETS - 1); //~ skipsBuckets: int last = 0;
      for (int i = 0; i <= last; i++) {
        makeDue(bucket(level, from + i));
      }
    }
  }

  private void makeDue(int bucket) {
    for (var node = buckets[bucket]; node != null; node = buckets[bucket]) {
      unlink(node);
      link(node, DUE);
    }
  }

  //< phase 3

  private static int bits(int level) {
    return FINEST_BITS + level * BUCKET_BITS;
  }

  private static int bucket(int level, long tick) {
    return level * BUCKETS + (int) (tick & BUCKETS - 1);
  }

  private void link(Node.Timed<K, V> node, int bucket) {
    assert node.bucket < 0;
    var first = buckets[bucket];
    node.bucket = bucket;
    node.later = first;
    if (first != null) {
      first.earlier = node;
    }
    buckets[bucket] = node;
    size++;
  }

  private void unlink(Node.Timed<K, V> node) {
    if (node.earlier == null) {
      assert buckets[node.bucket] == node;
      buckets[node.bucket] = node.later;
    } else {
      node.earlier.later = node.later;
    }
    if (node.later != null) {
      node.later.earlier = node.earlier;
    }
    node.earlier = null;
    node.later = null;
    node.bucket = -1;
    size--;
  }
}
