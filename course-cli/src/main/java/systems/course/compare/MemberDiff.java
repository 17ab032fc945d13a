package systems.course.compare;

import com.github.difflib.DiffUtils;
import com.github.difflib.patch.AbstractDelta;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a student's member differs from the reference's, statement by statement.
 *
 * <p>Names that the matching has found to mean the same are the same; so are parameters and local
 * variables of other names, as long as each stands for one other all through the member. What is
 * left goes through Myers' algorithm (E. Myers, An O(ND) Difference Algorithm, 1986) on statements.
 *
 * @param rows all statements of both sides, side by side; none where they are the same
 */
record MemberDiff(boolean same, boolean otherNames, List<Row> rows) {

  /**
   * Two statements beside each other; one is missing where only one side has it.
   *
   * @param same whether they are the same code
   */
  record Row(@Nullable Statement reference, @Nullable Statement student, boolean same) {}

  private static final int ALIGNED_PAIRS_MAX = 40_000;

  static MemberDiff of(Member reference, Member student, Map<String, String> names) {
    Map<String, String> known = new HashMap<>(names);
    known.keySet().removeAll(student.locals());
    List<String> ours = words(reference.code(), Map.of());
    List<String> theirs = words(student.code(), known);
    if (ours.equals(theirs)) {
      return new MemberDiff(true, false, List.of());
    }
    Map<String, String> locals = localNames(reference, student, ours, theirs);
    known.putAll(locals);
    boolean same = ours.equals(words(student.code(), known));
    return new MemberDiff(same, same, same ? List.of() : rows(reference, student, known));
  }

  /** How many statements of either side have no equal on the other. */
  int differing() {
    return (int) rows.stream().filter(row -> !row.same).count();
  }

  private static List<String> words(List<Token> code, Map<String, String> names) {
    return code.stream().map(token -> word(token, names)).toList();
  }

  private static String word(Token token, Map<String, String> names) {
    return token.isName() ? names.getOrDefault(token.text(), token.text()) : token.text();
  }

  /**
   * Which local name of the reference each of the student's stands for, if the members agree in
   * everything else; empty if they do not, or if a name would have to stand for two.
   */
  private static Map<String, String> localNames(
      Member reference, Member student, List<String> ours, List<String> theirs) {
    Map<String, String> there = new HashMap<>();
    Map<String, String> back = new HashMap<>();
    if (ours.size() != theirs.size()) {
      return Map.of();
    }
    for (int i = 0; i < ours.size(); i++) {
      String a = ours.get(i);
      String b = theirs.get(i);
      boolean local = reference.locals().contains(a) && student.locals().contains(b);
      boolean fits =
          local ? one(there, b, a) && one(back, a, b) : a.equals(b) && !there.containsKey(b);
      if (!fits) {
        return Map.of();
      }
    }
    return Map.copyOf(there);
  }

  private static boolean one(Map<String, String> meanings, String name, String meaning) {
    String known = meanings.putIfAbsent(name, meaning);
    return known == null || known.equals(meaning);
  }

  private static List<Row> rows(Member reference, Member student, Map<String, String> names) {
    List<Statement> ours = Statement.of(reference.text());
    List<Statement> theirs = Statement.of(student.text());
    List<Row> rows = new ArrayList<>();
    int at = 0;
    int other = 0;
    for (AbstractDelta<String> delta : deltas(keys(ours, Map.of()), keys(theirs, names))) {
      for (; at < delta.getSource().getPosition(); at++, other++) {
        rows.add(new Row(ours.get(at), theirs.get(other), true));
      }
      int left = delta.getSource().size();
      int right = delta.getTarget().size();
      rows.addAll(beside(ours.subList(at, at + left), theirs.subList(other, other + right)));
      at += left;
      other += right;
    }
    for (; at < ours.size(); at++, other++) {
      rows.add(new Row(ours.get(at), theirs.get(other), true));
    }
    assert other == theirs.size();
    return rows;
  }

  /** Statements that differ, those beside each other that are most alike, all in their order. */
  private static List<Row> beside(List<Statement> ours, List<Statement> theirs) {
    double[][] best = new double[ours.size() + 1][theirs.size() + 1];
    double[][] alike = alike(ours, theirs);
    for (int i = ours.size() - 1; i >= 0; i--) {
      for (int k = theirs.size() - 1; k >= 0; k--) {
        double apart = Math.max(best[i + 1][k], best[i][k + 1]);
        best[i][k] = Math.max(apart, alike[i][k] + best[i + 1][k + 1]);
      }
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0, k = 0; i < ours.size() || k < theirs.size(); ) {
      boolean both = i < ours.size() && k < theirs.size();
      if (both && best[i][k] == alike[i][k] + best[i + 1][k + 1]) {
        rows.add(new Row(ours.get(i++), theirs.get(k++), false));
      } else if (k == theirs.size() || (both && best[i][k] == best[i + 1][k])) {
        rows.add(new Row(ours.get(i++), null, false));
      } else {
        rows.add(new Row(null, theirs.get(k++), false));
      }
    }
    return rows;
  }

  /** How alike the statements are; of long texts only their place counts. */
  private static double[][] alike(List<Statement> ours, List<Statement> theirs) {
    boolean tooLong = (long) ours.size() * theirs.size() > ALIGNED_PAIRS_MAX;
    List<int[]> pairs = theirs.stream().map(s -> Likeness.pairs(s.code())).toList();
    double[][] alike = new double[ours.size()][theirs.size()];
    for (int i = 0; i < ours.size() && !tooLong; i++) {
      int[] own = Likeness.pairs(ours.get(i).code());
      for (int k = 0; k < theirs.size(); k++) {
        alike[i][k] = Likeness.of(own, pairs.get(k));
      }
    }
    return alike;
  }

  private static List<AbstractDelta<String>> deltas(List<String> ours, List<String> theirs) {
    return DiffUtils.diff(ours, theirs).getDeltas();
  }

  private static List<String> keys(List<Statement> statements, Map<String, String> names) {
    return statements.stream()
        .map(statement -> String.join(" ", words(statement.code(), names)))
        .toList();
  }

  /** The tokens of a statement that its counterpart does not have, by their index. */
  static Set<Integer> unlike(Statement statement, Statement other) {
    List<String> ours = words(statement.code(), Map.of());
    Set<Integer> unlike =
        DiffUtils.diff(ours, words(other.code(), Map.of())).getDeltas().stream()
            .flatMap(delta ->
                IntStream.range(0, delta.getSource().size())
                    .mapToObj(i -> delta.getSource().getPosition() + i))
            .collect(Collectors.toSet());
    return 2 * unlike.size() > ours.size() ? Set.of() : unlike;
  }
}
