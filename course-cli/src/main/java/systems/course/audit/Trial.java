package systems.course.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.cut.Bug;
import systems.course.cut.ModuleSources;
import systems.course.exam.Examiner;
import systems.course.exam.Verdict;

/**
 * One named bug before a class: the test that {@code bugs.md} names, on the reference as it is, and
 * on the reference with the wrong line.
 *
 * @param test {@code Class#method}
 * @param passesWithout whether it passes on the reference
 * @param passesWith whether it passes in spite of the bug
 * @param told what it says then, as {@code bugs.md} has it
 */
public record Trial(String test, boolean passesWithout, boolean passesWith, List<String> told) {
  /**
   * Compiles both and runs the test on both.
   *
   * @param folder of the module
   * @throws CourseException if {@code bugs.md} names no test, or nothing compiles
   */
  public static Trial of(CourseFile module, Path folder, Bug bug, Examiner examiner) {
    String test =
        BugSheet.parse(sheet(folder))
            .noticing(bug.name())
            .orElseThrow(() ->
                CourseException.failed(
                    "%s names no test that notices %s".formatted(Audit.BUG_SHEET, bug.name())));
    var sources = ModuleSources.of(folder, module.phases().size());
    var workshop = new Workshop(sources, folder.resolve("target/trial"));
    List<Fault> faults = new ArrayList<>();
    Workshop.Classes reference = workshop.reference(examiner, faults);
    if (reference == null) {
      throw CourseException.failed("the reference does not compile: " + faults.getFirst());
    }
    Verdict without = run(test, reference, examiner);
    Verdict with = run(test, workshop.bug(bug, reference, examiner), examiner);
    return new Trial(test, without.passed(), with.passed(), FailureText.lines(with));
  }

  private static Verdict run(String test, Workshop.Classes classes, Examiner examiner) {
    @Nullable Verdict verdict = BugHunt.run(test, classes, examiner);
    if (verdict == null) {
      throw CourseException.failed("there is no test " + test);
    }
    return verdict;
  }

  private static String sheet(Path folder) {
    Path file = folder.resolve(Audit.BUG_SHEET);
    try {
      return Files.isRegularFile(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
