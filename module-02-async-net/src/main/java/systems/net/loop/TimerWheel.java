package systems.net.loop;

import org.jspecify.annotations.Nullable;

/**
 * The timers of a loop: made and taken back in constant time, and cheap while nothing is due.
 *
 * <p>A server makes a timer for each thing that may take too long, and nearly all are taken back,
 * since nearly nothing does. So what must be fast is to make one and to take it back; that it fires
 * is the exception.
 *
 * <p>Time is counted in ticks of 2^20 nanoseconds, about a millisecond, from the wheel's start. A
 * tick is read as a number with eight digits of base 64, and each digit has a wheel:
 *
 * <pre>
 *   cursor  =  0  0  0  0  0  2 17 40        nodes with tick     differ first    are in
 *                          |  |  |
 *                          |  |  +- level 0      0..0  2 17 51     last digit      level 0, slot 51
 *                          |  +---- level 1      0..0  2 20 05     digit 1         level 1, slot 20
 *                          +------- level 2      0..0  9 00 63     digit 2         level 2, slot 9
 *
 *   level 0  mask  ......................................1..........1..  one tick a slot, 67 ms in all
 *   level 1  mask  ....................1...............................  64 ticks a slot,  4 s
 *   level 2  mask  .........1..........................................  4096 ticks a slot, 5 min
 *      ...                                                               level 7: more than a long holds
 *
 *   slot  ->  node &lt;-> node &lt;-> node &lt;-> (first)     in the order of insertion
 * </pre>
 *
 * <ol>
 *   <li>A node with tick t is at the level of the highest digit in which t and the cursor differ,
 *       in the slot of that digit of t. So its place follows from t and the cursor alone, and a
 *       node need not remember it.
 *   <li>The cursor moves only to places before which no slot begins, so the first invariant
 *       survives each of its moves: digits above the level stay equal, the digit at the level stays
 *       smaller than the slot.
 *   <li>Therefore all of a level comes before all of the next level, and within a level the lowest
 *       bit of the mask is the next slot. What is next is found with one instruction a level, over
 *       any span of time: a jump of a year costs what a jump of a tick costs.
 *   <li>When the cursor comes to a slot above level 0, its nodes agree with the cursor in one more
 *       digit and move down (they cascade). A node moves down seven times at most in its life, and
 *       one that is taken back early, as most are, never does.
 *   <li>All nodes of one tick are in one slot, in the order of insertion: those that cascade come
 *       there before any node can be inserted there directly.
 *   <li>A node's tick is its deadline rounded up, and beyond the last tick that {@link #advance}
 *       was asked for. So no task is early, and a task that schedules another for now does not keep
 *       advance from ending.
 * </ol>
 *
 * <p>Only on the thread of its loop. The node is the {@link Timer}: to schedule allocates it and
 * nothing else. Times are compared by their difference, which must be less than 2^63.
 *
 * <p>Rejected: a heap. It has the exact next deadline, but each change costs a logarithm of all
 * timers, and to take one back it has to know its place in the array. Rejected too: one wheel of
 * many slots, in which nodes of later rounds are passed by again and again.
 *
 * <p>After G. Varghese and T. Lauck, Hashed and Hierarchical Timing Wheels, SOSP 1987, scheme 7.
 */
final class TimerWheel {
  /** A tick is 2 to this power of nanoseconds. */
  static final int TICK_SHIFT = 20;

  private static final int DIGIT_BITS = 6;
  private static final int SLOTS = 1 << DIGIT_BITS;

  /** As many digits as the 43 bits of a positive time's tick need. */
  private static final int LEVELS = 8;

  private static final long TICK_MAX = Long.MAX_VALUE >> TICK_SHIFT;

  private final long startNanos;
  private final @Nullable Node[] slots = new @Nullable Node[LEVELS * SLOTS];
  private final long[] occupied = new long[LEVELS];

  /** Where the wheel stands: all before this tick has run. */
  private long cursor;

  /** The last tick that was asked for; ahead of the cursor only while tasks run. */
  private long asked;

  private int size;

  TimerWheel(long nowNanos) {
    startNanos = nowNanos;
  }

  private final class Node implements Timer {
    final long tick;
    @Nullable Runnable task;

    /** The list of a slot is a ring; null when this node is in none. */
    @Nullable Node next;

    @Nullable Node previous;

    Node(long tick, Runnable task) {
      this.tick = tick;
      this.task = task;
    }

    @Override
    public boolean cancel() {
      //> phase 2: the node knows its neighbours; how does it find its slot, and why must it?
      if (next == null) {
        return false;
      }
      unlink(this);
      task = null;
      return true;
      //< phase 2 with: return false;
    }
  }

  /** Runs the task at a later {@link #advance}, once the deadline has passed. */
  Timer schedule(long deadlineNanos, Runnable task) {
    //> phase 2: which way do you round, and what if the deadline is past already?
    long earliest = asked + 1; //~ runsInTheSamePass: long earliest = cursor;
    long tick = Math.max(tickAfter(deadlineNanos), earliest);
    var node = new Node(tick, task);
    link(node);
    size++;
    return node;
    //< phase 2 with: return new Node(deadlineNanos, task);
  }

