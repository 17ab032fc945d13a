package systems.course.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.course.cut.Bug;
import systems.course.exam.Examiner;
import systems.course.exam.Selection;
import systems.course.exam.Verdict;

/**
 * Puts one wrong line into the reference and looks who notices.
 *
 * <p>Usually only the test that {@code bugs.md} names is run: all tests of a phase, for each of its
 * bugs, would take an hour. While the sheet is written and the named test does not notice, all
 * tests of the phase are run, and the one that tells it best is chosen:
 *
 * <ol>
 *   <li>an assertion before an exception, and both before a test that does not end: an assertion
 *       says what was expected;
 *   <li>a plain test before a property, whose example changes;
 *   <li>the quicker one.
 * </ol>
 *
 * <p>The chosen test runs a second time and must say the same, else the next one is tried.
 */
final class BugHunt {
  private static final int CANDIDATES_MAX = 6;
  private static final long QUICK_MILLIS = 300;

  /** A race that is there is not seen each time. */
  private static final int ATTEMPTS_MAX = 10;

  /**
   * Which of two sentences is said may be a matter of who is faster, on one machine nearly always.
   */
  private static final int SENTENCES_MAX = 8;

  private static final Pattern COUNT = Pattern.compile("\\d{3,}");

  /**
   * What is known of a bug.
   *
   * @param section of {@code bugs.md}, or null where no test notices the bug
   */
  record Outcome(Bug bug, @Nullable String section, List<Fault> faults) {
    static Outcome unnoticed(Bug bug, String sentence) {
      return new Outcome(bug, null, List.of(new Fault(Check.KILLED, bug.name(), sentence)));
    }
  }

  private final Workshop workshop;
  private final Workshop.Classes reference;
  private final BugSheet sheet;
  private final Timings timings;
  private final boolean choose;

  /**
   * A hunt.
   *
   * @param choose whether another test is looked for where the sheet names none, or a wrong one
   */
  BugHunt(
      Workshop workshop,
      Workshop.Classes reference,
      BugSheet sheet,
      Timings timings,
      boolean choose) {
    this.workshop = workshop;
    this.reference = reference;
    this.sheet = sheet;
    this.timings = timings;
    this.choose = choose;
  }

  Outcome hunt(Bug bug, Examiner examiner) {
    Optional<String> named = sheet.noticing(bug.name());
    if (named.isEmpty() && !choose) {
      return Outcome.unnoticed(bug, "bugs.md names no test that notices it; --write looks for one");
    }
    Workshop.Classes classes = workshop.bug(bug, reference, examiner);
    Verdict noticed = named.map(test -> runUntilItFails(test, classes, examiner)).orElse(null);
    if (noticed != null && noticed.failed() && isOfPhase(noticed, bug)) {
      return told(bug, saysTheSame(bug, noticed, classes, examiner));
    }
    if (choose) {
      Verdict chosen = choose(bug, classes, examiner);
      return chosen != null
          ? told(bug, chosen)
          : Outcome.unnoticed(bug, "no test of phase %d notices it".formatted(bug.phase()));
    }
    return Outcome.unnoticed(bug, whyNot(bug, named.orElseThrow(), noticed));
  }

  private static String whyNot(Bug bug, String named, @Nullable Verdict noticed) {
    if (noticed == null) {
      return "there is no test " + named;
    }
    return noticed.failed()
        ? "%s notices it and is no test of phase %d".formatted(named, bug.phase())
        : named + " passes in spite of it";
  }

  /** Where threads decide which of two sentences is said, the recorded one comes soon. */
  private Verdict saysTheSame(
      Bug bug, Verdict noticed, Workshop.Classes classes, Examiner examiner) {
    Verdict verdict = noticed;
    for (int i = 1; i < SENTENCES_MAX && !choose && !isAsRecorded(bug, verdict); i++) {
      Verdict again = run(noticed.name(), classes, examiner);
      if (again != null && again.failed()) {
        verdict = again;
      }
    }
    return verdict;
  }

