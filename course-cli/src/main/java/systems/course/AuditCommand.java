package systems.course;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.audit.Audit;
import systems.course.audit.Fault;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.check.Libraries;
import systems.course.exam.Examiner;
import systems.course.terminal.Terminal;

/** {@code course audit}: whether a module can be taught as its phases and markers say. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description =
        "Checks the course itself: that each starter compiles, that each test fails while its phase"
            + " is a stub and passes afterwards, that a test notices each named bug.")
final class AuditCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "MODULE", description = "only this one")
  private @Nullable String name;

  @Option(names = "--only", paramLabel = "starters|bugs|markers", description = "only these checks")
  private @Nullable String only;

  @Option(names = "--phase", paramLabel = "N", description = "only this phase's starter and bugs")
  private @Nullable Integer phase;

  @Option(
      names = "--write",
      description = "write bugs.md; where its test does not notice a bug, look for another one")
  private boolean write;

  private final Repository repository;
  private final Terminal terminal;

  AuditCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var modules = name == null ? repository.standing() : List.of(repository.module(name));
    OptionalInt only = phase == null ? OptionalInt.empty() : OptionalInt.of(phase);
    var faults = audit(repository, terminal, modules, new Audit.Scope(parts(), only, write));
    return faults.isEmpty() ? 0 : CourseException.FAILED;
  }

  private Set<Audit.Part> parts() {
    if (only == null) {
      return EnumSet.allOf(Audit.Part.class);
    }
    for (Audit.Part part : Audit.Part.values()) {
      if (part.name().toLowerCase(Locale.ROOT).equals(only)) {
        return EnumSet.of(part);
      }
    }
    throw CourseException.usage("--only wants starters, bugs or markers, not '" + only + "'");
  }

  /**
   * Audits the modules one after the other; all are audited even if one has faults.
   *
   * @return the faults, a line each that begins with the module's folder
   */
  static List<String> audit(
      Repository repository, Terminal terminal, List<CourseFile> modules, Audit.Scope scope) {
    List<String> lines = new ArrayList<>();
    for (CourseFile module : modules) {
      if (!Files.isDirectory(repository.folder(module).resolve("src/main"))) {
        terminal.out().println(module.folder() + ": no sources to audit");
        continue;
      }
      for (Fault fault : audit(repository, terminal, module, scope)) {
        lines.add(module.folder() + ": " + fault);
      }
    }
    return lines;
  }

  private static List<Fault> audit(
      Repository repository, Terminal terminal, CourseFile module, Audit.Scope scope) {
    scope.phase().ifPresent(number -> checkPhase(module, number));
    Path folder = repository.folder(module);
    terminal.out().println(terminal.bold(module.folder()));
    long start = System.nanoTime();
    List<Path> libraries = needsRoom(scope) ? libraries(folder, terminal) : List.of();
    List<Fault> faults =
        new Audit(
                module,
                folder,
                scope,
                Rooms.of(libraries, folder),
                line -> terminal.out().println("  " + line))
            .run();
    faults.forEach(fault -> terminal.err().println("  " + fault));
    String verdict =
        switch (faults.size()) {
          case 0 -> "no fault";
          case 1 -> "1 fault";
          default -> faults.size() + " faults";
        };
    terminal
        .out()
        .printf(
            "audit of %s: %s, %.0f s%n",
            module.folder(), verdict, (System.nanoTime() - start) / 1e9);
    return faults;
  }

  private static void checkPhase(CourseFile module, int number) {
    int last = module.phases().size();
    if (number < 1 || number > last) {
      throw CourseException.usage(
          "%s has phases 1 to %d, not %d".formatted(module.id(), last, number));
    }
  }

  private static boolean needsRoom(Audit.Scope scope) {
    return scope.parts().contains(Audit.Part.STARTERS) || scope.parts().contains(Audit.Part.BUGS);
  }

  private static List<Path> libraries(Path folder, Terminal terminal) {
    Path kept = folder.resolve("target/audit.classpath");
    return Libraries.of(folder, kept, line -> terminal.out().println("  " + line));
  }

  /** Apart, so that commands which examine nothing do not load what does. */
  private static final class Rooms {
    static Supplier<Examiner> of(List<Path> libraries, Path folder) {
      return () -> Examiner.start(libraries, Audit.LIMITS, Audit.SYSTEM_PROPERTIES, folder);
    }
  }
}
