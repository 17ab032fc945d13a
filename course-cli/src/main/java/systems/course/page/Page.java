package systems.course.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * A Markdown file of the course, and the fenced blocks in it.
 *
 * <p>What a block is follows CommonMark: a fence of three or more {@code `} or {@code ~} opens it,
 * one of the same kind that is at least as long closes it. Code that CommonMark would show and this
 * reader would not see is refused, or it would be the one place where nothing is checked: blocks
 * made by indentation, blocks in a quotation, blocks that begin behind a list's dash.
 *
 * @param path relative to the checkout
 * @param lines the file
 * @param blocks in the order of the file
 * @param problems of form: a block that is never closed, no language, and the like
 */
public record Page(Path path, List<String> lines, List<Block> blocks, List<Problem> problems) {
  private static final long FILE_BYTES_MAX = 1 << 20;

  static Page read(Path root, Path file) {
    Path shown = root.relativize(file);
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw CourseException.malformed(shown, 0, "larger than " + FILE_BYTES_MAX + " bytes");
      }
      return of(shown, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  static Page of(Path shown, String text) {
    return new Reader(shown, text.lines().toList()).page();
  }

  /** Walks over the lines once; {@code next} is the one that was not looked at yet. */
  private static final class Reader {
    private static final Pattern FENCE = Pattern.compile("( *)(`{3,}|~{3,})(.*)");
    private static final Pattern HIDDEN_FENCE =
        Pattern.compile("\\s*(([>*+-]|\\d{1,9}[.)])\\s*)+(```|~~~)[^`]*|\\s*\t\\s*(```|~~~)[^`]*");
    private static final Pattern LIST_ITEM = Pattern.compile("\\s*([*+-]|\\d{1,9}[.)])\\s.*");
    private static final Pattern INDENTED = Pattern.compile("( {4}|\t).*");

    private final Path path;
    private final List<String> lines;
    private final List<Block> blocks = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private int next;
    private boolean inList;
    private boolean afterBlank;

    Reader(Path path, List<String> lines) {
      this.path = path;
      this.lines = lines;
    }

    Page page() {
      while (next < lines.size()) {
        var fence = fence(lines.get(next));
        if (fence != null) {
          readBlock(fence);
        } else {
          readProse(lines.get(next++));
        }
      }
      return new Page(path, lines, List.copyOf(blocks), List.copyOf(problems));
    }

    /** A match if the line is a fence. What follows one of backticks has no backticks. */
    private static @Nullable Matcher fence(String line) {
      var matcher = FENCE.matcher(line);
      boolean fence =
          matcher.matches()
              && (matcher.group(2).startsWith("~") || matcher.group(3).indexOf('`') < 0);
      return fence ? matcher : null;
    }

    private void readBlock(Matcher opening) {
      int opened = next++;
      List<String> content = new ArrayList<>();
      while (next < lines.size() && !closes(opening, lines.get(next))) {
        content.add(withoutIndent(lines.get(next++), opening.group(1).length()));
      }
      if (next++ >= lines.size()) {
        problem(opened, "this block is never closed with " + opening.group(2));
      }
      checkNesting(opening, opened, content);
      afterBlank = true;
      keep(opening, opened, content);
    }

    private static boolean closes(Matcher opening, String line) {
      var fence = fence(line);
      return fence != null
          && fence.group(2).startsWith(opening.group(2))
          && fence.group(3).isBlank();
    }

    private static String withoutIndent(String line, int indent) {
      int start = 0;
      while (start < indent && start < line.length() && line.charAt(start) == ' ') {
        start++;
      }
      return line.substring(start);
    }

    private void checkNesting(Matcher opening, int opened, List<String> content) {
      for (int i = 0; i < content.size(); i++) {
        var inner = fence(content.get(i));
        if (inner != null && inner.group(2).startsWith(opening.group(2))) {
          problem(
              opened + 1 + i,
              "a fence inside of the block that line %d opens: close that one first, or open it"
                      .formatted(opened + 1)
                  + " with a longer fence");
          return;
        }
      }
    }

    private void keep(Matcher opening, int opened, List<String> content) {
      try {
        var info = InfoString.parse(opening.group(3));
        int indent = opening.group(1).length();
        blocks.add(
            new Block(path, opened + 1, indent, opening.group(2), info, List.copyOf(content)));
      } catch (InfoString.Wrong e) {
        problem(opened, e.sentence);
      }
    }

    private void readProse(String line) {
      int at = next - 1;
      if (HIDDEN_FENCE.matcher(line).matches()) {
        problem(at, "a block that begins inside of a line is not checked: give its fence a line");
      }
      if (LIST_ITEM.matcher(line).matches()) {
        inList = true;
      } else if (afterBlank && !line.isBlank() && !line.startsWith(" ")) {
        inList = false;
      }
      if (afterBlank && !inList && INDENTED.matcher(line).matches() && !line.isBlank()) {
        problem(at, "a block made by indentation has no language: put it between fences");
      }
      afterBlank = line.isBlank();
    }

    private void problem(int index, String sentence) {
      problems.add(new Problem(path, index + 1, sentence));
    }
  }
}
