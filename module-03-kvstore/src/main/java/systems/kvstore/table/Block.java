package systems.kvstore.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import systems.kvstore.format.MalformedException;

/**
 * A block in memory, uncompressed and verified: the bytes and where its parts begin. The picture is
 * in {@link BlockBuilder}; RocksDB may add a hash index between restarts and footer, announced by
 * the footer's top bit, which is stepped over here:
 *
 * <pre>
 *   from          restartsAt                                              to
 *   +---- - - ----+---- - - ---+- - - - - - - - - - - - - - -+------------+
 *   | entries     | restarts   | u8 buckets ..., u16 buckets | fixed32    |
 *   +---- - - ----+---- - - ---+- - - - - - - - - - - - - - -+------------+
 *                                 only if bit 31 of the       bits 0..28:
 *                                 footer is set               restarts
 * </pre>
 *
 * <p>The bytes are never written again, so readers need no lock and no reference count: a cursor
 * that still looks at a block which the cache has dropped keeps it alive, and the garbage collector
 * does the rest.
 */
final class Block {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int HASH_INDEX = 0x8000_0000;

  /** RocksDB's hint that the keys are spread evenly, for a search that interpolates. */
  private static final int EVEN_KEYS = 0x2000_0000;

  /** What the two objects take besides their bytes. */
  private static final int OBJECT_BYTES = 56;

  /** A block without entries: one restart, at 0. */
  static final Block EMPTY = new Block(new byte[8], 0, 0, 1);

  final byte[] bytes;
  final int from;

  /** Where the restart array begins and the entries end. */
  final int restartsAt;

  final int restartCount;

  /** Set by every use, cleared by the sweep of the cache; racy, and a lost mark costs a miss. */
  byte used;

  /** Where the cache keeps it; written under the cache's lock. */
  int place;

  private Block(byte[] bytes, int from, int restartsAt, int restartCount) {
    this.bytes = bytes;
    this.from = from;
    this.restartsAt = restartsAt;
    this.restartCount = restartCount;
  }

  /** The block in {@code bytes[from, to)}, which is kept and not copied. */
  static Block of(byte[] bytes, int from, int to) throws MalformedException {
    int end = to - 4;
    if (end < from) {
      throw new MalformedException("a block of " + (to - from) + " bytes", 0);
    }
    int footer = (int) INT.get(bytes, end);
    if ((footer & HASH_INDEX) != 0) {
      end = beforeHashIndex(bytes, from, end);
    }
    int restarts = footer & ~(HASH_INDEX | EVEN_KEYS);
    if (restarts == 0 || restarts > (end - from) / 4) {
      throw new MalformedException("a block with " + restarts + " restarts", to - 4 - from);
    }
    var block = new Block(bytes, from, end - 4 * restarts, restarts);
    if (block.restart(0) != from) {
      throw new MalformedException("a block whose first key is not whole", end - from);
    }
    return block;
  }

  private static int beforeHashIndex(byte[] bytes, int from, int end) throws MalformedException {
    int buckets = end - 2 >= from ? (bytes[end - 2] & 0xff) | (bytes[end - 1] & 0xff) << 8 : -1;
    int start = end - 2 - buckets;
    if (buckets < 0 || start < from) {
      throw new MalformedException("a block hash index of " + buckets + " buckets", end - from);
    }
    return start;
  }

  /** Index in {@link #bytes} of the entry at a restart; anything, where the block is malformed. */
  int restart(int index) {
    assert index >= 0 && index < restartCount;
    return from + (int) INT.get(bytes, restartsAt + 4 * index);
  }

  /** Heap bytes that the block holds on to. */
  int weight() {
    return bytes.length + OBJECT_BYTES;
  }

  /** Heap bytes that a {@link #copy} of it would hold on to. */
  int weightOfCopy() {
    return end() - from + OBJECT_BYTES;
  }

  /** The same block in an array of its own, without what may stand behind its restarts. */
  Block copy() {
    return new Block(Arrays.copyOfRange(bytes, from, end()), 0, restartsAt - from, restartCount);
  }

  private int end() {
    return restartsAt + 4 * restartCount;
  }
}
