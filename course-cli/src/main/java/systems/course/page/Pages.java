package systems.course.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;

/**
 * All Markdown of a checkout, and the checks that it is right.
 *
 * <pre>
 *   check       form, languages, java blocks against their sources     well under a second
 *   compile     the other java blocks, against the modules' classes    seconds; modules are built
 *   interpret   python, ts, sh, by their own programs                  where they are installed
 *   links       lead to files and headings that are there
 *   lectures    have the parts of a lecture
 * </pre>
 *
 * <p>The first three are apart because each needs more than the one before. Code rots in prose
 * faster than anywhere else, since no build fails: here one does.
 */
public final class Pages {
  private static final Set<String> NOT_OURS = Set.of("target", "node_modules");

  private final Path root;
  private final List<Page> pages;

  private Pages(Path root, List<Page> pages) {
    this.root = root;
    this.pages = pages;
  }

  /**
   * What was found.
   *
   * @param skipped what was not looked at and why, in sentences
   */
  public record Verdict(List<Problem> problems, List<String> skipped) {}

  /**
   * Reads all pages of a checkout: what ends in {@code .md} outside of folders that a build makes.
   */
  public static Pages of(Path root) {
    Path absolute = root.toAbsolutePath().normalize();
    return new Pages(
        absolute, find(absolute).stream().sorted().map(file -> Page.read(absolute, file)).toList());
  }

  private static List<Path> find(Path root) {
    List<Path> found = new ArrayList<>();
    var visitor =
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = String.valueOf(folder.getFileName());
            boolean skip =
                NOT_OURS.contains(name) || name.startsWith(".") && !name.equals(".github");
            return skip && !folder.equals(root)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      Files.walkFileTree(root, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for pages in " + root, e);
    }
    return found;
  }

  public List<Page> pages() {
    return pages;
  }

  public List<Block> blocks() {
    return pages.stream().flatMap(page -> page.blocks().stream()).toList();
  }

  /** The java blocks that {@link #compile} compiles. */
  public List<Block> compiled() {
    return blocks().stream()
        .filter(each -> each.language() == Language.JAVA)
        .filter(each -> !each.isQuoted() && !each.info().sketch())
        .toList();
  }

  public List<Problem> check() {
    var quotations = new Quotations(root);
    List<Problem> problems = new ArrayList<>();
    pages.forEach(page -> problems.addAll(page.problems()));
    for (Block block : blocks()) {
      if (block.isQuoted()) {
        quotations.check(block).ifPresent(problems::add);
      } else if (!block.info().sketch()) {
        Notations.check(block).ifPresent(problems::add);
      }
    }
    return problems.stream().sorted().toList();
  }

  /**
   * Compiles the java blocks that are neither taken from a source nor a sketch.
   *
   * @param classPath classes and jars that they may use
   */
  public List<Problem> compile(List<Path> classPath) {
    return JavaBlocks.compile(compiled(), classPath).stream().sorted().toList();
  }

  /** Has the python, ts and sh blocks that are no sketches read by their own programs. */
  public Verdict interpret() {
    var real = blocks().stream().filter(each -> !each.info().sketch()).toList();
    return Interpreters.check(real, root.resolve("docs").resolve("snippets"));
  }

  /** Links that lead to no file or no heading of this checkout. */
  public List<Problem> links() {
    var links = new Links(root, pages);
    return pages.stream().flatMap(page -> links.check(page).stream()).sorted().toList();
  }

  /** What the lectures of a module lack. */
  public List<Problem> lectures(CourseFile module) {
    return pages.stream()
        .filter(page -> Lecture.is(page) && page.path().startsWith(module.folder()))
        .flatMap(page -> Lecture.check(page, module.phases().size()).stream())
        .sorted()
        .toList();
  }

  /**
   * Writes what the sources say into the blocks that are taken from them, and nothing else.
   *
   * @return the pages that changed
   */
  public List<Path> refresh() {
    var quotations = new Quotations(root);
    return pages.stream().filter(page -> refresh(page, quotations)).map(Page::path).toList();
  }

  private boolean refresh(Page page, Quotations quotations) {
    List<Block> stale =
        page.blocks().stream()
            .filter(block -> block.isQuoted() && quotations.check(block).isPresent())
            .toList();
    boolean changed = false;
    for (Block block : stale.reversed()) {
      try {
        replace(block, quotations.source(block));
        changed = true;
      } catch (Declarations.NotFound _) {
        // check says it: there is nothing to take over
      }
    }
    return changed;
  }

  private void replace(Block block, List<String> source) {
    if (source.stream().anyMatch(line -> line.strip().startsWith(block.fence()))) {
      throw CourseException.malformed(
          block.page(),
          block.line(),
          "the source has a line like this fence: make this one longer");
    }
    Path file = root.resolve(block.page());
    try {
      List<String> lines = new ArrayList<>(List.of(Files.readString(file).split("\n", -1)));
      List<String> content = lines.subList(block.line(), block.line() + block.content().size());
      content.clear();
      source.forEach(line -> content.add(line.isEmpty() ? "" : " ".repeat(block.indent()) + line));
      Files.writeString(file, String.join("\n", lines));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
