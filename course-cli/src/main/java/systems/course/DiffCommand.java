package systems.course;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.compare.Comparison;
import systems.course.compare.HtmlReport;
import systems.course.compare.Passages;
import systems.course.compare.Reference;
import systems.course.compare.SourceText;
import systems.course.compare.TextReport;
import systems.course.cut.ModuleSources;
import systems.course.student.StudentProject;
import systems.course.terminal.Terminal;

/** {@code course diff}: a student's code against the reference. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description =
        "Shows where your code differs from the reference, phase by phase: members are matched by"
            + " type and signature, so that moved and renamed code is found again.")
final class DiffCommand implements Callable<Integer> {
  private static final String DEFAULT_FILE = ".course/diff.html";

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "your project (default: the one that you are in)")
  private Path folder = Path.of(".");

  @Option(names = "--phase", paramLabel = "N", description = "only this phase")
  private @Nullable Integer phase;

  @Option(
      names = "--html",
      arity = "0..1",
      paramLabel = "FILE",
      fallbackValue = "",
      description = "write one HTML file, side by side (default: " + DEFAULT_FILE + ")")
  private @Nullable String html;

  private final Repository repository;
  private final Terminal terminal;

  DiffCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    var project = StudentProject.find(projectFolder());
    CourseFile module = repository.module(project.module());
    checkPhase(module, phase);
    var comparison = comparison(project, module);
    if (phase != null) {
      comparison = comparison.only(phase);
    }
    new TextReport(terminal).print(module.id(), comparison);
    if (html != null) {
      writeHtml(project, HtmlReport.of(module.id(), comparison));
    }
    return 0;
  }

  /** In {@code course diff --html my-kv} the folder is a folder and not the file to write. */
  private Path projectFolder() {
    if (html != null && !html.isEmpty() && Files.isDirectory(Path.of(html))) {
      folder = Path.of(html);
      html = "";
    }
    return folder;
  }

  static void checkPhase(CourseFile module, @Nullable Integer phase) {
    int last = module.phases().size();
    if (phase != null && (phase < 1 || phase > last)) {
      throw CourseException.usage(
          "%s has the phases 1 to %d; --phase %d is none of them"
              .formatted(module.id(), last, phase));
    }
  }

  private Comparison comparison(StudentProject project, CourseFile module) throws IOException {
    Path moduleFolder = repository.folder(module);
    List<String> unread = new ArrayList<>();
    List<SourceText> student = sources(project, unread);
    return Comparison.of(
        new Comparison.Input(
            module,
            reference(repository, module),
            Passages.commentaryIn(moduleFolder),
            project.startPhase(),
            student,
            unread));
  }

  static Reference reference(Repository repository, CourseFile module) {
    return new Reference(ModuleSources.of(repository.folder(module), module.phases().size()));
  }

  static List<SourceText> sources(StudentProject project, List<String> unread) throws IOException {
    return SourceText.below(project.folder().resolve("src/main/java"), unread);
  }

  private void writeHtml(StudentProject project, String text) {
    boolean named = html != null && !html.isEmpty();
    Path file = named ? Path.of(html).toAbsolutePath() : project.folder().resolve(DEFAULT_FILE);
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    terminal.out().println();
    terminal.out().println("Side by side, in a browser: " + file.normalize());
  }
}
