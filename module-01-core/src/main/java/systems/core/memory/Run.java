package systems.core.memory;

import org.jspecify.annotations.Nullable;

/**
 * A stretch of the region cut into blocks of one size, or one large block.
 *
 * <pre>
 *   first                                                  first + 64 KiB
 *   [ block 0 | block 1 | block 2 | ...          | block 254 | rest ]
 *   tags:  8003     8001      8007                   8001
 * </pre>
 *
 * <p>A <em>handle</em> is the offset of a block in the region and the tag that the block has now:
 *
 * <pre>
 *    63   62            48 47                                     0
 *   | 1 |  generation    |  offset in the region                   |
 *   |<---- the tag ----->|
 * </pre>
 *
 * <p>A free advances the generation. From then on the old handle fits nothing, whether the block is
 * free or has a new owner: one comparison finds a second free and a use after free. An allocation
 * does not touch the tags at all; the handle that the next owner will get was made by the free
 * before. After 32768 frees of one block an old handle fits again. The upper bit is always set: no
 * handle is 0, and a bare offset or address is none.
 *
 * <p>The tags lie here, on the heap, and not in front of the blocks, where a program that writes
 * one byte too far would change them. Two bytes a block: an eighth for the smallest, less than a
 * hundredth from 208 bytes on.
 *
 * <p>Which block an offset belongs to is a division by a number that is fixed for the run, done by
 * a multiplication with its reciprocal in 40 bits. It is exact: offsets are below 2^18, sizes at
 * most 2^15, so that the error, below offset / 2^40, is below 1 / size.
 *
 * <p>The tags are read and written by whoever owns a block, plain: a block goes from hand to hand
 * only by ways that order memory. The rest is under the lock of the {@link Central} whose run it
 * is.
 */
final class Run {
  static final int TAG_SHIFT = 48;
  static final long OFFSET_MASK = (1L << TAG_SHIFT) - 1;
  private static final int RECIPROCAL_SHIFT = 40;
  private static final int TAG_BIT = 0x8000;

  /** What a handle must have that is one. */
  static final long HANDLE_BIT = 1L << 63;

  private static final long GENERATION = 1L << TAG_SHIFT;

  final int sizeClass;
  final long first;
  final long blockBytes;
  final int blocks;

  private final long reciprocal;
  private final char[] tags;

  /** The blocks that the run has, a stack of their numbers. */
  private final char[] free;

  private int freeCount;

  @Nullable Run next;
  @Nullable Run previous;
  boolean listed;

  /** A run of small blocks, all of them free. */
  Run(int sizeClass, long first, int seed) {
    this.sizeClass = sizeClass;
    this.first = first;
    blockBytes = SizeClasses.bytes(sizeClass);
    blocks = (int) (SizeClasses.runBytes(sizeClass) / blockBytes);
    reciprocal = (1L << RECIPROCAL_SHIFT) / blockBytes + 1;
    tags = new char[blocks + 1]; // one that fits nothing, for the rest at the end
    free = new char[blocks];
    for (int i = 0; i < blocks; i++) {
      tags[i] = tag(seed);
      free[i] = (char) (blocks - 1 - i);
    }
    freeCount = blocks;
  }

  /** One large block, and it is taken. */
  Run(long first, long bytes, int seed) {
    sizeClass = SizeClasses.COUNT;
    this.first = first;
    blockBytes = bytes;
    blocks = 1;
    reciprocal = 0;
    tags = new char[] {tag(seed)};
    free = new char[1];
  }

  private static char tag(int generation) {
    return (char) (generation | TAG_BIT);
  }

  static long offset(long handle) {
    return handle & OFFSET_MASK;
  }

  /** The block that holds this byte of the run. */
  private int index(long within) {
    return (int) (within * reciprocal >>> RECIPROCAL_SHIFT);
  }

  /** Where the block begins that holds this byte. */
  long beginning(long offset) {
    return first + index(offset - first) * blockBytes;
  }

  /** Whether a handle whose chunk is of this run is of a block that is taken. */
  boolean isLive(long handle) {
    //> phase 5: which two things must be right about the handle?
    long within = offset(handle) - first;
    int index = index(within);
    boolean begins = index * blockBytes == within; //~ trustsInner: boolean begins = true;
    return begins && tags[index] == (char) (handle >>> TAG_SHIFT);
    //< phase 5
  }

  /** Ends the life of a block: returns the handle for its next one. */
  long retire(long handle) {
    //> phase 5: what makes the old handle worthless?
    // From the handle and not from the tag: nobody has to wait for the run to be loaded.
    long next = handle + GENERATION | HANDLE_BIT; //~ keepsTheTag: long next = handle;
    tags[index(offset(handle) - first)] = (char) (next >>> TAG_SHIFT);
    return next;
    //< phase 5
  }

  /** The handle that the block at an offset has. */
  long handle(long offset) {
    return (long) tags[index(offset - first)] << TAG_SHIFT | offset;
  }

  /** Takes blocks out of the run; says how many there were. */
  int take(long[] handles, int from, int wanted) {
    int taken = Math.min(wanted, freeCount);
    for (int i = 0; i < taken; i++) {
      handles[from + i] = handle(first + free[--freeCount] * blockBytes);
    }
    return taken;
  }

  /** Puts a retired block back. */
  void put(long handle) {
    assert freeCount < blocks : "more blocks came home than were cut: one was given twice";
    free[freeCount++] = (char) index(offset(handle) - first);
  }

  int freeCount() {
    return freeCount;
  }

  /** Whether all of its blocks are here. */
  boolean isWhole() {
    return freeCount == blocks;
  }

  /** How much of the region it takes. */
  long bytes() {
    return sizeClass < SizeClasses.COUNT ? SizeClasses.runBytes(sizeClass) : blockBytes;
  }
}
