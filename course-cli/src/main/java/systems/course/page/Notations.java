package systems.course.page;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The form of blocks that no compiler reads: a first look, close to the author. */
final class Notations {
  private static final String PROMPT = "$ ";
  private static final Pattern GRAPH = Pattern.compile("\\s*(strict\\s+)?(di)?graph\\b");
  private static final Pattern DOT_SILENT =
      Pattern.compile("\"(\\\\.|[^\"\\\\])*\"|//[^\n]*|#[^\n]*|(?s:/\\*.*?\\*/)");

  private Notations() {}

  static Optional<Problem> check(Block block) {
    if (block.content().stream().allMatch(String::isBlank)) {
      return Optional.of(block.problem("an empty block shows nothing"));
    }
    return switch (block.language()) {
      case CONSOLE -> console(block);
      case DOT -> dot(block);
      case YAML, JSON -> yaml(block);
      case JAVA, PYTHON, TS, SH, TEXT -> Optional.empty();
    };
  }

  private static Optional<Problem> console(Block block) {
    return block.content().getFirst().startsWith(PROMPT)
        ? Optional.empty()
        : Optional.of(block.problem(1, "expected a command after '$ ' on the first line"));
  }

  private static Optional<Problem> dot(Block block) {
    String bare = DOT_SILENT.matcher(block.text()).replaceAll(Notations::lineEnds);
    if (!GRAPH.matcher(bare).lookingAt()) {
      return Optional.of(block.problem(1, "expected graph or digraph"));
    }
    if (bare.indexOf('"') >= 0) {
      return Optional.of(block.problem(lineOf(bare, bare.indexOf('"')), "this text never ends"));
    }
    return brackets(block, bare);
  }

  /** What is left of a text or comment so that what follows stays on its line. */
  private static String lineEnds(MatchResult silent) {
    return silent.group().replaceAll("[^\n]", "");
  }

  private static Optional<Problem> brackets(Block block, String bare) {
    Deque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < bare.length(); i++) {
      char c = bare.charAt(i);
      if (c == '{' || c == '[') {
        open.push(i);
      } else if (c == '}' || c == ']') {
        if (open.isEmpty() || bare.charAt(open.pop()) != (c == '}' ? '{' : '[')) {
          return Optional.of(block.problem(lineOf(bare, i), "'%c' closes nothing".formatted(c)));
        }
      }
    }
    return open.isEmpty()
        ? Optional.empty()
        : Optional.of(
            block.problem(
                lineOf(bare, open.peek()),
                "'%c' is never closed".formatted(bare.charAt(open.peek()))));
  }

  private static int lineOf(String text, int at) {
    return 1 + (int) text.substring(0, at).chars().filter(c -> c == '\n').count();
  }

  /** JSON is YAML 1.2 too. */
  private static Optional<Problem> yaml(Block block) {
    try {
      for (Object document :
          new Load(LoadSettings.builder().build()).loadAllFromString(block.text())) {
        assert document != null || block.language() == Language.YAML;
      }
      return Optional.empty();
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      return Optional.of(
          block.problem(line, "no %s: %s".formatted(block.language(), e.getProblem())));
    } catch (YamlEngineException e) {
      return Optional.of(block.problem("no %s: %s".formatted(block.language(), e.getMessage())));
    }
  }
}
