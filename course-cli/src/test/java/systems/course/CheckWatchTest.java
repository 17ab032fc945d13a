package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.Repository;
import systems.course.terminal.Terminal;

@Timeout(180)
class CheckWatchTest {
  private static final String SOURCE = "src/main/java/toy/Half.java";
  private static final long PATIENCE_NANOS = 120_000_000_000L;

  @TempDir Path root;
  private StudentFolder student;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private Thread watching;
  private int seen;

  @BeforeEach
  void startWatching() throws IOException {
    root = root.toRealPath();
    var checkout = new FakeCheckout(root.resolve("checkout"));
    student = new StudentFolder(root.resolve("my-toy"));
    student.write(
        SOURCE,
        """
        package toy;
        class Half {
          static int of(int number) {
            throw new UnsupportedOperationException("phase 1: what of odd numbers?");
          }
        }
        """);
    student.write(
        "src/test/java/toy/HalfTest.java",
        """
        package toy;
        import static org.assertj.core.api.Assertions.assertThat;
        import org.junit.jupiter.api.*;
        class HalfTest {
          @Test @Tag("phase-1") void halfOfFourIsTwo() { assertThat(Half.of(4)).isEqualTo(2); }
          @Test @Tag("phase-2") void halfOfFiveIsThree() { assertThat(Half.of(5)).isEqualTo(3); }
        }
        """);
    var printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    var terminal = new Terminal(new StringReader(""), printer, printer, false);
    var repository = new Repository(checkout.root);
    watching =
        new Thread(
            () -> Main.run(repository, terminal, "check", "--watch", student.folder.toString()));
    watching.start();
    assertThat(awaitLine("Next:")).contains("Half.of is still a TODO:");
  }

  @AfterEach
  void stopWatching() throws InterruptedException {
    watching.interrupt();
    watching.join();
  }

  @Test
  void eachSaveIsCheckedUntilAllIsDone() throws Exception {
    student.replace(
        SOURCE,
        "throw new UnsupportedOperationException(\"phase 1: what of odd numbers?\")",
        "return number");
    assertThat(awaitLine("Next:")).contains("Phase 1: half of four is two", "expected", "got");
    assertThat(student.folder.resolve("target/course/draft")).exists();

    saveByRename(student.read(SOURCE).replace("return number;", "return number / 2;"));
    assertThat(awaitLine("Next:"))
        .contains("Phase 2: half of five is three")
        .containsPattern("phase 1 +\\[#+\\] +1 of 1");

    student.replace(SOURCE, "return number / 2;", "return (number + 1) / 2");
    assertThat(awaitLine("Next:")).contains("It does not compile yet", "Half.java:4: ';' expected");

    student.replace(SOURCE, "return (number + 1) / 2", "return (number + 1) / 2;");
    assertThat(awaitLine("Next:")).contains("2 of 2 phases done");
    assertThat(student.read(".course/progress")).contains("phase.1=passed", "phase.2=passed");
  }

  @Test
  void changeThatOthersCanSeeCompilesThemToo() throws Exception {
    student.replace(SOURCE, "static int of(int number)", "static int of(String number)");
    assertThat(awaitLine("Next:"))
        .contains("HalfTest.java", "the tests call what your code no longer has");
    assertThat(student.folder.resolve("target/course/draft")).doesNotExist();
  }

  private void saveByRename(String text) throws IOException {
    Path draft = student.folder.resolve(SOURCE + ".tmp");
    Files.writeString(draft, text);
    Files.move(draft, student.folder.resolve(SOURCE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** What has been printed since the last call, up to a text and the end of its paragraph. */
  private String awaitLine(String text) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() < deadline) {
      String all = out.toString(StandardCharsets.UTF_8);
      int at = all.indexOf(text, seen);
      int end = at < 0 ? -1 : all.indexOf("\n\n", at);
      if (end >= 0) {
        String part = all.substring(seen, end);
        seen = end;
        return part;
      }
      LockSupport.parkNanos(5_000_000);
    }
    throw new AssertionError(
        "no '%s' in:%n%s".formatted(text, out.toString(StandardCharsets.UTF_8)));
  }
}
