package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets threads sleep until something has happened, and costs those who make it happen next to
 * nothing while nobody sleeps. It knows nothing of what happens; it counts.
 *
 * <pre>
 *   the one who waits                         the one who acts
 *
 *   ticket = announce()   waiters++           puts an element into the ring
 *   looks again                               signal():  fence
 *     found: withdraw()                                  waiters == 0 ? done
 *     else:  sleep(ticket)                                            : epoch++, wake all
 * </pre>
 *
 * <p><b>No lost wake-up.</b> Each side writes first and then reads what the other one writes: the
 * waiter announces itself and looks into the ring, the other puts an element into the ring and
 * looks for waiters. So one of them, at least, sees the other's write; <em>if nothing lets the read
 * pass the write</em>. Release and acquire do not forbid that, and every processor does it: a store
 * waits in a buffer while later loads go ahead. Only a full fence between the two does, one on each
 * side. The waiter's is in its {@code getAndAdd}; the other's stands in {@link #signal}. This is
 * Dekker's pattern, and one of the few places where a reordering is seen on x86 within
 * milliseconds.
 *
 * <p>What if the signal comes between the second look and the sleep? The ticket is the epoch of the
 * announcement; a sleep with an old one ends at once.
 *
 * <p>Waking all is a waste when many wait for one element. It is right for any mixture of waits,
 * and the threads that sleep are those that had nothing to do for long.
 *
 * <p>Source: D. Vyukov, "Eventcounts", 1024cores.net; the name is from D. Reed, R. Kanodia,
 * "Synchronization with eventcounts and sequencers", CACM 22(2), 1979.
 */
class EventCount { // not final: a test comes between look and announcement
  private static final VarHandle WAITERS;

  static {
    try {
      WAITERS = MethodHandles.lookup().findVarHandle(EventCount.class, "waiters", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by its handle
  private int waiters;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();

  /** Written under the lock; volatile since {@link #announce} reads it without. */
  private volatile long epoch;

  /** Says that the caller is about to sleep. It must look once more, then withdraw or sleep. */
  long announce() {
    //> phase 4: two reads and a write: in which order?
    WAITERS.getAndAdd(this, 1); // volatile: a full fence before the look that follows
    return epoch;
    //< phase 4
  }

  /** Takes an announcement back. */
  void withdraw() {
    WAITERS.getAndAdd(this, -1);
  }

  /** Sleeps until a signal that came after the announcement, or for some time; withdraws. */
  void sleep(long ticket, long nanos) throws InterruptedException {
    //> phase 4: what if the signal is given before you sleep?
    try {
      lock.lockInterruptibly();
      try {
        long left = nanos;
        while (!isOver(ticket) && left > 0) {
          left = happened.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    } finally {
      withdraw();
    }
    //< phase 4
  }

  /** Something has happened, before this call: wakes all who sleep. */
  void signal() {
    //> phase 4: you have written; what keeps the next load from being done first?
    VarHandle.fullFence(); //~ looksTooEarly: VarHandle.releaseFence();
    if (hasWaiters()) {
      wakeAll();
    }
    //< phase 4
  }

  boolean hasWaiters() {
    return (int) WAITERS.getOpaque(this) != 0;
  }

  /** Whether a sleep with this ticket would end at once. */
  boolean isOver(long ticket) {
    return epoch != ticket;
  }

  //> phase 4 only
  private void wakeAll() {
    lock.lock();
    try {
      epoch = epoch + 1;
      happened.signalAll();
    } finally {
      lock.unlock();
    }
  }
  //< phase 4
}
