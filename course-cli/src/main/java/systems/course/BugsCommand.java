package systems.course;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.audit.Audit;
import systems.course.audit.Trial;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.check.Libraries;
import systems.course.cut.Bug;
import systems.course.cut.ModuleSources;
import systems.course.exam.Examiner;
import systems.course.student.StarterProject;
import systems.course.terminal.Prose;
import systems.course.terminal.Terminal;

/**
 * {@code course bugs}: the reference with one wrong line, for a class to find.
 *
 * <p>Says by default which question the line answers wrongly and not where it stands.
 */
@Command(
    name = "bugs",
    mixinStandardHelpOptions = true,
    customSynopsis = "course bugs MODULE [NAME] [--reveal | --test | --dir DIR | -- ARGUMENT...]",
    description =
        "Lists the wrong lines that people really write, by phase; or runs the reference with one"
            + " of them, as `course run` would; or shows the test that notices it; or writes it as a"
            + " project, to search in.")
final class BugsCommand implements Callable<Integer> {
  private static final int TEXT_COLUMNS = 70;
  private static final String GIVEN = "in what you are given:";

  @Parameters(index = "0", paramLabel = "MODULE", description = "whose bugs")
  private String name = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "run with this bug")
  private @Nullable String bugName;

  @Parameters(
      index = "2..*",
      paramLabel = "ARGUMENT",
      description = "for the reference; put -- before the first one")
  private List<String> arguments = List.of();

  @Option(names = "--reveal", description = "show the line, as it is and as it should be")
  private boolean reveal;

  @Option(names = "--test", description = "run the test that notices it, without and with the bug")
  private boolean test;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "write a project with the bug in it, sources and tests, instead of running it")
  private @Nullable Path folder;

  private final Repository repository;
  private final Terminal terminal;

  BugsCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    CourseFile module = repository.module(name);
    ModuleSources sources = ModuleSources.of(repository.folder(module), module.phases().size());
    if (bugName == null) {
      if (folder != null || test) {
        throw CourseException.usage("which bug? `course bugs %s` lists them".formatted(name));
      }
      list(module, sources);
      return 0;
    }
    Bug bug = bug(sources, bugName);
    if (reveal) {
      show(bug);
      return 0;
    }
    if (test) {
      return tried(module, bug);
    }
    return folder == null ? run(module, sources, bug) : write(module, sources, bug, folder);
  }

  private Bug bug(ModuleSources sources, String wanted) {
    return sources
        .bug(wanted)
        .orElseThrow(() ->
            CourseException.usage(
                "no bug is named '%s': `course bugs %s` lists them".formatted(wanted, name)));
  }

  private void list(CourseFile module, ModuleSources sources) {
    var out = terminal.out();
    for (CourseFile.Phase phase : module.phases()) {
      List<Bug> bugs = sources.bugs().stream().filter(b -> b.phase() == phase.number()).toList();
      if (!bugs.isEmpty()) {
        out.println(terminal.bold("phase %d: %s".formatted(phase.number(), phase.title())));
        list(bugs);
        out.println();
      }
    }
    out.printf(
        "%d bugs. `course bugs %s NAME -- ARGUMENT...` runs the reference with one of them.%n",
        sources.bugs().size(), module.id());
  }

  private void list(List<Bug> bugs) {
    if (reveal) {
      bugs.forEach(this::show);
      return;
    }
    Map<String, List<String>> byQuestion = new LinkedHashMap<>();
    for (Bug bug : bugs) {
      String question = bug.question().isEmpty() ? GIVEN : bug.question();
      byQuestion.computeIfAbsent(question, _ -> new ArrayList<>()).add(bug.name());
    }
    byQuestion.forEach((question, names) -> {
      Prose.lines(question, terminal, TEXT_COLUMNS)
          .forEach(line -> terminal.out().println("  " + terminal.faint(line)));
      names.forEach(each -> terminal.out().println("    " + each));
    });
  }

  private void show(Bug bug) {
    var out = terminal.out();
    out.printf("  %s, %s:%d%n", bug.name(), bug.file(), bug.line());
    out.println("    - " + bug.original());
    out.println("    + " + bug.replacement());
  }

  /** 0 if the test tells the two apart, as it should. */
  private int tried(CourseFile module, Bug bug) {
    Path moduleFolder = repository.folder(module);
    Trial trial = Trials.of(module, moduleFolder, bug, terminal);
    var out = terminal.out();
    out.println(trial.test());
    out.println("  without the bug: " + (trial.passesWithout() ? "passes" : "FAILS"));
    out.println("  with %s: %s".formatted(bug.name(), trial.passesWith() ? "PASSES" : "fails"));
    if (!trial.passesWith()) {
      trial.told().forEach(line -> out.println("    " + line));
    }
    return trial.passesWithout() && !trial.passesWith() ? 0 : CourseException.FAILED;
  }

  /** Apart, so that a list of bugs does not load what runs tests. */
  private static final class Trials {
    static Trial of(CourseFile module, Path folder, Bug bug, Terminal terminal) {
      Path kept = folder.resolve("target/audit.classpath");
      var libraries = Libraries.of(folder, kept, line -> terminal.err().println(line));
      try (Examiner examiner =
          Examiner.start(libraries, Audit.LIMITS, Audit.SYSTEM_PROPERTIES, folder)) {
        return Trial.of(module, folder, bug, examiner);
      }
    }
  }

  private int run(CourseFile module, ModuleSources sources, Bug bug) {
    DemoCommand.makeReady(repository, module);
    var reference = new PlantedReference(repository.folder(module), sources, bug);
    reference.compile();
    return reference.run(module.run(), arguments);
  }

  private int write(CourseFile module, ModuleSources sources, Bug bug, Path target) {
    new StarterProject(
            repository,
            module,
            module.phases().size() + 1,
            written -> sources.writeBug(bug.name(), written))
        .write(target);
    terminal.out().printf("%s is %s with one wrong line.%n", target, module.title());
    return 0;
  }
}
