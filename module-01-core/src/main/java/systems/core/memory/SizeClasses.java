package systems.core.memory;

/**
 * Which sizes blocks have: four to a doubling.
 *
 * <pre>
 *   16  32  48  64 | 80  96 112 128 | 160 192 224 256 | 320 384 448 512 | ... | 32768
 *   step 16        | step 16        | step 32         | step 64         |
 * </pre>
 *
 * <p>A request gets the smallest class that holds it. With a step of a quarter of the last power of
 * two the loss inside a block is below a fifth of the block for every request of more than 64 bytes
 * (the worst is one byte more than a power of two: 129 bytes take 160). Below, the step is 16, the
 * alignment that C promises for every type, and a request of 1 byte loses 15. With powers of two
 * alone it would be nearly half; with eight steps a doubling a ninth, and twice as many lists that
 * each hold some blocks which nobody needs.
 *
 * <p>Every size is a multiple of 16, and the powers of two are among them: for an alignment of 2^k
 * there is always a class whose blocks all have it, since runs begin at multiples of 64 KiB.
 */
final class SizeClasses {
  static final int COUNT = 40;

  /** The largest class; what is larger has a block of its own from the {@link BuddyPool}. */
  static final int BYTES_MAX = 32 << 10;

  /** Every block is a multiple of it, and begins at one. */
  static final int GRAIN_BYTES = 16;

  private static final int STEPS_SHIFT = 2;
  private static final int LINEAR_BYTES = 64;

  private SizeClasses() {}

  /** The class of a request of 1 to {@link #BYTES_MAX} bytes. */
  static int of(int bytes) {
    //> phase 5: the power of two below, and the two bits after it; of which number?
    int last = bytes - 1; //~ wastesPowers: int last = bytes;
    if (last < LINEAR_BYTES) {
      return last >>> 4;
    }
    int power = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(last);
    return (power - 5 << STEPS_SHIFT) + (last >>> power - STEPS_SHIFT & 3);
    //< phase 5
  }

  /** The class whose blocks all begin at multiples of the alignment, or {@link #COUNT}. */
  static int of(int bytes, int alignment) {
    //> phase 5: which alignment does a multiple of 96 have?
    int sizeClass = of(bytes);
    while (sizeClass < COUNT && bytes(sizeClass) % alignment != 0) {
      sizeClass++;
    }
    return sizeClass;
    //< phase 5
  }

  /** How large the blocks of a class are. */
  static int bytes(int sizeClass) {
    //> phase 5: the way back
    int step = sizeClass & 3;
    int doubling = sizeClass >>> STEPS_SHIFT;
    return doubling == 0 ? step + 1 << 4 : step + 5 << doubling + 3;
    //< phase 5
  }

  /** How much is cut into blocks of a class at a time: a power of two. */
  static long runBytes(int sizeClass) {
    return bytes(sizeClass) <= 8 << 10 ? RunTable.CHUNK_BYTES : 4 * RunTable.CHUNK_BYTES;
  }
}
