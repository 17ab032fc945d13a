package systems.core.query;

import java.util.Arrays;

/**
 * A pattern of {@code like}: {@code %} stands for any bytes, {@code _} for one character.
 *
 * <p>Matching goes from left to right and remembers the last {@code %} only. If it fails behind it,
 * that {@code %} takes one character more and everything after it is tried again; earlier ones
 * never need to take more, since what they matched ends earlier than any other match would. So the
 * time is at most pattern times text, whatever the pattern is, and there is no recursion.
 */
final class LikePattern {
  private final byte[] pattern;

  LikePattern(byte[] pattern) {
    this.pattern = pattern;
  }

  /** What every match begins with. */
  static byte[] prefix(byte[] pattern) {
    int end = 0;
    while (end < pattern.length && pattern[end] != '%' && pattern[end] != '_') {
      end++;
    }
    return Arrays.copyOf(pattern, end);
  }

  /** Whether a text matches as a whole. */
  boolean matches(byte[] text, int start, int end) {
    //> phase 7: after a mismatch, where do you go on, in the pattern and in the text?
    int at = start;
    int wanted = 0;
    int star = -1;
    int starAt = start;
    while (at < end) {
      if (wanted < pattern.length && pattern[wanted] == '%') {
        star = wanted++;
        starAt = at;
      } else if (wanted < pattern.length && pattern[wanted] == '_') {
        at = afterCharacter(text, at, end); //~ oneByteIsOneCharacter: at++;
        wanted++;
      } else if (wanted < pattern.length && pattern[wanted] == text[at]) {
        at++;
        wanted++;
      } else if (star >= 0) {
        starAt = afterCharacter(text, starAt, end);
        at = starAt;
        wanted = star + 1;
      } else {
        return false;
      }
    }
    while (wanted < pattern.length && pattern[wanted] == '%') {
      wanted++;
    }
    return wanted == pattern.length;
    //< phase 7
  }

  //> phase 7 only
  /** Bytes 10xxxxxx go on with a character, all others begin one. */
  private static int afterCharacter(byte[] text, int at, int end) {
    int next = at + 1;
    while (next < end && (text[next] & 0xC0) == 0x80) {
      next++;
    }
    return next;
  }
  //< phase 7
}
