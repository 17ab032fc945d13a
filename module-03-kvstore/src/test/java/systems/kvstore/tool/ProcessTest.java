package systems.kvstore.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: exit codes, pipes, bytes that are no text. */
@Tag("phase-4")
class ProcessTest {
  private static final int ENTRIES = 20_000;

  @TempDir static Path folder;

  @BeforeAll
  static void writeAStoreLargerThanAPipe() {
    var shell = new Shell(folder);
    shell.run("db_bench", "--db=DIR/d", "--benchmarks=fillseq,flush", "--num=" + ENTRIES).done();
    shell.run("put", "--db=DIR/d", "zz", "last").done();
  }

  private ProcessBuilder tool(String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(words));
    return new ProcessBuilder(command).directory(folder.toFile());
  }

  @Test
  void readerThatGoesAwayEndsTheCommandQuietly() throws Exception {
    var scan = tool("scan", "--db=d").start();
    try (var out = scan.getInputStream()) {
      assertThat(out.readNBytes(8)).hasSize(8);
    }
    assertThat(scan.waitFor()).isZero();
    assertThat(scan.getErrorStream().readAllBytes()).isEmpty();
  }

  @Test
  void fullDiskUnderTheOutputIsAFailure() throws Exception {
    var full = new File("/dev/full");
    assumeTrue(full.exists(), "needs /dev/full");
    var scan = tool("scan", "--db=d").redirectOutput(full).start();
    assertThat(new String(scan.getErrorStream().readAllBytes(), UTF_8))
        .startsWith("Failed: cannot write the output: ")
        .hasLineCount(1);
    assertThat(scan.waitFor()).isEqualTo(Main.FAILED);
  }

  @Test
  void exitCodesReachTheShell() throws Exception {
    assertThat(exitCode("get", "--db=d", "zz")).isEqualTo(Main.DONE);
    assertThat(exitCode("get", "--db=d", "nothing")).isEqualTo(Main.FAILED);
    assertThat(exitCode("get", "--db=d")).isEqualTo(Main.USAGE);
  }

  private int exitCode(String... words) throws IOException, InterruptedException {
    var process = tool(words).start();
    process.getInputStream().readAllBytes();
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(err).doesNotContain("\tat ");
    return process.waitFor();
  }

  @Test
  void bytesThatAreNoTextLeaveAsTheyAre() throws Exception {
    new Shell(folder).run("put", "--db=DIR/d", "--hex", "0x01", "0xff00c328").done();
    Path out = folder.resolve("out");
    assertThat(
            tool("get", "--db=d", "--key_hex", "0x01")
                .redirectOutput(out.toFile())
                .start()
                .waitFor())
        .isZero();
    assertThat(Files.readAllBytes(out)).containsExactly(0xff, 0x00, 0xc3, 0x28, '\n');
  }
}
