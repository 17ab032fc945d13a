package systems.course;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Curriculum;
import systems.course.catalogue.Repository;
import systems.course.demo.DemoPlayer;
import systems.course.demo.DemoScript;
import systems.course.terminal.Terminal;

/** {@code course demo}: plays a module's demo, or checks that it does what it says. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Plays a module's demo step by step: Enter goes on, q and Enter ends it. Without a module:"
            + " a short tour of what stands.")
final class DemoCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "MODULE", description = "whose demo.md is played")
  private @Nullable String name;

  @Option(
      names = "--check",
      description = "run unattended, compare with the file, exit 1 at the first difference")
  private boolean check;

  @Option(names = "--fast", description = "do not wait for Enter")
  private boolean fast;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "how long one command may take (default: ${DEFAULT-VALUE})")
  private int timeoutSeconds;

  private final Repository repository;
  private final Terminal terminal;

  DemoCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (timeoutSeconds < 1) {
      throw CourseException.usage("--timeout wants a number of seconds, at least 1");
    }
    if (check) {
      var modules = name == null ? repository.standing() : List.of(repository.module(name));
      var limit = Duration.ofSeconds(timeoutSeconds);
      return checkAll(repository, terminal, modules, limit).isEmpty() ? 0 : CourseException.FAILED;
    }
    CourseFile module = name == null ? showTour() : repository.module(name);
    var script = scriptOf(repository, module);
    makeReady(repository, module);
    player(repository, terminal, Duration.ofSeconds(timeoutSeconds))
        .play(script, terminal.interactive() && !fast);
    return 0;
  }

  /**
   * Checks the demos one after the other; all are run even if one fails.
   *
   * @return the modules whose demos failed
   */
  static List<CourseFile> checkAll(
      Repository repository, Terminal terminal, List<CourseFile> modules, Duration stepLimit) {
    List<CourseFile> failed = new ArrayList<>();
    for (CourseFile module : modules) {
      var script = scriptOf(repository, module);
      makeReady(repository, module);
      boolean good = player(repository, terminal, stepLimit).check(script);
      terminal
          .out()
          .printf(
              "demo of %s: %s%n",
              module.folder(),
              good ? "%d commands, all as written".formatted(script.steps().size()) : "FAILED");
      if (!good) {
        failed.add(module);
      }
    }
    return failed;
  }

  private CourseFile showTour() {
    List<CourseFile> standing = repository.standing();
    if (standing.isEmpty()) {
      throw CourseException.failed("no module stands yet: there is nothing to show");
    }
    var out = terminal.out();
    out.println("Each module is a system that speaks a standard, so that real clients test it.");
    out.printf("%d of %d stand:%n%n", standing.size(), Curriculum.MODULES.size());
    for (CourseFile module : standing) {
      out.printf("  %02d %-12s %s%n", module.number(), module.id(), module.title());
      out.printf(
          "     speaks %s; %d phases, %d minutes%n",
          module.standard(), module.phases().size(), module.minutes());
    }
    out.printf(
        "%nHere is the demo of %s. `course list` shows the rest.%n", standing.getFirst().id());
    return standing.getFirst();
  }

  private static DemoPlayer player(Repository repository, Terminal terminal, Duration stepLimit) {
    return new DemoPlayer(repository, terminal, stepLimit);
  }

  private static DemoScript scriptOf(Repository repository, CourseFile module) {
    return DemoScript.read(repository.folder(module).resolve("demo.md"));
  }

  /** Lets the launcher build the module now, so that nothing that follows has to. */
  static void makeReady(Repository repository, CourseFile module) {
    Path launcher = repository.root().resolve("course");
    try {
      Process process =
          new ProcessBuilder(launcher.toString(), "ready", module.id()).inheritIO().start();
      if (process.waitFor() != 0) {
        throw CourseException.failed(module.folder() + " could not be built");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + launcher, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CourseException.failed("interrupted");
    }
  }
}