  private Outcome told(Bug bug, Verdict noticed) {
    String section = BugSheet.section(bug, noticed.name(), FailureText.lines(noticed));
    List<Fault> faults = new ArrayList<>();
    if (!choose && !isAsRecorded(bug, noticed)) {
      String recorded = sheet.section(bug.name()).orElse("");
      faults.add(new Fault(Check.TEXTS, bug.name(), Difference.first(recorded, section)));
    }
    return new Outcome(bug, section, faults);
  }

  private boolean isAsRecorded(Bug bug, Verdict noticed) {
    List<String> lines = FailureText.lines(noticed);
    String section = BugSheet.section(bug, noticed.name(), lines);
    String recorded = sheet.section(bug.name()).orElse("");
    return FailureText.isOfProperty(lines)
        ? head(recorded).equals(head(section)) // its sentence may be another one each time
        : withoutCounts(recorded).equals(withoutCounts(section));
  }

  /** Numbers that threads decide, as of bytes spilled or rows merged, are large ones. */
  private static String withoutCounts(String section) {
    return COUNT.matcher(section).replaceAll("N");
  }

  /** A section without what the test says. */
  private static String head(String section) {
    int message = section.lastIndexOf("```text");
    return message < 0 ? section : section.substring(0, message);
  }

  private static boolean isOfPhase(Verdict verdict, Bug bug) {
    return StarterChecks.phase(verdict.tags()).equals(OptionalInt.of(bug.phase()));
  }

  private static @Nullable Verdict runUntilItFails(
      String test, Workshop.Classes classes, Examiner examiner) {
    Verdict verdict = run(test, classes, examiner);
    for (int i = 1; i < ATTEMPTS_MAX && verdict != null && verdict.passed(); i++) {
      verdict = run(test, classes, examiner);
    }
    return verdict;
  }

  static @Nullable Verdict run(String test, Workshop.Classes classes, Examiner examiner) {
    List<Verdict> verdicts = Workshop.examine(classes, Selection.methods(test), examiner, _ -> {});
    return verdicts.stream()
        .filter(verdict -> verdict.name().equals(test))
        .findFirst()
        .orElse(null);
  }

  private @Nullable Verdict choose(Bug bug, Workshop.Classes classes, Examiner examiner) {
    var quick = new Selection.Methods(timings.quick(bug.phase(), QUICK_MILLIS));
    Verdict best = quick.names().isEmpty() ? null : best(quick, classes, examiner);
    if (best != null) {
      return best;
    }
    var all = new Selection.Tagged(Set.of("phase-" + bug.phase()), Audit.LEFT_OUT);
    return best(all, classes, examiner);
  }

  private static @Nullable Verdict best(
      Selection tests, Workshop.Classes classes, Examiner examiner) {
    List<Verdict> noticing =
        Workshop.examine(classes, tests, examiner, _ -> {}).stream()
            .filter(Verdict::failed)
            .sorted(BEST_FIRST)
            .toList();
    for (Verdict candidate : noticing.subList(0, Math.min(CANDIDATES_MAX, noticing.size()))) {
      Verdict again = run(candidate.name(), classes, examiner);
      if (again != null && FailureText.lines(again).equals(FailureText.lines(candidate))) {
        return candidate;
      }
    }
    return null;
  }

  private static final Comparator<Verdict> BEST_FIRST =
      Comparator.comparingInt(BugHunt::clarity)
          .thenComparing(verdict -> verdict.testClass().endsWith("Properties"))
          .thenComparingLong(verdict -> verdict.millis() / QUICK_MILLIS)
          .thenComparing(Verdict::name);

  private static int clarity(Verdict verdict) {
    return switch (verdict.outcome()) {
      case FAILED ->
          verdict.failure() != null && FailureText.isAssertion(verdict.failure()) ? 0 : 1;
      case TIMED_OUT, EXITED, OUT_OF_MEMORY -> 2;
      case PASSED, ABORTED, SKIPPED -> 3;
    };
  }
}
