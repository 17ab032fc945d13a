package systems.course;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Curriculum;
import systems.course.catalogue.Repository;
import systems.course.terminal.Prose;
import systems.course.terminal.Terminal;

/** {@code course list}: the twelve modules and which of them stand; or one module's phases. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the modules, or the phases of one: minutes, goals and what stands.")
final class ListCommand implements Callable<Integer> {
  private static final String ROW = "%-4s%-16s%-7s%-9s%-10s%s";

  @Parameters(arity = "0..1", paramLabel = "MODULE", description = "show this module's phases")
  private @Nullable String name;

  private final Repository repository;
  private final Terminal terminal;

  ListCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (name == null) {
      listModules(repository.modules());
    } else {
      listPhases(repository.module(name));
    }
    return 0;
  }

  private void listModules(List<CourseFile> modules) {
    String header = ROW.formatted("", "module", "phases", "minutes", "state", "system");
    terminal.out().println(terminal.bold(header));
    for (Curriculum.Entry entry : Curriculum.MODULES) {
      Optional<CourseFile> here =
          modules.stream().filter(m -> m.number() == entry.number()).findFirst();
      String number = "%02d".formatted(entry.number());
      terminal.out().println(here.map(m -> row(number, m)).orElseGet(() -> row(number, entry)));
    }
  }

  private static String row(String number, CourseFile module) {
    String state = module.state() == CourseFile.State.STANDS ? "stands" : "building";
    return ROW.formatted(
        number, module.id(), module.phases().size(), module.minutes(), state, module.title());
  }

  private static String row(String number, Curriculum.Entry entry) {
    return ROW.formatted(number, entry.id(), "-", "-", "planned", entry.system());
  }

  private void listPhases(CourseFile module) {
    terminal.out().println(terminal.bold(module.folder() + ": " + module.title()));
    terminal.out().println("speaks " + module.standard());
    terminal.out().println();
    for (CourseFile.Phase phase : module.phases()) {
      terminal.out().printf("%d  %4d min  %s%n", phase.number(), phase.minutes(), phase.title());
      Prose.lines(phase.goal(), terminal, 66)
          .forEach(line -> terminal.out().println("             " + line));
    }
    terminal.out().printf("   %4d min in all%n", module.minutes());
  }
}
