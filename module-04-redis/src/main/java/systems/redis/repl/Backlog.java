package systems.redis.repl;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The last part of the stream of changes, once for all replicas.
 *
 * <pre>
 *   position   1000            17384           33768
 *              [ block 16 KB ]-&gt;[ block 16 KB ]-&gt;[ block .. | free ]
 *                 ^ slow replica        ^ first              ^ fast replica, end
 * </pre>
 *
 * <p>A replica is a cursor: a block and a place in it. Blocks know the next one and not the one
 * before, so a block that is behind the backlog and behind every cursor has nobody left who points
 * to it, and the garbage collector takes it. That is the reference count that a program in C has to
 * keep by hand. One copy of the stream is held however many replicas lag behind; and since it is
 * held anyway, the backlog reaches back to the slowest of them, and others may continue from there.
 *
 * <p>1. {@code first.position <= min(end - bytesMax, slowest)}, unless the stream is shorter. 2. A
 * block's position is the position of the one before plus its size. 3. Bytes below {@code size}
 * never change. Command thread only.
 */
final class Backlog {
  private static final int BLOCK_BYTES = 16 * 1024;

  private static final class Block {
    final byte[] bytes = new byte[BLOCK_BYTES];
    final long position;
    int size;
    @Nullable Block next;

    Block(long position) {
      this.position = position;
    }
  }

  /** Takes a part of an array. */
  @FunctionalInterface
  interface Taker {
    void take(byte[] bytes, int from, int to);
  }

  /** A place in the stream; what follows it stays in memory. */
  static final class Cursor {
    private Block block;
    private int at;

    private Cursor(Block block, int at) {
      assert at >= 0 && at <= block.size : "a place in the block, or right behind it";
      this.block = block;
      this.at = at;
    }

    long position() {
      return block.position + at;
    }

    Cursor copy() {
      return new Cursor(block, at);
    }

    /** Hands over the next bytes, a block's at most; false if there are none. */
    boolean next(Taker taker) {
      assert at <= block.size : "ahead of the stream";
      //> phase 7: the end of a block is not the end of the stream
      while (at == block.size && block.next != null) {
        block = block.next;
        at = 0;
      }
      if (at == block.size) {
        return false;
      }
      int from = at;
      at = block.size;
      taker.take(block.bytes, from, at);
      return true;
      //< phase 7
    }
  }

  private final LongSupplier slowest;
  private Block first;
  private Block last;
  private long bytesMax;

  /** An empty one; the next byte is at that position. No cursor is thought of. */
  Backlog(long position, long bytesMax) {
    this(position, bytesMax, () -> Long.MAX_VALUE);
  }

  /**
   * An empty one; the next byte is at that position.
   *
   * @param slowest position of the cursor that is farthest behind; {@code Long.MAX_VALUE} for none
   */
  Backlog(long position, long bytesMax, LongSupplier slowest) {
    first = new Block(position);
    last = first;
    this.bytesMax = bytesMax;
    this.slowest = slowest;
  }

  void bytesMax(long bytes) {
    bytesMax = bytes;
    trim();
  }

  long start() {
    return first.position;
  }

  long end() {
    return last.position + last.size;
  }

  long size() {
    return end() - start();
  }

  void append(byte[] bytes, int from, int to) {
    //> phase 7: which block takes the bytes, and what if it has no room for all of them?
    int at = from;
    while (at < to) {
      if (last.size == BLOCK_BYTES) {
        var block = new Block(end());
        last.next = block;
        last = block;
      }
      int count = Math.min(to - at, BLOCK_BYTES - last.size);
      System.arraycopy(bytes, at, last.bytes, last.size, count);
      last.size += count;
      at += count; //~ forgetsWhatDidNotFit: at = to;
    }
    trim();
    assert start() <= end() : "the first offset is behind the last";
    //< phase 7
  }

  //> phase 7 only
  /** Whether enough is left without the block. */
  private boolean mayGo(Block block) {
    Block next = block.next;
    return next != null
        && end() - next.position >= bytesMax
        && next.position <= slowest.getAsLong();
  }

  //< phase 7

  /** Lets go what is beyond its size and no cursor needs any more. */
  void trim() {
    //> phase 7: which block may go, and who may still point to it?
    while (mayGo(first)) { //~ neverTrims: while (bytesMax < 0) {
      assert first.next != null;
      assert first.next.position == first.position + first.size : "a gap between two blocks";
      first = first.next;
    }
    //< phase 7
  }

  Cursor atEnd() {
    return new Cursor(last, last.size);
  }

  /** The place where that byte is or will be, or null if the backlog does not reach so far. */
  @Nullable Cursor at(long position) {
    //> phase 7: the byte that comes next has a place too, and the one that has gone has none
    long end = end(); //~ endIsOutside: long end = end() - 1;
    if (position < start() || position > end) {
      return null;
    }
    Block block = first;
    while (block.next != null && position >= block.position + block.size) {
      block = block.next;
    }
    return new Cursor(block, (int) (position - block.position));
    //< phase 7
  }
}
