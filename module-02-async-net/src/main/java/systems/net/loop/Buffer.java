package systems.net.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A block of a pool, or a slice of another buffer; counted, so that it goes back once the last
 * holder has let it go.
 *
 * <pre>
 *     slab   [ block | block | block | ... ]            1 MiB, direct, for the life of the loop
 *                 ^
 *   buffer  count 3: its taker, and two slices
 *                 |  sent  |  to send   |   room  |
 *                 0     position      limit    capacity
 *                           ^    ^
 *                      slice     slice               count 1 each
 * </pre>
 *
 * <ol>
 *   <li>The count is 1 when {@link BufferPool#take} returns the buffer; {@link #retain} adds one,
 *       {@link #release} takes one away; at 0 the block is the pool's again.
 *   <li>A slice counts for itself and holds its parent by one. So the block lives as long as any of
 *       them, whatever the order in which they are released.
 *   <li>At count 0 every method throws {@link IllegalStateException}. The pool may hand the same
 *       object out again later; from then on a forgotten reference points to somebody else's bytes
 *       and cannot be told apart. Buffers that the {@link LeakDetector} watches are never handed
 *       out again, so with {@code leaksEvery} at 1 each such mistake is found: use that in tests.
 *   <li>A buffer is a link of at most one queue. Who wants to send the same bytes to two
 *       connections gives each a slice.
 * </ol>
 *
 * <p>The bytes belong to one thread at a time. Retaining and releasing may be done by any: the
 * count is changed by compare-and-set, which also makes what a thread did to the bytes visible to
 * the one that gets the block next.
 */
public final class Buffer extends Piece {
  private static final VarHandle COUNT;

  static {
    try {
      COUNT = MethodHandles.lookup().findVarHandle(Buffer.class, "count", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Position: sent so far; limit: written so far. */
  final ByteBuffer bytes;

  private final @Nullable BufferPool pool;
  private final @Nullable Buffer parent;
  LeakDetector.@Nullable Watch watch;
  private int count;

  /** A block, free. */
  Buffer(BufferPool pool, ByteBuffer bytes) {
    this.bytes = bytes;
    this.pool = pool;
    this.parent = null;
  }

  private Buffer(Buffer parent, int from, int to) {
    this.bytes = parent.bytes.slice(from, to - from);
    this.pool = null;
    this.parent = parent;
    this.count = 1;
  }

  /** Called by the pool, on the loop. */
  void taken() {
    assert count == 0 : "taken twice";
    bytes.limit(0);
    COUNT.setOpaque(this, 1);
  }

  /** Bytes that the buffer can hold. */
  public int capacity() {
    checkLive();
    return bytes.capacity();
  }

  /** Bytes that were put and not yet sent. */
  @Override
  long remaining() {
    return bytes.remaining();
  }

  /** Bytes that still fit. */
  public int room() {
    checkLive();
    return bytes.capacity() - bytes.limit();
  }

  /** Copies as much as fits behind what is there; returns how many bytes that was. */
  public int put(byte[] source, int from, int to) {
    //> phase 3: where does the written part end, and how do you write there?
    Objects.checkFromToIndex(from, to, source.length);
    int n = Math.min(room(), to - from);
    assert n >= 0 && bytes.position() <= bytes.limit();
    int at = bytes.limit(); //~ overwritesWhatIsThere: int at = bytes.position();
    bytes.limit(at + n);
    bytes.put(at, source, from, n);
    return n;
    //< phase 3
  }

  /** A view of the bytes that were put and not yet sent; not to be used after the release. */
  public ByteBuffer bytes() {
    checkLive();
    return bytes.slice().asReadOnlyBuffer();
  }

  /**
   * Some of the bytes that were put, as a buffer that counts for itself. Not copied.
   *
   * @param from counted from the begin of the buffer
   */
  public Buffer slice(int from, int to) {
    //> phase 3: who keeps the block when the parent is released before the slice?
    Objects.checkFromToIndex(from, to, bytes.limit());
    retain(); //~ sliceHoldsNothing: checkLive();
    return new Buffer(this, from, to);
    //< phase 3
  }

  /** One more holder. Any thread that is a holder itself. */
  public Buffer retain() {
    //> phase 3: from which count on is there no way back?
    int before;
    do {
      before = checkLive();
    } while (!COUNT.compareAndSet(this, before, before + 1));
    return this;
    //< phase 3
  }

  /** One holder less; the last one gives the block back. Any thread. */
  @Override
  public void release() {
    //> phase 3: two threads release at once: which of them gives the block back?
    int before;
    do {
      before = checkLive();
    } while (!COUNT.compareAndSet(this, before, before - 1));
    if (before == 1) { //~ neverGoesHome: if (before == 0) {
      goHome();
    }
    //< phase 3
  }

  //> phase 3 only
  private void goHome() {
    if (watch != null) {
      watch.released();
    }
    if (parent != null) {
      parent.release();
    } else if (pool != null) {
      pool.give(this);
    }
  }

  //< phase 3

  private int checkLive() {
    int now = (int) COUNT.getAcquire(this);
    if (now <= 0) {
      throw new IllegalStateException("the buffer was released");
    }
    return now;
  }
}
