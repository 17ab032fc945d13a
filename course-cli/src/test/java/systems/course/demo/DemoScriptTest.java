package systems.course.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.demo.DemoScript.Prose;
import systems.course.demo.DemoScript.Step;

class DemoScriptTest {
  @TempDir Path folder;

  @Test
  void proseAndCommandsComeInTheOrderOfTheFile() throws IOException {
    var script = read("# Title\n\nText.\n\n```console\n$ one\n1\n$ two\n```\n\nEnd.\n");
    assertThat(script.parts()).hasSize(4);
    assertThat(script.parts().getFirst()).isEqualTo(new Prose("# Title\n\nText."));
    assertThat(script.parts().getLast()).isEqualTo(new Prose("End."));
    assertThat(script.steps()).extracting(Step::command).containsExactly("one", "two");
  }

  @Test
  void outputGoesUpToTheNextCommand() throws IOException {
    var script = read("```console\n$ one\n1\n\n2\n$ two\n```\n");
    assertThat(script.steps().getFirst().output().expected()).containsExactly("1", "", "2");
    assertThat(script.steps().getLast().output().expected()).isEmpty();
  }

  @Test
  void stepsKnowTheirLine() throws IOException {
    assertThat(read("a\n```console\n$ one\n1\n$ two\n```\n").steps())
        .extracting(Step::line)
        .containsExactly(3, 5);
  }

  @Test
  void commandGoesOnAfterABackslash() throws IOException {
    var step = read("```console\n$ a \\\n>   b \\\nc\nout\n```\n").steps().getFirst();
    assertThat(step.command()).isEqualTo("a \\\n  b \\\nc");
    assertThat(step.output().expected()).containsExactly("out");
  }

  @Test
  void otherBlocksAreProseEvenWithDollarSigns() throws IOException {
    assertThat(read("```sh\n$ not run\n```\n").parts())
        .isEqualTo(List.of(new Prose("```sh\n$ not run\n```")));
  }

  @Test
  void outputWithoutACommandIsRefusedWithItsLine() {
    assertThatThrownBy(() -> read("```console\noops\n```\n"))
        .hasMessageContaining("demo.md:2:")
        .hasMessageContaining("oops");
  }

  @Test
  void openBlockIsRefusedWithTheLineThatOpenedIt() {
    assertThatThrownBy(() -> read("x\n```console\n$ one\n")).hasMessageContaining("demo.md:2:");
    assertThatThrownBy(() -> read("x\n\n```java\n")).hasMessageContaining("demo.md:3:");
  }

  private DemoScript read(String markdown) throws IOException {
    return DemoScript.read(Files.writeString(folder.resolve("demo.md"), markdown));
  }
}
