package systems.core.memory;

import java.lang.foreign.MemorySegment;

/**
 * Blocks whose sizes are powers of two, cut out of one whole by halving it, and put together again
 * as soon as both halves are free.
 *
 * <pre>
 *   node 1                 [                 512 KiB                 ]      split
 *   nodes 2, 3             [      split      ] [   free, 256 KiB     ]
 *   nodes 4 to 7           [ taken ] [ free  ]     64 KiB is the smallest here: order 0
 *                                              the node's buddy differs in the last bit
 * </pre>
 *
 * <p>The blocks are the nodes of a binary tree, numbered as in a heap: the halves of node {@code n}
 * are {@code 2n} and {@code 2n + 1}, so that the buddy of {@code n} is {@code n ^ 1}. Nothing is
 * stored in the blocks themselves: a page that nobody uses is not touched, and whoever writes past
 * the end of a block destroys data but not the allocator.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>A node that exists is split, free or taken; the halves of a node exist if and only if it is
 *       split. One bit says split; one set for each order holds the free ones.
 *   <li>No two buddies are both free: they would be one. So when everything is free, one whole
 *       block is there.
 *   <li>A block begins at a multiple of its size, seen from the region's beginning.
 * </ol>
 *
 * <p>To allocate: the smallest order that has a free block, one look at a word; its lowest block;
 * halve until it fits. To free: walk down the split bits to the node that holds the address, which
 * says its size and, in passing, whether the address is the beginning of a taken block; then up, as
 * long as the buddy is free. Both are O(log n).
 *
 * <p>The price of powers of two: a request of one byte more than a power takes nearly twice what it
 * needs, on average over evenly spread sizes a quarter of a block is lost. That is why small blocks
 * come from {@link SlabAllocator}. The lowest block is taken and not the last one freed, so that
 * what lives long gathers at the beginning and large blocks survive behind it.
 *
 * <p>Not for several threads at a time. Second frees are found unless the block has been allocated
 * again since; {@link SlabAllocator} adds the tag that tells the difference.
 *
 * <p>Sources: K. C. Knowlton, "A fast storage allocator", CACM 8(10), 1965; D. E. Knuth, "The Art
 * of Computer Programming", volume 1, section 2.5.
 */
public final class BuddyPool implements AutoCloseable {
  /** Instead of an offset: no block is free that is large enough. */
  public static final long NONE = -1;

  private static final int LEAVES_MAX = 1 << 24;

  private final Region region;
  private final long leafBytes;
  private final int orderMax;
  private final long[] split;
  private final FreeBits[] free;

  /** Bit k: there are free blocks of order k. */
  private long orders;

  private long freeBytes;
  private boolean closed;

  /**
   * @param region all of it; a power of two of bytes
   * @param leafBytes the smallest block, a power of two
   */
  public BuddyPool(Region region, long leafBytes) {
    if (Long.bitCount(region.bytes()) != 1 || Long.bitCount(leafBytes) != 1 || leafBytes < 0) {
      throw new IllegalArgumentException(
          "blocks of " + leafBytes + " of " + region.bytes() + " bytes; both are powers of two");
    }
    long leaves = region.bytes() / leafBytes;
    if (leaves < 1 || leaves > LEAVES_MAX) {
      throw new IllegalArgumentException(leaves + " blocks; there may be 1 to " + LEAVES_MAX);
    }
    this.region = region;
    this.leafBytes = leafBytes;
    orderMax = Long.numberOfTrailingZeros(leaves);
    split = new long[(int) (leaves >>> 6) + 1];
    free = new FreeBits[orderMax + 1];
    for (int order = 0; order <= orderMax; order++) {
      free[order] = new FreeBits(1 << orderMax - order);
    }
    region.occupy("a BuddyPool");
    giveFree(1, orderMax);
    freeBytes = region.bytes();
  }

  /**
   * A block of at least so many bytes; what is in it is what its last owner left.
   *
   * @return where it begins in the region
   * @throws OutOfRegionException if no free block is large enough
   */
  public long allocate(long bytes) {
    long offset = take(bytes);
    if (offset == NONE) {
      throw new OutOfRegionException(bytes, "the largest free block has " + largestFreeBytes());
    }
    return offset;
  }

  /** The same, but says {@link #NONE}. */
  public long take(long bytes) {
    //> phase 5: from which order do you take, and what becomes of the other half?
    if (closed) {
      throw new IllegalStateException("the pool is closed");
    }
    int wanted = order(bytes);
    long fitting = wanted > orderMax ? 0 : orders >>> wanted;
    if (fitting == 0) {
      return NONE;
    }
    int order = wanted + Long.numberOfTrailingZeros(fitting);
    int node = takeFree(order);
    for (; order > wanted; order--) {
      setSplit(node, true);
      node *= 2;
      giveFree(node + 1, order - 1); //~ losesTheOtherHalf: assert node > 1;
    }
    freeBytes -= leafBytes << wanted;
    return offset(node, wanted);
    //< phase 5
  }

