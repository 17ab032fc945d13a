package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("phase-6")
class OneBrcTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new OneBrc())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setExecutionExceptionHandler((failure, line, _) -> {
          line.getErr().println(failure.getMessage());
          return 1;
        })
        .execute(arguments);
  }

  @Test
  void aGeneratedFileIsSummarised() throws IOException {
    Path file = folder.resolve("m.txt");
    assertThat(run("--generate", "5000", "--stations", "20", "--seed", "3", file.toString()))
        .isZero();
    try (Stream<String> lines = Files.lines(file)) {
      assertThat(lines.filter(line -> line.matches("[^;]{1,100};-?[0-9]{1,2}\\.[0-9]")))
          .hasSize(5000);
    }
    assertThat(run("--threads", "2", file.toString())).isZero();
    assertThat(out.toString().strip()).startsWith("{A").endsWith("}");
    assertThat(out.toString().split(", ")).as("stations").hasSize(20);
  }

  @Test
  void theSameSeedGivesTheSameFile() throws IOException {
    for (String name : new String[] {"a", "b"}) {
      run("--generate", "1000", "--stations", "500", folder.resolve(name).toString());
    }
    run("--generate", "1000", "--stations", "500", "--seed", "2", folder.resolve("c").toString());
    assertThat(Files.mismatch(folder.resolve("a"), folder.resolve("b"))).isEqualTo(-1);
    assertThat(Files.mismatch(folder.resolve("a"), folder.resolve("c"))).isNotEqualTo(-1);
    assertThat(run(folder.resolve("a").toString())).isZero();
  }

  @Test
  void aMalformedLineIsASentenceWithItsPlace() throws IOException {
    Path file = Files.writeString(folder.resolve("m.txt"), "a;1.0\nb;hot\n");
    assertThat(run(file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("line 2, byte 8").contains("no temperature");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aCommandLineThatMakesNoSenseIsExplained() throws IOException {
    assertThat(run()).isEqualTo(2);
    assertThat(run("--threads", "0", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("--threads must be 1 to 256; it is 0");
    assertThat(run("--generate", "10", "--stations", "10001", "x")).isEqualTo(2);
    Path file = Files.writeString(folder.resolve("m.txt"), "a;1.0\n");
    assertThat(run("--threads", "256", file.toString())).as("one that does").isZero();
  }
}
