package systems.core.csv;

import java.nio.charset.StandardCharsets;

/**
 * Numbers as text. The common ones take a way without loops or objects, and whatever does not fit
 * that way takes the long one; so each method has an answer that means: look closer.
 *
 * <p>Digits, eight at once. The word is loaded so that it ends with the number, what is in front is
 * made zeros, and neighbours are joined three times:
 *
 * <pre>
 *   text     ; 1 2 3 4 5 6 7            read with the digit of the highest weight lowest
 *   digits   0 1 2 3 4 5 6 7
 *   pairs     01  23  45  67            times 10, plus the neighbour
 *   fours        0123    4567           times 100
 *   all             1234567             times 10000
 * </pre>
 *
 * <p>Fractions. {@code 12.34} is 1234 / 100. Both are integers that a double holds exactly as long
 * as the first is at most 2^53 and the second at most 10^22, and IEEE 754 demands of a division the
 * double nearest to the true quotient: no digit is lost. Everything else, one in many thousands of
 * usual data, is left to {@link Double#parseDouble}.
 *
 * <p>Source: W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990, section 2.
 */
final class Numeral {
  /** No LONG, or this very number. */
  static final long NOT_LONG = Long.MIN_VALUE + 1;

  /** Longer text is no number: no double needs as many digits. */
  private static final int BYTES_MAX = 1100;

  private Numeral() {}

  /**
   * The number whose digits lie between two indices, the first at least 16.
   *
   * @return {@link #NOT_LONG} if that is no number, has 17 digits or more, or spaces around it
   */
  static long toLong(byte[] text, int from, int to) {
    //> phase 6: up to 8 digits cost as much as one; where do the bytes in front of them go?
    boolean negative = from < to && text[from] == '-';
    int first = negative ? from + 1 : from;
    int digits = to - first;
    if (digits <= 0 || digits > 2 * Word.BYTES) {
      return NOT_LONG;
    }
    long value = eight(text, to, Math.min(digits, Word.BYTES));
    if (digits > Word.BYTES) {
      long high = eight(text, to - Word.BYTES, digits - Word.BYTES);
      value = high < 0 || value < 0 ? -1 : high * 100_000_000 + value;
    }
    return value < 0 ? NOT_LONG : negative ? -value : value;
    //< phase 6
  }

  //> phase 6 only
  private static final long ZEROS = Word.repeat('0');
  private static final long HIGHS = 0xF0F0_F0F0_F0F0_F0F0L;
  private static final long SIX = 0x0606_0606_0606_0606L;

  /** The number of 1 to 8 digits that ends before an index, or -1. */
  private static long eight(byte[] text, int to, int digits) {
    long wanted = -1L << 64 - 8 * digits;
    long word = Word.at(text, to - Word.BYTES) & wanted | ZEROS & ~wanted;
    // A digit's upper half is 3, and still is with six more; a slash has only the latter.
    long more = word + SIX;
    long other = word ^ ZEROS | more ^ ZEROS; //~ slash: long other = (word | more) ^ ZEROS;
    if ((other & HIGHS) != 0) {
      return -1;
    }
    word -= ZEROS;
    word = word * 10 + (word >>> 8) & 0x00FF_00FF_00FF_00FFL;
    word = word * 100 + (word >>> 16) & 0x0000_FFFF_0000_FFFFL;
    return (word * 10_000 + (word >>> 32)) & 0xFFFF_FFFFL;
  }

  //< phase 6

  /**
   * The number between two indices.
   *
   * @return NaN if that is no number or one of the rarer kind
   */
  static double toDouble(byte[] text, int from, int to) {
    //> phase 6: when is digits / 10^n the very double that the text means?
    int at = from < to && text[from] == '-' ? from + 1 : from;
    int first = at;
    int point = -1;
    long digits = 0;
    for (; at < to; at++) {
      int digit = text[at] - '0';
      if (digit >= 0 && digit <= 9) {
        digits = digits * 10 + digit;
      } else if (text[at] == '.' && point < 0) {
        point = at;
      } else {
        return Double.NaN;
      }
    }
    int count = to - first - (point < 0 ? 0 : 1);
    if (count <= 0 || count > DIGITS_MAX) {
      return Double.NaN;
    }
    int scale = point < 0 ? 0 : to - point - 1;
    if (digits > EXACT_MAX) { //~ roundsTwice: if (digits < 0) {
      return Double.NaN;
    }
    double value = digits / TENS[scale]; //~ tenths: double value = digits * (1 / TENS[scale]);
    return first > from ? -value : value;
    //< phase 6
  }

  //> phase 6 only
  /** So many always fit into a long. */
  private static final int DIGITS_MAX = 18;

  /** All integers up to here are doubles. */
  private static final long EXACT_MAX = 1L << 53;

  /** Powers of ten that are doubles; those up to 22 are. */
  private static final double[] TENS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18
  };

  //< phase 6

  /** The long way of {@link #toLong}: any LONG, perhaps with a sign; */
  static boolean isLong(byte[] text, int from, int to) {
    int first = from < to && isSign(text[from]) ? from + 1 : from;
    if (to - first < 1 || to - first > BYTES_MAX || countDigits(text, first, to) != to - first) {
      return false;
    }
    try {
      Long.parseLong(string(text, from, to));
      return true;
    } catch (NumberFormatException _) {
      return false; // too large
    }
  }

  /** The value of what {@link #isLong} is true of. */
  static long slowLong(byte[] text, int from, int to) {
    return Long.parseLong(string(text, from, to));
  }

  /**
   * Whether it is a decimal number that a double can be near to, or infinity, or NaN. What Java's
   * own syntax has beyond that, as {@code 1d} or {@code 0x1p3}, is not.
   */
  static boolean isDouble(byte[] text, int from, int to) {
    if (to - from < 1 || to - from > BYTES_MAX) {
      return false;
    }
    int first = isSign(text[from]) ? from + 1 : from;
    return isWord(text, first, to)
        || isDecimal(text, first, to)
            && Double.isFinite(Double.parseDouble(string(text, from, to)));
  }

  /** The value of what {@link #isDouble} is true of. */
  static double slowDouble(byte[] text, int from, int to) {
    String string = string(text, from, to);
    boolean negative = string.startsWith("-");
    return switch (string.charAt(string.length() - 1) | 0x20) {
      case 'n' -> Double.NaN;
      case 'f', 'y' -> negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      default -> Double.parseDouble(string);
    };
  }

  private static boolean isWord(byte[] text, int from, int to) {
    String word = string(text, from, Math.min(to, from + 9));
    return word.equalsIgnoreCase("nan")
        || word.equalsIgnoreCase("inf")
        || word.equalsIgnoreCase("infinity");
  }

  private static boolean isDecimal(byte[] text, int from, int to) {
    int whole = countDigits(text, from, to);
    int at = from + whole;
    int fraction = 0;
    if (at < to && text[at] == '.') {
      fraction = countDigits(text, at + 1, to);
      at += 1 + fraction;
    }
    if (whole + fraction == 0) {
      return false;
    }
    return at == to || (text[at] | 0x20) == 'e' && isExponent(text, at + 1, to);
  }

  private static boolean isExponent(byte[] text, int from, int to) {
    int first = from < to && isSign(text[from]) ? from + 1 : from;
    return first < to && countDigits(text, first, to) == to - first;
  }

  private static int countDigits(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] >= '0' && text[at] <= '9') {
      at++;
    }
    return at - from;
  }

  private static boolean isSign(byte b) {
    return b == '-' || b == '+';
  }

  private static String string(byte[] text, int from, int to) {
    return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
