package systems.course.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path folder;
  private Shell shell;
  private final StringBuilder live = new StringBuilder();

  @BeforeEach
  void open() throws IOException {
    Path steps = Files.createDirectory(folder.resolve("steps"));
    shell = new Shell(folder, steps, Map.of("GREETING", "hello"));
  }

  @AfterEach
  void close() {
    shell.close();
  }

  @Test
  void outputAndExitStatusComeBack() {
    assertThat(run("echo $GREETING; echo error >&2; (exit 3)"))
        .isEqualTo(new Shell.Finished("hello\nerror\n", 3));
    assertThat(live).hasToString("hello\nerror\n");
  }

  @Test
  void folderVariablesAndJobsLiveOn() {
    run("mkdir sub; cd sub; x=5; sleep 1000 &");
    assertThat(run("echo ${PWD##*/} $x; kill -0 %1 && echo running"))
        .isEqualTo(new Shell.Finished("sub 5\nrunning\n", 0));
  }

  @Test
  void commandThatReadsItsInputFindsNone() {
    assertThat(run("cat; echo end")).isEqualTo(new Shell.Finished("end\n", 0));
    assertThat(run("echo next")).isEqualTo(new Shell.Finished("next\n", 0));
  }

  @Test
  void outputIsExactToTheLastNewline() {
    assertThat(run("printf 'a\\nb'").output()).isEqualTo("a\nb");
    assertThat(run("printf 'a\\nb\\n'").output()).isEqualTo("a\nb\n");
    assertThat(run("true").output()).isEmpty();
    assertThat(run("echo").output()).isEqualTo("\n");
    assertThat(run("printf '\\n\\nx'").output()).isEqualTo("\n\nx");
  }

  @Test
  void syntaxErrorIsAFailedCommand() {
    assertThat(run("echo 'open").output()).contains("unexpected EOF");
    assertThat(run("echo next").output()).isEqualTo("next\n");
  }

  @Test
  void noticeOfAKilledJobIsLeftOut() {
    assertThat(run("sleep 1000 & p=$!; kill -9 $p; wait $p; echo gone $?").output())
        .isEqualTo("gone 137\n");
  }

  @Test
  void commandThatTakesTooLongIsGivenUp() {
    assertThat(shell.run("echo first; sleep 1000", SHORT, _ -> {}))
        .isEqualTo(new Shell.TimedOut("first"));
  }

  @Test
  void exitEndsTheShellEvenIfAJobHoldsThePipe() {
    assertThat(run("sleep 1000 & echo bye; exit 3")).isEqualTo(new Shell.Gone("bye"));
    assertThat(run("echo next")).isEqualTo(new Shell.Gone(""));
  }

  @Test
  void outputWithoutEndIsRefused() {
    assertThatThrownBy(() -> run("yes")).hasMessageContaining("characters");
  }

  @Test
  void backgroundJobsMayBeStoppedByTheDemo() {
    assertThat(run("yes | head -n 1; sleep 1000 & kill %1; wait %1; echo $?").output())
        .isEqualTo("y\n143\n");
  }

  @Test
  void closingEndsOrphansToo() {
    String pids = run("sleep 1000 & echo $!; ( sleep 2000 & echo $! )").output();
    assertThat(pids.lines()).hasSize(2).allMatch(ShellTest::isAlive);
    shell.close();
    pids.lines().forEach(ShellTest::awaitDeath);
  }

  private Shell.Outcome run(String command) {
    return shell.run(command, LONG, live::append);
  }

  private static boolean isAlive(String pid) {
    return ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isPresent();
  }

  private static void awaitDeath(String pid) {
    ProcessHandle.of(Long.parseLong(pid)).ifPresent(process -> process.onExit().join());
  }
}
