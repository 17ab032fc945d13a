package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnippetsCommandTest {
  @TempDir Path root;
  private FakeCheckout checkout;
  private Path page;

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = new FakeCheckout(root);
    page = checkout.module.resolve("README.md");
    Files.writeString(checkout.module.resolve("A.java"), "class A {\n  int b;\n}\n");
    Files.createDirectories(checkout.module.resolve("target/classes"));
  }

  @Test
  void goodPagesAreCounted() throws IOException {
    Files.writeString(page, quoted("int b;") + "```java\nint c;\n```\n");
    var result = checkout.course("snippets");
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("2 blocks of code in 1 pages: all as they should be\n");
  }

  @Test
  void eachFaultIsALineOnStderr() throws IOException {
    Files.writeString(page, quoted("int a;") + "```java\nint c = d;\n```\n```\n```\n");
    var result = checkout.course("snippets");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err().lines().map(line -> line.substring(0, line.indexOf(": "))))
        .containsExactly(
            "module-07-toy/README.md:2", "module-07-toy/README.md:5", "module-07-toy/README.md:7");
    assertThat(result.out()).endsWith("3 problems\n");
  }

  @Test
  void writeTakesOverTheSource() throws IOException {
    Files.writeString(page, quoted("int a;"));
    var result = checkout.course("snippets", "--write");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("wrote module-07-toy/README.md\n");
    assertThat(page).hasContent(quoted("int b;"));
  }

  @Test
  void blocksOfModulesThatAreNotBuiltAreNamed() throws IOException {
    Files.delete(checkout.module.resolve("target/classes"));
    Files.writeString(page, "```java\nint c = d;\n```\n");
    var result = checkout.course("snippets");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err())
        .isEqualTo(
            "not checked: 1 java blocks: not built yet: module-07-toy; `mvn package` builds them\n");
  }

  @Test
  void verifyChecksTheSnippetsToo() throws IOException {
    checkout.demo("```console\n$ true\n```\n");
    assertThat(checkout.course("verify").exitCode()).isZero();
    Files.writeString(page, quoted("int a;"));
    var result = checkout.course("verify");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .endsWith(
            """
            verify: not as it should be:
              code in the texts: see above, or run `course snippets`
            """);
  }

  private static String quoted(String content) {
    return "```java file=\"A.java\" symbol=\"A#b\"\n" + content + "\n```\n";
  }
}
