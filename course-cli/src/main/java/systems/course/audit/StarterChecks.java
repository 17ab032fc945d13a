package systems.course.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseFile;
import systems.course.exam.Verdict;

/**
 * Compares what the reference and the starters did in the same tests.
 *
 * <pre>
 *   starter      given    phase-1  phase-2  phase-3         what the column proves
 *      1         passes   fails    fails    fails
 *      2         passes   PASSES   fails    fails           phase 2 can be reached with phase 1 alone
 *      3         passes   PASSES   PASSES   fails           nothing of phase 3 is in the tests before
 *   reference    passes   passes   passes   passes
 * </pre>
 *
 * <p>A test method, with all its parameters or tries, has one verdict. One that the reference
 * itself does not run (a client is not installed) is not judged anywhere.
 */
final class StarterChecks {
  static final String GIVEN = "given";

  private static final Pattern PHASE = Pattern.compile("phase-(\\d+)");

  private final CourseFile module;
  private final Map<String, Verdict> reference = new LinkedHashMap<>();
  private final List<Fault> faults = new ArrayList<>();

  /** A test that passes on several starters is one fault. */
  private final Set<String> passingOnStub = new HashSet<>();

  StarterChecks(CourseFile module, Collection<Verdict> reference) {
    this.module = module;
    reference.forEach(verdict -> this.reference.put(verdict.name(), verdict));
  }

  /** What was found so far. */
  List<Fault> faults() {
    return List.copyOf(faults);
  }

  /** The phase of a test; empty for one that is given. */
  static OptionalInt phase(Set<String> tags) {
    return tags.stream()
        .map(PHASE::matcher)
        .filter(tag -> tag.matches())
        .mapToInt(tag -> Integer.parseInt(tag.group(1)))
        .findFirst();
  }

  void checkReference() {
    for (Verdict verdict : reference.values()) {
      checkTags(verdict);
      if (verdict.failed()) {
        String sentence = "fails on the reference: " + FailureText.firstLine(verdict);
        add(Check.REFERENCE, verdict, sentence);
      }
    }
    for (CourseFile.Phase phase : module.phases()) {
      var tests = reference.values().stream().filter(verdict -> isOf(verdict, phase.number()));
      if (tests.findAny().isEmpty()) {
        String offender = MarkerChecks.offender(module, phase.number());
        faults.add(new Fault(Check.PHASES, offender, "no test has the tag of this phase"));
      }
    }
  }

  private static boolean isOf(Verdict verdict, int phase) {
    OptionalInt own = phase(verdict.tags());
    return own.isPresent() && own.getAsInt() == phase;
  }

  private void checkTags(Verdict verdict) {
    List<String> own =
        verdict.tags().stream()
            .filter(tag -> tag.equals(GIVEN) || PHASE.matcher(tag).matches())
            .sorted()
            .toList();
    int last = module.phases().size();
    if (own.size() != 1) {
      String found = own.isEmpty() ? "none" : String.join(" and ", own);
      add(
          Check.TAGS,
          verdict,
          "expected one tag, phase-1 to phase-%d or given, found %s".formatted(last, found));
    } else if (phase(verdict.tags()).orElse(1) > last || phase(verdict.tags()).orElse(1) < 1) {
      add(Check.TAGS, verdict, "the last phase is %d, found %s".formatted(last, own.getFirst()));
    }
  }

  /** Judges the verdicts of one starter; later starters first, as their faults say most. */
  void checkStarter(int starter, Collection<Verdict> verdicts) {
    Map<String, Verdict> found = new LinkedHashMap<>();
    verdicts.forEach(verdict -> found.put(verdict.name(), verdict));
    for (Verdict right : reference.values()) {
      if (!right.passed()) {
        continue;
      }
      Verdict here = found.get(right.name());
      int phase = phase(right.tags()).orElse(0);
      if (phase < starter) {
        checkPasses(starter, phase, right, here);
      } else if (here != null && here.passed() && passingOnStub.add(right.name())) {
        String sentence =
            "passes although phase %d is a stub (starter %d)".formatted(phase, starter);
        add(Check.STUBS, right, sentence);
      }
    }
  }

  private void checkPasses(int starter, int phase, Verdict right, @Nullable Verdict here) {
    String what = phase == 0 ? "is given" : "belongs to phase " + phase;
    if (here == null) {
      add(Check.EARLIER, right, "%s and is not run on starter %d".formatted(what, starter));
    } else if (!here.passed()) {
      String sentence = "%s and fails on starter %d: %s";
      add(Check.EARLIER, right, sentence.formatted(what, starter, FailureText.firstLine(here)));
    }
  }

  private void add(Check check, Verdict verdict, String sentence) {
    faults.add(new Fault(check, verdict.name(), sentence));
  }
}
