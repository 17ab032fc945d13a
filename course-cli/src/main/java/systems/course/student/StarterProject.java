package systems.course.student;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;

/**
 * Writes a student's project: a Maven project of its own, with everything that one needs offline.
 *
 * <pre>
 *   module-03-kvstore/                     my-kv/
 *     pom.xml + the repository's   ----&gt;    pom.xml            {@link ProjectPom}
 *     src                          ----&gt;    src                cut, tests of all phases whole
 *     lectures, exercises          ----&gt;    the same           links to what is not here: as text
 *     course.yaml, README.md       ----&gt;    README.md          {@link ProjectReadme}
 *                                          .course/project    {@link StudentProject}
 * </pre>
 *
 * <p>Whole or not at all: everything is written into a hidden folder beside the target, which is
 * renamed at the end. A target that exists must be an empty folder; anything else is refused before
 * the first byte is written. COMMENTARY.md stays behind: it tells why the reference is as it is,
 * and {@code course diff} shows it when there is something to compare.
 */
public final class StarterProject {
  private static final List<String> TEXTS = List.of("lectures", "exercises");
  private static final List<String> LICENCES = List.of("LICENSE", "NOTICE");
  private static final Pattern LINK = Pattern.compile("(?<!!)\\[([^\\]\\n]+)]\\(([^)\\s]+)\\)");

  private static final String IGNORED =
      """
      target/
      *.class
      .idea/
      *.iml
      .vscode/
      .settings/
      .classpath
      .project
      .jqwik-database
      .course/classpath
      """;

  /** Writes the sources of a project into a folder that is not there yet. */
  @FunctionalInterface
  public interface Sources {
    void writeInto(Path folder);
  }

  private final Repository repository;
  private final CourseFile module;
  private final int startPhase;
  private final Sources sources;

  /**
   * A project to be written.
   *
   * @param startPhase the first phase that is left to write; one more than there are if none is,
   *     and a wrong line is to be found
   */
  public StarterProject(Repository repository, CourseFile module, int startPhase, Sources sources) {
    this.repository = repository;
    this.module = module;
    this.startPhase = startPhase;
    this.sources = sources;
  }

  /**
   * Writes the project.
   *
   * @throws CourseException if the target is not free, or cannot be written; nothing is left behind
   */
  public void write(Path target) {
    Path free = checkFree(target);
    Path draft =
        free.resolveSibling(
            ".%s.draft-%08x".formatted(free.getFileName(), ThreadLocalRandom.current().nextInt()));
    try {
      Files.createDirectory(draft);
      fill(draft, free.getFileName().toString());
      Files.deleteIfExists(free);
      Files.move(draft, free, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | UncheckedIOException e) {
      throw CourseException.failed("cannot write %s: %s".formatted(target, reason(e)));
    } finally {
      delete(draft);
    }
  }

  private static Path checkFree(Path target) {
    Path whole = target.toAbsolutePath().normalize();
    Path above = whole.getParent();
    if (above == null) {
      throw CourseException.usage(target + " cannot be a project: name a folder below it");
    }
    if (!Files.isDirectory(above)) {
      throw CourseException.usage(
          "there is no folder %s to write %s into: make it first"
              .formatted(above, whole.getFileName()));
    }
    if (Files.isSymbolicLink(whole)) {
      throw CourseException.usage(
          target + " is a symbolic link: name the folder that it should point to");
    }
    if (Files.exists(whole, LinkOption.NOFOLLOW_LINKS) && !isEmptyFolder(whole)) {
      throw CourseException.usage(
          target + " is there already and not an empty folder: choose another name");
    }
    return whole;
  }

  private static boolean isEmptyFolder(Path folder) {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      throw CourseException.failed("cannot look into %s: %s".formatted(folder, reason(e)));
    }
  }

  private static String reason(Exception e) {
    Throwable inner = e.getCause();
    Throwable cause = inner == null ? e : inner;
    return switch (cause) {
      case DirectoryNotEmptyException _ -> "something else was written there meanwhile";
      case AccessDeniedException denied -> "no permission for " + denied.getFile();
      case FileSystemException failed when failed.getReason() != null ->
          failed.getReason() + " (" + failed.getFile() + ")";
      default -> String.valueOf(cause.getMessage());
    };
  }

  private void fill(Path draft, String name) throws IOException {
    Path folder = repository.folder(module);
    sources.writeInto(draft);
    for (String texts : TEXTS) {
      if (Files.isDirectory(folder.resolve(texts))) {
        copyTexts(folder.resolve(texts), draft.resolve(texts));
      }
    }
    for (String licence : LICENCES) {
      if (Files.isRegularFile(repository.root().resolve(licence))) {
        Files.copy(repository.root().resolve(licence), draft.resolve(licence));
      }
    }
    var pom = ProjectPom.of(repository.root().resolve("pom.xml"), folder.resolve("pom.xml"));
    String artifact = artifact(name);
    Files.writeString(
        draft.resolve("pom.xml"), pom.text(artifact, module.id() + ": " + module.title()));
    var readme = new ProjectReadme(module, folder, draft, startPhase);
    Files.writeString(
        draft.resolve("README.md"),
        withLinksThatLead(readme.text(name, artifact), folder.resolve("README.md")));
    Files.writeString(draft.resolve(".gitignore"), IGNORED);
    Files.createDirectories(draft.resolve(".course"));
    Files.writeString(
        draft.resolve(StudentProject.FILE),
        "module=%s\nphase=%d\nversion=%s\n"
            .formatted(module.id(), Math.min(startPhase, module.phases().size()), pom.version()));
  }

  /** What Maven takes as a name: letters, digits, dots, dashes. */
  private static String artifact(String folderName) {
    String clean = folderName.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[.-]+|[.-]+$", "");
    return clean.isEmpty() ? "starter" : clean;
  }

  private void copyTexts(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        Path copy = target.resolve(source.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        if (file.toString().endsWith(".md")) {
          Files.writeString(copy, withLinksThatLead(Files.readString(file), file));
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }

  /**
   * Markdown whose links into the checkout became their text; those to lectures, exercises and the
   * web stay.
   *
   * @param page where the text stands in the checkout
   */
  private String withLinksThatLead(String markdown, Path page) {
    return LINK.matcher(markdown)
        .replaceAll(link ->
            Matcher.quoteReplacement(leads(link.group(2), page) ? link.group() : link.group(1)));
  }

  private boolean leads(String target, Path page) {
    if (target.matches("(?:https?:|mailto:|#).*")) {
      return true;
    }
    Path file = page.resolveSibling(target.replaceFirst("#.*", "")).normalize();
    return Files.exists(file)
        && TEXTS.stream().map(repository.folder(module)::resolve).anyMatch(file::startsWith);
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new Sweep());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }

  private static final class Sweep extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
