package systems.core.concurrent;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ring whose calls wait: put for room, take for an element.
 *
 * <pre>
 *   put  --> [ ring.offer ] -- taken --> elements.signal()
 *                  |
 *                full: spin, yield, then  ticket = room.announce(), look again, room.sleep(ticket)
 * </pre>
 *
 * <p>The ring does not know of it. Waiting is in three parts that know nothing of each other: the
 * ring says whether, the {@link WaitStrategy} says how long and how, and the {@link EventCount}
 * sees to it that no call is missed by a thread that is about to sleep.
 *
 * <p>A thread must not sleep on what it saw before it announced itself. Between that look and the
 * announcement the element may have come, and its producer has seen nobody to wake.
 *
 * <p><b>Interruption</b> ends a wait with {@link InterruptedException}, and never a call that has
 * done its work: an element was put, or taken, if and only if the call returned. A call that need
 * not wait does not look at the interrupt.
 *
 * <p><b>The end</b> is {@link #close}, from any thread. Puts throw from then on, also those that
 * wait. Takes go on until the ring is empty, and then give null, also those that wait. A put that
 * runs at the same time as the close either throws, or its element is in the ring; then somebody
 * must still take or {@link Ring#drain} it, as those who have been told null do not come back.
 *
 * <p>As many threads may put and take as the ring allows.
 */
public final class BlockingRing<E> {
  private final Ring<E> ring;
  private final int capacity;
  private final WaitStrategy strategy;
  private final EventCount elements;
  private final EventCount room = new EventCount();
  private volatile boolean closed;

  /** Takes a ring over. Who uses the ring itself as well wakes nobody. */
  public BlockingRing(Ring<E> ring, WaitStrategy strategy) {
    this(ring, strategy, new EventCount());
  }

  BlockingRing(Ring<E> ring, WaitStrategy strategy, EventCount elements) {
    this.ring = ring;
    this.strategy = strategy;
    this.elements = elements;
    capacity = ring.capacity();
  }

  /**
   * Puts an element in, when there is room.
   *
   * @throws IllegalStateException if it is closed
   */
  public void put(E element) throws InterruptedException {
    //> phase 4: who must hear that there is an element, and what if there is no room?
    Objects.requireNonNull(element);
    int round = 0;
    while (!offer(element)) {
      pause(room, capacity, round++);
    }
    elements.signal(); //~ tellsNobody: assert round >= 0;
    //< phase 4
  }

  /** Takes an element out, when there is one; null if there is none and it is closed. */
  public @Nullable E take() throws InterruptedException {
    //> phase 4: when is it empty for good?
    for (int round = 0; ; round++) {
      boolean last = closed; // before the look, which then sees all that was put before the close
      E element = ring.poll();
      if (element != null) {
        room.signal();
        return element;
      }
      if (last) {
        return null;
      }
      pause(elements, 0, round);
    }
    //< phase 4
  }

  //> phase 4 only
  private boolean offer(E element) {
    if (closed) {
      throw new IllegalStateException("the ring is closed");
    }
    return ring.offer(element);
  }

  @SuppressWarnings("ThreadPriorityCheck") // that a yield may do nothing is known
  private void pause(EventCount event, int size, int round) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    switch (strategy.step(round)) {
      case SPIN -> Thread.onSpinWait();
      case YIELD -> Thread.yield();
      case SLEEP -> sleep(event, size, strategy.sleepNanosMax(round));
    }
  }

  /** Sleeps for as long as the ring has this size, which is the one that nothing can be done at. */
  private void sleep(EventCount event, int size, long nanos) throws InterruptedException {
    long ticket = event.announce();
    if (!closed && ring.size() == size) { //~ sleepsOnAnOldLook: if (!closed) {
      event.sleep(ticket, nanos);
    } else {
      event.withdraw();
    }
  }

  //< phase 4

  /** Ends it: puts throw, takes give what is left and then null. */
  public void close() {
    closed = true;
    elements.signal();
    room.signal();
  }

  /** How many elements are waiting, roughly. */
  public int size() {
    return ring.size();
  }
}
