package systems.course.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import systems.course.catalogue.CourseFile;
import systems.course.exam.Examiner.Ending;
import systems.course.exam.Selection;
import systems.course.exam.Verdict;

/**
 * One step of a check: a phase, or phase 0, the tests of what a student is given whole.
 *
 * @param required a tag that each of its tests must have besides; empty: none
 */
record Stage(int phase, String title, String required) {
  /** Of the tests that a check runs: these need what not every machine has, or minutes. */
  private static final Set<String> LEFT_OUT = Set.of("slow", "external");

  static final String BLACK_BOX = "black-box";

  /**
   * The stages up to a phase.
   *
   * @param required as of the record
   */
  static List<Stage> upTo(CourseFile module, int phase, String required) {
    List<Stage> stages = new ArrayList<>();
    if (required.isEmpty()) {
      stages.add(new Stage(0, "what you are given", ""));
    }
    for (CourseFile.Phase each : module.phases()) {
      if (each.number() <= phase) {
        stages.add(new Stage(each.number(), each.title(), required));
      }
    }
    return stages;
  }

  String label() {
    return phase == 0 ? "given" : "phase " + phase;
  }

  Selection selection() {
    Set<String> all = required.isEmpty() ? Set.of() : Set.of(required);
    return new Selection.Tagged(Set.of(phase == 0 ? "given" : "phase-" + phase), all, LEFT_OUT);
  }

  /** What came of a stage. */
  record Result(Stage stage, int planned, List<Verdict> verdicts, Ending ending) {
    List<Verdict> failed() {
      return verdicts.stream().filter(Verdict::failed).toList();
    }

    long passed() {
      return verdicts.stream().filter(Verdict::passed).count();
    }

    /** Tests that say themselves that they cannot run here do not count. */
    long counted() {
      return planned - verdicts.stream().filter(v -> !v.failed() && !v.passed()).count();
    }

    boolean done() {
      return failed().isEmpty() && ending == Ending.COMPLETE;
    }

    boolean isEmpty() {
      return planned == 0;
    }
  }
}
