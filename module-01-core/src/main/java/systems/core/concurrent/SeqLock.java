package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Guards a few fields that are read often and written seldom. Readers write nothing, so they
 * neither wait for each other nor can they hold up the writer; they read, and then ask whether what
 * they have read belongs together.
 *
 * <pre>
 *   sequence   4        5                      6
 *   writer     |--------| bid = 7   ask = 8    |----------
 *   reader A     4 b a 4                                      same and even: b and a belong together
 *   reader B               5 ...                              odd: somebody writes, wait
 *   reader C        4 b              a            6           another one: once more
 * </pre>
 *
 * <p>How it is used; the fields may be plain, and are the caller's:
 *
 * <pre>{@code
 * long stamp, b, a;
 * do {
 *   stamp = lock.readBegin();
 *   b = bid;
 *   a = ask;
 * } while (lock.readRetry(stamp));
 * }</pre>
 *
 * <p>What a reader does between the two calls it does with values that may not belong together. It
 * must only copy them: no index, no division, no loop whose end depends on them.
 *
 * <p>The four orders that it needs, each of which one line is for:
 *
 * <ol>
 *   <li>The sequence is odd before the first field is written: a compare-and-set, and a fence
 *       behind it, since an acquire alone lets no <em>later</em> access pass but says nothing of
 *       the store that made the number odd.
 *   <li>The fields are written before it is even again: set with release.
 *   <li>The first look comes before the fields are read: get with acquire.
 *   <li>The fields are read before the second look. Here no mode of the second look helps: acquire
 *       holds back what comes after a load, and it is the loads <em>before</em> it that must be
 *       done. Hence the fence.
 * </ol>
 *
 * <p>Readers are not wait-free: a writer that is stopped in the middle stops them all. {@link
 * java.util.concurrent.locks.StampedLock} has the same idea in its optimistic mode, and lets a
 * reader fall back to a lock that the writer has to wait for.
 *
 * <p>Sources: the seqlock of the Linux kernel; H.-J. Boehm, "Can seqlocks get along with
 * programming language memory models?", MSPC 2012.
 */
public final class SeqLock {
  private static final VarHandle SEQUENCE;

  static {
    try {
      SEQUENCE = MethodHandles.lookup().findVarHandle(SeqLock.class, "sequence", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Odd while somebody writes. */
  private long sequence;

  /** Begins to read; waits while somebody writes. */
  public long readBegin() {
    //> phase 4: which numbers say that nobody writes?
    long stamp = (long) SEQUENCE.getAcquire(this);
    while ((stamp & 1) != 0) { //~ readsHalves: while (stamp < 0) {
      Thread.onSpinWait();
      stamp = (long) SEQUENCE.getAcquire(this);
    }
    return stamp;
    //< phase 4
  }

  /** Whether somebody has written since, so that what was read may not belong together. */
  public boolean readRetry(long stamp) {
    //> phase 4: which loads must be done before this one, and what holds them?
    VarHandle.loadLoadFence();
    return (long) SEQUENCE.getOpaque(this) != stamp; //~ neverLooksBack: return stamp < 0;
    //< phase 4
  }

  /** Begins to write; waits while somebody else does. {@link #writeEnd} must follow in any case. */
  public void writeBegin() {
    //> phase 4: how do two writers exclude each other, and what must not pass upwards?
    long even;
    do {
      even = readBegin();
    } while (!SEQUENCE.weakCompareAndSetAcquire(this, even, even + 1));
    VarHandle.storeStoreFence();
    //< phase 4
  }

  /** What was written belongs together. */
  public void writeEnd() {
    //> phase 4: which stores come before this one?
    assert (sequence & 1) != 0 : "nobody writes";
    SEQUENCE.setRelease(this, sequence + 1);
    //< phase 4
  }
}
