package systems.course.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Markdown as text for a terminal: paragraphs and list items filled to the width, headings bold,
 * code blocks indented and left as they are. What it does not know it prints as it stands.
 */
public final class Prose {
  private static final String INDENT = "    ";
  private static final Pattern ITEM = Pattern.compile("\\s*([-*]|\\d+\\.) .*");

  private final Terminal terminal;
  private final int widthChars;
  private final List<String> result = new ArrayList<>();
  private final StringBuilder paragraph = new StringBuilder();
  private boolean inBlock;

  private Prose(Terminal terminal, int widthChars) {
    this.terminal = terminal;
    this.widthChars = widthChars;
  }

  public static List<String> lines(String markdown, Terminal terminal, int widthChars) {
    var prose = new Prose(terminal, widthChars);
    markdown.lines().forEach(prose::take);
    prose.endParagraph();
    assert prose.paragraph.isEmpty();
    return prose.result;
  }

  private void take(String line) {
    if (line.startsWith("```")) {
      endParagraph();
      inBlock = !inBlock;
    } else if (inBlock) {
      result.add(INDENT + line);
    } else if (line.isBlank()) {
      endParagraph();
      result.add("");
    } else if (line.startsWith("#")) {
      endParagraph();
      result.add(terminal.bold(line.replaceFirst("^#+ *", "")));
    } else if (line.startsWith("|")) {
      endParagraph();
      result.add(line);
    } else {
      takeText(line);
    }
  }

  private void takeText(String line) {
    if (ITEM.matcher(line).matches()) {
      endParagraph();
    }
    if (!paragraph.isEmpty()) {
      paragraph.append(' ').append(line.strip());
    } else {
      paragraph.append(line.stripTrailing());
    }
  }

  private void endParagraph() {
    if (!paragraph.isEmpty()) {
      fill(paragraph.toString());
      paragraph.setLength(0);
    }
  }

  private void fill(String text) {
    String hang = ITEM.matcher(text).matches() ? " ".repeat(textStart(text)) : "";
    var line = new StringBuilder(text.substring(0, leadingBlanks(text)));
    boolean empty = true;
    for (String word : text.strip().split(" +")) {
      if (!empty && line.length() + 1 + word.length() > widthChars) {
        result.add(line.toString());
        line = new StringBuilder(hang);
        empty = true;
      }
      line.append(empty ? "" : " ").append(word);
      empty = false;
    }
    result.add(line.toString());
  }

  private static int leadingBlanks(String text) {
    return text.length() - text.stripLeading().length();
  }

  private static int textStart(String item) {
    return item.indexOf(' ', leadingBlanks(item)) + 1;
  }
}
