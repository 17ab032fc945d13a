package systems.core.cache;

/**
 * How often keys were used lately, roughly, in eight bytes per entry of the cache, for all keys
 * there are.
 *
 * <p>A count-min sketch of 4-bit counters. A key has four of them, one in each row; a use
 * increments those four, and the estimate is the smallest, since others only make counters larger.
 * The rows share the words, four counters of each to a word, so that no two rows ever collide:
 *
 * <pre>
 *   word     | row 3: 4 counters | row 2 | row 1 | row 0: 3 2 1 0 |    64 bits
 * </pre>
 *
 * <p>Counters stop at 15. After ten times as many uses as the cache has entries all of them are
 * halved, sixteen at a time: what was popular yesterday fades, and the sketch follows the load.
 *
 * <p>It doubles without forgetting: the word of a key is chosen by the upper bits of its hash, so
 * the word {@code i} of the old table becomes the words {@code 2i} and {@code 2i + 1} of the new.
 *
 * <p>Sources: G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch
 * and its applications", 2005; G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient
 * cache admission policy", ACM Transactions on Storage 13(4), 2017.
 */
final class FrequencySketch {
  /** What a counter can hold. */
  static final int FREQUENCY_MAX = 15;

  private static final int ROWS = 4;
  private static final int USES_PER_ENTRY = 10;
  private static final int WORDS_MIN = 8;
  private static final int WORDS_MAX = 1 << 27;
  private static final long ONE = 0x1111_1111_1111_1111L;
  private static final long HALF = 0x7777_7777_7777_7777L;
  private static final long[] SEEDS = {
    0xC3A5_C85C_97CB_3127L, 0xB492_B66F_BE98_F273L, 0x9AE1_6A3B_2F90_404FL, 0xCBF2_9CE4_8422_2325L
  };

  private long[] words;
  private int uses;

  /**
   * @param entries of the cache; the sketch serves more, but less well
   */
  FrequencySketch(long entries) {
    long wanted = Math.clamp(entries, WORDS_MIN, WORDS_MAX);
    words = new long[Integer.highestOneBit((int) wanted * 2 - 1)];
  }

  /** Grows so that it serves a cache of so many entries. */
  void serve(int entries) {
    while (words.length < entries && words.length < WORDS_MAX) {
      var twice = new long[2 * words.length];
      for (int i = 0; i < twice.length; i++) {
        twice[i] = words[i >> 1];
      }
      words = twice;
    }
  }

  /**
   * How often a key was used, 0 to {@link #FREQUENCY_MAX}; never less than since the last halving.
   */
  int frequency(int hash) {
    //> phase 3: all four counters may be too large and none too small; which one do you believe?
    int frequency = FREQUENCY_MAX;
    for (int row = 0; row < ROWS; row++) {
      long mixed = mixed(hash, row);
      int counter = (int) (words[word(mixed)] >>> shift(mixed, row)) & FREQUENCY_MAX;
      frequency = Math.min(frequency, counter); //~ believesTheLast: frequency = counter;
    }
    return frequency;
    //< phase 3
  }

  /** Counts a use. */
  void count(int hash) {
    //> phase 3: what does a full counter do, and when is yesterday forgotten?
    boolean counted = false;
    for (int row = 0; row < ROWS; row++) {
      long mixed = mixed(hash, row);
      int word = word(mixed);
      int shift = shift(mixed, row);
      boolean full = (words[word] >>> shift & FREQUENCY_MAX) == FREQUENCY_MAX;
      if (!full) { //~ overflows: if (shift >= 0) {
        words[word] += 1L << shift;
        counted = true;
      }
    }
    if (counted && ++uses >= USES_PER_ENTRY * Math.min((long) words.length, 1 << 27)) {
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

  private static long mixed(int hash, int row) {
    long mixed = (hash + SEEDS[row]) * SEEDS[row];
    return mixed ^ mixed >>> 32;
  }

  private int word(long mixed) {
    return (int) ((mixed >>> 32) * words.length >>> 32);
  }

  private static int shift(long mixed, int row) {
    return (row * ROWS + (int) (mixed & 3)) * 4;
  }
  //< phase 3
}
