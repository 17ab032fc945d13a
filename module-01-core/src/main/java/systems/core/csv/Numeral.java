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
 * <p>Fractions. {@code 12.34} is 1234 / 100. Where the point stands is a mark in the word, and the
 * digits in front of it move one byte up over it: what is left are digits, eight at once. A loop
 * over the bytes would be as short, but how often it turns differs from number to number, and each
 * time that the processor guesses wrong costs more than all of this. Both are integers that a
 * double holds exactly as long as the first is at most 2^53 and the second at most 10^22, and IEEE
 * 754 demands of a division the double nearest to the true quotient: no digit is lost. Everything
 * else, one in many thousands of usual data, is left to {@link Double#parseDouble}.
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
    long value = eight(Word.at(text, to - Word.BYTES), Math.min(digits, Word.BYTES));
    if (digits > Word.BYTES) {
      long high = eight(Word.at(text, to - 2 * Word.BYTES), digits - Word.BYTES);
      value = high < 0 || value < 0 ? -1 : high * 100_000_000 + value;
    }
    return value < 0 ? NOT_LONG : negative ? -value : value;
    //< phase 6
  }

  //> phase 6 only
  private static final long ZEROS = Word.repeat('0');
  private static final long HIGHS = 0xF0F0_F0F0_F0F0_F0F0L;
  private static final long SIX = 0x0606_0606_0606_0606L;

  /** The number of 1 to 8 digits at the end of a text of eight bytes, or -1. */
  private static long eight(long text, int digits) {
    long wanted = -1L << 64 - 8 * digits;
    long word = text & wanted | ZEROS & ~wanted;
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
    int minus = ((text[from] ^ '-') & 0xFF) - 1 >>> 31; // 1 or 0: no branch, nobody can guess it
    int first = from + minus;
    int length = to - first;
    if (length <= 0 || length > Word.BYTES) {
      return longer(text, first, to, minus);
    }
    long word = Word.at(text, to - Word.BYTES);
    long points = Word.zeros(word ^ POINTS) & -1L << 64 - 8 * length;
    if (points == 0) {
      return quotient(eight(word, length), 0, minus);
    }
    int point = Long.numberOfTrailingZeros(points) - 7; // the lowest bit of its byte
    long closed = (word & (1L << point) - 1) << 8 | word & -0x100L << point;
    int scale = 7 - (point >>> 3);
    return length == 1 ? Double.NaN : quotient(eight(closed, length - 1), scale, minus);
    //< phase 6
  }

  //> phase 6 only
  private static final long POINTS = Word.repeat('.');

  /** So many always fit into a long. */
  private static final int DIGITS_MAX = 18;

  /** All integers up to here are doubles. */
  private static final long EXACT_MAX = 1L << 53;

  /** Powers of ten that are doubles, as those up to 22 are; then the same with a minus. */
  private static final double[] TENS = new double[2 * (DIGITS_MAX + 1)];

  static {
    double ten = 1;
    for (int power = 0; power <= DIGITS_MAX; power++) {
      TENS[power] = ten;
      TENS[DIGITS_MAX + 1 + power] = -ten;
      ten *= 10; // exact
    }
  }

  /** What does not fit into a word, digit by digit. */
  private static double longer(byte[] text, int first, int to, int minus) {
    int point = -1;
    long digits = 0;
    for (int at = first; at < to; at++) {
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
    return quotient(digits, point < 0 ? 0 : to - point - 1, minus);
  }

  private static double quotient(long digits, int scale, int minus) {
    if (digits < 0 || digits > EXACT_MAX) { //~ roundsTwice: if (digits < 0) {
      return Double.NaN;
    }
    double ten = TENS[minus * (DIGITS_MAX + 1) + scale];
    return digits / ten; //~ tenths: return digits * (1 / ten);
  }

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
