package systems.course.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.check.Check.Subject;
import systems.course.exam.Examiner;
import systems.course.exam.Limits;
import systems.course.student.Progress;
import systems.course.student.StudentProject;
import systems.course.terminal.Terminal;

/** A {@code course check} from its arguments to its exit code. */
public final class CheckRun {
  private static final int HEAP_MEBIBYTES = 768;
  private static final Duration WHOLE_MAX = Duration.ofMinutes(10);

  /** One test is told, and those that do not end cost the limit each. */
  private static final int DEATHS_MAX = 2;

  private static final Map<String, String> QUICK = Map.of("course.effort", "quick");
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final Repository repository;
  private final Path folder;
  private final @Nullable Integer phase;
  private final Limits limits;
  private final Screen screen;

  /**
   * A check that has not begun.
   *
   * @param folder a student's project or a folder in it
   * @param phase the last one to check; null: the module's last
   * @param perTest the longest that one test may take
   */
  public CheckRun(
      Repository repository,
      Terminal terminal,
      Path folder,
      @Nullable Integer phase,
      Duration perTest) {
    this.repository = repository;
    this.folder = folder.toAbsolutePath().normalize();
    this.phase = phase;
    this.limits = new Limits(HEAP_MEBIBYTES, perTest, WHOLE_MAX, DEATHS_MAX);
    this.screen = new Screen(terminal, Screen.widthOf(terminal));
  }

  /** Checks a student's project. */
  public int once() {
    var project = StudentProject.find(folder);
    try (Examiner examiner = examiner(project)) {
      Check check = check(project, examiner);
      boolean done = check.run();
      remember(project, check.phases());
      return done ? 0 : CourseException.FAILED;
    }
  }

  /** Checks a student's project again and again, until the process is ended. */
  public int watch() {
    var project = StudentProject.find(folder);
    Workspace workspace = Workspace.of(project.folder());
    List<Path> sources = List.of(workspace.mainSources(), workspace.testSources());
    try (Examiner examiner = examiner(project);
        var watch = new SourceWatch(sources)) {
      Check check = check(project, examiner);
      check.run();
      while (true) {
        remember(project, check.phases());
        screen.line("");
        screen.passing("waiting for the next save (Ctrl-C ends)");
        Set<Path> changed = watch.await();
        screen.passed();
        String name = changed.iterator().next().getFileName().toString();
        String more = changed.size() == 1 ? "" : " and %d more".formatted(changed.size() - 1);
        screen.heading(
            "%s  %s%s".formatted(LocalTime.now(ZoneId.systemDefault()).format(CLOCK), name, more));
        again(check, changed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CourseException.FAILED;
    }
  }

  private static void remember(StudentProject project, Map<Integer, Boolean> phases) {
    Progress progress = Progress.of(project);
    phases.forEach((phase, done) ->
        progress.mark(phase, done ? Progress.State.PASSED : Progress.State.FAILED));
    progress.save();
  }

  /** What ends a single check is only said here: the next save may be better. */
  private void again(Check check, Set<Path> changed) {
    try {
      check.runAgain(changed);
    } catch (CourseException e) {
      screen.words(String.valueOf(e.getMessage()), "");
    }
  }

  private Examiner examiner(StudentProject project) {
    List<Path> libraries =
        Libraries.of(
            project.folder(), project.folder().resolve(".course/classpath"), screen::passing);
    screen.passed();
    return Examiner.start(libraries, limits, QUICK, project.folder());
  }

  private Check check(StudentProject project, Examiner examiner) {
    CourseFile module = repository.module(project.module());
    Workspace workspace = Workspace.of(project.folder());
    return new Check(workspace, module, upTo(module), Subject.SOURCES, examiner, screen);
  }

  private int upTo(CourseFile module) {
    int phases = module.phases().size();
    if (phase != null && (phase < 1 || phase > phases)) {
      throw CourseException.usage(
          "%s has phases 1 to %d, not %d".formatted(module.id(), phases, phase));
    }
    return phase == null ? phases : phase;
  }

  private String moduleHere() {
    try {
      return StudentProject.find(folder).module();
    } catch (CourseException e) {
      throw CourseException.usage(e.getMessage() + "; or say --module NAME");
    }
  }

  /**
   * Runs the black-box tests of a module against a program.
   *
   * @param name the module; null: that of the student's project here
   */
  public int program(String command, @Nullable String name) {
    CourseFile module = repository.module(name == null ? moduleHere() : name);
    Path home = repository.folder(module);
    Workspace workspace = Workspace.of(home);
    List<Path> libraries =
        Libraries.of(home, workspace.output().resolveSibling("course-classpath"), screen::passing);
    screen.passed();
    var properties = Map.of("course.effort", "quick", "course.command", command);
    Path here = Files.isDirectory(folder) ? folder : home;
    try (Examiner examiner = Examiner.start(libraries, limits, properties, here)) {
      var check = new Check(workspace, module, upTo(module), Subject.COMMAND, examiner, screen);
      return check.run() ? 0 : CourseException.FAILED;
    }
  }
}
