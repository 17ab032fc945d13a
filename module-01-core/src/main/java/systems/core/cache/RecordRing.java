package systems.core.cache;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue from many threads to one, made of references only.
 *
 * <pre>
 *            head                 tail
 *             v                    v
 *   [ null | e | e | null | e | e | null | null ]
 *                     ^
 *                     claimed, not yet written: the consumer stops here and comes back
 * </pre>
 *
 * <p>A producer claims a place by moving the tail with a compare-and-set and then stores its
 * element there with release. The consumer takes elements with acquire until it finds null, which
 * means either that the ring is empty or that somebody stands between the two steps; that one will
 * ask for another drain when it is done. The consumer clears a slot before it moves the head with
 * release, and producers read the head with acquire: who sees the place as free sees it empty.
 *
 * <p>Head and tail are written by different threads and stand 128 bytes apart, or each write of one
 * would take the other's cache line away.
 */
class RecordRing<E> { // not final: a checker steps in between look and claim
  /** What became of an offer. */
  enum Offer {
    TAKEN,
    /** There is no place; somebody should drain. */
    FULL,
    /** Another producer was faster. */
    LOST
  }

  static final int TAIL = 16;
  private static final int HEAD = 32;

  final AtomicLongArray counters = new AtomicLongArray(48);
  private final AtomicReferenceArray<@Nullable E> slots;
  private final int mask;

  /**
   * @param capacity a power of two
   */
  RecordRing(int capacity) {
    assert Integer.bitCount(capacity) == 1;
    slots = new AtomicReferenceArray<>(capacity);
    mask = capacity - 1;
  }

  int capacity() {
    return mask + 1;
  }

  /** How many wait, claimed places included; at least those that the caller has offered. */
  int size() {
    return (int) (counters.getOpaque(TAIL) - counters.getAcquire(HEAD));
  }

  /** Tries once; for records that may get lost. */
  Offer offerOnce(E element) {
    //> phase 2: which of the three steps must be atomic, and which store publishes the element?
    long tail = counters.getOpaque(TAIL);
    if (tail - counters.getAcquire(HEAD) > mask) {
      return Offer.FULL;
    }
    if (!claim(tail)) {
      return Offer.LOST;
    }
    slots.setRelease((int) tail & mask, element);
    return Offer.TAKEN;
    //< phase 2
  }

  /** Makes the place at the tail the caller's, if the tail is still there. */
  boolean claim(long tail) {
    //> phase 2: what if two producers have seen the same tail?
    return counters.compareAndSet(TAIL, tail, tail + 1);
    //< phase 2
  }

  /** Tries until it is taken; false if the ring is full. */
  boolean offer(E element) {
    //> phase 2: what does a lost race mean here, and what a full ring?
    while (true) {
      switch (offerOnce(element)) {
        case TAKEN -> {
          return true;
        }
        case FULL -> {
          return false;
        }
        case LOST -> Thread.onSpinWait(); //~ lossyWrites: case LOST -> { return true; }
      }
    }
    //< phase 2
  }

  /** Hands over what is there, at most a ring full. One thread at a time. */
  void drain(Consumer<? super E> consumer) {
    //> phase 2: a slot may be claimed and still be empty; what then?
    long head = counters.getPlain(HEAD);
    for (int taken = 0; taken <= mask; taken++) {
      int slot = (int) head & mask;
      E element = slots.getAcquire(slot);
      if (element == null) {
        break;
      }
      slots.setPlain(slot, null);
      head++;
      counters.setRelease(HEAD, head); //~ freesNoPlace: counters.setPlain(HEAD, head - 1);
      consumer.accept(element);
    }
    //< phase 2
  }
}
