package systems.core.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Eight bytes of text in a {@code long}, looked at together: SIMD within a register. The first byte
 * of the text is the lowest of the word, on every machine.
 *
 * <pre>
 *   text       O s l o , 4 2 \n
 *   word   0x 0A 32 34 2C 6F 6C 73 4F
 *   marks  0x 80 00 00 80 00 00 00 00     bytes that are a comma or a control character
 *   gathered             10001000         one bit a byte, the first byte lowest
 * </pre>
 *
 * <p>A mark is the top bit of its byte, all other bits are 0. Sums of this class never carry from
 * one byte into the next, so that each mark is right. The well-known shorter test for a zero byte,
 * {@code (x - ONES) & ~x & TOPS}, borrows: only its lowest mark is right, which is enough where the
 * first hit is wanted and no more.
 *
 * <p>Source: L. Lamport, "Multiple byte processing with full-word instructions", Communications of
 * the ACM 18(8), 1975; H. S. Warren, "Hacker's Delight", section 6-1.
 */
final class Word {
  static final int BYTES = 8;
  static final long ONES = 0x0101_0101_0101_0101L;
  static final long TOPS = 0x8080_8080_8080_8080L;
  private static final long LOWS = ~TOPS;

  /** Added to seven bits, reaches the top bit from 0x20 on. */
  private static final long TO_TOP_FROM_SPACE = 0x60 * ONES;

  private static final long ONE_BIT_A_BYTE = 0x0102_0408_1020_4080L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private Word() {}

  /** The eight bytes from an index on. */
  static long at(byte[] bytes, int index) {
    return (long) LONG.get(bytes, index);
  }

  /** A word of eight times the same byte. */
  static long repeat(int b) {
    return (b & 0xFF) * ONES;
  }

  /** Marks the bytes that structure a text: the delimiter, the quote, and all below a space. */
  static long structure(long word, long delimiters, long quotes) {
    //> phase 6: how do you test eight bytes at once so that no byte's result depends on another?
    long ordinary = (word & LOWS) + TO_TOP_FROM_SPACE | word;
    return ~(ordinary & nonZero(word ^ delimiters) & nonZero(word ^ quotes)) & TOPS;
    //< phase 6
  }

  //> phase 6 only
  /** The top bit of each byte that is not 0; the other bits say nothing. */
  private static long nonZero(long word) {
    return (word & LOWS) + LOWS | word; //~ borrows: return ~(word - ONES) | word;
  }

  //< phase 6

  /** Marks the bytes that are 0. */
  static long zeros(long word) {
    //> phase 6: as above, for one byte only
    return ~nonZero(word) & TOPS;
    //< phase 6
  }

  /** Marks the first byte that is 0, and perhaps some behind it that are not. */
  static long firstZero(long word) {
    return word - ONES & ~word & TOPS;
  }

  /** The eight marks as the lowest eight bits. */
  static long gathered(long marks) {
    //> phase 6: which one multiplication moves bit 8i to bit 56 + i, for all i, without a carry?
    return (marks >>> 7) * ONE_BIT_A_BYTE >>> 56;
    //< phase 6
  }

  /** Which byte has the first mark. */
  static int first(long marks) {
    return Long.numberOfTrailingZeros(marks) >>> 3;
  }
}
