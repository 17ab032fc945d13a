package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaBlocksTest {
  private static final String UNIT =
      """
      import java.util.concurrent.atomic.*;

      /** Types as they are. */
      public final class Counter {
        private final AtomicLong count = new AtomicLong();
        List<String> names = new ArrayList<>();
      }

      record Pair(int a, int b) {}
      """;
  private static final String COMPACT =
      """
      import picocli.CommandLine;

      String name = "a";

      void main() {
        IO.println(name + CommandLine.VERSION);
      }
      """;
  private static final String MEMBERS =
      """
      import picocli.CommandLine;

      private final Map<String, Integer> ends = new HashMap<>();

      @Override
      public String toString() {
        return ends + CommandLine.VERSION;
      }
      """;
  private static final String STATEMENTS =
      """
      // Reads a file.
      import picocli.CommandLine;

      var lines = Files.readAllLines(Path.of("a"));
      for (String line : lines) {
        IO.println(line + CommandLine.VERSION);
      }
      """;

  @ParameterizedTest
  @ValueSource(strings = {UNIT, COMPACT, MEMBERS, STATEMENTS})
  void blockOfEachShapeCompiles(String block) {
    assertThat(compile(block)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {UNIT, COMPACT, MEMBERS, STATEMENTS})
  void unknownTypeIsReportedAtItsLine(String block) {
    var lines = block.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.contains("CommandLine.VERSION") || line.contains("new AtomicLong")) {
        String broken =
            block.replace(line, line.replaceAll("CommandLine\\.|AtomicLong\\(", "No$0"));
        assertThat(compile(broken))
            .singleElement()
            .asString()
            .startsWith("p.md:%d: does not compile: ".formatted(2 + i));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {COMPACT, MEMBERS, STATEMENTS})
  void missingImportIsReportedAtItsLine(String block) {
    int line = 2 + block.lines().toList().indexOf("import picocli.CommandLine;");
    assertThat(compile(block.replace("picocli.", "picocli.no.")))
        .first()
        .asString()
        .startsWith("p.md:%d: does not compile: ".formatted(line));
  }

  @Test
  void syntaxErrorIsReportedAtItsLine() {
    assertThat(compile("int twice(int n) {\n  return n +;\n}\n"))
        .containsExactly("p.md:3: does not compile: illegal start of expression");
    assertThat(compile("var a = 1;\nvar b = (a;\n"))
        .containsExactly("p.md:3: does not compile: ')' expected");
  }

  @Test
  void blocksDoNotSeeEachOther() {
    assertThat(compile("class A {}\n", "class A {}\n", "int a;\n", "int a;\n")).isEmpty();
    assertThat(compile("class A {}\n", "new A();\n"))
        .singleElement()
        .asString()
        .startsWith("p.md:5: does not compile: cannot find symbol; symbol: ");
  }

  @Test
  void faultsInSeveralBlocksAreAllReported() {
    assertThat(compile("import no.A;\n", "new No();\n", "int a = (;\n", "int b = \"\";\n"))
        .extracting(each -> each.substring(0, each.indexOf(": ")))
        .containsExactlyInAnyOrder("p.md:2", "p.md:5", "p.md:8", "p.md:11");
  }

  @Test
  void blockWithItsOwnPackageIsLeftAlone() {
    assertThat(
            compile("package a.b;\n\nimport java.util.List;\n\ninterface C { List<C> all(); }\n"))
        .isEmpty();
  }

  private static List<String> compile(String... texts) {
    var markdown = new StringBuilder();
    for (String text : texts) {
      markdown.append("```java\n").append(text).append("```\n");
    }
    var page = Page.of(Path.of("p.md"), markdown.toString());
    assertThat(page.problems()).isEmpty();
    var classPath = System.getProperty("java.class.path").split(File.pathSeparator);
    return JavaBlocks.compile(page.blocks(), List.of(classPath).stream().map(Path::of).toList())
        .stream()
        .map(Problem::toString)
        .toList();
  }
}
