package systems.course.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How alike two pieces of code are: Dice's coefficient over their pairs of neighbouring tokens, 1
 * for the same tokens, 0 for no common pair. The order of larger parts hardly counts, which is what
 * finds a method again after somebody has turned its halves around.
 */
final class Likeness {
  static final int[] NOTHING = {};

  private Likeness() {}

  /** The pairs of neighbouring tokens, as sorted hashes; made once for each piece of code. */
  static int[] pairs(Stream<List<Token>> pieces) {
    return pieces.flatMapToInt(Likeness::pairHashes).sorted().toArray();
  }

  static int[] pairs(List<Token> code) {
    return pairs(Stream.of(code));
  }

  private static IntStream pairHashes(List<Token> code) {
    return IntStream.range(0, Math.max(0, code.size() - 1))
        .map(i -> 31 * code.get(i).text().hashCode() + code.get(i + 1).text().hashCode());
  }

  static double of(int[] a, int[] b) {
    if (a.length + b.length == 0) {
      return 0;
    }
    int common = 0;
    for (int i = 0, k = 0; i < a.length && k < b.length; ) {
      int order = Integer.compare(a[i], b[k]);
      common += order == 0 ? 1 : 0;
      i += order <= 0 ? 1 : 0;
      k += order >= 0 ? 1 : 0;
    }
    return 2.0 * common / (a.length + b.length);
  }

  /** The share of names that both sets have. */
  static double ofNames(Set<String> a, Set<String> b) {
    long common = a.stream().filter(b::contains).count();
    long all = a.size() + b.size() - common;
    return all == 0 ? 0 : (double) common / all;
  }

  static boolean sameTokens(List<Token> a, List<Token> b) {
    return a.size() == b.size() && Arrays.equals(texts(a), texts(b));
  }

  private static String[] texts(List<Token> code) {
    return code.stream().map(Token::text).toArray(String[]::new);
  }
}
