package systems.core.cache;

/**
 * How often keys were used lately, roughly, in four to eight bytes per entry of the cache, for all
 * keys there are.
 *
 * <p>A count-min sketch of 4-bit counters. A key has four of them, one in each row; a use
 * increments those four, and the estimate is the smallest, since others only make counters larger.
 * The rows share blocks of eight words, 32 counters of each to a block, so that no two rows ever
 * collide, and all four counters of a key lie within 64 bytes:
 *
 * <pre>
 *   block     | row 0: two words | row 1 | row 2 | row 3 |    8 x 64 bits
 * </pre>
 *
 * <p>With a block for each row, as the papers have it, an estimate is a little better, and each use
 * waits four times for memory: a sketch is as large as the processor's cache and read at random.
 *
 * <p>Counters stop at 15. After ten times as many uses as the cache has entries all of them are
 * halved, sixteen at a time: what was popular yesterday fades, and the sketch follows the load.
 *
 * <p>It doubles without forgetting: the block of a key is chosen by the upper bits of its hash, so
 * the block {@code i} of the old table becomes {@code 2i} and {@code 2i + 1} of the new.
 *
 * <p>Sources: G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch
 * and its applications", 2005; G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient
 * cache admission policy", ACM Transactions on Storage 13(4), 2017.
 */
final class FrequencySketch {
  /** What a counter can hold. */
  static final int FREQUENCY_MAX = 15;

  private static final int ROWS = 4;
  private static final int ENTRIES_PER_WORD = 2;
  private static final int USES_PER_WORD = 10 * ENTRIES_PER_WORD;
  private static final int BLOCK = 8;
  private static final int WORDS_PER_ROW = BLOCK / ROWS;
  private static final int WORDS_MAX = 1 << 26;
  private static final long ONE = 0x1111_1111_1111_1111L;
  private static final long HALF = 0x7777_7777_7777_7777L;
  private static final long SEED = 0xC3A5_C85C_97CB_3127L;

  private long[] words;
  private int uses;

  /**
   * @param entries of the cache; the sketch serves more, but less well
   */
  FrequencySketch(long entries) {
    long wanted = Math.clamp(entries / ENTRIES_PER_WORD, BLOCK, WORDS_MAX);
    words = new long[Integer.highestOneBit((int) wanted * 2 - 1)];
  }

  /** Grows so that it serves a cache of so many entries. */
  void serve(int entries) {
    while (words.length < entries / ENTRIES_PER_WORD && words.length < WORDS_MAX) {
      var twice = new long[2 * words.length];
      for (int i = 0; i < words.length; i += BLOCK) {
        System.arraycopy(words, i, twice, 2 * i, BLOCK);
        System.arraycopy(words, i, twice, 2 * i + BLOCK, BLOCK);
      }
      words = twice;
    }
  }

  /**
   * How often a key was used, 0 to {@link #FREQUENCY_MAX}; never less than since the last halving.
   */
  int frequency(int hash) {
    //> phase 3: all four counters may be too large and none too small; which one do you believe?
    int block = block(hash);
    int places = places(hash);
    int frequency = FREQUENCY_MAX;
    for (int row = 0; row < ROWS; row++) {
      int counter = (int) (words[word(block, places, row)] >>> shift(places, row)) & FREQUENCY_MAX;
      frequency = Math.min(frequency, counter); //~ believesTheLast: frequency = counter;
    }
    return frequency;
    //< phase 3
  }

  /** Counts a use. */
  void count(int hash) {
    //> phase 3: what does a full counter do, and when is yesterday forgotten?
    int block = block(hash);
    int places = places(hash);
    boolean counted = false;
    for (int row = 0; row < ROWS; row++) {
      int word = word(block, places, row);
      int shift = shift(places, row);
      boolean full = (words[word] >>> shift & FREQUENCY_MAX) == FREQUENCY_MAX;
      if (!full) { //~ overflows: if (shift >= 0) {
        words[word] += 1L << shift;
        counted = true;
      }
    }
    if (counted && ++uses >= USES_PER_WORD * words.length) {
      age();
    }
    //< phase 3
  }

  //> phase 3 only
  private void age() {
    long odd = 0;
    for (int i = 0; i < words.length; i++) {
      odd += Long.bitCount(words[i] & ONE);
      words[i] = words[i] >>> 1 & HALF; //~ neverForgets: words[i] = words[i] | 0;
    }
    // A use that all four rows lost half of is half a use.
    uses = (int) (uses - (odd >>> 2) >>> 1);
  }

  private int block(int hash) {
    return (int) ((hash & 0xFFFF_FFFFL) * (words.length / BLOCK) >>> 32) * BLOCK;
  }

  /** Where in the block: a byte for each row, of which one bit is the word and four the counter. */
  private static int places(int hash) {
    return (int) (hash * SEED >>> 32);
  }

  private static int word(int block, int places, int row) {
    return block + WORDS_PER_ROW * row + (places >>> 8 * row + 4 & 1);
  }

  private static int shift(int places, int row) {
    return (places >>> 8 * row & 15) * 4;
  }
  //< phase 3
}
