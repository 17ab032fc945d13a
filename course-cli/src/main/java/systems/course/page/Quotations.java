package systems.course.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import systems.course.catalogue.CourseException;
import systems.course.cut.MarkedSource;

/**
 * The blocks that are taken from a source: what they say is what the source says.
 *
 * <p>A block carries its content, so that a page can be read wherever Markdown is shown; this
 * compares it with the source's clean reading and can write it anew. A page that is filled in only
 * when the site is built was the alternative: its reader on a code host would see empty blocks, and
 * nobody would see in a commit that a lecture's code had changed under its prose.
 *
 * <p>Each source is parsed once, however many blocks are taken from it.
 */
final class Quotations {
  private static final String MODULE = "module-";

  private final Path root;
  private final Map<Path, Declarations> parsed = new HashMap<>();

  Quotations(Path root) {
    this.root = root;
  }

  /**
   * What is wrong with a block: the first line that differs, or why there is nothing to compare.
   */
  Optional<Problem> check(Block block) {
    try {
      List<String> source = source(block);
      return source.equals(block.content())
          ? Optional.empty()
          : Optional.of(difference(block, source));
    } catch (Declarations.NotFound e) {
      return Optional.of(block.problem(block.info().file() + ": " + e.sentence));
    }
  }

  /** The content that a block should have. */
  List<String> source(Block block) throws Declarations.NotFound {
    assert block.isQuoted();
    return declarations(fileOf(block)).lines(String.valueOf(block.info().symbol()));
  }

  private static Problem difference(Block block, List<String> source) {
    List<String> page = block.content();
    int same = 0;
    while (same < Math.min(page.size(), source.size()) && page.get(same).equals(source.get(same))) {
      same++;
    }
    String pageSays = same < page.size() ? "`" + page.get(same) + "`" : "nothing more";
    String sourceSays = same < source.size() ? "`" + source.get(same) + "`" : "nothing more";
    return block.problem(
        same + 1,
        "this is not what %s says now: here %s, there %s; `course snippets --write` takes it over"
            .formatted(block.info().symbol(), pageSays, sourceSays));
  }

  /** A path is relative to the module's folder, outside of modules to the checkout. */
  private Path fileOf(Block block) throws Declarations.NotFound {
    boolean inModule = block.page().getName(0).toString().startsWith(MODULE);
    Path base = inModule ? root.resolve(block.page().getName(0)) : root;
    Path file = base.resolve(String.valueOf(block.info().file())).normalize();
    if (!file.startsWith(base)) {
      throw new Declarations.NotFound("this leads out of " + root.relativize(base));
    }
    if (!Files.isRegularFile(file)) {
      throw new Declarations.NotFound("there is no such file, seen from " + shown(base));
    }
    return file;
  }

  private String shown(Path base) {
    return base.equals(root) ? "the checkout" : root.relativize(base).toString();
  }

  private Declarations declarations(Path file) throws Declarations.NotFound {
    var known = parsed.get(file);
    if (known == null) {
      known = Declarations.of(String.valueOf(file.getFileName()), reading(file));
      parsed.put(file, known);
    }
    return known;
  }

  /** The source as it is published: without the markers that cut it. */
  private String reading(Path file) throws Declarations.NotFound {
    try {
      return MarkedSource.parse(root.relativize(file), Files.readString(file)).reading();
    } catch (CourseException malformed) {
      throw new Declarations.NotFound(String.valueOf(malformed.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
