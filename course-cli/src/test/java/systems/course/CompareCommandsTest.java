package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code course diff} and {@code course hint} in a student's folder. */
class CompareCommandsTest {
  private static final String REFERENCE =
      """
      package toy;

      public final class Toy {
        private int turns;

        public int wind(int turn) {
          //> phase 1: how far can a spring be wound?
          turns = Math.min(100, turns + turn);
          return turns;
          //< phase 1
        }

        public int run() {
          //> phase 2: what is left of the spring?
          int all = turns;
          turns = 0;
          return all;
          //< phase 2
        }
      }
      """;

  private static final String WOUND =
      """
      package toy;

      public final class Toy {
        private int turns;

        public int wind(int turn) {
          turns += turn;
          return turns;
        }

        public int run() {
          throw new UnsupportedOperationException("phase 2: what is left of the spring?");
        }
      }
      """;

  private static final String LECTURE =
      """
      ---
      title: "Springs"
      phase: 2
      ---
      # Springs

      What `Toy#run` takes out of a spring is all that was put into it, and not a turn more.
      """;

  @TempDir Path root;
  private FakeCheckout checkout;
  private Path project;

  @BeforeEach
  void makeCheckoutAndProject() throws IOException {
    root = root.toRealPath();
    checkout = new FakeCheckout(root.resolve("checkout"));
    write(checkout.module.resolve("src/main/java/toy/Toy.java"), REFERENCE);
    write(checkout.module.resolve("lectures/01-springs.md"), LECTURE);
    project = root.resolve("my-toy");
    write(project.resolve(".course/project"), "module=toy\nphase=1\nversion=1\n");
    write(project.resolve("src/main/java/toy/Toy.java"), WOUND);
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private FakeCheckout.Result course(String command, String... more) {
    String[] line = new String[more.length + 2];
    line[0] = command;
    line[1] = project.toString();
    System.arraycopy(more, 0, line, 2, more.length);
    return checkout.course(line);
  }

  private String progress() throws IOException {
    return Files.readString(project.resolve(".course/progress"));
  }

  @Test
  void diffShowsWhatDiffersAndKeepsWhatIsOpen() {
    var result = course("diff");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .containsPattern("phase 1 +0 +1 +0 +0 +0")
        .containsPattern("phase 2 +not begun, open bodies: 1")
        .contains("-   turns = Math.min(100, turns + turn);", "+   turns += turn;")
        .doesNotContain("int all");
  }

  @Test
  void diffOfOnePhaseShowsNoOther() {
    assertThat(course("diff", "--phase", "1").out()).contains("phase 1").doesNotContain("given");
  }

  @Test
  void phaseThatTheModuleDoesNotHaveIsRefused() {
    for (String command : new String[] {"diff", "hint"}) {
      var result = course(command, "--phase", "3");
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("toy has the phases 1 to 2; --phase 3 is none of them");
    }
  }

  @Test
  void htmlLiesInTheProjectAndIsSaidTo() {
    var result = course("diff", "--html");
    Path file = project.resolve(".course/diff.html");
    assertThat(result.out()).contains("Side by side, in a browser: " + file);
    assertThat(file).content().contains("<!doctype html>", "Toy#wind(int)");
  }

  @Test
  void htmlGoesWhereItIsTold() {
    Path file = root.resolve("out/mine.html");
    course("diff", "--html", file.toString());
    assertThat(file).content().contains("Toy#wind(int)");
  }

  @Test
  void folderBehindTheHtmlOptionIsTheProject() {
    checkout.course("diff", "--html", project.toString());
    assertThat(project.resolve(".course/diff.html")).exists();
  }

  @Test
  void folderThatIsNoProjectIsAUsageError() {
    for (String command : new String[] {"diff", "hint"}) {
      var result = checkout.course(command, root.toString());
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("course start");
    }
  }

  @Test
  void fileThatCannotBeReadIsSaidInALine() throws IOException {
    Files.write(project.resolve("src/main/java/toy/Bad.java"), new byte[] {(byte) 0xff, 0, 1});
    assertThat(course("diff").out()).contains("! toy/Bad.java is not UTF-8 text and is left out");
  }

  @Test
  void hintsTellMoreWithEachCallAndAreRemembered() throws IOException {
    write(project.resolve(".course/progress"), "phase.1=passed\n");
    var first = course("hint");
    assertThat(first.err()).isEmpty();
    assertThat(first.out())
        .contains("Toy#run, phase 2", "src/main/java/toy/Toy.java", "what is left of the spring?")
        .contains("The next hint is what the lecture says of it.")
        .doesNotContain("not a turn more");
    assertThat(progress()).contains("phase.1=passed").contains("Toy\\#run=1");

    assertThat(course("hint").out())
        .contains("lectures/01-springs.md", "not a turn more", "The next hint is the solution")
        .doesNotContain("int all");

    assertThat(course("hint").out()).contains("int all = turns;", "That was the solution");
    assertThat(course("hint").out()).contains("int all = turns;");
    assertThat(progress()).contains("Toy\\#run=3");
    assertThat(course("hint", "--list").out())
        .containsPattern("written +Toy#wind\n")
        .containsPattern("open +Toy#run +question, lecture, solution");
  }

  @Test
  void phaseWhoseBodiesAreWrittenHasHintsByName() {
    assertThat(course("hint").out())
        .contains("All bodies of phase 1 are written", "course hint Toy#wind");
    assertThat(course("hint", "Toy#wind").out()).contains("how far can a spring be wound?");
    assertThat(course("hint", "--phase", "2").out()).contains("Toy#run, phase 2");
  }

  @Test
  void whenAllPassesThereIsNoHint() throws IOException {
    write(project.resolve(".course/progress"), "phase.1=passed\nphase.2=passed\n");
    write(
        project.resolve("src/main/java/toy/Toy.java"),
        REFERENCE.replaceAll("(?m)^ *//[<>].*\n", ""));
    assertThat(course("hint").out()).contains("All phases pass and no body is open");
  }

  @Test
  void nameThatNoBodyHasIsAUsageError() {
    var result = course("hint", "Toy#fly");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("no body is called Toy#fly");
  }
}
