package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a ring and two positions that never share a cache line.
 *
 * <pre>
 *   | header | 128 free | slots, mask | 128 free | tail, limit | 128 free | head | 128 free
 *                         read by all              producers'              consumers'
 * </pre>
 *
 * <p>A store needs the cache line alone, so it takes the line away from every other core. Were head
 * and tail neighbours, each poll would make the next offer wait for memory, though neither has
 * touched what the other one needs: false sharing. A line has 64 bytes on most machines; the gaps
 * are twice that, because some processors fetch lines in pairs, and others have lines of 128.
 *
 * <p>A compiler may not leave out unused fields of a class, but the JVM may lay the fields of
 * <em>one</em> class in any order. It never mixes those of a subclass into its superclass's in
 * front of others of it. Hence the staircase of classes: it is the order in memory.
 *
 * <p>Rejected: {@code @jdk.internal.vm.annotation.Contended}, which is the JDK's own and needs
 * {@code --add-exports} and {@code -XX:-RestrictContended}; and one array with the positions 16
 * elements apart, which costs a bounds check an access.
 *
 * <p>A position counts all elements that ever were, and its lower bits are the slot. 63 bits do not
 * overflow in the life of a machine.
 */
@SuppressWarnings("unused") // the gaps
abstract class Cursors extends AfterHead {
  static final int CAPACITY_MAX = 1 << 30;

  static final VarHandle SLOTS =
      MethodHandles.arrayElementVarHandle(Object[].class).withInvokeExactBehavior();
  static final VarHandle TAIL = position("tail");
  static final VarHandle LIMIT = position("limit");
  static final VarHandle HEAD = position("head");

  private static VarHandle position(String name) {
    try {
      return MethodHandles.lookup()
          .findVarHandle(Cursors.class, name, long.class)
          .withInvokeExactBehavior();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  Cursors(int capacity) {
    super(capacity);
  }

  public final int capacity() {
    return mask + 1;
  }

  /** How many there are, roughly: the two positions are not read at the same moment. */
  public final int size() {
    long before = (long) HEAD.getAcquire(this);
    return Math.clamp((long) TAIL.getAcquire(this) - before, 0, mask + 1);
  }
}

@SuppressWarnings("unused")
abstract class BeforeSlots {
  long a0, a1, a2, a3, a4, a5, a6, a7;
  long b0, b1, b2, b3, b4, b5, b6, b7;
}

abstract class AtSlots extends BeforeSlots {
  final @Nullable Object[] slots;
  final int mask;

  AtSlots(int capacity) {
    if (capacity < 2 || capacity > Cursors.CAPACITY_MAX || Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException(
          "a ring has 2, 4, 8 ... %,d slots, not %,d".formatted(Cursors.CAPACITY_MAX, capacity));
    }
    slots = new Object[capacity];
    mask = capacity - 1;
  }
}

@SuppressWarnings("unused")
abstract class BeforeTail extends AtSlots {
  long c0, c1, c2, c3, c4, c5, c6, c7;
  long d0, d1, d2, d3, d4, d5, d6, d7;

  BeforeTail(int capacity) {
    super(capacity);
  }
}

abstract class AtTail extends BeforeTail {
  /** Where the next element goes. */
  long tail;

  /** Up to here producers need not ask whether there is room. */
  long limit;

  AtTail(int capacity) {
    super(capacity);
  }
}

@SuppressWarnings("unused")
abstract class BeforeHead extends AtTail {
  long e0, e1, e2, e3, e4, e5, e6, e7;
  long f0, f1, f2, f3, f4, f5, f6, f7;

  BeforeHead(int capacity) {
    super(capacity);
  }
}

abstract class AtHead extends BeforeHead {
  /** Where the next element comes from. */
  long head;

  AtHead(int capacity) {
    super(capacity);
  }
}

@SuppressWarnings("unused")
abstract class AfterHead extends AtHead {
  long g0, g1, g2, g3, g4, g5, g6, g7;
  long h0, h1, h2, h3, h4, h5, h6, h7;

  AfterHead(int capacity) {
    super(capacity);
  }
}
