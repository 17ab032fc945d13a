package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stack of bounded size whose slots are used again, as they would be in a segment off the heap.
 *
 * <pre>
 *   slot     0     1     2     3          top    63       32 31        0
 *   element  -     x     y     -              |   tag: 7   |  slot: 2  |
 *   below    3     -     1     -
 *                                         free |  tag: 5   |  slot: 0  |
 *
 *   the stack:  2 (y), then 1 (x)         free slots:  0, then 3
 * </pre>
 *
 * <p>Two lists through one array, each with a head that is a {@code long}: the slot, and a tag that
 * grows with every swap. A push takes a slot from the free list, writes to it, and puts it on the
 * stack; a pop does the reverse.
 *
 * <p><b>Why the tag.</b> A slot comes back, and soon: the slot that was popped last is the next
 * that is given out. Without a tag, a pop that has read "top is 2, below it 1" can be overtaken by
 * two pops and a push that puts slot 2 on top again with 0 below. Its compare-and-set finds the 2
 * that it expects, and makes 1 the top, which is on the free list. From then on a slot is on both
 * lists. With the tag the head is not the same although the slot is, and the swap fails. {@link
 * TreiberStack} has no tag, because the collector does not give out an object again that somebody
 * still holds.
 *
 * <p>A tag of 32 bits comes round after four thousand million swaps. A thread would have to sleep
 * through exactly so many, between two neighbouring instructions, to be deceived; that is not
 * impossible, only unlikely, and it is the weakness of the method. Hazard pointers and epochs do
 * without, at the price of writes by every reader.
 *
 * <p>{@link #below} is read before it is known to be still valid, and a slot's owner may be writing
 * it at this moment. The value is thrown away then, since the swap fails; but it must be read with
 * an atomic mode, or the compiler may read it twice.
 */
public class TaggedStack<E> { // not final: a test stops between look and swap
  private static final int NONE = -1;
  private static final long SLOT = 0xFFFF_FFFFL;

  private static final VarHandle TOP = head("top");
  private static final VarHandle FREE = head("free");
  private static final VarHandle BELOW = MethodHandles.arrayElementVarHandle(int[].class);

  private static VarHandle head(String name) {
    try {
      return MethodHandles.lookup().findVarHandle(TaggedStack.class, name, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Object[] elements;
  private final int[] below;

  // By their handles.
  @SuppressWarnings("unused")
  private long top = NONE & SLOT;

  @SuppressWarnings("unused")
  private long free;

  /** A stack of so many elements at most. */
  public TaggedStack(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("a stack of " + capacity + " slots holds nothing");
    }
    elements = new Object[capacity];
    below = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      below[i] = i + 1 < capacity ? i + 1 : NONE;
    }
  }

  /**
   * Puts an element on top; false if there is no free slot. A slot is taken for the whole of a push
   * and of a pop, so calls that are under way count as elements here.
   */
  public boolean push(E element) {
    //> phase 4: until when is the slot yours alone?
    Objects.requireNonNull(element);
    int slot = take(FREE);
    if (slot == NONE) {
      return false;
    }
    elements[slot] = element;
    put(TOP, slot);
    return true;
    //< phase 4
  }

  /** Takes the element on top; null if there is none. */
  @SuppressWarnings("unchecked") // only push puts something in
  public @Nullable E pop() {
    //> phase 4: when may another thread have the slot?
    int slot = take(TOP);
    if (slot == NONE) {
      return null;
    }
    E element = (E) elements[slot];
    elements[slot] = null;
    put(FREE, slot);
    return element;
    //< phase 4
  }

  //> phase 4 only
  private int take(VarHandle list) {
    while (true) {
      long seen = (long) list.getAcquire(this);
      int slot = (int) seen;
      if (slot == NONE || swap(list, seen, (int) BELOW.getOpaque(below, slot))) {
        return slot;
      }
    }
  }

  private void put(VarHandle list, int slot) {
    long seen;
    do {
      seen = (long) list.getAcquire(this);
      BELOW.setOpaque(below, slot, (int) seen);
    } while (!swap(list, seen, slot));
  }

  //< phase 4

  /** Makes a slot the head of a list, if the list is still the one that was seen. */
  boolean swap(VarHandle list, long seen, int slot) {
    //> phase 4: the same slot may be the head again; how do you notice?
    long tag = (seen >>> 32) + 1; //~ sameSlotSameList: long tag = seen >>> 32;
    return list.compareAndSet(this, seen, tag << 32 | slot & SLOT);
    //< phase 4
  }
}
