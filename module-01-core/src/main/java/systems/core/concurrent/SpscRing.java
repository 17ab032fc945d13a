package systems.core.concurrent;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ring from one thread to one other.
 *
 * <pre>
 *            head      seen         tail      limit
 *             v         v            v          v
 *   [ . | . | e | e | e | e | e | e | . | . | . | ? ]
 *             '--------'             '---------'
 *             sure to be full        sure to be free
 *             (the consumer's)       (the producer's)
 * </pre>
 *
 * <p>Each position has one writer, so no step needs a compare-and-set: both calls are wait-free.
 * And each side keeps what it last saw of the other's position, and asks again only when that does
 * not suffice: one cache miss for as many elements as there are, instead of one for each.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>{@code head <= seen <= tail <= limit <= head + capacity}, if all could be read at once.
 *   <li>The element is stored before the tail passes its slot, and the tail is stored with
 *       <em>release</em> and read with <em>acquire</em>. So a consumer that knows of the slot sees
 *       the element, and all that the producer wrote before the offer.
 *   <li>The slot is emptied before the head passes it, with release and acquire too: when the
 *       producer comes round, the consumer has done with it.
 * </ol>
 *
 * <p>The slots need no mode of their own. Each of them belongs to one side at a time, and it
 * changes hands by these two pairs.
 *
 * <p>Rejected: the slot itself as the flag, where null says empty and neither side reads the
 * other's position at all. It saves the line of the tail when the ring is nearly empty; it cannot
 * hold numbers, as {@link ByteRing} does with the same protocol as here; and what the producer
 * knows of the room it has to find out from slots. JCTools has that ring, and with two cores to
 * themselves its best rounds are several times as fast as ours (COMMENTARY).
 *
 * <p>Sources: L. Lamport, "Specifying concurrent program modules", ACM TOPLAS 5(2), 1983 (the
 * ring); J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline
 * parallelism", PPoPP 2008 (the slot as flag); P. Lee, T. Bu, G. Chandranmenon, "A lock-free,
 * cache-efficient shared ring buffer for multi-core architectures", ANCS 2009 (positions that are
 * kept).
 */
public final class SpscRing<E> extends Cursors implements Ring<E> {
  /**
   * @param capacity a power of two
   */
  public SpscRing(int capacity) {
    super(capacity);
    limit = capacity;
  }

  /** For the producer. */
  @Override
  public boolean offer(E element) {
    //> phase 4: which store makes the element visible, and what must be visible with it?
    Objects.requireNonNull(element);
    long at = tail;
    if (at == limit && !hasRoom(at)) {
      return false;
    }
    slots[(int) at & mask] = element;
    TAIL.setRelease((Cursors) this, at + 1); //~ publishesPlainly: tail = at + 1;
    return true;
    //< phase 4
  }

  /** For the consumer. */
  @Override
  @SuppressWarnings("unchecked") // only offer puts something in
  public @Nullable E poll() {
    //> phase 4: what must be done with the element before the producer may use its slot again?
    long at = head;
    if (at == seen && !hasSome(at)) {
      return null;
    }
    int slot = (int) at & mask;
    E element = (E) slots[slot];
    slots[slot] = null; //~ holdsOn: assert slot <= mask;
    HEAD.setRelease((Cursors) this, at + 1);
    return element;
    //< phase 4
  }

  /** For the consumer: what {@link #poll} would take. */
  @SuppressWarnings("unchecked")
  public @Nullable E peek() {
    //> phase 4: whose slot is it until the consumer moves?
    return head == seen && !hasSome(head) ? null : (E) slots[(int) head & mask];
    //< phase 4
  }

  //> phase 4 only
  private boolean hasRoom(long at) {
    limit =
        (long) HEAD.getAcquire((Cursors) this) + mask + 1; //~ trustsTooMuch: limit += mask + 1;
    return at != limit;
  }

  private boolean hasSome(long at) {
    seen = (long) TAIL.getAcquire((Cursors) this);
    return at != seen;
  }
  //< phase 4
}
