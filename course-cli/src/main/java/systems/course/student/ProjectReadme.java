package systems.course.student;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import systems.course.catalogue.CourseFile;

/**
 * The README of a student's project: what is built, in which steps, and what to type.
 *
 * <p>Everything in it is computed from what the module has: phases from {@code course.yaml},
 * lectures and exercises from their files' first headings, tests of a phase from their tags, the
 * opening and the resources from the module's own README.
 */
final class ProjectReadme {
  private static final Pattern HEADING = Pattern.compile("(?m)^# (.+)$");
  private static final Pattern TAG = Pattern.compile("@Tag\\(\"(phase-\\d+|given)\"\\)");

  private final CourseFile module;
  private final Path moduleFolder;
  private final Path project;
  private final int startPhase;

  /**
   * The README to be.
   *
   * @param project where sources, lectures and exercises were written already
   */
  ProjectReadme(CourseFile module, Path moduleFolder, Path project, int startPhase) {
    this.module = module;
    this.moduleFolder = moduleFolder;
    this.project = project;
    this.startPhase = startPhase;
  }

  String text(String name, String artifact) throws IOException {
    return String.join(
        "\n",
        opening(name),
        phases(),
        work(),
        program(artifact),
        list("Lectures", "lectures"),
        list("Exercises", "exercises"),
        tests(),
        resources());
  }

  private String opening(String name) throws IOException {
    return """
    # %s: a %s

    %s
    It speaks %s, so programs that others wrote can say whether you are right.
    %s\
    """
        .formatted(name, module.title(), introduction(), module.standard(), start());
  }

  private String start() {
    if (startPhase == 1) {
      return "";
    }
    return isHunt()
        ? "\nAll of it is written, and one line is wrong. Find it.\n"
        : "\nYou begin with phase %d: what the phases before it are about is written already.\n"
            .formatted(startPhase);
  }

  private boolean isHunt() {
    return startPhase > module.phases().size();
  }

  /** The first paragraph of the module's own README. */
  private String introduction() throws IOException {
    Path readme = moduleFolder.resolve("README.md");
    if (!Files.isRegularFile(readme)) {
      return "You build it yourself, from tests that say what it must do.\n";
    }
    return Stream.of(Files.readString(readme).split("\\n{2,}"))
            .filter(paragraph -> !paragraph.startsWith("#") && !paragraph.startsWith("`"))
            .findFirst()
            .orElse("")
            .strip()
        + "\n";
  }

  private String phases() {
    String rows =
        module.phases().stream()
            .map(phase ->
                "| %d %s | %d | %s |\n"
                    .formatted(phase.number(), phase.title(), phase.minutes(), phase.goal()))
            .collect(Collectors.joining());
    return """
    ## The phases

    | phase | minutes | goal |
    |---|---|---|
    %s\
    """
        .formatted(rows);
  }

  private String task() {
    return isHunt()
        ? """
        Run the program until it does something that it should not; narrow it down; then read.
        The tests know the line too, but ask them last.
        """
        : """
        Look for `TODO phase %d`: each is a body that you write, and asks you a question first.
        The method throws until you have. The other files are given; read them, change them if
        you like. A different design is fine too: most tests only use the public methods, or the
        program.
        """
            .formatted(startPhase);
  }

  private String work() {
    return """
    ## How to work

    %s
    `course` is the command of the course that this project came from; call it by its path, or
    put its folder on your `PATH`. In this folder:

    | command | does |
    |---|---|
    | `course check` | compiles, runs the tests phase by phase, shows the first failure and one next step |
    | `course check --watch` | again each time you save |
    | `course hint` | the question, then the lecture's paragraph, then the reference's body |
    | `course diff` | your code beside the reference's, by method |
    | `mvn test -Dgroups=phase-%d` | the tests of one phase, without the course |

    Maven needs a JDK 25 for this project. It may run on Java 17 itself: it then looks for the
    other one in the usual folders and in `~/.m2/toolchains.xml`.

    In an IDE, open this folder as a Maven project (IntelliJ IDEA: Open; Eclipse: Import,
    Existing Maven Projects; VS Code: open the folder, with the Extension Pack for Java), and
    choose a JDK 25 for it.
    """
        .formatted(task(), Math.min(startPhase, module.phases().size()));
  }

  private String program(String artifact) {
    String flags =
        module.run().jvm().stream().map(flag -> " " + flag).collect(Collectors.joining());
    return """
    ## Run your program

    ```
    mvn -q package -DskipTests
    java%s -cp target/%s.jar %s
    ```

    Where an exercise says `course run %s`, the reference runs; this is the same command for
    yours (with a `java` of version 25).
    """
        .formatted(flags, artifact, module.run().main(), module.id());
  }

  private String list(String title, String folder) throws IOException {
    List<Path> pages = files(project.resolve(folder), ".md");
    if (pages.isEmpty()) {
      return "";
    }
    var text = new StringBuilder("## " + title + "\n\n");
    for (Path page : pages) {
      text.append("- [%s](%s/%s)%n".formatted(heading(page), folder, page.getFileName()));
    }
    return text.toString();
  }

  private static String heading(Path page) throws IOException {
    Matcher heading = HEADING.matcher(Files.readString(page));
    return heading.find() ? heading.group(1) : String.valueOf(page.getFileName());
  }

  private String tests() throws IOException {
    Map<String, TreeSet<String>> byTag = new TreeMap<>();
    for (Path file : files(project.resolve("src/test/java"), ".java")) {
      String name = file.getFileName().toString().replace(".java", "");
      Matcher tag = TAG.matcher(Files.readString(file));
      while (tag.find()) {
        byTag.computeIfAbsent(tag.group(1), _ -> new TreeSet<>()).add("`" + name + "`");
      }
    }
    String rows =
        byTag.entrySet().stream()
            .map(tests ->
                "| `%s` | %s |\n".formatted(tests.getKey(), String.join(", ", tests.getValue())))
            .collect(Collectors.joining());
    return """
    ## The tests

    They are all here from the beginning. A class stands in each line that some of its methods
    belong to; `-Dgroups=` takes the tag.%s

    | tag | classes |
    |---|---|
    %s\
    """
        .formatted(
            byTag.containsKey("given")
                ? " Tests tagged `given` pass before you have written a line."
                : "",
            rows);
  }

  /** The last chapter of the module's README: papers, sources of others, talks. */
  private String resources() throws IOException {
    Path readme = moduleFolder.resolve("README.md");
    String text = Files.isRegularFile(readme) ? Files.readString(readme) : "";
    int start = text.indexOf("\n## Resources\n");
    if (start < 0) {
      return "";
    }
    int end = text.indexOf("\n## ", start + 1);
    return text.substring(start + 1, end < 0 ? text.length() : end + 1);
  }

  private static List<Path> files(Path folder, String ending) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
