package systems.redis.resp;

/**
 * Integers as text, both ways, without a {@code String}.
 *
 * <p>Reading is strict: an optional minus, then digits without a leading zero, within 64 bits, and
 * nothing else. So a text that reads as a number prints as the same text, which is what lets a
 * value be kept as a number (the encoding {@code int}).
 */
public final class Numbers {
  /** The longest is that of {@link Long#MIN_VALUE}. */
  public static final int DIGITS_MAX = 20;

  private Numbers() {}

  /** Whether the bytes are such a number. */
  public static boolean isLong(byte[] text) {
    return isLong(text, 0, text.length);
  }

  public static boolean isLong(byte[] text, int from, int to) {
    //> phase 1: which texts print as themselves, and which half of the range is larger?
    int length = to - from;
    if (length == 0 || length > DIGITS_MAX) {
      return false;
    }
    boolean negative = text[from] == '-';
    int first = negative ? from + 1 : from;
    if (first == to) {
      return false;
    }
    if (text[first] == '0') {
      return length == 1; //~ leadingZeros: return true;
    }
    long magnitude = 0; // kept negative: that half of the range is larger by one
    for (int i = first; i < to; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9 || magnitude < Long.MIN_VALUE / 10) {
        return false;
      }
      magnitude = magnitude * 10 - digit;
      if (magnitude > 0) {
        return false;
      }
    }
    return negative || magnitude != Long.MIN_VALUE; //~ oneTooFar: return true;
    //< phase 1
  }

  /** The number; only for bytes that {@link #isLong} accepts. */
  public static long toLong(byte[] text) {
    return toLong(text, 0, text.length);
  }

  public static long toLong(byte[] text, int from, int to) {
    assert isLong(text, from, to) : "nobody has looked whether it is a number";
    boolean negative = text[from] == '-';
    long magnitude = 0;
    for (int i = negative ? from + 1 : from; i < to; i++) {
      magnitude = magnitude * 10 - (text[i] - '0');
    }
    return negative ? magnitude : -magnitude;
  }

  /**
   * The number that an argument says.
   *
   * @throws ErrorReply if it is none
   */
  public static long parse(byte[] text) {
    if (!isLong(text)) {
      throw ErrorReply.notInteger();
    }
    return toLong(text);
  }

  /** As {@link #parse}, within a range, with a message of its own. */
  public static long parse(byte[] text, long min, long max, String message) {
    if (!isLong(text)) {
      throw new ErrorReply(message);
    }
    long value = toLong(text);
    if (value < min || value > max) {
      throw new ErrorReply(message);
    }
    return value;
  }

  public static byte[] toBytes(long value) {
    byte[] text = new byte[length(value)];
    write(value, text, 0);
    return text;
  }

  /** How many bytes {@link #write} needs. */
  public static int length(long value) {
    if (value == Long.MIN_VALUE) {
      return DIGITS_MAX;
    }
    int length = value < 0 ? 2 : 1;
    for (long rest = Math.abs(value); rest >= 10; rest /= 10) {
      length++;
    }
    return length;
  }

  /** Writes the number's text and returns the index behind it. */
  public static int write(long value, byte[] into, int at) {
    //> phase 1: from the last digit to the first; has every number an absolute value?
    int end = at + length(value);
    int i = end;
    long rest = value;
    do {
      into[--i] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    } while (rest != 0);
    if (value < 0) { //~ losesTheMinus: if (value < -9) {
      into[--i] = '-';
    }
    assert i == at : "length() and write() disagree";
    return end;
    //< phase 1
  }
}
