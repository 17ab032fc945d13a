package systems.core.cache;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a {@link ConcurrentCache}, as the table knows it and as the policy knows it.
 *
 * <p>Two worlds share it. The table's side ({@code value}, {@code retired}, weight, time) is
 * written only inside the table's per-key lock and may be read by anybody. The policy's side
 * (links, queue, frequency, charged weight) belongs to the maintainer, whoever that is at the
 * moment. The write buffer carries nodes from one side to the other, and the maintainer brings its
 * own side in line with what it finds on the table's. A node that was retired never comes back: the
 * same key gets a new one.
 *
 * <p>{@code uses} and {@code quiet} are where the worlds meet without any order. Only the
 * maintainer writes {@code quiet}, readers look at it with a plain read; who sees an old one
 * records a use that nobody waits for, or notes one where nobody looks. {@code uses} is written by
 * both. It is a byte, which Java never tears, and each writes 0 to {@link #USES_MAX} whatever it
 * has read, so a race costs a use or counts one twice and can do no more. Most reads find it at its
 * maximum and write nothing: the line of a node that everybody reads stays shared by all cores.
 *
 * <p>A node takes 32 bytes with references of four; weight and time are in {@link Timed}, which
 * only caches have that ask for them.
 */
class Node<K, V> {
  /** Not in any queue of the policy. */
  static final byte UNLINKED = 0;

  /** Uses that are told apart. */
  static final byte USES_MAX = 3;

  final K key;
  volatile V value;

  /** No longer in the table, and never again. */
  volatile boolean retired;

  /** Which of the policy's queues it is in. */
  byte queue = UNLINKED;

  /** Uses that were noted here, and that the policy has not yet looked at. */
  byte uses;

  /** A use need not be told to the policy: it is noted here, or as many are as count. */
  boolean quiet;

  @Nullable Node<K, V> previous;
  @Nullable Node<K, V> next;

  Node(K key, V value) {
    this.key = key;
    this.value = value;
  }

  /** Notes a use; any thread, and now and then one gets lost. */
  void noteUse() {
    byte noted = uses;
    if (noted < USES_MAX) {
      uses = (byte) (noted + 1);
    }
  }

  /** What the table says that it weighs. */
  int weight() {
    return 1;
  }

  /** What the policy has counted for it. */
  int charged() {
    return 1;
  }

  void charge(int weight) {
    assert weight == 1;
  }

  /** A node that has a weight or a time. */
  static final class Timed<K, V> extends Node<K, V> {
    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicLongFieldUpdater<Timed> EXPIRES_AT =
        AtomicLongFieldUpdater.newUpdater(Timed.class, "expiresAt");

    volatile int weight;
    volatile long expiresAt;

    private int charged;

    /** The bucket of the wheel that it is in, or -1. */
    int bucket = -1;

    @Nullable Timed<K, V> earlier;
    @Nullable Timed<K, V> later;

    Timed(K key, V value, int weight, long expiresAt) {
      super(key, value);
      this.weight = weight;
      this.expiresAt = expiresAt;
    }

    /** A reader's change of the time, unless a writer or another reader was faster. */
    boolean moveDeadline(long seen, long deadline) {
      return EXPIRES_AT.compareAndSet(this, seen, deadline);
    }

    @Override
    int weight() {
      return weight;
    }

    @Override
    int charged() {
      return charged;
    }

    @Override
    void charge(int weight) {
      charged = weight;
    }
  }
}
