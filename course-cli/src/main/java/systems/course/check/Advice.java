package systems.course.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseFile;
import systems.course.check.Check.Subject;
import systems.course.exam.Compilation.Complaint;
import systems.course.exam.Examiner.Ending;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;

/**
 * One thing to look at and one next step, whatever has gone wrong.
 *
 * <p>Of the tests that fail, one is told. In a stage where none passes yet that is the stub that
 * most of them meet, since it is where the stage begins; afterwards a wrong answer comes before an
 * unwritten one. A list of all failures was the alternative: forty of them have one cause, and it
 * is seldom the first of the list.
 */
final class Advice {
  private final Workspace workspace;
  private final CourseFile module;
  private final Subject subject;
  private final Screen screen;

  Advice(Workspace workspace, CourseFile module, Subject subject, Screen screen) {
    this.workspace = workspace;
    this.module = module;
    this.subject = subject;
    this.screen = screen;
  }

  void afterErrors(Build.Outcome outcome) {
    List<Complaint> errors = outcome.compilation().errors();
    screen.complaints(errors, workspace);
    errors.stream().findFirst().ifPresent(error -> nextAfter(error, outcome.inTests()));
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

  /**
   * Tells one of the tests that failed, and returns it.
   *
   * @param whole all of the stage have run
   * @param finished so many phases are done
   */
  Optional<Verdict> afterFailures(Stage.Result result, boolean whole, int finished) {
    List<Verdict> failed = result.failed();
    if (failed.isEmpty()) {
      screen.line("");
      screen.words("The time was up before all tests had run.", "");
      screen.next("`course check` again, on a machine with less to do.");
      return Optional.empty();
    }
    if (result.ending() == Ending.TOO_MANY_DEATHS) {
      screen.line("");
      screen.words(
          "The rest of %s has not run: tests before it did not end, or ended the whole JVM."
              .formatted(result.stage().label()),
          "");
    }
    boolean first = whole && result.passed() == 0;
    Verdict shown =
        (first ? entrance(failed) : Optional.<Verdict>empty())
            .orElseGet(() -> wrongBeforeUnwritten(failed));
    var todo = PlainWords.todo(shown);
    if (todo.isEmpty()) {
      explain(result.stage(), shown);
    } else {
      screen.line("");
      if (first) {
        count(finished);
      }
      begin(result.stage(), shown, todo.get(), first);
    }
    return Optional.of(shown);
  }

  private void count(int finished) {
    int phases = module.phases().size();
    screen.heading(
        finished == 0
            ? "0 of %d phases done, which is where everybody begins.".formatted(phases)
            : "%d of %d phases done.".formatted(finished, phases));
    screen.line("");
  }

  /** The stub where a stage begins: the one that most tests meet. */
  private Optional<Verdict> entrance(List<Verdict> failed) {
    Map<String, List<Verdict>> byPlace = new LinkedHashMap<>();
    for (Verdict verdict : failed) {
      if (PlainWords.todo(verdict).isPresent()) {
        String place = frameIn(verdict, true).map(this::place).orElse("");
        byPlace.computeIfAbsent(place, _ -> new ArrayList<>()).add(verdict);
      }
    }
    return byPlace.entrySet().stream()
        .filter(entry -> !entry.getKey().isEmpty())
        .max(Comparator.comparingInt(entry -> entry.getValue().size()))
        .map(entry -> entry.getValue().getFirst());
  }

  private static Verdict wrongBeforeUnwritten(List<Verdict> failed) {
    return failed.stream()
        .filter(verdict -> PlainWords.todo(verdict).isEmpty())
        .findFirst()
        .orElse(failed.getFirst());
  }

  private void begin(Stage stage, Verdict shown, PlainWords.Todo todo, boolean first) {
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

  /** Everything asked for is done, up to this phase. */
  void whenDone(int last) {
    int phases = module.phases().size();
    screen.line("");
    if (last == 0) {
      screen.words("There are no tests for that yet.", "");
    } else if (subject == Subject.COMMAND) {
      screen.heading("The program does all that is asked of it.");
    } else if (last == phases) {
      screen.heading("%d of %d phases done: the whole system.".formatted(phases, phases));
      screen.next("`course diff` shows where the reference went another way.");
    } else {
      CourseFile.Phase next = module.phases().get(last);
      screen.heading("%d of %d phases done.".formatted(last, phases));
      screen.next(
          "phase %d, %s; `course check` shows where it begins."
              .formatted(next.number(), next.title()));
    }
  }
}
