package systems.net.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The way into a loop: tasks from many threads, taken by one.
 *
 * <pre>
 *                 head                      tail                       bit 63 of tail: closed
 *                  v                         v
 *   [ null | null | t | t | null | t | t | null | null | null ]
 *                            ^
 *                            claimed by a thread that has not stored its task yet
 * </pre>
 *
 * <p>To offer takes two steps. A compare-and-set of the tail claims a place, and with it decides
 * the order among all producers; then the task is stored there. Between the two there is a hole,
 * and places behind it may be full.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>A place is claimed once, and only while it is less than head plus capacity away. So nobody
 *       stores into a slot that is not empty.
 *   <li>The consumer empties a slot, then moves the head with release; a producer reads the head
 *       with acquire before it claims the place again. So the null is there before the next task,
 *       and cannot wipe it out.
 *   <li>After {@link #close} no claim succeeds, since the closed bit is part of the very word that
 *       a claim compares. So a task was either refused, or is found by the consumer that polls
 *       until null afterwards: none is accepted and forgotten.
 *   <li>A claim is a volatile access and so is the tail's read in {@link #isEmpty}. Together with
 *       the loop's word for "I sleep" that makes the handshake of {@link EventLoop}: of a producer
 *       that claims and then looks whether the loop sleeps, and a loop that says that it sleeps and
 *       then looks whether there is a task, at least one sees the other.
 * </ol>
 *
 * <p>{@link #poll} waits at a hole. To answer "empty" there would be wrong for somebody who has
 * offered behind the hole, and it would let a closing loop leave a task behind. The wait is as long
 * as another thread needs between two instructions, or, if the system stops it just there, a time
 * slice; producers are never held up by each other in this way.
 *
 * <p>Rejected: a linked queue, which has no bound unless it counts, and makes a node for each task;
 * and {@code getAndAdd} on the tail, which never fails but cannot give a place back in a full ring.
 * The head and the tail live 128 bytes apart, so that the consumer's stores do not take the
 * producers' cache line away, nor the line that a prefetcher brings along with it.
 */
final class TaskQueue {
  private static final long CLOSED = Long.MIN_VALUE;

  /** Longs from one cursor to the next: 128 bytes. */
  private static final int APART = 16;

  private static final int HEAD = APART;
  private static final int TAIL = 2 * APART;

  private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(Runnable[].class);
  private static final VarHandle ENDS = MethodHandles.arrayElementVarHandle(long[].class);

  private final @Nullable Runnable[] slots;
  private final int mask;
  private final long[] ends = new long[3 * APART];

  /**
   * @param capacity a power of two
   */
  TaskQueue(int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("the capacity is no power of two: " + capacity);
    }
    slots = new Runnable[capacity];
    mask = capacity - 1;
  }

  int capacity() {
    return slots.length;
  }

  /** False if the queue is full or closed. Any thread. */
  boolean offer(Runnable task) {
    //> phase 1: two threads find the same free place: which instruction decides who has it?
    Objects.requireNonNull(task);
    long at;
    do {
      at = (long) ENDS.getVolatile(ends, TAIL);
      if (at < 0) { //~ acceptsAfterClose: if (at == CLOSED) {
        return false;
      }
      // acquire: the slot's null, stored before the head moved on, is there before our task
      long head = (long) ENDS.getAcquire(ends, HEAD);
      if (at - head > mask) { //~ overwritesTheOldest: if (at - head > mask + 1) {
        return false;
      }
    } while (!claim(at));
    // release: who sees the task sees what this thread did before, and all of the task
    SLOTS.setRelease(slots, (int) at & mask, task);
    return true;
    //< phase 1
  }

  //> phase 1 only
  /** Volatile, so that it stands in one order with the loop's word for being asleep. */
  private boolean claim(long at) {
    return ENDS.compareAndSet(ends, TAIL, at, at + 1); //~ bothClaim: return ends[TAIL]++ == at;
  }

  //< phase 1

  /** The oldest task, or null if there is none. Waits at a hole. Only the consumer. */
  @Nullable Runnable poll() {
    //> phase 1: an empty slot may be the end or a hole; what tells you?
    long head = ends[HEAD]; // nobody else writes it
    int slot = (int) head & mask;
    Runnable task = (Runnable) SLOTS.getAcquire(slots, slot);
    while (task == null) {
      if (isEmpty()) {
        return null;
      }
      Thread.onSpinWait();
      task = (Runnable) SLOTS.getAcquire(slots, slot);
    }
    SLOTS.set(slots, slot, (Runnable) null);
    // release: the null above is stored before a producer may think that the place is free
    ENDS.setRelease(ends, HEAD, head + 1);
    return task;
    //< phase 1
  }

  /** Whether no place is claimed. Only the consumer can build on it. */
  boolean isEmpty() {
    //> phase 1: what do head and tail say when nothing waits? Mind the closed bit.
    long tail = (long) ENDS.getVolatile(ends, TAIL);
    return (tail & ~CLOSED) == ends[HEAD];
    //< phase 1
  }

  /** From now on every offer is refused; what was accepted can still be polled. Any thread. */
  void close() {
    //> phase 1: how can closing and claiming exclude each other without a lock?
    long tail;
    do {
      tail = (long) ENDS.getVolatile(ends, TAIL);
    } while (!ENDS.compareAndSet(ends, TAIL, tail, tail | CLOSED));
    //< phase 1
  }

  boolean isClosed() {
    return (long) ENDS.getVolatile(ends, TAIL) < 0;
  }
}
