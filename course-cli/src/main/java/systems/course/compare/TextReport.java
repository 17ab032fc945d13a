package systems.course.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import systems.course.compare.Item.Standing;
import systems.course.compare.MemberDiff.Row;
import systems.course.compare.Passages.Passage;
import systems.course.terminal.Prose;
import systems.course.terminal.Terminal;

/**
 * A comparison for a terminal: the counts first, then the differences worth reading, and all of it
 * short enough for a few screens. What is left out is named; the HTML has everything.
 */
public final class TextReport {
  private static final int DIFFERENCES_MAX = 12;
  private static final int LINES_OF_A_DIFFERENCE_MAX = 36;
  private static final int NAMES_MAX = 12;
  private static final int API_LINES_MAX = 16;
  private static final int CONTEXT = 2;
  private static final int WIDTH = 92;
  private static final String COUNTS = "  %-12s%6s%8s%6s%9s%7s   %-14s%-12s%s";

  private final Terminal terminal;
  private final Set<Passage> quoted = new HashSet<>();
  private int differencesLeft = DIFFERENCES_MAX;

  public TextReport(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Prints a comparison.
   *
   * @param module its name
   */
  public void print(String module, Comparison comparison) {
    line(terminal.bold(module + ": your code against the reference"));
    line("Members are matched by type and signature; comments and format do not count.");
    comparison.complaints().forEach(sentence -> line("! " + sentence));
    line("");
    printCounts(comparison.phases());
    if (comparison.phases().stream().anyMatch(phase -> phase.count(Standing.DIFFERS) > 0)) {
      line("");
      line("Below, - is the reference and + is yours.");
    }
    comparison.phases().forEach(this::printPhase);
  }

  private void printCounts(List<PhaseDiff> phases) {
    line(
        COUNTS.formatted(
            "", "same", "differ", "open", "missing", "added", "lines", "methods", "branches"));
    for (PhaseDiff phase : phases) {
      line(phase.isBegun() ? counts(phase) : notBegun(phase));
    }
    line("  Lines, methods and branches: the reference's, then yours; open bodies do not count.");
  }

  private static String counts(PhaseDiff phase) {
    var ours = phase.referenceSize();
    var theirs = phase.studentSize();
    return COUNTS.formatted(
        phase.name(),
        phase.count(Standing.SAME),
        phase.count(Standing.DIFFERS),
        phase.count(Standing.OPEN),
        phase.count(Standing.MISSING),
        phase.count(Standing.ADDED),
        ours.lines() + " : " + theirs.lines(),
        ours.methods() + " : " + theirs.methods(),
        ours.branches() + " : " + theirs.branches());
  }

  private static String notBegun(PhaseDiff phase) {
    return "  %-12snot begun, open bodies: %d".formatted(phase.name(), phase.items().size());
  }

  private void printPhase(PhaseDiff phase) {
    boolean allSame = phase.count(Standing.SAME) == phase.items().size();
    if (!phase.isBegun() || (allSame && moved(phase).isEmpty())) {
      return;
    }
    line("");
    line(terminal.bold(headingOf(phase)));
    printDifferences(phase);
    printNames("only in the reference: ", phase.items(Standing.MISSING));
    printNames("only in yours: ", phase.items(Standing.ADDED));
    printNames("still open: ", phase.items(Standing.OPEN));
    printMoved(phase);
    printApi(phase);
  }

  static String headingOf(PhaseDiff phase) {
    return switch (phase.number()) {
      case PhaseDiff.GIVEN -> "Given with the starter";
      case PhaseDiff.YOURS -> "Yours alone";
      default -> "Phase %d: %s".formatted(phase.number(), phase.title());
    };
  }

  private void printDifferences(PhaseDiff phase) {
    List<Item> differing =
        phase.items(Standing.DIFFERS).stream()
            .sorted(
                Comparator.comparing((Item item) -> item.why().isEmpty())
                    .thenComparing(Comparator.comparingInt(Item::differing).reversed()))
            .toList();
    int shown = Math.min(differencesLeft, differing.size());
    differing.subList(0, shown).forEach(this::printDifference);
    differencesLeft -= shown;
    printNames("they differ too: ", differing.subList(shown, differing.size()));
  }

  private void printDifference(Item item) {
    Member ours = Objects.requireNonNull(item.reference());
    Member theirs = Objects.requireNonNull(item.student());
    MemberDiff diff = Objects.requireNonNull(item.diff());
    line("");
    line("  " + terminal.bold(item.member().title()));
    line("  " + terminal.faint("src/main/java/" + theirs.file() + ":" + theirs.firstLine()));
    line(
        "  lines %d : %d, branches %d : %d"
            .formatted(ours.lines(), theirs.lines(), ours.branches(), theirs.branches()));
    item.notes().forEach(note -> line("  " + note));
    printRows(diff.rows());
    item.why().ifPresent(this::printWhy);
  }

  private void printRows(List<Row> rows) {
    List<String> lines = unified(rows);
    int shown = Math.min(lines.size(), LINES_OF_A_DIFFERENCE_MAX);
    lines.subList(0, shown).forEach(text -> line("    " + text));
    if (shown < lines.size()) {
      line("    ... and %d lines more".formatted(lines.size() - shown));
    }
  }

  /** How far a row is from what differs. */
  private enum Distance {
    CHANGED,
    NEAR,
    FAR
  }

  /** The rows as one text, with a few of the equal ones around each difference. */
  private List<String> unified(List<Row> rows) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows.size(); ) {
      int end = i + 1;
      Distance distance = distance(rows, i);
      while (end < rows.size() && distance(rows, end) == distance) {
        end++;
      }
      if (distance == Distance.CHANGED) {
        addChanged(lines, rows.subList(i, end));
      } else if (distance == Distance.NEAR || end == i + 1) {
        rows.subList(i, end).forEach(row -> addLines(lines, "  ", row.student()));
      } else {
        lines.add(terminal.faint("  ..."));
      }
      i = end;
    }
    return lines;
  }

  private static Distance distance(List<Row> rows, int i) {
    if (!rows.get(i).same()) {
      return Distance.CHANGED;
    }
    int from = Math.max(0, i - CONTEXT);
    int to = Math.min(rows.size(), i + CONTEXT + 1);
    return rows.subList(from, to).stream().anyMatch(row -> !row.same())
        ? Distance.NEAR
        : Distance.FAR;
  }

  private static void addChanged(List<String> lines, List<Row> rows) {
    rows.forEach(row -> addLines(lines, "- ", row.reference()));
    rows.forEach(row -> addLines(lines, "+ ", row.student()));
  }

  private static void addLines(List<String> lines, String sign, @Nullable Statement statement) {
    if (statement != null) {
      statement.text().lines().forEach(text -> lines.add((sign + text).stripTrailing()));
    }
  }

  private void printWhy(Passage why) {
    line("  " + why.source() + ", \"" + why.heading() + "\":");
    if (quoted.add(why)) {
      Prose.lines(why.text(), terminal, WIDTH - 4).forEach(text -> line("    " + text));
    } else {
      line("    the passage quoted above (line " + why.line() + ")");
    }
  }

  private void printNames(String before, List<Item> items) {
    if (items.isEmpty()) {
      return;
    }
    String names =
        items.stream()
            .limit(NAMES_MAX)
            .map(item -> item.member().symbol())
            .distinct()
            .collect(Collectors.joining(", "));
    String more =
        items.size() > NAMES_MAX ? ", and %d more".formatted(items.size() - NAMES_MAX) : "";
    line("");
    Prose.lines(before + names + more, terminal, WIDTH - 2).forEach(text -> line("  " + text));
  }

  private static List<Item> moved(PhaseDiff phase) {
    return phase.items(Standing.SAME).stream()
        .filter(item -> item.notes().stream().anyMatch(note -> note.startsWith("yours")))
        .toList();
  }

  private void printMoved(PhaseDiff phase) {
    List<Item> moved = moved(phase);
    if (moved.isEmpty()) {
      return;
    }
    line("");
    line("  the same under another name or in another place:");
    for (Item item : moved.subList(0, Math.min(NAMES_MAX, moved.size()))) {
      line("    " + item.member().symbol() + ": " + String.join("; ", item.notes()));
    }
    if (moved.size() > NAMES_MAX) {
      line("    ... and %d more".formatted(moved.size() - NAMES_MAX));
    }
  }

  private void printApi(PhaseDiff phase) {
    List<PhaseDiff.ApiLine> lines = phase.apiDifferences();
    if (lines.isEmpty()) {
      return;
    }
    line("");
    line("  public interface:");
    lines.stream()
        .limit(API_LINES_MAX)
        .forEach(api ->
            line("    %s %s: %s".formatted(api.inReference() ? "-" : "+", api.type(), api.line())));
    if (lines.size() > API_LINES_MAX) {
      line("    ... and %d lines more".formatted(lines.size() - API_LINES_MAX));
    }
  }

  private void line(String text) {
    terminal.out().println(text);
  }
}
