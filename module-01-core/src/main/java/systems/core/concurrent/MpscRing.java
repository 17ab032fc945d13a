package systems.core.concurrent;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A ring from many threads to one.
 *
 * <pre>
 *                 head                         tail
 *                  v                            v
 *   [ null | null | e | e | null | e | e | null | null | null ]
 *                            ^
 *                            claimed by a producer that has not written yet
 * </pre>
 *
 * <p>An offer has two steps. It claims a place by moving the tail with a compare-and-set, which
 * decides the order of all producers, and then stores its element there. Between the two there is a
 * hole, and later places may be full already.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>A position is claimed by exactly one producer, and only while it is less than head plus
 *       capacity. So nobody writes to a slot that is not empty.
 *   <li>The consumer empties a slot, then moves the head with release; a producer reads the head
 *       with acquire before it claims. So the null is in the slot before the element, and cannot
 *       wipe it out.
 *   <li>Producers keep what they learned of the head in {@code limit}, next to the tail that they
 *       own anyway, and hand it on with release and acquire: the second point must hold for the one
 *       who reads the limit too. A limit that is too old costs another look and nothing else.
 * </ol>
 *
 * <p>Progress: producers are lock-free, a claim fails only because another one has succeeded. The
 * consumer is not: a producer that is stopped inside the hole makes {@link #poll} spin there,
 * though elements follow. It could as well say "empty"; but then a thread that has offered, and
 * polls or tells the consumer to poll, would be told that there is nothing, which no order of the
 * calls explains. {@link #drain} may stop at a hole, since it never promised to take everything.
 *
 * <p>Rejected: {@code getAndAdd} on the tail instead of the compare-and-set. It never fails, but
 * who gets a place beyond the end of a full ring cannot give it back.
 */
public final class MpscRing<E> extends Cursors implements Ring<E> {
  /**
   * @param capacity a power of two
   */
  public MpscRing(int capacity) {
    super(capacity);
    limit = capacity;
  }

  /** For any thread. */
  @Override
  public boolean offer(E element) {
    //> phase 4: which step decides the order of two producers, and which one shows the element?
    Objects.requireNonNull(element);
    long at;
    do {
      at = (long) TAIL.getOpaque((Cursors) this); // a guess, which the claim verifies
      if (room(at, 1) <= 0) {
        return false;
      }
    } while (!claim(at, at + 1));
    SLOTS.setRelease(slots, (int) at & mask, (Object) element);
    return true;
    //< phase 4
  }

  /** For any thread: one claim for all, so that the elements lie together. */
  @Override
  public int fill(E[] elements, int from, int to) {
    //> phase 4: what if the third element is null, when all places are claimed already?
    Objects.checkFromToIndex(from, to, elements.length);
    for (int i = from; i < to; i++) {
      Objects.requireNonNull(elements[i]); //~ claimsBeforeItChecks: assert i < to;
    }
    long at;
    int count;
    do {
      at = (long) TAIL.getOpaque((Cursors) this);
      count = (int) Math.min(to - from, room(at, to - from));
      if (count <= 0) {
        return 0;
      }
    } while (!claim(at, at + count));
    for (int i = 0; i < count; i++) {
      SLOTS.setRelease(slots, (int) (at + i) & mask, (Object) elements[from + i]);
    }
    return count;
    //< phase 4
  }

  //> phase 4 only
  /** Free places from a position on; asks for the head only if there seem to be too few. */
  private long room(long at, int wanted) {
    long end = (long) LIMIT.getAcquire((Cursors) this);
    if (end - at < wanted) {
      end = (long) HEAD.getAcquire((Cursors) this) + mask + 1;
      LIMIT.setRelease((Cursors) this, end);
    }
    return end - at;
  }

  private boolean claim(long at, long next) {
    return TAIL.compareAndSet((Cursors) this, at, next); //~ bothWin: tail = next; return true;
  }

  //< phase 4

  /** For the consumer. Waits for a producer that stands between its two steps. */
  @Override
  public @Nullable E poll() {
    //> phase 4: an empty slot may be the end, or a hole; how do you tell?
    long at = head;
    int slot = (int) at & mask;
    E element = element(slot);
    while (element == null) {
      if (at == (long) TAIL.getAcquire((Cursors) this)) { //~ holesAreTheEnd: if (at == head) {
        return null;
      }
      Thread.onSpinWait();
      element = element(slot);
    }
    release(at, slot);
    return element;
    //< phase 4
  }

  /** For the consumer: what {@link #poll} would take, or null where that would have to wait. */
  public @Nullable E peek() {
    //> phase 4: may a look wait?
    return element((int) head & mask);
    //< phase 4
  }

  /** For the consumer. Ends at a hole, too: what follows it comes with the next call. */
  @Override
  public int drain(Consumer<? super E> consumer, int most) {
    //> phase 4: the consumer's code may throw; what have you done by then?
    int taken = 0;
    while (taken < most) {
      long at = head;
      int slot = (int) at & mask;
      E element = element(slot);
      if (element == null) {
        break;
      }
      release(at, slot);
      taken++;
      consumer.accept(element);
    }
    return taken;
    //< phase 4
  }

  //> phase 4 only
  /** Empties a slot, and only then lets a producer have it. */
  private void release(long at, int slot) {
    SLOTS.set(slots, slot, (Object) null);
    HEAD.setRelease((Cursors) this, at + 1);
  }

  @SuppressWarnings("unchecked") // only offer puts something in
  private @Nullable E element(int slot) {
    return (E) (Object) SLOTS.getAcquire(slots, slot);
  }
  //< phase 4
}
