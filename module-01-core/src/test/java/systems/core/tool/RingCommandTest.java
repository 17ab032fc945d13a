package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("phase-4")
class RingCommandTest {
  @TempDir Path folder;
  private String ring = "";

  @BeforeEach
  void nameTheRing() {
    ring = folder.resolve("a.ring").toString();
  }

  private static String send(String lines, String... args) {
    var err = new StringWriter();
    var in = new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8));
    int code =
        new CommandLine(new RingCommand(in))
            .setErr(new PrintWriter(err, true))
            .setExecutionExceptionHandler((failure, command, _) -> {
              command.getErr().println(failure.getMessage());
              return Main.FAILED;
            })
            .execute(args);
    return code + " " + err.toString().strip();
  }

  @Test
  void whatWasSentIsReceivedInOrderAndOnce() {
    assertThat(send("one\ntwo\n", "send", ring)).isEqualTo("0 2 records sent");
    assertThat(send("drei\u00e9\n", "send", ring)).isEqualTo("0 1 records sent");
    assertThat(new CommandLineRun("ring", "receive", ring).out.lines())
        .as("lines received")
        .containsExactly("one", "two", "drei\u00e9");
    assertThat(new CommandLineRun("ring", "receive", ring).out).as("received again").isEmpty();
  }

  @Test
  void aLineThatNeverFitsIsRefusedAndNothingWaits() {
    assertThat(send("fits\n" + "x".repeat(1000) + "\n", "send", ring, "--capacity", "256"))
        .startsWith("1 a line of 1,000 bytes does not fit into this ring");
  }
}
