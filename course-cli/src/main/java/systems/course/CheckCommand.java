package systems.course;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.Repository;
import systems.course.check.CheckRun;
import systems.course.terminal.Terminal;

/** {@code course check}: how far a student's project is, phase by phase, and what comes next. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Compiles a student's project, runs its tests phase by phase and says what comes next.",
      "With --cmd it runs the black-box tests of a module against any program instead."
    },
    footer = {
      "",
      "Exit codes: 0 all phases asked for are done, 1 not yet, 2 wrong usage.",
      "A program that --cmd starts gets each test's arguments behind its own; a server gets its"
          + " port in the variable PORT and in place of {port}."
    })
final class CheckCommand implements Callable<Integer> {
  private static final int LIMIT_SECONDS_MAX = 600;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "the project; the folder you are in if it is left out")
  private @Nullable Path folder;

  @Option(
      names = "--phase",
      paramLabel = "N",
      description = "the phases up to this one; all of them if it is left out")
  private @Nullable Integer phase;

  @Option(names = "--watch", description = "check again whenever a source is saved")
  private boolean watch;

  @Option(
      names = "--cmd",
      paramLabel = "COMMAND",
      description = "the program to check, as a shell would start it: --cmd 'python3 kvs.py'")
  private @Nullable String program;

  @Option(
      names = "--module",
      paramLabel = "MODULE",
      description = "which module's program that is; needed outside of a student's project")
  private @Nullable String module;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "the longest that one test may take; ${DEFAULT-VALUE} if it is left out")
  private int limitSeconds;

  private final Repository repository;
  private final Terminal terminal;

  CheckCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (limitSeconds < 1 || limitSeconds > LIMIT_SECONDS_MAX) {
      throw CourseException.usage("--limit wants 1 to %d seconds".formatted(LIMIT_SECONDS_MAX));
    }
    if (program != null && watch) {
      throw CourseException.usage("--watch watches a project's sources, and --cmd has none");
    }
    Path start = folder == null ? Path.of("") : folder;
    var perTest = Duration.ofSeconds(limitSeconds);
    var run = new CheckRun(repository, terminal, start, phase, perTest);
    if (program != null) {
      return run.program(program, module);
    }
    return watch ? run.watch() : run.once();
  }
}
