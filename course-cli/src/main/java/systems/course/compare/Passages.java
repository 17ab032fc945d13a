package systems.course.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.course.catalogue.CourseException;

/**
 * The paragraphs of a Markdown text, by what they name in code font: where a commentary or a
 * lecture speaks of a member.
 *
 * <pre>
 *   `Record#encode`, `Record.encode()`                  the member itself                   100
 *   the paragraph behind ```java ... symbol="Record#encode"                                  90
 *   the paragraph before it                                                                  85
 *   `encode` and `Record` in one paragraph              of which member is clear             80
 *   `encode`, and `Record` elsewhere in the section                                          60
 *   `encode`, which only one type has                                                        50
 *   `Record`                                            its type                             40
 *   the paragraph behind a block of its type's code                                          35
 *   `TableBuilder`, for TableBuilder.Separators         its outer type                       30
 * </pre>
 *
 * <p>The most specific wins; of equals the one under the heading of the member's phase, then one
 * that is more than a sentence, then the one that names fewer other things, then the first. Code
 * blocks, tables, headings and a lecture's last sections (questions, further reading) are no
 * passages; neither is a paragraph about a type that names many other things.
 */
public final class Passages {
  private static final int LINES_MAX = 20_000;
  private static final int OTHERS_MAX = 4;
  private static final int SENTENCE_CHARS_MAX = 100;
  private static final Pattern ASIDE = Pattern.compile("(?i)(questions|read on|further).*");
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern SYMBOL = Pattern.compile("\\bsymbol=\"([^\"]*)\"");
  private static final Pattern HEADING = Pattern.compile("(#{1,6})\\s+(.*)");
  private static final Pattern LIST_ITEM = Pattern.compile("\\s*([-*]|\\d+\\.) .*");

  /**
   * A paragraph or list item.
   *
   * @param heading the section's; empty before the first
   * @param line where it begins, from 1
   * @param text its lines joined
   */
  record Passage(String source, String heading, int line, String text) {}

  private static final class Block {
    final Passage passage;
    final int section;
    final Set<String> named;

    /** Symbols of the code blocks right before and right behind it. */
    final Set<String> shownBefore = new TreeSet<>();

    final Set<String> shownBehind = new TreeSet<>();

    Block(Passage passage, int section) {
      this.passage = passage;
      this.section = section;
      named = namedIn(passage.text);
    }
  }

  private final String source;
  private final List<Block> blocks = new ArrayList<>();
  private final List<Set<String>> sections = new ArrayList<>();
  private String heading = "";
  private final StringBuilder paragraph = new StringBuilder();
  private int paragraphLine;
  private Set<String> symbolsBefore = Set.of();

  private Passages(String source) {
    this.source = source;
    sections.add(new TreeSet<>());
  }

  /**
   * Reads a Markdown text.
   *
   * @param source what it is called when it is quoted
   */
  static Passages of(String source, String markdown) {
    List<String> lines = markdown.lines().toList();
    if (lines.size() > LINES_MAX) {
      throw CourseException.failed(source + " has more than " + LINES_MAX + " lines");
    }
    var passages = new Passages(source);
    passages.read(lines);
    return passages;
  }

  /** Why the reference is built as it is, if the module says it. */
  public static Optional<Passages> commentaryIn(Path moduleFolder) throws IOException {
    Path file = moduleFolder.resolve("COMMENTARY.md");
    return Files.isRegularFile(file)
        ? Optional.of(of("COMMENTARY.md", Files.readString(file)))
        : Optional.empty();
  }

