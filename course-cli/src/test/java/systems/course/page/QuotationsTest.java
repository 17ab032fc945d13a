package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pages whose blocks are taken from the sources of a small checkout, and one planted fault each.
 */
class QuotationsTest {
  private static final String SOURCE =
      """
      package toy;

      final class Log {
        //> phase 1: what is first?
        void append() {
          int end = 1; //~ early: int end = 0;

          sync(end);
        }
        //< phase 1
      }
      """;
  private static final String PAGE =
      """
      # A page

      ```java file="src/Log.java" symbol="Log#append"
      void append() {
        int end = 1;

        sync(end);
      }
      ```

      The end.\
      """;

  @TempDir Path root;
  private Path page;

  @BeforeEach
  void makeCheckout() throws IOException {
    write("module-07-toy/src/Log.java", SOURCE);
    page = write("module-07-toy/lectures/01-logs.md", PAGE);
  }

  @Test
  void blockThatSaysWhatItsSourceSaysIsGood() {
    assertThat(check()).isEmpty();
  }

  @Test
  void firstLineThatDiffersIsShown() throws IOException {
    write("module-07-toy/src/Log.java", SOURCE.replace("sync(end)", "sync(0)"));
    assertThat(check())
        .containsExactly(
            "module-07-toy/lectures/01-logs.md:7: this is not what Log#append says now: here"
                + " `  sync(end);`, there `  sync(0);`; `course snippets --write` takes it over");
  }

  @Test
  void missingAndSurplusLinesAreShown() throws IOException {
    Files.writeString(page, PAGE.replace("  sync(end);\n}\n", ""));
    assertThat(check())
        .singleElement()
        .asString()
        .contains(":7: ", "here nothing more, there `  sy");
    Files.writeString(page, PAGE.replace("}\n", "}\n// more\n"));
    assertThat(check())
        .singleElement()
        .asString()
        .contains(":9: ", "here `// more`, there nothing");
  }

  @Test
  void writingTakesOverTheSourceAndNothingElse() throws IOException {
    write("module-07-toy/src/Log.java", SOURCE.replace("sync(end)", "sync(0);\n    done()"));
    String other =
        "\n\n- item\n\n  ```java file=\"src/Log.java\" symbol=\"Log#append\"\n  old\n  ```\n";
    Files.writeString(page, PAGE + other);
    assertThat(Pages.of(root).refresh()).hasSize(1);
    assertThat(page)
        .hasContent(
            PAGE.replace("sync(end);", "sync(0);\n  done();")
                + other.replace(
                    "  old\n",
                    "  void append() {\n    int end = 1;\n\n    sync(0);\n    done();\n  }\n"));
    assertThat(check()).isEmpty();
    assertThat(Pages.of(root).refresh()).isEmpty();
  }

  @Test
  void windowsLineEndsSurviveWriting() throws IOException {
    Files.writeString(page, PAGE.replace("end = 1", "end = 2").replace("\n", "\r\n"));
    Pages.of(root).refresh();
    assertThat(Files.readString(page)).contains("# A page\r\n").contains("The end.");
    assertThat(check()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Log#append   | Log#add    | src/Log.java: there is no Log#add in it; there are: Log#append()",
        "src/Log.java | src/L.java | src/L.java: there is no such file, seen from module-07-toy",
        "src/Log.java | ../A.java  | ../A.java: this leads out of module-07-toy",
      })
  void quotationOfNothingIsReported(String good, String bad, String sentence) throws IOException {
    Files.writeString(page, PAGE.replace(good, bad));
    assertThat(check()).containsExactly("module-07-toy/lectures/01-logs.md:3: " + sentence);
    assertThat(Pages.of(root).refresh()).isEmpty();
  }

  @Test
  void sourceWithAMalformedMarkerIsReportedBesideAllOtherFaults() throws IOException {
    write("module-07-toy/src/Log.java", SOURCE.replace("//< phase 1", ""));
    write("module-07-toy/README.md", "```\n```\n");
    assertThat(check()).hasSize(2);
    assertThat(check().getLast())
        .startsWith("module-07-toy/lectures/01-logs.md:3: src/Log.java: ")
        .contains("module-07-toy/src/Log.java:4: ");
  }

  @Test
  void pathsOutsideOfModulesBeginAtTheCheckout() throws IOException {
    write("docs/page.md", PAGE.replace("src/Log", "module-07-toy/src/Log"));
    assertThat(check()).isEmpty();
    write("docs/page.md", PAGE);
    assertThat(check()).singleElement().asString().contains("seen from the checkout");
  }

  @Test
  void sourceThatWouldCloseTheBlockIsNotWritten() throws IOException {
    write("module-07-toy/src/Log.java", SOURCE.replace("sync(end);", "sync(\"\"\"\n```\n\"\"\");"));
    assertThatThrownBy(() -> Pages.of(root).refresh()).hasMessageContaining("01-logs.md:3:");
    assertThat(page).hasContent(PAGE);
  }

  @Test
  void pagesThatABuildMakesAreNotOurs() throws IOException {
    for (String folder : List.of("target", "node_modules", ".cache")) {
      write("docs/" + folder + "/page.md", "```\n");
    }
    assertThat(check()).isEmpty();
    write(".github/page.md", "```\n");
    assertThat(check()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "console | 3\\n$ seq 3        | 1 | expected a command after '$ '",
        "dot     | node a            | 1 | expected graph or digraph",
        "dot     | digraph {\\na [x=\"}\"\\n} | 3 | '}' closes nothing",
        "dot     | digraph {\\n// }\\nsubgraph {\\n} | 1 | '{' is never closed",
        "dot     | digraph {\\na [label=\"b]\\n} | 2 | this text never ends",
        "yaml    | a: 1\\n  b: 2          | 2 | no yaml",
        "json    | {\\n\"a\": }1       | 2 | no json",
        "text    | ''                | 0 | an empty block",
      })
  void blockWithoutItsFormIsReported(String language, String text, int line, String sentence)
      throws IOException {
    Files.writeString(page, "```%s\n%s\n```\n".formatted(language, text.replace("\\n", "\n")));
    assertThat(check())
        .singleElement()
        .asString()
        .contains("01-logs.md:%d: ".formatted(1 + line), sentence);
  }

  @Test
  void blocksWithTheirFormAreGood() throws IOException {
    Files.writeString(
        page,
        """
        ```console
        $ seq 1
        1
        ```
        ```dot
        /* { */ digraph g { # "
          a [label="{b|\\"c"]; subgraph s { b } }
        ```
        ```yaml
        ---
        a: {b: [1, 2]}
        ---
        - c
        ```
        ```json
        {"a": [1, null]}
        ```
        ```yaml sketch
        a: [...
        ```
        """);
    assertThat(check()).isEmpty();
  }

  private List<String> check() {
    return Pages.of(root).check().stream().map(Problem::toString).toList();
  }

  private Path write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, text);
  }
}
