package systems.redis.server;

/**
 * Patterns as KEYS and PSUBSCRIBE take them: {@code *}, {@code ?}, {@code [a-z]}, {@code [^a]} and
 * the backslash; over bytes.
 *
 * <p>A star is tried by going back to the last one only: what an earlier star could match more, the
 * last one can too. So a pattern of many stars takes the product of the two lengths at most, where
 * a recursion would take exponential time.
 */
public final class Glob {
  private Glob() {}

  public static boolean matches(byte[] pattern, byte[] text) {
    return matches(pattern, text, false);
  }

  public static boolean matchesAnyCase(byte[] pattern, byte[] text) {
    return matches(pattern, text, true);
  }

  private static boolean matches(byte[] p, byte[] s, boolean anyCase) {
    //> phase 1: which star is worth going back to, and how often?
    int i = 0;
    int j = 0;
    int star = -1;
    int starText = 0;
    while (j < s.length) {
      if (i < p.length && p[i] == '*') {
        star = i++;
        starText = j;
        continue;
      }
      int next = i < p.length ? one(p, i, s[j], anyCase) : -1;
      if (next >= 0) {
        i = next;
        j++;
      } else if (star >= 0) {
        i = star + 1;
        j = ++starText;
      } else {
        return false;
      }
    }
    while (i < p.length && p[i] == '*') {
      i++;
    }
    return i == p.length;
    //< phase 1
  }

  /** Where the pattern goes on if what stands at i matches the byte, else -1. */
  private static int one(byte[] p, int i, byte b, boolean anyCase) {
    return switch (p[i]) {
      case '?' -> i + 1;
      case '[' -> set(p, i + 1, fold(b, anyCase), anyCase);
      case '\\' -> {
        boolean escapes = i + 1 < p.length;
        byte wanted = escapes ? p[i + 1] : p[i];
        yield fold(wanted, anyCase) == fold(b, anyCase) ? i + (escapes ? 2 : 1) : -1;
      }
      default -> fold(p[i], anyCase) == fold(b, anyCase) ? i + 1 : -1;
    };
  }

  private static int set(byte[] p, int from, int b, boolean anyCase) {
    int i = from;
    boolean not = i < p.length && p[i] == '^';
    if (not) {
      i++;
    }
    boolean found = false;
    while (i < p.length && p[i] != ']') {
      if (p[i] == '\\' && i + 1 < p.length) {
        i++;
        found |= fold(p[i], anyCase) == b;
        i++;
      } else if (i + 2 < p.length && p[i + 1] == '-') {
        int low = fold(p[i], anyCase);
        int high = fold(p[i + 2], anyCase);
        found |= b >= Math.min(low, high) && b <= Math.max(low, high);
        i += 3;
      } else {
        found |= fold(p[i], anyCase) == b;
        i++;
      }
    }
    // a set that does not end takes all that is left
    return found != not ? Math.min(i + 1, p.length) : -1;
  }

  private static int fold(byte b, boolean anyCase) {
    return anyCase && b >= 'A' && b <= 'Z' ? b + 32 : b & 0xff;
  }
}
