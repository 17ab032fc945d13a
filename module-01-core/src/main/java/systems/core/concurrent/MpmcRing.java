package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ring from many threads to many threads.
 *
 * <p>Each slot has a turn number that says who is next:
 *
 * <pre>
 *   capacity 4, positions 4 to 7 are the second lap
 *
 *   slot        0     1     2     3        head is 5, tail is 7
 *   turn        8     6     7     7
 *               |     |     |     '- free for the producer of position 7
 *               |     |     '------- full, for the consumer of position 6
 *               |     '------------- full, for the consumer of position 5
 *               '------------------- emptied, free for the producer of position 8
 *
 *   turn == position              free for the producer of this position
 *   turn == position + 1          full, for the consumer of this position
 *   turn == position + capacity   free for the producer of the next lap
 * </pre>
 *
 * <p>A producer reads the turn of the slot at the tail. If it is the tail's own number, it claims
 * the position by compare-and-set, writes the element with a plain store and sets the turn with
 * release. A consumer does the same at the head with the number one more. All that producers share
 * with consumers is the turn of one slot, and that line travels anyway, for the element.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>The turn of a slot only grows: {@code p, p + 1, p + capacity, p + capacity + 1 ...}
 *   <li>Only who has claimed a position writes to its slot, and only the one whose turn it is can
 *       claim. So the slot itself needs no atomic access.
 *   <li>The turn is set with release after the slot is written or emptied, and read with acquire
 *       before: an element is seen whole, and an emptied slot is empty before it is filled again.
 * </ol>
 *
 * <p>Full and empty. A turn that is behind means either that the ring is full (empty), or that
 * somebody has claimed the position a lap (a step) ago and is not done. Dmitry Vyukov's queue
 * answers "full" in both cases, which is not linearizable: a thread that has just taken an element,
 * and knows that there must be room, could be told that there is none. So the other position is
 * asked, and if it denies, the call waits for the one that is under way. That is where this ring is
 * not lock-free; a thread that dies between its claim and its turn stops the others after a lap.
 *
 * <p>Source: D. Vyukov, "Bounded MPMC queue", 1024cores.net.
 */
public final class MpmcRing<E> extends Cursors implements Ring<E> {
  private static final VarHandle TURNS =
      MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

  private final long[] turns;

  /**
   * @param capacity a power of two
   */
  public MpmcRing(int capacity) {
    super(capacity);
    turns = new long[capacity];
    for (int i = 0; i < capacity; i++) {
      turns[i] = i;
    }
  }

  /** For any thread. */
  @Override
  public boolean offer(E element) {
    //> phase 4: whose turn is it, and what do you do when it is nobody's yet?
    Objects.requireNonNull(element);
    long[] turns = this.turns;
    while (true) {
      long at = (long) TAIL.getOpaque((Cursors) this); // a guess, which the claim verifies
      int slot = (int) at & mask;
      long behind = at - (long) TURNS.getAcquire(turns, slot);
      if (behind == 0 && TAIL.compareAndSet((Cursors) this, at, at + 1)) {
        slots[slot] = element;
        TURNS.setRelease(turns, slot, at + 1);
        return true;
      }
      if (behind > 0) {
        if (at - (long) HEAD.getAcquire((Cursors) this) > mask) { //~ guesses: if (at >= 0) {
          return false;
        }
        Thread.onSpinWait(); // a consumer is under way in this slot
      }
    }
    //< phase 4
  }

  /** For any thread. */
  @Override
  @SuppressWarnings("unchecked") // only offer puts something in
  public @Nullable E poll() {
    //> phase 4: for whom is the slot when you leave it?
    long[] turns = this.turns;
    while (true) {
      long at = (long) HEAD.getOpaque((Cursors) this);
      int slot = (int) at & mask;
      long behind = at + 1 - (long) TURNS.getAcquire(turns, slot);
      if (behind == 0 && HEAD.compareAndSet((Cursors) this, at, at + 1)) {
        E element = (E) slots[slot];
        slots[slot] = null; //~ keepsWhatItGave: assert element != null;
        TURNS.setRelease(turns, slot, at + mask + 1);
        return element;
      }
      if (behind > 0) {
        if (at == (long) TAIL.getAcquire((Cursors) this)) { //~ givesUp: if (at >= 0) {
          return null;
        }
        Thread.onSpinWait(); // a producer is under way in this slot
      }
    }
    //< phase 4
  }
}
