package systems.course.check;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseFile;
import systems.course.exam.Examiner;
import systems.course.exam.Examiner.Ending;
import systems.course.exam.Selection;
import systems.course.exam.Verdict;

/**
 * Compiles a project, examines it stage by stage, and says one next step.
 *
 * <ol>
 *   <li>Earlier stages run each time: what worked yesterday may not today.
 *   <li>The first stage that is not done ends the check. A later one could only say that an earlier
 *       one is not done.
 * </ol>
 *
 * <p>With a command to examine ({@code --cmd}) the project is the course's own, its tests are those
 * tagged {@code black-box}, and no source of it is shown: the mistake is in another program.
 */
final class Check {
  /** What is examined: sources that we see, or a program whose sources we do not. */
  enum Subject {
    SOURCES,
    COMMAND
  }

  private final Workspace workspace;
  private final CourseFile module;
  private final List<Stage> stages;
  private final Subject subject;
  private final Examiner examiner;
  private final Advice advice;
  private final Build build;
  private final Screen screen;
  private final Map<Integer, Boolean> done = new HashMap<>();
  private @Nullable Failed failedLast;

  /** The test that was told last. */
  private record Failed(Stage stage, String test) {}

  Check(
      Workspace workspace,
      CourseFile module,
      int upTo,
      Subject subject,
      Examiner examiner,
      Screen screen) {
    this.workspace = workspace;
    this.module = module;
    this.stages = Stage.upTo(module, upTo, subject == Subject.COMMAND ? Stage.BLACK_BOX : "");
    this.subject = subject;
    this.examiner = examiner;
    this.build = new Build(workspace, examiner);
    this.screen = screen;
    this.advice = new Advice(workspace, module, subject, screen);
  }

  /** Whether the phases that were looked at are done. */
  Map<Integer, Boolean> phases() {
    return Map.copyOf(done);
  }

  /** Checks all, and returns whether all is done. */
  boolean run() {
    done.clear();
    screen.heading("%s: %s".formatted(module.id(), module.title()));
    screen.line("");
    return compiles(build::all) && examine(Map.of());
  }

  /**
   * The test that failed last comes first, then its stage, then all others: most of the time it
   * fails still, and if not, that was the point.
   */
  boolean runAgain(Set<Path> changed) {
    if (!compiles(() -> build.changed(changed))) {
      return false;
    }
    Failed last = failedLast;
    if (last == null) {
      return examine(Map.of());
    }
    Stage.Result test = examine(last.stage(), Selection.methods(last.test()));
    if (!test.isEmpty() && !test.done()) {
      tell(test, false);
      return false;
    }
    Stage.Result stage = examine(last.stage(), last.stage().selection());
    if (!stage.done()) {
      screen.result(stage);
      tell(stage, true);
      return false;
    }
    return examine(Map.of(last.stage(), stage));
  }

  private boolean compiles(Supplier<Build.Outcome> how) {
    screen.passing("compiling ...");
    Build.Outcome outcome = how.get();
    screen.passed();
    if (outcome.successful()) {
      return true;
    }
    advice.afterErrors(outcome);
    return false;
  }

  private boolean examine(Map<Stage, Stage.Result> known) {
    for (Stage stage : stages) {
      Stage.Result result =
          known.containsKey(stage) ? known.get(stage) : examine(stage, stage.selection());
      if (result.isEmpty() && (stage.phase() == 0 || subject == Subject.COMMAND)) {
        continue;
      }
      screen.result(result);
      if (stage.phase() > 0) {
        done.put(stage.phase(), result.done());
      }
      if (!result.done()) {
        tell(result, true);
        return false;
      }
    }
    failedLast = null;
    advice.whenDone(done.keySet().stream().mapToInt(phase -> phase).max().orElse(0));
    return true;
  }

  private Stage.Result examine(Stage stage, Selection selection) {
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    int[] planned = {0};
    long[] good = {0};
    Ending ending =
        examiner.examine(
            workspace.classFolders(),
            selection,
            count -> planned[0] = count,
            verdict -> {
              verdicts.put(verdict.name(), verdict);
              good[0] += verdict.passed() ? 1 : 0;
              screen.running(stage, verdicts.size(), good[0], planned[0]);
            });
    screen.passed();
    return new Stage.Result(stage, planned[0], List.copyOf(verdicts.values()), ending);
  }

  /** Tells one failing test, and remembers it. */
  private void tell(Stage.Result result, boolean whole) {
    int finished = (int) done.values().stream().filter(yes -> yes).count();
    failedLast =
        advice
            .afterFailures(result, whole, finished)
            .map(verdict -> new Failed(result.stage(), verdict.name()))
            .orElse(null);
  }
}
