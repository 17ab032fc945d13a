package systems.course.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.course.exam.Examiner.Ending;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;
import systems.course.exam.Verdict.Outcome;
import systems.course.terminal.Terminal;

class ScreenTest {
  private static final Stage STAGE = new Stage(1, "an append-only log with an index", "");

  private static String printed(int width, boolean interactive, Consumer<Screen> use) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    use.accept(new Screen(new Terminal(new StringReader(""), out, out, interactive), width));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 45, 80, 300})
  void nothingIsWiderThanTheWindow(int width) {
    String text =
        printed(
            width,
            false,
            screen -> {
              screen.result(new Stage.Result(STAGE, 34, List.of(), Ending.COMPLETE));
              screen.values("word ".repeat(20), "x".repeat(200));
              screen.words("a sentence of several words that has to be filled", "  ");
              screen.next("open the file and do what has to be done there, whatever it is");
            });
    assertThat(text.lines()).allMatch(line -> line.length() <= Math.min(width, 100));
  }

  @Test
  void shortValuesStandSideBySide() {
    assertThat(printed(80, false, screen -> screen.values("\"a\"", "\"b\"")))
        .isEqualTo("  expected    got\n  \"a\"         \"b\"\n");
  }

  @Test
  void longValuesStandOneBelowTheOther() {
    assertThat(printed(40, false, screen -> screen.values("a".repeat(40), "b")))
        .isEqualTo("  expected\n    %s\n    aaaa\n  got\n    b\n".formatted("a".repeat(36)));
  }

  @Test
  void withoutATerminalNoControlCharacterIsWritten() {
    String text =
        printed(
            80,
            false,
            screen -> {
              screen.running(STAGE, 1, 1, 2);
              screen.failure(
                  STAGE, verdict("\u001b[31mred\u0007", "\u001b]0;title\u0007"), null, null);
            });
    assertThat(text).matches("[\\n -~]*").contains("\\u001b[31mred\\u0007");
  }

  @Test
  void whatATestPrintsDoesNothingToATerminal() {
    String text =
        printed(
            80,
            true,
            screen -> screen.failure(STAGE, verdict("\u001b[2J", "\u009b2J\r"), null, null));
    assertThat(text.replaceAll("\u001b\\[[012]m", "")).matches("[\\n -~]*");
  }

  @Test
  void barCountsWhatPassed() {
    var verdicts = List.of(passed("a"), passed("b"), verdict("x", ""));
    var result = new Stage.Result(STAGE, 4, verdicts, Ending.COMPLETE);
    assertThat(printed(80, false, screen -> screen.result(result)))
        .isEqualTo(
            "  phase 1  [##########----------]   2 of 4    an append-only log with an index\n");
  }

  private static Verdict verdict(String message, String output) {
    var failure = new Failure("java.lang.Exception", message, "\u0001", "\u0002", List.of());
    return new Verdict("a.B", "c", "c()", Set.of(), Outcome.FAILED, failure, 1, output);
  }

  private static Verdict passed(String method) {
    return new Verdict("a.B", method, "()", Set.of(), Outcome.PASSED, null, 1, "");
  }
}
