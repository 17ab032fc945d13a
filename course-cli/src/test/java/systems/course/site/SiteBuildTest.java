package systems.course.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;
import systems.course.terminal.Terminal;

class SiteBuildTest {
  @TempDir Path root;
  private FakeNode fake;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void makeCheckout() throws IOException {
    fake = new FakeNode(root);
  }

  @Test
  void firstBuildFetchesTheToolsAndLaterOnesDoNot() throws IOException {
    assertThat(build()).isEqualTo(fake.dist());
    build();
    assertThat(fake.calls()).containsExactly("ci --loglevel=http", "run build", "run build");
    assertThat(fake.dist().resolve("index.html")).hasContent("the first page");
  }

  @Test
  void anotherLockFetchesThemAgain() throws IOException {
    build();
    fake.lock("two");
    build();
    assertThat(fake.calls()).filteredOn(call -> call.startsWith("ci")).hasSize(2);
  }

  @Test
  void fetchThatFailedIsDoneAgain() throws IOException {
    fake.fail("ci", "no network");
    assertThatThrownBy(this::build)
        .isInstanceOf(CourseException.class)
        .hasMessageContaining("fetching failed; the whole output is in")
        .hasMessageContaining("site-install.log");
    assertThat(shown()).contains("no network");
    fake.npm("");
    build();
    assertThat(fake.calls()).filteredOn(call -> call.startsWith("ci")).hasSize(2);
  }

  @Test
  void buildThatFailsShowsItsLastLinesAndKeepsTheRestInALog() throws IOException {
    fake.npm(
        "[ \"$1\" = run ] && { i=0;"
            + " while [ $i -lt 60 ]; do i=$((i+1)); echo line-$i; done; exit 1; }");
    assertThatThrownBy(this::build).hasMessageContaining("building the site failed");
    assertThat(shown()).contains("line-60", "line-21").doesNotContain("line-20\n");
    assertThat(root.resolve("target/site-build.log")).content().contains("line-1\n");
  }

  @Test
  void buildThatLeavesNoPageFails() throws IOException {
    fake.npm("[ \"$1\" = run ] && exit 0");
    assertThatThrownBy(this::build).hasMessageContaining("the build left no ");
  }

  @Test
  void stepsAreShownWhileItRuns() throws IOException {
    build();
    assertThat(shown()).contains("fetching what the site is built with", "collected 1 page");
  }

  @Test
  void checkoutWithoutASiteIsSaidToHaveNone() throws IOException {
    Files.delete(root.resolve("docs/package-lock.json"));
    assertThatThrownBy(this::build).hasMessageContaining("there is no docs/package-lock.json");
  }

  @Test
  void missingNodeIsOneSentenceThatSaysWhatToInstall() throws IOException {
    fake.remove("node");
    assertThatThrownBy(this::build)
        .isInstanceOf(CourseException.class)
        .hasMessageStartingWith("Node.js 20 or newer, with npm, builds the site")
        .hasMessageContaining("there is no node on the PATH: install it from");
  }

  @Test
  void missingNpmIsOneSentenceThatSaysWhatToInstall() throws IOException {
    fake.remove("npm");
    assertThatThrownBy(this::build).hasMessageContaining("there is no npm on the PATH");
  }

  @Test
  void nodeThatIsTooOldIsRefusedWithItsVersion() throws IOException {
    fake.node("v18.19.0");
    assertThatThrownBy(this::build).hasMessageContaining("bin/node is v18.19.0: install it");
    fake.node("nonsense");
    assertThatThrownBy(this::build).hasMessageContaining("bin/node is nonsense");
  }

  private Path build() throws IOException {
    var out = new PrintStream(err, true, StandardCharsets.UTF_8);
    var terminal = new Terminal(new StringReader(""), out, out, false);
    return new SiteBuild(root, Node.find(fake.path()), terminal).build();
  }

  private String shown() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
