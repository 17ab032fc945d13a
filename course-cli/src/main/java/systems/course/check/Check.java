package systems.course.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseFile;
import systems.course.exam.Compilation.Complaint;
import systems.course.exam.Examiner;
import systems.course.exam.Examiner.Ending;
import systems.course.exam.Failure;
import systems.course.exam.Selection;
import systems.course.exam.Verdict;

/**
 * Compiles a project, examines it stage by stage, and says one next step.
 *
 * <ol>
 *   <li>Earlier stages run each time: what worked yesterday may not today.
 *   <li>The first stage that is not done ends the check. A later one could only say that an earlier
 *       one is not done.
 *   <li>Of the tests that fail, one is told. In a stage where none passes yet that is the stub that
 *       most of them meet, since it is where the stage begins; afterwards a wrong answer comes
 *       before an unwritten one.
 * </ol>
 *
 * <p>With a command to examine ({@code --cmd}) the project is the course's own, its tests are those
 * tagged {@code black-box}, and no source of it is shown: the mistake is in another program.
 */
public final class Check {
  /** Where the student's own source is, or that of somebody's program which we cannot see. */
  public enum Subject {
    SOURCES,
    COMMAND
  }

  private final Workspace workspace;
  private final CourseFile module;
  private final List<Stage> stages;
  private final Subject subject;
  private final Examiner examiner;
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
    this.stages =
        Stage.upTo(module, upTo, subject == Subject.COMMAND ? Stage.BLACK_BOX : "");
    this.subject = subject;
    this.examiner = examiner;
    this.build = new Build(workspace, examiner);
    this.screen = screen;
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
    List<Complaint> errors = outcome.compilation().errors();
    screen.complaints(errors, workspace);
    errors.stream().findFirst().ifPresent(error -> nextAfter(error, outcome.inTests()));
    return false;
  }

  private void nextAfter(Complaint error, boolean inTests) {
    Path file = error.file();
    String place = file == null ? "the sources" : workspace.shown(file) + ":" + error.line();
    screen.next(
        inTests
            ? "the tests call what your code no longer has; give it back the name and the types"
                + " that %s wants.".formatted(place)
            : "open %s, then `course check` again.".formatted(place));
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
    congratulate();
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

  /** Tells one failing test; {@code whole} if all of its stage have run. */
  private void tell(Stage.Result result, boolean whole) {
    List<Verdict> failed = result.failed();
    if (failed.isEmpty()) {
      screen.line("");
      screen.words("The time was up before all tests had run.", "");
      screen.next("`course check` again, on a machine with less to do.");
      return;
    }
    if (result.ending() == Ending.TOO_MANY_DEATHS) {
      screen.words("Too many tests ended the JVM; the others have to wait.", "  ");
    }
    boolean first = whole && result.passed() == 0;
    Verdict shown =
        (first ? entrance(failed) : Optional.<Verdict>empty())
            .orElseGet(() -> wrongBeforeUnwritten(failed));
    failedLast = new Failed(result.stage(), shown.name());
    var todo = PlainWords.todo(shown);
    if (todo.isPresent()) {
      begin(result.stage(), shown, todo.get(), first);
    } else {
      explain(result.stage(), shown);
    }
  }

  /** The stub where a stage begins: the one that most tests meet. */
  private static Optional<Verdict> entrance(List<Verdict> failed) {
    Map<String, List<Verdict>> byPlace = new LinkedHashMap<>();
    for (Verdict verdict : failed) {
      if (PlainWords.todo(verdict).isPresent()) {
        byPlace.computeIfAbsent(firstFrame(verdict), _ -> new ArrayList<>()).add(verdict);
      }
    }
    return byPlace.entrySet().stream()
        .filter(entry -> !entry.getKey().isEmpty())
        .max(Comparator.comparingInt(entry -> entry.getValue().size()))
        .map(entry -> entry.getValue().getFirst());
  }

  private static String firstFrame(Verdict verdict) {
    Failure failure = verdict.failure();
    return failure == null || failure.frames().isEmpty() ? "" : failure.frames().getFirst();
  }

  private static Verdict wrongBeforeUnwritten(List<Verdict> failed) {
    return failed.stream()
        .filter(verdict -> PlainWords.todo(verdict).isEmpty())
        .findFirst()
        .orElse(failed.getFirst());
  }

  private void begin(Stage stage, Verdict shown, PlainWords.Todo todo, boolean first) {
    screen.line("");
    if (first) {
      long finished = done.values().stream().filter(yes -> yes).count();
      int phases = module.phases().size();
      screen.heading(
          finished == 0
              ? "0 of %d phases done, which is where everybody begins.".formatted(phases)
              : "%d of %d phases done.".formatted(finished, phases));
      screen.line("");
    }
    Optional<Frame> frame = frameIn(shown, true);
    String member = frame.map(Frame::member).orElse("something");
    String place = frame.map(this::place).orElse("the sources");
    screen.words(
        first
            ? "%s begins here: %s is still a TODO:".formatted(Screen.capital(stage.label()), member)
            : "%s is still a TODO:".formatted(member),
        "");
    screen.words(Screen.printable(todo.question()), "    ");
    screen.next(
        "open %s and write it where the exception is thrown; `course hint` asks a smaller question."
            .formatted(place));
  }

  private void explain(Stage stage, Verdict shown) {
    boolean ours = subject == Subject.COMMAND;
    Optional<Frame> inCode = ours ? Optional.empty() : frameIn(shown, true);
    Optional<Frame> inTest = frameIn(shown, false);
    screen.failure(stage, shown, described(inCode), described(inTest));
    if (ours) {
      screen.next("mend the program, then the same command again.");
    } else if (inCode.isPresent()) {
      screen.next("open %s, then `course check` again.".formatted(place(inCode.get())));
    } else {
      screen.next(
          "read the test at %s; `course hint` says more about %s."
              .formatted(inTest.map(this::place).orElse(shown.testClass()), stage.label()));
    }
  }

  private @Nullable String described(Optional<Frame> frame) {
    return frame.map(f -> "%s, %s".formatted(f.member(), place(f))).orElse(null);
  }

  private String place(Frame frame) {
    String file = workspace.sourceOf(frame).map(workspace::shown).orElse(frame.file());
    return file + ":" + frame.line();
  }

  /** The innermost frame in the student's code, or in a test. */
  private Optional<Frame> frameIn(Verdict verdict, boolean main) {
    Failure failure = verdict.failure();
    if (failure == null) {
      return Optional.empty();
    }
    Stream<Frame> thrown = failure.frames().stream().flatMap(text -> Frame.parse(text).stream());
    return Stream.concat(thrown, Frame.within(failure.message()))
        .filter(f -> workspace.sourceOf(f).filter(s -> workspace.isMain(s) == main).isPresent())
        .findFirst();
  }

  private void congratulate() {
    OptionalInt last = done.keySet().stream().mapToInt(phase -> phase).max();
    int phases = module.phases().size();
    screen.line("");
    if (last.isEmpty()) {
      screen.words("There are no tests for that yet.", "");
    } else if (subject == Subject.COMMAND) {
      screen.heading("The program does all that is asked of it.");
    } else if (last.getAsInt() == phases) {
      screen.heading("%d of %d phases done: the whole system.".formatted(phases, phases));
      screen.next("`course diff` shows where the reference went another way.");
    } else {
      var next = module.phases().get(last.getAsInt());
      screen.heading("%d of %d phases done.".formatted(last.getAsInt(), phases));
      screen.next(
          "phase %d, %s; `course check` shows where it begins."
              .formatted(next.number(), next.title()));
    }
  }
}
