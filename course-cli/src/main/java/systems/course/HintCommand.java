package systems.course;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.compare.Hints;
import systems.course.compare.Hints.Body;
import systems.course.student.Progress;
import systems.course.student.StudentProject;
import systems.course.terminal.Prose;
import systems.course.terminal.Terminal;

/** {@code course hint}: one hint a call, each telling more than the one before. */
@Command(
    name = "hint",
    mixinStandardHelpOptions = true,
    description =
        "Helps with the next open body, or with the one named: first its question, then what the"
            + " lecture says of it, then the reference's solution. Each call is one step further.")
final class HintCommand implements Callable<Integer> {
  private static final int WIDTH = 88;
  private static final List<String> STEPS =
      List.of("", "question", "question, lecture", "question, lecture, solution");

  @Parameters(
      arity = "0..2",
      paramLabel = "DIR|MEMBER",
      description = "your project (default: the one that you are in), a member as Type#name")
  private List<String> words = List.of();

  @Option(names = "--phase", paramLabel = "N", description = "the next open body of this phase")
  private @Nullable Integer phase;

  @Option(names = "--list", description = "list the bodies and which hints were looked at")
  private boolean list;

  private final Repository repository;
  private final Terminal terminal;

  HintCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  /** All that a hint depends on. */
  private record Desk(
      StudentProject project, CourseFile module, Hints hints, Progress progress, List<Body> open) {}

  @Override
  public Integer call() throws IOException {
    Path folder = Path.of(".");
    String member = "";
    for (String word : words) {
      if (Files.isDirectory(Path.of(word))) {
        folder = Path.of(word);
      } else {
        member = word;
      }
    }
    Desk desk = desk(folder);
    if (list) {
      list(desk);
    } else if (member.isEmpty()) {
      next(desk);
    } else {
      show(named(desk, member), desk.hints, desk.progress);
    }
    return 0;
  }

  private Desk desk(Path folder) throws IOException {
    var project = StudentProject.find(folder);
    CourseFile module = repository.module(project.module());
    DiffCommand.checkPhase(module, phase);
    var reference = DiffCommand.reference(repository, module);
    var hints = Hints.of(module, reference, repository.folder(module));
    List<Body> open =
        hints.open(DiffCommand.sources(project, new ArrayList<>()), project.startPhase());
    return new Desk(project, module, hints, Progress.of(project), open);
  }

  private static Body named(Desk desk, String name) {
    List<Body> bodies = desk.hints.named(name);
    if (bodies.size() == 1) {
      return bodies.getFirst();
    }
    throw CourseException.usage(
        bodies.isEmpty()
            ? "no body is called %s; `course hint --list` shows them".formatted(name)
            : "%s may be %s; say which".formatted(name, symbols(bodies)));
  }

  private static String symbols(List<Body> bodies) {
    return bodies.stream().map(Body::symbol).collect(Collectors.joining(", "));
  }

  private void next(Desk desk) {
    int current = phase == null ? currentPhase(desk) : phase;
    if (current == 0) {
      say("All phases pass and no body is open: `course diff` shows how the reference does it.");
      return;
    }
    List<Body> open = desk.open.stream().filter(body -> body.phase() == current).toList();
    if (open.isEmpty()) {
      say(
          "All bodies of phase %d are written; `course check` says what they still get wrong."
              .formatted(current));
      say(
          "For a hint to one of them, name it: `course hint "
              + desk.hints.bodies(current).stream()
                  .map(Body::symbol)
                  .findFirst()
                  .orElse("Type#name")
              + "`. `course hint --list` shows all.");
      return;
    }
    show(open.getFirst(), desk.hints, desk.progress);
  }

  /** The first phase that does not pass or has an open body; 0 if there is none. */
  private static int currentPhase(Desk desk) {
    return desk.module.phases().stream()
        .map(CourseFile.Phase::number)
        .filter(number -> number >= desk.project.startPhase())
        .filter(number ->
            desk.progress.phase(number) != Progress.State.PASSED
                || desk.open.stream().anyMatch(body -> body.phase() == number))
        .findFirst()
        .orElse(0);
  }

  /** The next step of help with a body; the last one again where there is no further. */
  private void show(Body body, Hints hints, Progress progress) {
    int step = Math.min(progress.hints(body.symbol()) + 1, Hints.SOLUTION);
    say(terminal.bold(body.symbol()) + ", phase " + body.phase());
    say(terminal.faint(body.file()));
    say("");
    Prose.lines(hints.text(body, step), terminal, WIDTH).forEach(line -> say("  " + line));
    say("");
    say(afterwards(step));
    progress.lookedAt(body.symbol(), step);
    progress.save();
  }

  private static String afterwards(int step) {
    return switch (step) {
      case Hints.QUESTION -> "The next hint is what the lecture says of it.";
      case Hints.LECTURE -> "The next hint is the solution: the reference's body.";
      default -> "That was the solution; .course/progress remembers that you have seen it.";
    };
  }

  private void list(Desk desk) {
    for (CourseFile.Phase each : desk.module.phases()) {
      if (phase == null || phase == each.number()) {
        listPhase(desk, each);
      }
    }
  }

  private void listPhase(Desk desk, CourseFile.Phase each) {
    say(terminal.bold("Phase %d: %s".formatted(each.number(), each.title())));
    for (Body body : desk.hints.bodies(each.number())) {
      String state = desk.open.contains(body) ? "open" : "written";
      String seen = STEPS.get(desk.progress.hints(body.symbol()));
      say("  %-9s%-44s%s".formatted(state, body.symbol(), seen).stripTrailing());
    }
  }

  private void say(String line) {
    terminal.out().println(line);
  }
}
