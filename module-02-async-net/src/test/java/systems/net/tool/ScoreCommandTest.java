package systems.net.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs the three engines, and nothing of the proxy's phase. */
@Tag("phase-6")
final class ScoreCommandTest {
  @TempDir Path folder;

  @Test
  void ourEnginesRefuseAllThatIsMalformed() {
    Tool.Result result = Tool.run("score", "--ours", "--details");
    assertThat(result.out())
        .contains("ours, engine loop", "ours, engine netty", "ours, engine threads");
    assertThat(result.code()).as(result.out()).isZero();
  }

  @Test
  void whatIsTakenIsShown() throws IOException {
    Path table = folder.resolve("table.txt");
    Files.writeString(
        table,
        """
        # a request that nobody should refuse
        nothing | RFC 9112 3 | 400 | GET / HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n
        LF alone | RFC 9112 2.2 | 400 | GET / HTTP/1.1\\nHost: a.example\\n\\n
        """);
    Tool.Result result = Tool.run("score", "--details", "--table", table.toString());
    assertThat(result.code()).as("ours has taken one").isEqualTo(1);
    assertThat(result.out())
        .contains("2 malformed requests", "200   RFC 9112 3       nothing", "Netty", "JDK")
        .doesNotContain("engine loop                          2");
    assertThat(Tool.run("score", "--table", folder.resolve("none").toString()).code()).isEqualTo(1);
  }

  @Test
  void escapesStandForBytes() {
    assertThat(Tool.run("score", "--ours").code()).as("the table can be read").isZero();
    String text =
        new String(Hostile.unescaped("a\\r\\n\\x41\\{bc*3}\\\\"), StandardCharsets.ISO_8859_1);
    assertThat(text).isEqualTo("a\r\nAbcbcbc\\");
  }
}
