package systems.kvstore.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The {@code kvs} command line, here in this JVM. With the system property {@code course.command}
 * the tests tagged {@code black-box} run that command instead, whatever language it is written in:
 * {@code python3 kvs.py}.
 */
@Tag("phase-1")
class KvsTest {
  private static final String COMMAND = System.getProperty("course.command", "");

  @TempDir Path directory;

  /** What a run of the command left behind; line ends are those of Unix. */
  private record Ran(int exitCode, String out, String err) {}

  private Ran kvs(String... args) {
    var all = new ArrayList<>(List.of("--dir", directory.toString()));
    all.addAll(List.of(args));
    return COMMAND.isEmpty() ? inThisJvm(all) : otherProgram(all);
  }

  private static Ran inThisJvm(List<String> all) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        new CommandLine(new Kvs())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all.toArray(String[]::new));
    return new Ran(exitCode, unix(out.toString()), unix(err.toString()));
  }

  /** A script carries the arguments: as UTF-8 whatever the locale, and quoted for the shell. */
  private Ran otherProgram(List<String> args) {
    var line = new StringBuilder(COMMAND);
    args.forEach(arg -> line.append(" '").append(arg.replace("'", "'\\''")).append('\''));
    try {
      Path script = Files.createTempFile("command", ".sh");
      Files.writeString(script, line.append('\n'));
      return run(List.of("sh", script.toString()));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("cannot run " + line, e);
    }
  }

  private static String unix(String text) {
    return text.replace(System.lineSeparator(), "\n");
  }

  @Test
  @Tag("black-box")
  void whatWasSetCanBeGotByTheNextCommand() {
    assertThat(kvs("set", "key1", "value1")).isEqualTo(new Ran(0, "", ""));
    assertThat(kvs("get", "key1")).isEqualTo(new Ran(0, "value1\n", ""));
    assertThat(kvs("set", "key1", "value2")).isEqualTo(new Ran(0, "", ""));
    assertThat(kvs("get", "key1")).isEqualTo(new Ran(0, "value2\n", ""));
  }

  @Test
  @Tag("black-box")
  void gettingAMissingKeyIsAnAnswerAndNoFailure() {
    assertThat(kvs("get", "key1")).isEqualTo(new Ran(0, "Key not found\n", ""));
    assertThat(kvs("set", "key1", "").exitCode()).isZero();
    assertThat(kvs("get", "key1")).isEqualTo(new Ran(0, "\n", ""));
  }

  @Test
  @Tag("black-box")
  void removingAMissingKeyFails() {
    assertThat(kvs("rm", "key1")).isEqualTo(new Ran(1, "", "Key not found\n"));
    assertThat(kvs("set", "key1", "value1").exitCode()).isZero();
    assertThat(kvs("rm", "key1")).isEqualTo(new Ran(0, "", ""));
    assertThat(kvs("get", "key1"))
        .as("kvs get of a key that the command before has removed")
        .isEqualTo(new Ran(0, "Key not found\n", ""));
    assertThat(kvs("rm", "key1")).isEqualTo(new Ran(1, "", "Key not found\n"));
  }

  @Test
  @Tag("black-box")
  void keysAndValuesAreText() {
    assertThat(kvs("set", "schl\u00fcssel", "\u4fa1\u5024 with spaces").exitCode()).isZero();
    assertThat(kvs("get", "schl\u00fcssel").out()).isEqualTo("\u4fa1\u5024 with spaces\n");
  }

  @Test
  void mergeFreesTheGarbageThatStatsCounts() {
    for (int i = 0; i < 5; i++) {
      assertThat(kvs("set", "key1", "value" + i).exitCode()).isZero();
    }
    // A record of 24 + 4 + 6 bytes and a mark of 24 for each command.
    assertThat(kvs("stats").out())
        .contains("keys                 1\n")
        .contains("data bytes           290\n")
        .contains("live bytes           34\n")
        .contains("garbage bytes        256\n");
    assertThat(kvs("merge")).isEqualTo(new Ran(0, "merged 290 bytes into 34\n", ""));
    assertThat(kvs("get", "key1").out()).isEqualTo("value4\n");
    assertThat(kvs("stats").out()).contains("garbage bytes        0\n");
  }

  @Test
  void helpAndVersionAreOnStdoutAndUsageErrorsOnStderr() {
    assertThat(kvs("set", "key1", "value1").exitCode()).isZero();
    assertThat(kvs("-V")).isEqualTo(new Ran(0, "kvs 1.0\n", ""));
    assertThat(kvs("--help").out()).contains("set", "get", "rm", "merge", "stats", "--dir");
    assertThat(kvs("get", "--help").out()).contains("KEY");
    for (var wrong : List.of("", "get", "set key1", "rm", "get a b", "unknown", "set a b c")) {
      var ran = kvs(wrong.isEmpty() ? new String[0] : wrong.split(" "));
      assertThat(ran.exitCode()).as(wrong).isEqualTo(2);
      assertThat(ran.out()).as(wrong).isEmpty();
      assertThat(ran.err()).as(wrong).contains("Usage");
    }
  }

  @Test
  void aDamagedFileIsASentenceWithFileAndOffsetAndNeverAWrongValue() throws IOException {
    assertThat(kvs("set", "key1", "value1").exitCode()).isZero();
    assertThat(kvs("set", "key2", "value2").exitCode()).isZero();
    Path data = directory.resolve("0000000001.data");
    byte[] bytes = Files.readAllBytes(data);
    bytes[26] ^= 1;
    Files.write(data, bytes);
    var ran = kvs("get", "key2");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith("kvs: " + data + " at offset 0: ");
  }

  @Test
  void aTornTailIsReportedOnce() throws IOException {
    assertThat(kvs("set", "key1", "value1").exitCode()).isZero();
    Path data = directory.resolve("0000000001.data");
    byte[] torn = new byte[10];
    Files.write(data, torn, java.nio.file.StandardOpenOption.APPEND);
    var first = kvs("get", "key1");
    assertThat(first.out()).isEqualTo("value1\n");
    assertThat(first.err()).startsWith("kvs: cut 10 bytes of a torn tail: " + data);
    assertThat(kvs("get", "key1")).isEqualTo(new Ran(0, "value1\n", ""));
  }

  @Test
  void aProcessOfItsOwnBehavesTheSame() throws Exception {
    assertThat(process("set", "key1", "value1")).isEqualTo(new Ran(0, "", ""));
    assertThat(process("get", "key1")).isEqualTo(new Ran(0, "value1\n", ""));
    assertThat(process("rm", "key2")).isEqualTo(new Ran(1, "", "Key not found\n"));
    assertThat(kvs("get", "key1").out()).isEqualTo("value1\n");
  }

  private Ran process(String... args) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-ea"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Kvs.class.getName()));
    command.addAll(List.of("--dir", directory.toString()));
    command.addAll(List.of(args));
    return run(command);
  }

  private static Ran run(List<String> command) throws IOException, InterruptedException {
    Path err = Files.createTempFile("kvs", ".err");
    try {
      var child = new ProcessBuilder(command).redirectError(err.toFile()).start();
      child.getOutputStream().close();
      String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(child.waitFor(50, TimeUnit.SECONDS)).isTrue();
      return new Ran(child.exitValue(), unix(out), unix(Files.readString(err)));
    } finally {
      Files.delete(err);
    }
  }
}
