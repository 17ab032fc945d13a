package systems.core.csv;

import java.nio.charset.StandardCharsets;

/** Whether bytes are UTF-8 as RFC 3629 section 4 defines it. */
final class Utf8 {
  private Utf8() {}

  /** The index of the first byte that cannot stand where it stands, or -1. */
  static int firstBad(byte[] text, int from, int to) {
    //> phase 6: which second bytes would be overlong, a surrogate, or beyond U+10FFFF?
    int at = from;
    while (at < to) {
      int first = text[at] & 0xFF;
      if (first < 0x80) {
        boolean eight = at + Word.BYTES <= to && (Word.at(text, at) & Word.TOPS) == 0;
        at += eight ? Word.BYTES : 1;
        continue;
      }
      int length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
      if (length == 0 || at + length > to || !isSecond(first, text[at + 1] & 0xFF)) {
        return at;
      }
      for (int i = 2; i < length; i++) {
        if ((text[at + i] & 0xC0) != 0x80) {
          return at;
        }
      }
      at += length;
    }
    return -1;
    //< phase 6
  }

  //> phase 6 only
  private static boolean isSecond(int first, int second) {
    int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF; //~ surrogates: int most = 0xBF;
    return second >= least && second <= most;
  }

  //< phase 6

  /** The same text with U+FFFD in place of what is no UTF-8. */
  static byte[] replaced(byte[] text, int from, int to) {
    return new String(text, from, to - from, StandardCharsets.UTF_8)
        .getBytes(StandardCharsets.UTF_8);
  }
}