  /**
   * Gives a block back.
   *
   * @throws Misuse if no block that is taken begins there
   */
  public void free(long offset) {
    //> phase 5: how large is it, and how far up does it merge?
    int node = taken(offset);
    int order = order(node);
    freeBytes += leafBytes << order;
    int top = orderMax; //~ mergesOnce: int top = Math.min(orderMax, order + 1);
    while (order < top && isFree(node ^ 1, order)) {
      dropFree(node ^ 1, order);
      node /= 2;
      setSplit(node, false);
      order++;
    }
    giveFree(node, order);
    //< phase 5
  }

  /** How large the block is that begins there; a power of two. */
  public long bytes(long offset) {
    return leafBytes << order(taken(offset));
  }

  /** The block's memory. */
  public MemorySegment segment(long offset) {
    return region.memory().asSlice(offset, bytes(offset));
  }

  private int taken(long offset) {
    //> phase 5: which of the nodes that hold this address exists and is not split?
    if (closed) {
      throw new IllegalStateException("the pool is closed");
    }
    if (offset < 0 || offset >= region.bytes()) {
      throw new Misuse.ForeignPointer(Misuse.Block.unknown(offset));
    }
    int node = nodeAt(offset);
    int order = order(node);
    var block = new Misuse.Block(offset, leafBytes << order, null, null);
    if (isFree(node, order)) {
      throw new Misuse.DoubleFree(block);
    }
    if (offset(node, order) != offset) { //~ freesFromWithin: if (offset(node, order) > offset) {
      throw new Misuse.InnerPointer(block);
    }
    return node;
    //< phase 5
  }

  /** Where the block begins that holds this byte, be it taken or free. */
  long beginning(long offset) {
    int node = nodeAt(offset);
    return offset(node, order(node));
  }

  private int nodeAt(long offset) {
    int leaf = (int) (offset / leafBytes);
    int node = 1;
    for (int below = orderMax - 1; isSplit(node); below--) {
      node = 2 * node + (leaf >>> below & 1);
    }
    return node;
  }

  /** The order of the smallest blocks that hold so many bytes; may be more than there are. */
  private int order(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a block of " + bytes + " bytes");
    }
    long leaves = (bytes - 1) / leafBytes + 1;
    return Long.SIZE - Long.numberOfLeadingZeros(leaves - 1);
  }

  private int order(int node) {
    return orderMax - (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(node));
  }

  private long offset(int node, int order) {
    return (node - (1L << orderMax - order)) * (leafBytes << order);
  }

  private boolean isSplit(int node) {
    return node < 1 << orderMax && (split[node >>> 6] & 1L << node) != 0;
  }

  private boolean isFree(int node, int order) {
    return free[order].has(node - (1 << orderMax - order));
  }

  private void giveFree(int node, int order) {
    free[order].add(node - (1 << orderMax - order));
    orders |= 1L << order;
  }

  //> phase 5 only
  private void setSplit(int node, boolean isSplit) {
    long bit = 1L << node;
    split[node >>> 6] = isSplit ? split[node >>> 6] | bit : split[node >>> 6] & ~bit;
  }

  private void dropFree(int node, int order) {
    free[order].remove(node - (1 << orderMax - order));
    if (free[order].isEmpty()) {
      orders &= ~(1L << order);
    }
  }

  private int takeFree(int order) {
    int node = free[order].first() + (1 << orderMax - order);
    dropFree(node, order);
    return node;
  }

  //< phase 5

  /** The largest block that {@link #allocate} would find. */
  public long largestFreeBytes() {
    return orders == 0 ? 0 : leafBytes << Long.SIZE - 1 - Long.numberOfLeadingZeros(orders);
  }

  /** The sum of all free blocks. */
  public long freeBytes() {
    return freeBytes;
  }

  /** Whether nothing is taken, and all of it is one block again. */
  public boolean isWhole() {
    return largestFreeBytes() == region.bytes();
  }

  /** Gives the region back to whoever closes it. Blocks that are taken are left to their owners. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      orders = 0;
      region.vacate();
    }
  }

  /** For tests: says what is wrong with the tree, if something is. */
  void checkInvariants() {
    long seen = checkNode(1, orderMax);
    if (seen != freeBytes) {
      throw new AssertionError(seen + " bytes are free, " + freeBytes + " were counted");
    }
  }

  private long checkNode(int node, int order) {
    if (!isSplit(node)) {
      return isFree(node, order) ? leafBytes << order : 0;
    }
    if (isFree(node, order)) {
      throw new AssertionError("node " + node + " is split and free");
    }
    if (isFree(2 * node, order - 1) && isFree(2 * node + 1, order - 1)) {
      throw new AssertionError("both halves of node " + node + " are free and not merged");
    }
    return checkNode(2 * node, order - 1) + checkNode(2 * node + 1, order - 1);
  }
}
