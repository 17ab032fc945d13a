package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {
  @Test
  void blocksKnowTheirLineAndTheirContent() {
    var page = page("# Title\n\n```java\nint a;\n\nint b;\n```\n\n~~~ts [log.ts]\nlet c\n~~~\n");
    assertThat(page.problems()).isEmpty();
    assertThat(page.blocks()).extracting(Block::line).containsExactly(3, 9);
    assertThat(page.blocks())
        .extracting(Block::language)
        .containsExactly(Language.JAVA, Language.TS);
    assertThat(page.blocks().getFirst().content()).containsExactly("int a;", "", "int b;");
  }

  @Test
  void blockInAListLosesItsIndentation() {
    var page = page("- one\n\n  ```sh\n  if a; then\n    b\n  fi\n  ```\n");
    assertThat(page.problems()).isEmpty();
    assertThat(page.blocks().getFirst().content()).containsExactly("if a; then", "  b", "fi");
  }

  @Test
  void longerFenceHoldsShorterOnes() {
    var page = page("````text\n```java\n```\n````\n\nA line with ```` ```java ```` in it.\n");
    assertThat(page.problems()).isEmpty();
    assertThat(page.blocks()).hasSize(1);
  }

  @Test
  void openBlockIsReportedWhereItBegins() {
    assertThat(problems("a\n\n```java\nint a;\n"))
        .containsExactly("p.md:3: this block is never closed with ```");
  }

  @Test
  void blockThatOpensBeforeTheLastWasClosedIsReported() {
    assertThat(problems("```java\nint a;\n\nText.\n\n```java\nint b;\n```\n"))
        .singleElement()
        .asString()
        .startsWith("p.md:6: a fence inside of the block that line 1 opens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                  | say after the fence what this block is: one of java, python",
        "jaav                | 'jaav' is no language that is checked here; there are java",
        "Java                | 'Java' is no language that is checked here",
        "java skecth         | 'skecth' means nothing here",
        "java file=\"A.java\" | need each other",
        "java symbol=\"A\"    | need each other",
        "java lines=\"1-3\"   | lines=\"...\" means nothing here",
        "ts file=\"a\" symbol=\"b\"           | only java blocks are taken from a source",
        "java sketch file=\"a\" symbol=\"b\"  | a sketch or taken from a source, not both",
      })
  void infoStringThatIsNotUnderstoodIsReported(String info, String sentence) {
    assertThat(problems("```" + info + "\nx\n```\n"))
        .singleElement()
        .asString()
        .startsWith("p.md:1: ")
        .contains(sentence);
  }

  @Test
  void sketchSaysSo() {
    assertThat(page("```java sketch\nx\n```\n").blocks().getFirst().info().sketch()).isTrue();
    assertThat(page("```java\nx\n```\n").blocks().getFirst().info().sketch()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "> ```java\n> int a;\n> ```\n",
        "- ```java\n  int a;\n  ```\n",
        "1. ```java\n   int a;\n   ```\n",
        "\t```java\n\tint a;\n\t```\n",
      })
  void codeThatWouldNotBeSeenIsRefused(String markdown) {
    assertThat(problems(markdown)).isNotEmpty().first().asString().contains("p.md:1: a block that");
  }

  @Test
  void blockMadeByIndentationIsRefused() {
    assertThat(problems("Text:\n\n    int a;\n"))
        .singleElement()
        .asString()
        .startsWith("p.md:3: a block made by indentation");
    assertThat(problems("- item\n\n    goes on\n\nText that\n    is wrapped.\n")).isEmpty();
  }

  private static Page page(String markdown) {
    return Page.of(Path.of("p.md"), markdown);
  }

  private static List<String> problems(String markdown) {
    return page(markdown).problems().stream().map(Problem::toString).toList();
  }
}
