package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Needs the programs that it tests; where one is missing its tests are aborted. */
class InterpretersTest {
  private static final Path TYPE_SCRIPT =
      Path.of("..", "docs", "snippets").toAbsolutePath().normalize();

  @Test
  void pythonThatDoesNotCompileIsReportedAtItsLine() {
    assume("python3");
    var verdict =
        check("python", "import no_such\nx: int = 3\n", "def f():\n    return (1\n", "print 'a'\n");
    assertThat(verdict.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "p.md:7: is no python: '(' was never closed",
            "p.md:10: is no python: Missing parentheses in call to 'print'. Did you mean print(...)?");
  }

  @Test
  void pythonWarningAboutSyntaxCounts() {
    assume("python3");
    assertThat(check("python", "if 3 is 3:\n    pass\n").problems())
        .singleElement()
        .asString()
        .startsWith("p.md:2: is no python: \"is\" with");
  }

  @Test
  void pythonIsNotRun() {
    assume("python3");
    assertThat(check("python", "import sys\nsys.exit(1)\n"))
        .isEqualTo(new Pages.Verdict(List.of(), List.of()));
  }

  @Test
  void shellThatDoesNotParseIsReportedAtItsLine() {
    assume("bash");
    var verdict = check("sh", "exit 1 # not run\n", "if true\nthen\n  (echo a\nfi\n");
    assertThat(verdict.problems())
        .singleElement()
        .asString()
        .startsWith("p.md:8: is no sh: syntax error");
  }

  @Test
  void typeScriptThatDoesNotParseIsReportedAtItsLine() {
    assume("node");
    assumeTrue(
        Files.isDirectory(TYPE_SCRIPT.resolve("node_modules")), "run `npm ci` in docs/snippets");
    String good = "import { no } from \"no-such\";\nconst a: number = no<string>(x!);\n";
    var verdict = check("ts", good, "let b: number = 3;\nlet c: = b;\n", "type D = ;\n");
    assertThat(verdict.problems()).extracting(Problem::line).containsExactly(7, 10);
    assertThat(verdict.problems().getFirst().sentence()).startsWith("is no ts: ");
  }

  @Test
  void blocksThatNobodyCanReadAreNamed() {
    var page = Page.of(Path.of("p.md"), "```ts\nlet a\n```\n");
    var verdict = Interpreters.check(page.blocks(), TYPE_SCRIPT.resolve("no-such"));
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.skipped())
        .containsExactly("1 ts blocks: docs/snippets/syntax.mjs is missing");
  }

  private static Pages.Verdict check(String language, String... texts) {
    var markdown = new StringBuilder();
    for (String text : texts) {
      markdown.append("```").append(language).append('\n').append(text).append("```\n");
    }
    return Interpreters.check(Page.of(Path.of("p.md"), markdown.toString()).blocks(), TYPE_SCRIPT);
  }

  private static void assume(String program) {
    String path = String.valueOf(System.getenv("PATH"));
    boolean there =
        Stream.of(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    assumeTrue(there, program + " is not installed");
  }
}