  //> phase 2 only
  /** The first tick that does not begin before this time. */
  private long tickAfter(long nanos) {
    long elapsed = nanos - startNanos;
    long roundedUp = elapsed & ((1 << TICK_SHIFT) - 1); //~ isEarly: long roundedUp = 0;
    return (elapsed >> TICK_SHIFT) + (roundedUp == 0 ? 0 : 1);
  }

  private int levelOf(long tick) {
    int highest = Long.SIZE - 1 - Long.numberOfLeadingZeros((tick ^ cursor) | 1);
    return highest / DIGIT_BITS;
  }

  private static int digit(long tick, int level) {
    return (int) (tick >>> level * DIGIT_BITS) & (SLOTS - 1);
  }

  private void link(Node node) {
    assert node.next == null && node.tick >= cursor;
    int level = levelOf(node.tick);
    int digit = digit(node.tick, level);
    Node first = slots[level * SLOTS + digit];
    if (first == null) {
      node.next = node;
      node.previous = node;
      slots[level * SLOTS + digit] = node;
      occupied[level] |= 1L << digit;
    } else {
      linkLast(node, first);
    }
  }

  private static void linkLast(Node node, Node first) {
    Node last = first.previous;
    assert last != null && last.next == first;
    node.next = first;
    node.previous = last;
    last.next = node;
    first.previous = node;
  }

  private void unlink(Node node) {
    int level = levelOf(node.tick);
    int digit = digit(node.tick, level);
    int slot = level * SLOTS + digit;
    Node next = node.next;
    Node previous = node.previous;
    assert next != null && previous != null : "a node that is in no slot";
    assert slots[slot] != null : "a node is not in the slot of its tick";
    if (next == node) {
      slots[slot] = null;
      occupied[level] &= ~(1L << digit); //~ emptySlotStaysMarked: assert occupied[level] != 0;
    } else {
      previous.next = next;
      next.previous = previous;
      if (slots[slot] == node) { //~ firstOfManyIsKept: if (slots[slot] == null) {
        slots[slot] = next;
      }
    }
    node.next = null;
    node.previous = null;
    size--;
  }

  /** The lowest level that holds a node, which is the one that is due first; LEVELS if none. */
  private int firstLevel() {
    int level = 0;
    while (level < LEVELS && occupied[level] == 0) {
      level++;
    }
    return level;
  }

  /** The tick at which the first slot of this level begins. */
  private long firstTick(int level) {
    int shift = level * DIGIT_BITS;
    long digit = Long.numberOfTrailingZeros(occupied[level]);
    long above = cursor >>> shift + DIGIT_BITS << shift + DIGIT_BITS;
    return above | digit << shift;
  }

  //< phase 2

  /**
   * Runs all tasks whose deadline is not after this time, by their ticks and then in the order in
   * which they were scheduled. What a task throws comes out of here; the task is done with, and the
   * next call goes on behind it.
   */
  void advance(long nowNanos) {
    //> phase 2: which slot is next, how far may the cursor go, and what is done at each level?
    asked = Math.max(asked, (nowNanos - startNanos) >> TICK_SHIFT);
    for (int level = firstLevel(); level < LEVELS; level = firstLevel()) {
      long tick = firstTick(level);
      if (tick > asked) {
        break;
      }
      assert tick >= cursor : "the cursor went past " + tick + " to " + cursor;
      cursor = tick;
      if (level == 0) {
        runFirst();
      } else {
        cascade(level);
      }
    }
    cursor = asked;
    //< phase 2 with: assert nowNanos - startNanos >= 0;
  }

  //> phase 2 only
  private void runFirst() {
    Node node = slots[digit(cursor, 0)];
    assert node != null : "the slot of tick " + cursor + " is marked, but empty";
    assert node.tick == cursor : "a node of tick " + node.tick + " in the slot of " + cursor;
    Runnable task = node.task;
    assert task != null : "a node that has run is still in its slot";
    node.task = null;
    unlink(node);
    task.run();
  }

  /** Moves the nodes of the slot where the cursor stands to where they belong now. */
  private void cascade(int level) {
    int digit = digit(cursor, level);
    Node first = slots[level * SLOTS + digit];
    slots[level * SLOTS + digit] = null;
    occupied[level] &= ~(1L << digit);
    assert first != null && first.previous != null : "a slot is marked, but empty";
    first.previous.next = null;
    Node node = first;
    while (node != null) {
      Node next = node.next;
      node.next = null;
      link(node);
      node = next; //~ cascadesOne: node = null;
    }
  }

  //< phase 2

  /**
   * A time before which nothing is due: exact to the tick for what is due within 64 of them, else
   * possibly earlier. {@link Long#MAX_VALUE} if there is nothing.
   */
  long nextDeadline() {
    //> phase 2: the masks know
    int level = firstLevel();
    if (level == LEVELS) {
      return Long.MAX_VALUE;
    }
    return startNanos + (Math.min(firstTick(level), TICK_MAX) << TICK_SHIFT);
    //< phase 2 with: return Long.MAX_VALUE;
  }

  /** Timers that wait. */
  int size() {
    return size;
  }
}
