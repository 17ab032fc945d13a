package systems.course;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.page.Pages;
import systems.course.page.Problem;
import systems.course.terminal.Terminal;

/** {@code course snippets}: whether the code in the Markdown is right. */
@Command(
    name = "snippets",
    mixinStandardHelpOptions = true,
    description = {
      "Checks the code in every Markdown file: java blocks say what their source says, or compile;"
          + " python, ts and sh blocks parse; every block names its language.",
      "What needs a program that is not installed is named as skipped."
    })
final class SnippetsCommand implements Callable<Integer> {
  @Option(
      names = "--write",
      description = "take over what the sources say now, in the blocks that are taken from them")
  private boolean write;

  private final Repository repository;
  private final Terminal terminal;

  SnippetsCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (write) {
      Pages.of(repository.root())
          .refresh()
          .forEach(page -> terminal.out().println("wrote " + page));
    }
    return check(repository, terminal);
  }

  /** Checks everything that can be checked here; the exit code says whether all was right. */
  static int check(Repository repository, Terminal terminal) {
    var pages = Pages.of(repository.root());
    List<Problem> problems = new ArrayList<>(pages.check());
    List<String> skipped = new ArrayList<>();
    compile(repository, pages, problems, skipped);
    var interpreted = pages.interpret();
    problems.addAll(interpreted.problems());
    skipped.addAll(interpreted.skipped());
    problems.stream().sorted().forEach(terminal.err()::println);
    skipped.forEach(each -> terminal.err().println("not checked: " + each));
    terminal
        .out()
        .printf(
            "%d blocks of code in %d pages: %s%n",
            pages.blocks().size(),
            pages.pages().size(),
            problems.isEmpty() ? "all as they should be" : problems.size() + " problems");
    return problems.isEmpty() ? 0 : CourseException.FAILED;
  }

  private static void compile(
      Repository repository, Pages pages, List<Problem> problems, List<String> skipped) {
    int blocks = pages.compiled().size();
    List<String> unbuilt =
        repository.modules().stream()
            .filter(module -> !Files.isDirectory(classes(repository, module)))
            .map(CourseFile::folder)
            .toList();
    if (blocks > 0 && !unbuilt.isEmpty()) {
      skipped.add(
          "%d java blocks: not built yet: %s; `mvn package` builds them"
              .formatted(blocks, String.join(", ", unbuilt)));
    } else {
      problems.addAll(pages.compile(classPath(repository)));
    }
  }

  /** What `mvn package` left of the modules: their classes, and their libraries. */
  private static List<Path> classPath(Repository repository) {
    List<Path> classPath = new ArrayList<>();
    for (CourseFile module : repository.modules()) {
      classPath.add(classes(repository, module));
      classPath.addAll(libraries(repository.folder(module).resolve("target").resolve("lib")));
    }
    return classPath;
  }

  private static Path classes(Repository repository, CourseFile module) {
    return repository.folder(module).resolve("target").resolve("classes");
  }

  private static List<Path> libraries(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(each -> each.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
