package systems.net.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Which bytes may stand where, and how to find one among many.
 *
 * <pre>
 *   bytes       G  E  T  SP /  SP H  T      one little-endian long: the first byte is the lowest
 *   xor  LF     each byte that was LF is 0
 *   - 01..01 &amp; ~x &amp; 80..80      the lowest bit that is set marks the first 0
 * </pre>
 *
 * <p>Eight bytes are looked at with four instructions ("SIMD within a register"). Above the first
 * hit the marks may lie, since the subtraction borrows; below it they do not, and only the lowest
 * is used. Warren, Hacker's Delight, chapter 6.
 *
 * <p>The classes of bytes are bits of one table of 256: what takes part in a token (RFC 9110
 * §5.6.2), in a field value (§5.5), in a path or query (RFC 3986 §3.3, §3.4), in a host's name.
 */
final class Octets {
  static final byte CR = '\r';
  static final byte LF = '\n';
  static final byte SP = ' ';
  static final byte HT = '\t';

  private static final int TOKEN = 1;
  private static final int VALUE = 2;
  private static final int PATH = 4;
  private static final int REG_NAME = 8;
  private static final int HEX = 16;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private static final byte[] CLASSES = new byte[256];

  static {
    String alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    String subDelims = "!$&'()*+,;=";
    mark(TOKEN, alphanumeric + "!#$%&'*+-.^_`|~");
    mark(PATH, alphanumeric + "-._~" + subDelims + ":@/?");
    mark(REG_NAME, alphanumeric + "-._~" + subDelims);
    mark(HEX, "0123456789abcdefABCDEF");
    CLASSES[HT] |= (byte) VALUE;
    for (int b = 0x20; b < 256; b++) {
      if (b != 0x7f) {
        CLASSES[b] |= (byte) VALUE;
      }
    }
  }

  private Octets() {}

  private static void mark(int what, String chars) {
    for (byte b : chars.getBytes(StandardCharsets.US_ASCII)) {
      CLASSES[b] |= (byte) what;
    }
  }

  static boolean isToken(byte b) {
    return (CLASSES[b & 0xff] & TOKEN) != 0;
  }

  static boolean isValue(byte b) {
    return (CLASSES[b & 0xff] & VALUE) != 0;
  }

  /** Whether the byte may stand in a path or query; a percent sign is the caller's matter. */
  static boolean isPath(byte b) {
    return (CLASSES[b & 0xff] & PATH) != 0;
  }

  static boolean isRegName(byte b) {
    return (CLASSES[b & 0xff] & REG_NAME) != 0;
  }

  static boolean isHex(byte b) {
    return (CLASSES[b & 0xff] & HEX) != 0;
  }

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  static boolean isBlank(byte b) {
    return b == SP || b == HT;
  }

  /** Letters in lower case, all else as it is. */
  static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
  }

  /** Index of the first line feed, or -1. */
  static int indexOfLf(byte[] bytes, int from, int to) {
    //> phase 4: eight bytes fit into a long; which of them is zero after an exclusive or?
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      long x = (long) LONG.get(bytes, at) ^ LF * ONES;
      long hits = (x - ONES) & ~x & HIGHS;
      if (hits != 0) {
        return at + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (at < to && bytes[at] != LF) { //~ forgetsTheLastBytes: if (at < to) {
      at++;
    }
    return at < to ? at : -1;
    //< phase 4
  }

  /** Index of the first byte that may not stand in a field value, or {@code to}. */
  static int endOfValue(byte[] bytes, int from, int to) {
    //> phase 4: below a blank, or DEL; a tab looks like a hit, and is none
    int at = from;
    while (at < to) {
      if (at <= to - Long.BYTES) {
        long x = (long) LONG.get(bytes, at);
        long del = x ^ 0x7f * ONES;
        long hits = ((x - SP * ONES) & ~x | (del - ONES) & ~del) & HIGHS;
        at += hits == 0 ? Long.BYTES : Long.numberOfTrailingZeros(hits) >>> 3;
        if (hits == 0) {
          continue;
        }
      }
      if (!isValue(bytes[at])) {
        return at;
      }
      at++;
    }
    return to;
    //< phase 4
  }

  /**
   * Whether a token is this one of letters, digits and hyphens, which is in lower case, without
   * regard to case. Of all bytes in a token only letters change with bit 5 into one of those.
   */
  static boolean equalsLower(byte[] token, int from, int to, byte[] lower) {
    int length = to - from;
    if (length != lower.length) {
      return false;
    }
    int at = 0;
    for (; at <= length - Long.BYTES; at += Long.BYTES) {
      if (((long) LONG.get(token, from + at) | SP * ONES) != (long) LONG.get(lower, at)) {
        return false;
      }
    }
    while (at < length && (token[from + at] | SP) == lower[at]) {
      at++;
    }
    return at == length;
  }

  /** Whether the bytes are these ASCII characters, without regard to case. */
  static boolean equalsIgnoringCase(byte[] bytes, int from, int to, String text) {
    if (to - from != text.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      char c = text.charAt(i - from);
      if (c > 0x7f || lower(bytes[i]) != lower((byte) c)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the bytes are these characters. */
  static boolean equals(byte[] bytes, int from, int to, String text) {
    if (to - from != text.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if ((bytes[i] & 0xff) != text.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
