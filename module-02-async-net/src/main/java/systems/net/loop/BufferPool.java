package systems.net.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A loop's blocks of direct memory for what is to be sent.
 *
 * <pre>
 *   slabs  [16K|16K|...|16K]  [16K|16K|...]      64 blocks each, never given back
 *
 *   free  -> block -> block -> block             a stack: the block that was used last, and is
 *                                                in the cache, is taken first
 *   returned -> block -> block                   from other threads; the loop takes all at once
 * </pre>
 *
 * <ol>
 *   <li>{@code free} is touched by the owner's thread only: no lock, no atomic instruction.
 *   <li>Another thread's release pushes onto {@code returned} by compare-and-set. The owner takes
 *       the whole stack with one exchange when {@code free} is empty. Since single links are never
 *       popped, the ABA problem of such stacks does not arise.
 *   <li>Slabs never add up to more than {@code bytesMax}. What is needed beyond that is a block of
 *       the heap, which is left to the garbage collector: slower to send, but a server with ten
 *       thousand slow readers goes on, and does not hold their peak for ever.
 * </ol>
 *
 * <p>Why direct memory: the system reads only memory that does not move, so the JDK copies a heap
 * buffer into a direct one of its own before each call. Why blocks of one size: there is nothing to
 * search and nothing to merge, and a long answer is gathered from several.
 *
 * <p>Rejected: to send the blocks of other threads home through the loop's task queue. That wakes a
 * sleeping loop for nothing but a block that it does not need, and the queue may be full.
 */
public final class BufferPool {
  /** Bytes of a block. */
  public static final int BLOCK_BYTES = 16 << 10;

  /** Bytes of direct memory that are asked for at once. */
  static final int SLAB_BYTES = 1 << 20;

  private static final VarHandle RETURNED;

  static {
    try {
      RETURNED = MethodHandles.lookup().findVarHandle(BufferPool.class, "returned", Buffer.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Thread owner;
  private final long bytesMax;
  private final LeakDetector leaks;

  private @Nullable Buffer free;

  @SuppressWarnings("UnusedVariable") // read through RETURNED
  private @Nullable Buffer returned;

  private long slabBytes;

  /**
   * @param owner the only thread that takes
   * @param bytesMax of direct memory
   */
  public BufferPool(Thread owner, long bytesMax, LeakDetector leaks) {
    this.owner = owner;
    this.bytesMax = bytesMax;
    this.leaks = leaks;
  }

  /** An empty block, counted 1. Only the owner. */
  public Buffer take() {
    //> phase 3: where do you look first, where next, and what if there is nothing?
    assert Thread.currentThread() == owner : "taken by another thread";
    if (free == null) {
      free = takeReturned(); //~ forgetsTheReturned: ;
    }
    if (free == null) {
      grow();
    }
    Buffer buffer = free == null ? new Buffer(this, ByteBuffer.allocate(BLOCK_BYTES)) : pop(free);
    if (leaks.isTurn()) {
      buffer = new Buffer(this, buffer.bytes);
      leaks.watch(buffer);
    }
    buffer.taken();
    return buffer;
    //< phase 3
  }

  //> phase 3 only
  private @Nullable Buffer takeReturned() {
    return (Buffer) RETURNED.getAndSet(this, (Buffer) null);
  }

  private Buffer pop(Buffer top) {
    assert top == free && top.bytes.isDirect();
    free = (Buffer) top.next;
    top.next = null;
    return top;
  }

  private void grow() {
    if (slabBytes + SLAB_BYTES > bytesMax) { //~ poolWithoutBound: if (slabBytes < 0) {
      return;
    }
    slabBytes += SLAB_BYTES;
    ByteBuffer slab = ByteBuffer.allocateDirect(SLAB_BYTES);
    for (int at = 0; at < SLAB_BYTES; at += BLOCK_BYTES) {
      push(new Buffer(this, slab.slice(at, BLOCK_BYTES)));
    }
  }

  private void push(Buffer buffer) {
    assert buffer.next == null && buffer != free : "released twice";
    buffer.next = free;
    free = buffer;
  }

  //< phase 3

  /** Takes back a block that nobody holds any more. Any thread. */
  void give(Buffer released) {
    //> phase 3: the owner may be taking this very moment; which list is whose?
    if (!released.bytes.isDirect()) {
      return;
    }
    // a watched buffer is not handed out again, so that those who still use it are found out
    Buffer buffer = released.watch == null ? released : new Buffer(this, released.bytes);
    assert buffer.next == null : "released while it was queued";
    if (Thread.currentThread() == owner) { //~ freeListIsShared: if (owner.isAlive()) {
      push(buffer);
    } else {
      pushReturned(buffer);
    }
    //< phase 3
  }

  //> phase 3 only
  private void pushReturned(Buffer buffer) {
    Buffer top;
    do {
      top = (Buffer) RETURNED.getOpaque(this);
      buffer.next = top;
      // release, by the compare-and-set: the owner sees the link
    } while (!RETURNED.compareAndSet(this, top, buffer));
  }

  //< phase 3

  /** Bytes of direct memory that the pool has asked for. Only the owner. */
  public long directBytes() {
    return slabBytes;
  }

  /** Blocks that wait to be taken, without those that other threads returned. Only the owner. */
  public int freeBlocks() {
    int count = 0;
    for (Piece at = free; at != null; at = at.next) {
      count++;
    }
    return count;
  }
}
