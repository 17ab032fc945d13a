package systems.core.concurrent;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ring from one thread to one other.
 *
 * <pre>
 *            head                       tail        limit
 *             v                          v            v
 *   [ . | . | e | e | e | e | e | e | e | . | . | . | . | ? ]
 *             ^                          '----------'
 *             null? then it is empty     sure to be free
 *             (all that the consumer     (what the producer
 *             asks)                      knows)
 * </pre>
 *
 * <p>The slot itself is the flag: an element says that it is there, null that there is room. So
 * neither side reads the other's position at all, and the only cache lines that travel are those of
 * the slots, which have to travel anyway. Each slot and each position is written without a
 * compare-and-set: both calls are wait-free.
 *
 * <p>The consumer looks at the slot that it wants. The producer looks a quarter of the ring ahead
 * and then knows of all slots up to there, since they are emptied in order: one look, and one cache
 * line taken from the consumer, for as many elements.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>The slots from {@code head} up to {@code tail} are full and all others empty, but for the
 *       one that either side is just at.
 *   <li>The slots from {@code tail} up to {@code limit} are empty.
 *   <li>The element is stored with <em>release</em> and read with <em>acquire</em>. So a consumer
 *       that sees the element sees all that the producer wrote before the offer.
 *   <li>The slot is emptied with release and found empty with acquire too: when the producer comes
 *       round, the consumer has done with it, and with all before it.
 * </ol>
 *
 * <p>The positions are each side's own. They are stored opaque for {@link #size} alone, which must
 * see them move and relies on nothing else.
 *
 * <p>Rejected: positions that the other side reads, each keeping what it last saw of it ({@link
 * ByteRing} has that protocol, as bytes have no null). In a ring that is nearly empty the consumer
 * then asks for the tail at each element and takes its line away from the producer, besides the
 * line of the slot: in five rounds in turns it reached less than a third of this one's rate.
 *
 * <p>Sources: L. Lamport, "Specifying concurrent program modules", ACM TOPLAS 5(2), 1983 (the
 * ring); J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline
 * parallelism", PPoPP 2008 (the slot as flag); M. Torquati, "Single-producer/single-consumer queues
 * on shared cache multi-core systems", TR-10-20, University of Pisa, 2010 (why the order of the
 * slots suffices); N. Wakart's queues in JCTools (the look ahead).
 */
public final class SpscRing<E> extends Cursors implements Ring<E> {
  /**
   * @param capacity a power of two
   */
  public SpscRing(int capacity) {
    super(capacity);
  }

  /** For the producer. */
  @Override
  public boolean offer(E element) {
    //> phase 4: which store makes the element visible, and what must be visible with it?
    Objects.requireNonNull(element);
    long at = tail;
    if (at >= limit && !hasRoom(at)) {
      return false;
    }
    int slot = (int) at & mask;
    SLOTS.setRelease(slots, slot, (Object) element);
    TAIL.setOpaque((Cursors) this, at + 1);
    return true;
    //< phase 4
  }

  /** For the consumer. */
  @Override
  @SuppressWarnings("unchecked") // only offer puts something in
  public @Nullable E poll() {
    //> phase 4: what must be done with the element before the producer may use its slot again?
    long at = head;
    int slot = (int) at & mask;
    E element = (E) (Object) SLOTS.getAcquire(slots, slot);
    if (element == null) {
      return null;
    }
    SLOTS.setRelease(slots, slot, (Object) null); //~ holdsOn: assert slot <= mask;
    HEAD.setOpaque((Cursors) this, at + 1);
    return element;
    //< phase 4
  }

  /** For the consumer: what {@link #poll} would take. */
  @SuppressWarnings("unchecked")
  public @Nullable E peek() {
    //> phase 4: whose slot is it until the consumer moves?
    return (E) (Object) SLOTS.getAcquire(slots, (int) head & mask);
    //< phase 4
  }

  //> phase 4 only
  private boolean hasRoom(long at) {
    long ahead = at + Math.max(1, capacity() / 4);
    if (isFree(ahead - 1)) { //~ trustsTooMuch: if (isFree(at)) {
      limit = ahead;
      return true;
    }
    return isFree(at);
  }

  private boolean isFree(long at) {
    return (Object) SLOTS.getAcquire(slots, (int) at & mask) == null;
  }
  //< phase 4
}