  private void read(List<String> lines) {
    String fence = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!fence.isEmpty()) {
        fence = line.equals(fence) ? "" : fence;
      } else if (line.startsWith("```") || line.startsWith("~~~")) {
        endParagraph();
        fence = line.replaceFirst("[^`~].*", "");
        showBeside(line);
      } else {
        takeLine(lines.get(i), i + 1);
      }
    }
    endParagraph();
  }

  private void takeLine(String line, int number) {
    Matcher title = HEADING.matcher(line);
    if (title.matches()) {
      endParagraph();
      heading = title.group(2).strip();
      sections.add(new TreeSet<>(namedIn(heading)));
      symbolsBefore = Set.of();
    } else if (line.isBlank() || line.startsWith("|")) {
      endParagraph();
    } else {
      if (LIST_ITEM.matcher(line).matches()) {
        endParagraph();
      }
      if (paragraph.isEmpty()) {
        paragraphLine = number;
      }
      paragraph.append(paragraph.isEmpty() ? "" : " ").append(line.strip());
    }
  }

  /** A code block taken from the sources speaks of its symbol, and so do its neighbours. */
  private void showBeside(String fence) {
    Matcher symbol = SYMBOL.matcher(fence);
    if (symbol.find()) {
      symbolsBefore = Set.of(withoutParameters(symbol.group(1)));
      sections.getLast().addAll(symbolsBefore);
      if (!blocks.isEmpty() && blocks.getLast().section == sections.size() - 1) {
        blocks.getLast().shownBehind.addAll(symbolsBefore);
      }
    }
  }

  private void endParagraph() {
    if (paragraph.isEmpty()) {
      return;
    }
    var passage = new Passage(source, heading, paragraphLine, paragraph.toString());
    var block = new Block(passage, sections.size() - 1);
    block.shownBefore.addAll(symbolsBefore);
    symbolsBefore = Set.of();
    if (!ASIDE.matcher(heading).matches()) {
      blocks.add(block);
    }
    sections.getLast().addAll(block.named);
    paragraph.setLength(0);
  }

  private static Set<String> namedIn(String text) {
    Set<String> named = new TreeSet<>();
    Matcher code = CODE.matcher(text);
    while (code.find()) {
      named.add(withoutParameters(code.group(1).strip()));
    }
    return named;
  }

  private static String withoutParameters(String name) {
    int parenthesis = name.indexOf('(');
    return parenthesis > 0 ? name.substring(0, parenthesis) : name;
  }

  /** What is looked for. */
  record Wanted(String type, String member, int phase, boolean onlyOne) {
    /**
     * A member as texts may name it.
     *
     * @param isUnique whether only one type declares a member of that name
     */
    static Wanted of(Member member, int phase, Predicate<String> isUnique) {
      boolean header = member.kind() == Member.Kind.HEADER;
      String name = header ? "" : member.name();
      return new Wanted(member.type(), name, phase, !header && isUnique.test(name));
    }

    private boolean isMember(String name) {
      String dotted = name.replace('#', '.');
      return !member.isEmpty()
          && dotted.endsWith("." + member)
          && isTypeOrOuter(dotted.substring(0, dotted.length() - member.length() - 1));
    }

    private boolean isOfType(String name) {
      int hash = name.indexOf('#');
      return isTypeOrOuter(hash < 0 ? name : name.substring(0, hash));
    }

    private boolean isTypeOrOuter(String name) {
      return isType(name) || isOuterType(name);
    }

    private boolean isType(String name) {
      return name.equals(type) || name.equals(simpleType());
    }

    private boolean isOuterType(String name) {
      return type.startsWith(name + ".");
    }

    private String simpleType() {
      return type.substring(type.lastIndexOf('.') + 1);
    }
  }

  /** The passage that speaks of the member most clearly. */
  Optional<Passage> of(Wanted wanted) {
    return rated(wanted).map(rated -> rated.passage);
  }

  /** A passage and how clearly it speaks of what was wanted. */
  record Rated(Passage passage, int clarity, boolean inPhase, int others) {
    static final Comparator<Rated> CLEAREST =
        Comparator.comparingInt(Rated::clarity)
            .thenComparing(Rated::inPhase)
            .thenComparing(rated -> rated.passage.text.length() > SENTENCE_CHARS_MAX)
            .thenComparing(Comparator.comparingInt(Rated::others).reversed());
  }

  Optional<Rated> rated(Wanted wanted) {
    Rated best = null;
    for (Block block : blocks) {
      int clarity = clarity(block, wanted);
      boolean inPhase = block.passage.heading.matches(".*\\bPhase " + wanted.phase + "\\b.*");
      var rated = new Rated(block.passage, clarity, inPhase, block.named.size());
      if (clarity > 0 && (best == null || Rated.CLEAREST.compare(rated, best) > 0)) {
        best = rated;
      }
    }
    return Optional.ofNullable(best);
  }

  private int clarity(Block block, Wanted wanted) {
    if (block.named.stream().anyMatch(wanted::isMember)) {
      return 100;
    }
    if (block.shownBefore.stream().anyMatch(wanted::isMember)) {
      return 90;
    }
    if (block.shownBehind.stream().anyMatch(wanted::isMember)) {
      return 85;
    }
    boolean type = block.named.stream().anyMatch(wanted::isType);
    if (block.named.contains(wanted.member)) {
      boolean near = sections.get(block.section).stream().anyMatch(wanted::isType);
      return type ? 80 : near ? 60 : wanted.onlyOne ? 50 : 0;
    }
    return block.named.size() > OTHERS_MAX ? 0 : clarityOfType(block, wanted, type);
  }

  private static int clarityOfType(Block block, Wanted wanted, boolean type) {
    if (type) {
      return 40;
    }
    if (block.shownBefore.stream().anyMatch(wanted::isOfType)) {
      return 35;
    }
    return block.named.stream().anyMatch(wanted::isOuterType) ? 30 : 0;
  }
}
