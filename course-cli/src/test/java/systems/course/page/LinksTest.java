package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinksTest {
  private static final String THERE =
      "# `Log`: what's first?\n\n## Again\n\n## Again\n\n```sh\n# no heading\n```\n\n<a id=\"here\"></a>\n";

  @TempDir Path root;

  @BeforeEach
  void makeCheckout() throws IOException {
    write("a/there.md", THERE);
    write("a/two words.svg", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[t](a/there.md) and ![i](a/two%20words.svg \"title\")",
        "[t](./a/../a/there.md#log-whats-first)",
        "[t](a/there.md#again-1), [t](a/there.md#here), [folder](a/)",
        "[t](#title)",
        "[t](https://example.com/#no), [t](mailto:a@example.com)",
        "`[t](no.md)` and ``a ` [t](no.md)``",
        "```text\n[t](no.md)\n```",
      })
  void linkThatLeadsSomewhereIsGood(String markdown) throws IOException {
    assertThat(links(markdown)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a/no.md             | there is no a/no.md",
        "a/there.md#no       | a/there.md has no such heading",
        "a/there.md#again-2  | a/there.md has no such heading",
        "a/there.md#no-heading | a/there.md has no such heading",
        "#there              | page.md has no such heading",
        "/a/there.md         | leads out of the checkout",
        "../a/there.md       | leads out of the checkout",
      })
  void linkThatLeadsNowhereIsReported(String target, String sentence) throws IOException {
    assertThat(links("Text\nand [a link](" + target + ") in it."))
        .singleElement()
        .asString()
        .startsWith("page.md:4: " + target + " leads ")
        .contains(sentence);
  }

  @Test
  void imageThatIsMissingIsReported() throws IOException {
    assertThat(links("![i](no.svg)")).isNotEmpty();
  }

  private List<String> links(String markdown) throws IOException {
    write("page.md", "# Title\n\n" + markdown + "\n");
    return Pages.of(root).links().stream().map(Problem::toString).toList();
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
