package systems.core.memory;

/**
 * A set of small numbers that knows its smallest member: a bitmap, and above each a bitmap of which
 * words of the one below are not zero.
 *
 * <pre>
 *   level 2                       [ 1 ]
 *   level 1        [ 101000...                 ]        one bit a word of level 0
 *   level 0  [ 0010... | 0000... | 1100... | 0000... ]  one bit a member
 * </pre>
 *
 * <p>Each step looks at one word, so that a set of 16 million is four steps high.
 */
final class FreeBits {
  private static final int WORD_SHIFT = 6;

  private final long[][] levels;

  /**
   * @param size members are below this
   */
  FreeBits(int size) {
    int height = 1;
    for (int words = words(size); words > 1; words = words(words)) {
      height++;
    }
    levels = new long[height][];
    for (int level = 0, bits = size; level < height; level++) {
      bits = words(bits);
      levels[level] = new long[bits];
    }
  }

  private static int words(int bits) {
    return (bits - 1 >>> WORD_SHIFT) + 1;
  }

  boolean has(int member) {
    return (levels[0][member >>> WORD_SHIFT] & 1L << member) != 0;
  }

  void add(int member) {
    //> phase 5: which words above change?
    int at = member;
    for (long[] level : levels) {
      level[at >>> WORD_SHIFT] |= 1L << at;
      at >>>= WORD_SHIFT;
    }
    //< phase 5
  }

  void remove(int member) {
    //> phase 5: which words above change now?
    int at = member;
    for (long[] level : levels) {
      int word = at >>> WORD_SHIFT;
      level[word] &= ~(1L << at);
      if (level[word] != 0) { //~ forgetsTheRest: if (level.length == 0) {
        return; // the word above is right already
      }
      at = word;
    }
    //< phase 5
  }

  boolean isEmpty() {
    return levels[levels.length - 1][0] == 0;
  }

  /** The smallest member; there must be one. */
  int first() {
    //> phase 5: from which level do you start?
    assert !isEmpty();
    int at = 0;
    for (int level = levels.length - 1; level >= 0; level--) {
      at = at << WORD_SHIFT | Long.numberOfTrailingZeros(levels[level][at]);
    }
    return at;
    //< phase 5
  }
}
