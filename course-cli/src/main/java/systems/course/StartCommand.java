package systems.course;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.cut.ModuleSources;
import systems.course.student.StarterProject;
import systems.course.terminal.Terminal;

/** {@code course start}: a project of one's own to build a module in. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description =
        "Writes a Maven project to build a module in: TODO bodies, all tests, lectures, exercises."
            + " It opens in any IDE and needs nothing of this checkout.")
final class StartCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "MODULE", description = "what to build")
  private String name = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DIR",
      description = "where to; my-MODULE if left out. An existing folder must be empty")
  private @Nullable Path folder;

  @Option(
      names = "--phase",
      paramLabel = "N",
      defaultValue = "1",
      description = "begin with this phase: what comes before it is filled in")
  private int phase;

  private final Repository repository;
  private final Terminal terminal;

  StartCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    CourseFile module = repository.module(name);
    if (module.state() != CourseFile.State.STANDS) {
      throw CourseException.failed(module.id() + " is being built: there is no starter of it yet");
    }
    if (phase < 1 || phase > module.phases().size()) {
      throw CourseException.usage(
          "%s has the phases 1 to %d".formatted(module.id(), module.phases().size()));
    }
    Path target = folder == null ? Path.of("my-" + module.id()) : folder;
    ModuleSources sources = ModuleSources.of(repository.folder(module), module.phases().size());
    new StarterProject(repository, module, phase, written -> sources.writeStarter(phase, written))
        .write(target);
    tell(module, target);
    return 0;
  }

  private void tell(CourseFile module, Path target) {
    CourseFile.Phase first = module.phases().get(phase - 1);
    var out = terminal.out();
    out.printf(
        "%s is yours: %s, from phase %d on (%s, about %d minutes).%n%n",
        target, module.title(), phase, first.title(), first.minutes());
    out.println("  cd " + quoted(target));
    out.println("  " + quoted(repository.root().resolve("course")) + " check");
    out.println();
    out.println("README.md there says the rest.");
  }

  /** As a shell takes it. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[\\w@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
