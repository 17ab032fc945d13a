package systems.core.csv;

/**
 * A temperature between -99.9 and 99.9 as text, parsed without a branch: in tenths of a degree, out
 * of the eight bytes that begin with it. A branch on the sign or on the number of digits would be
 * guessed wrong in every third line or so.
 *
 * <pre>
 *   text             -4.2\n                      12.3\n
 *   sign away        4.2\n                       12.3\n
 *   two digits       04.2\n    canonical form    12.3\n
 *
 *   bytes 0, 1, 3    d0 d1 . d3
 *   times            100 &lt;&lt; 24  +  10 &lt;&lt; 16  +  1
 *   bits 24 to 33    100 d0 + 10 d1 + d3
 * </pre>
 *
 * <p>The products that are not wanted lie below bit 24, where they do not carry, or are multiples
 * of 4 * 25 from bit 32 on, so of bit 34. The canonical form is also what is checked: three digits,
 * a point and a line end, each at its only place.
 *
 * <p>Source: Q. A. Mai's entry in G. Morling's One Billion Row Challenge, 2024, had the idea to
 * find the point by bit 4, which digits have and point and minus do not, and to join the digits by
 * one multiplication.
 */
final class Temperature {
  //> phase 6 only
  /** Bytes 0 to 4: two digits, point, digit, LF; of digits the upper half counts. */
  private static final long FORM = 0x0A_30_2E_30_30L;

  //< phase 6

  private Temperature() {}

  /** 1 if the text begins with a minus, else 0. */
  static int sign(long word) {
    //> phase 6: a comparison without a branch: what is 0 only if the byte is a minus?
    return (int) (((word ^ '-') & 0xFF) - 1 >>> 63);
    //< phase 6
  }

  /** 1 if there is one digit before the point, 0 if there are two; anything for what is wrong. */
  static int single(long word, int sign) {
    //> phase 6: by which bit does a point differ from all digits?
    return (int) (~(word >>> 8 * sign) >>> 12 & 1);
    //< phase 6
  }

  /** The text without sign, with two digits before the point. */
  static long canonical(long word, int sign, int single) {
    //> phase 6: shift the text so that its point always stands at byte 2
    return word >>> 8 * sign << 8 * single | '0' & -single;
    //< phase 6
  }

  /** Whether a canonical form is two digits, a point, a digit and LF. */
  static boolean isValid(long canonical) {
    //> phase 6: each of five bytes must be right; how many comparisons is that?
    // A digit's upper half is 3, and still is with six more.
    long more = canonical + 0x06_00_06_06L;
    return ((canonical ^ FORM | more ^ FORM) & 0xFF_F0_FF_F0_F0L) == 0;
    //< phase 6
  }

  /** The value of a valid canonical form in tenths. */
  static int tenths(long canonical, int sign) {
    //> phase 6: which multiplication brings three digits with their weights to one place?
    long sum = (canonical & 0x0F_00_0F_0FL) * (100 << 24 | 10 << 16 | 1);
    int tenths = (int) (sum >>> 24 & 0x3FF);
    return (tenths ^ -sign) + sign;
    //< phase 6
  }

  /** Bytes of the text with its LF. */
  static int length(int sign, int single) {
    return 5 + sign - single;
  }
}
