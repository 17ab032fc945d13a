package systems.course.page;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fenced block of a page.
 *
 * @param page relative to the checkout
 * @param line of the fence that opens it, from 1; the first line of its content is the next one
 * @param indent blanks before the fence; the content stands here without them
 * @param fence the opening fence, without what follows
 * @param info what follows
 */
public record Block(
    Path page, int line, int indent, String fence, Info info, List<String> content) {

  /**
   * The words after a fence, understood.
   *
   * @param file the source that the content is taken from, or null
   * @param symbol the declaration in that source, or null
   * @param sketch whether it only shows an idea and need not compile
   */
  public record Info(
      Language language, @Nullable String file, @Nullable String symbol, boolean sketch) {}

  public Language language() {
    return info.language();
  }

  /** Whether the content is claimed to be that of a source. */
  boolean isQuoted() {
    return info.symbol() != null;
  }

  String text() {
    return String.join("\n", content) + "\n";
  }

  /** A problem at a line of the content, from 1; 0 is the fence. */
  Problem problem(int contentLine, String sentence) {
    int within = Math.clamp(contentLine, 0, content.size() + 1);
    return new Problem(page, line + within, sentence);
  }

  Problem problem(String sentence) {
    return problem(0, sentence);
  }
}
