package systems.course.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A page in a module's folder {@code lectures}, and that it has the parts of a lecture.
 *
 * <pre>
 *   ---
 *   title: "Append-only logs"      the schedules and the lists are computed
 *   minutes: 55                    from these three
 *   phase: 1
 *   ---
 *   ## The idea
 *   ## Mental model                with a diagram: dot, or a text block
 *   ## Our code                    with code taken from the sources
 *   ## The same in TypeScript      with a ts block
 *   ## The same in Python          with a python block
 *   ## Common pitfalls
 *   ## Questions                   three, numbered
 * </pre>
 *
 * <p>Other parts may stand before, between and behind. Who knows one lecture finds the way in all
 * of them, and so do the tabs of the site.
 */
final class Lecture {
  private static final String FRONT_MATTER = "---";
  private static final Pattern QUESTION = Pattern.compile("\\d+\\. .*");
  private static final int QUESTIONS = 3;
  private static final int MINUTES_MAX = 240;

  /** A part that every lecture has, what a block in it must be, and how that is asked for. */
  private record Part(String heading, Predicate<Block> block, String otherwise) {}

  private static final String LAST_PART = "Questions";
  private static final List<Part> PARTS =
      List.of(
          part("The idea"),
          new Part("Mental model", Lecture::isPicture, "show the picture: a dot or text block"),
          new Part("Our code", Block::isQuoted, "show code of the sources, by file and symbol"),
          new Part("The same in TypeScript", is(Language.TS), "show a ts block"),
          new Part("The same in Python", is(Language.PYTHON), "show a python block"),
          part("Common pitfalls"),
          part(LAST_PART));

  private static Part part(String heading) {
    return new Part(heading, _ -> true, "");
  }

  private static boolean isPicture(Block block) {
    return block.language() == Language.DOT || block.language() == Language.TEXT;
  }

  private static Predicate<Block> is(Language language) {
    return block -> block.language() == language;
  }

  private final Page page;
  private final List<Prose.Line> prose;
  private final List<Problem> problems = new ArrayList<>();

  private Lecture(Page page) {
    this.page = page;
    this.prose = Prose.of(page);
  }

  static boolean is(Page page) {
    var path = page.path();
    return path.getNameCount() == 3
        && path.getName(0).toString().startsWith("module-")
        && path.getName(1).toString().equals("lectures");
  }

  /**
   * What is missing.
   *
   * @param phases how many the module has
   */
  static List<Problem> check(Page page, int phases) {
    var lecture = new Lecture(page);
    lecture.checkFrontMatter(phases);
    lecture.checkParts();
    return lecture.problems;
  }

  private void checkFrontMatter(int phases) {
    var front = frontMatter();
    Object title = front.get("title");
    if (!(title instanceof String text) || text.isBlank()) {
      problem(1, "the lines between --- at the top have no title");
    } else if (prose.stream().noneMatch(line -> line.text().equals("# " + text))) {
      problem(1, "the title is '%s', the page's heading is another".formatted(text));
    }
    checkNumber(front.get("minutes"), "minutes", MINUTES_MAX);
    checkNumber(front.get("phase"), "phase", phases);
  }

  private void checkNumber(@Nullable Object value, String key, int max) {
    if (!(value instanceof Integer number) || number < 1 || number > max) {
      problem(
          1,
          "the lines between --- at the top: %s is %s, expected a number from 1 to %d"
              .formatted(key, value, max));
    }
  }

  private Map<?, ?> frontMatter() {
    List<String> lines = page.lines();
    int end = lines.subList(Math.min(1, lines.size()), lines.size()).indexOf(FRONT_MATTER);
    if (end < 0 || !lines.getFirst().equals(FRONT_MATTER)) {
      return Map.of();
    }
    try {
      String yaml = String.join("\n", lines.subList(1, end + 1));
      Object loaded = new Load(LoadSettings.builder().build()).loadFromString(yaml);
      return loaded instanceof Map<?, ?> map ? map : Map.of();
    } catch (YamlEngineException e) {
      problem(2, "the lines between --- at the top are no yaml: " + e.getMessage());
      return Map.of();
    }
  }

  private void checkParts() {
    int after = 0;
    for (Part part : PARTS) {
      int at = heading(part.heading);
      if (at == 0) {
        problem(
            after + 1, "a lecture has a part '## %s'; this one has none".formatted(part.heading));
      } else if (at < after) {
        problem(
            at, "'%s' comes too early: the order is that of all lectures".formatted(part.heading));
      } else {
        after = at;
        checkContent(part, at);
      }
    }
  }

  /** The line of a heading of the second level, 0 if there is none. */
  private int heading(String text) {
    return prose.stream()
        .filter(line -> line.text().equals("## " + text))
        .mapToInt(Prose.Line::number)
        .findFirst()
        .orElse(0);
  }

  private void checkContent(Part part, int from) {
    int to = endOf(from);
    List<Block> blocks =
        page.blocks().stream().filter(each -> from < each.line() && each.line() < to).toList();
    if (!part.otherwise.isEmpty() && blocks.stream().noneMatch(part.block)) {
      problem(from, part.otherwise);
    }
    if (part.heading.equals(LAST_PART) && questions(from, to) != QUESTIONS) {
      problem(from, "ask three questions, numbered; here are " + questions(from, to));
    }
  }

  private int endOf(int at) {
    return prose.stream()
        .filter(line -> line.number() > at && line.text().startsWith("## "))
        .mapToInt(Prose.Line::number)
        .findFirst()
        .orElse(page.lines().size() + 1);
  }

  private long questions(int from, int to) {
    return prose.stream()
        .filter(line -> from < line.number() && line.number() < to)
        .filter(line -> QUESTION.matcher(line.text()).matches())
        .count();
  }

  private void problem(int line, String sentence) {
    problems.add(new Problem(page.path(), line, sentence));
  }
}
