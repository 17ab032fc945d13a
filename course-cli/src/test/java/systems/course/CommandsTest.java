package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
  private static final String DEMO =
      """
      # A toy

      It counts.

      ```console
      $ x=3; pwd
      .../work
      $ seq $x
      1
      ...
      $ echo "$COURSE_ROOT"
      ROOT
      $ course run toy
      ```

      That is all.
      """;

  @TempDir Path root;
  private FakeCheckout checkout;

  @BeforeEach
  void makeCheckout() throws IOException {
    root = root.toRealPath();
    checkout = new FakeCheckout(root).demo(DEMO.replace("ROOT", root.toString()));
  }

  @Test
  void listShowsAllTwelveAndWhatStands() {
    var result = checkout.course("list");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out().lines()).hasSize(13);
    assertThat(result.out()).containsPattern("07 +toy +2 +75 +stands +a toy");
    assertThat(result.out()).containsPattern("12 +ts-interop +- +- +planned");
  }

  @ParameterizedTest
  @ValueSource(strings = {"toy", "7", "07", "module-07-toy"})
  void moduleAnswersToEachOfItsNames(String name) {
    var result = checkout.course("list", name);
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("30 min  first", "It stops.", "75 min in all");
  }

  @Test
  void unknownModuleIsAUsageErrorThatSaysWhatThereIs() {
    var result = checkout.course("demo", "nix");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("no module is called 'nix'; there is: toy");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void plannedModuleIsSaidToBePlanned() {
    var result = checkout.course("run", "redis");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("redis is planned");
  }

  @Test
  void wrongUsageExitsWithTwoAndSaysSoOnStderr() {
    for (String[] args : new String[][] {{}, {"no-such"}, {"run"}, {"demo", "--no-such"}}) {
      var result = checkout.course(args);
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).isNotEmpty();
      assertThat(result.out()).isEmpty();
    }
  }

  @Test
  void helpAndVersionGoToStdout() {
    assertThat(checkout.course("--help").out())
        .contains("list", "demo", "run", "bench", "hint", "diff", "verify");
    assertThat(checkout.course("--version").out()).contains("Java 25");
    assertThat(checkout.course("demo", "--help").out()).contains("--check", "--fast", "--timeout");
  }

  @Test
  void folderThatDoesNotFitItsCourseFileIsRefused() throws IOException {
    Files.move(checkout.module, root.resolve("module-08-toy"));
    var result = checkout.course("list");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("module-08-toy/course.yaml: number and id belong to a folder module-07-toy");
  }

  @Test
  void demoThatDoesWhatItSaysPassesTheCheck() {
    var result = checkout.course("demo", "toy", "--check");
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("demo of module-07-toy: 4 commands, all as written");
  }

  @Test
  void demoBuildsItsModuleBeforeItStarts() throws IOException {
    checkout.course("demo", "toy", "--check");
    assertThat(root.resolve("launcher-calls")).hasContent("ready toy\nrun toy");
  }

  @Test
  void demoThatDiffersFailsWithTheDifference() throws IOException {
    checkout.demo("```console\n$ seq 4\n1\n2\nthree\n4\n$ touch later\n```\n");
    var result = checkout.course("demo", "toy", "--check");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("module-07-toy/demo.md:2: the output is not what the demo says")
        .contains("    2\n  - three\n  - 4\n  + 3\n  + 4\n");
    assertThat(result.out()).doesNotContain("touch later").contains("FAILED");
  }

  @Test
  void commandThatHangsFailsTheCheck() throws IOException {
    checkout.demo("```console\n$ sleep 1000\n```\n");
    var result = checkout.course("demo", "toy", "--check", "--timeout", "1");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("demo.md:2: still running after 1 s", "sleep 1000");
  }

  @Test
  void demoWithoutCommandsFailsTheCheck() throws IOException {
    checkout.demo("Nothing to see.\n");
    assertThat(checkout.course("demo", "toy", "--check").exitCode()).isEqualTo(1);
  }

  @Test
  void moduleWithoutADemoFailsTheCheck() throws IOException {
    Files.delete(checkout.module.resolve("demo.md"));
    var result = checkout.course("demo", "--check");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("demo.md is missing");
  }

  @Test
  void withoutATerminalADemoPlaysThrough() {
    var result = checkout.course("demo", "toy");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("A toy\n\nIt counts.\n", "$ seq $x\n1\n2\n3\n", "That is all.");
  }

  @Test
  void enterGoesOnAndQEnds() throws IOException {
    checkout.demo("```console\n$ echo o-n-e | tr -d -\n$ echo t-w-o | tr -d -\n```\n");
    assertThat(checkout.course(true, "\nq\n", "demo", "toy").out())
        .contains("one")
        .doesNotContain("two");
    assertThat(checkout.course(true, "\n\n", "demo", "toy").out()).contains("one", "two");
  }

  @Test
  void fastNeedsNoEnter() {
    assertThat(checkout.course(true, "", "demo", "toy", "--fast").out()).contains("That is all.");
  }

  @Test
  void tourShowsWhatStandsAndThenTheFirstDemo() {
    var result = checkout.course("demo");
    assertThat(result.out()).containsSubsequence("1 of 12 stand", "a toy", "It counts.", "1\n2\n3");
  }

  @Test
  void verifyChecksEveryDemo() throws IOException {
    assertThat(checkout.course("verify").exitCode()).isZero();
    checkout.demo("```console\n$ echo a\nb\n```\n");
    assertThat(checkout.course("verify").exitCode()).isEqualTo(1);
  }

  @Test
  void benchWithoutBenchmarksSaysSo() {
    var result = checkout.course("bench", "toy");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("no benchmarks/");
  }
}
