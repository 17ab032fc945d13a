package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.student.Folder;

class StartAndBugsTest {
  @TempDir Path root;
  private FakeCheckout checkout;
  private Path target;

  @BeforeEach
  void makeCheckout() throws IOException {
    root = root.toRealPath();
    checkout = new FakeCheckout(Files.createDirectory(root.resolve("the course")));
    Folder.write("toy-checkout.txt", checkout.root);
    target = root.resolve("my-toy");
  }

  @Test
  void startSaysWhatToTypeNext() {
    var result = checkout.course("start", "toy", target.toString());
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("from phase 1 on (words, about 30 minutes)")
        .contains("\n  cd " + target + "\n  '" + root + "/the course/course' check\n");
    assertThat(target.resolve("src/main/java/toy/Counter.java"))
        .content()
        .contains("TODO phase 1", "TODO phase 2");
  }

  @Test
  void laterPhasesFindTheEarlierOnesWritten() {
    checkout.course("start", "toy", target.toString(), "--phase", "2");
    assertThat(target.resolve("src/main/java/toy/Counter.java"))
        .content()
        .contains("return args.length - 1;", "TODO phase 2")
        .doesNotContain("TODO phase 1");
  }

  @Test
  void phaseThatTheModuleDoesNotHaveIsAUsageError() {
    for (String phase : new String[] {"0", "3", "-1"}) {
      var result = checkout.course("start", "toy", target.toString(), "--phase=" + phase);
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("toy has the phases 1 to 2");
    }
    assertThat(target).doesNotExist();
  }

  @Test
  void moduleThatIsBeingBuiltHasNoStarter() throws IOException {
    Path file = checkout.module.resolve("course.yaml");
    Files.writeString(file, Files.readString(file).replace("state: stands", "state: building"));
    assertThat(checkout.course("start", "toy", target.toString()).err())
        .contains("toy is being built");
    assertThat(target).doesNotExist();
  }

  @Test
  void bugsAreListedWithTheirQuestionsAndNotTheirLines() {
    var result = checkout.course("bugs", "toy");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .containsSubsequence("phase 1: words", "is the first one a word?", "countsAll", "1 bugs")
        .doesNotContain("args.length", "Counter.java");
  }

  @Test
  void revealShowsTheLineAsItIsAndAsItShouldBe() {
    assertThat(checkout.course("bugs", "toy", "--reveal").out())
        .contains("countsAll, module-07-toy/src/main/java/toy/Counter.java:6")
        .contains("    - return args.length - 1;\n    + return args.length;\n");
    assertThat(checkout.course("bugs", "toy", "countsAll", "--reveal").out())
        .contains("+ return args.length;");
  }

  @Test
  void referenceRunsWithTheBugInIt() {
    Path said = root.resolve("said");
    var result =
        checkout.course("bugs", "toy", "countsAll", "--", said.toString(), "two", "--words");
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(said).hasContent("3");
    assertThat(root.resolve("the course/launcher-calls")).hasContent("ready toy");
  }

  @Test
  void withoutArgumentsTheProgramGetsItsOwnAndItsExitCodeIsTheCommands() {
    assertThat(checkout.course("bugs", "toy", "countsAll").exitCode()).isEqualTo(3);
  }

  @Test
  void changedReferenceIsCompiledAgain() throws IOException {
    Path said = root.resolve("said");
    Path counter = checkout.module.resolve("src/main/java/toy/Counter.java");
    checkout.course("bugs", "toy", "countsAll", "--", said.toString());
    Files.writeString(
        counter,
        Files.readString(counter)
            .replace("//~ countsAll: return args.length;", "//~ countsAll: return 77;"));
    checkout.course("bugs", "toy", "countsAll", "--", said.toString());
    assertThat(said).hasContent("77");
  }

  @Test
  void bugCanBeWrittenAsAProjectToSearchIn() throws IOException {
    var result = checkout.course("bugs", "toy", "countsAll", "--dir", target.toString());
    assertThat(result.exitCode()).isZero();
    assertThat(target.resolve("src/main/java/toy/Counter.java"))
        .content()
        .contains("return args.length;")
        .doesNotContain("countsAll", "TODO");
    assertThat(target.resolve("README.md")).content().contains("one line is wrong. Find it.");
    assertThat(result.out()).doesNotContain("countsAll");
  }

  @Test
  void unknownBugIsAUsageError() {
    var result = checkout.course("bugs", "toy", "nix");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("no bug is named 'nix': `course bugs toy` lists them");
  }

  @Test
  void bugThatDoesNotCompileIsNamed() throws IOException {
    Path counter = checkout.module.resolve("src/main/java/toy/Counter.java");
    Files.writeString(counter, Files.readString(counter).replace("return args.length;", "retrn;"));
    var result = checkout.course("bugs", "toy", "countsAll");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("Counter.java:6: with bug countsAll: not a statement");
  }
}
