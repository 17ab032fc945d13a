package systems.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code course check --cmd}: the tests of this checkout's own kvs command line, against one in
 * Python. Of the module's tests only these are taken, so that they compile without its libraries.
 */
@Timeout(300)
class CheckProgramTest {
  private static final Path MODULE =
      Path.of("..", "module-03-kvstore").toAbsolutePath().normalize();
  private static final String TEST = "src/test/java/systems/kvstore/tool/KvsTest.java";

  @TempDir Path root;
  private FakeCheckout checkout;
  private Path program;

  @BeforeEach
  void takeModule() throws IOException {
    assumeTrue(hasPython(), "python3 is not on the PATH");
    root = root.toRealPath();
    checkout = new FakeCheckout(root);
    Path module = root.resolve("module-03-kvstore");
    copy(MODULE.resolve("src/main/java"), module.resolve("src/main/java"));
    Files.createDirectories(module.resolve(TEST).getParent());
    Files.copy(MODULE.resolve(TEST), module.resolve(TEST));
    Files.copy(MODULE.resolve("course.yaml"), module.resolve("course.yaml"));
    Files.writeString(module.resolve("pom.xml"), "<project/>");
    StudentFolder.knowLibraries(
        module.resolve("pom.xml"), module.resolve("target/course-classpath"));
    program = root.resolve("kvs.py");
    try (var python = getClass().getResourceAsStream("check/kvs.py")) {
      Files.copy(python, program);
    }
  }

  @Test
  void programInAnotherLanguagePasses() {
    var result = check("--module", "kvstore", "--phase", "1");
    assertThat(result.out())
        .containsPattern("phase 1 +\\[#+\\] +4 of 4")
        .contains("The program does all that is asked of it.");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void programThatIsWrongIsToldInPlainWords() throws IOException {
    String python = Files.readString(program);
    Files.writeString(
        program, python.replace("print(\"Key not found\", file=sys.stderr)", "print(\"nothing\")"));
    var result = check("--module", "kvstore");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .containsPattern("phase 1 +\\[#+-+\\] +3 of 4")
        .contains("Phase 1: removing a missing key fails")
        .contains("err=Key not found")
        .contains("out=nothing")
        .contains("Next: mend the program")
        .doesNotContain("\tat ");
  }

  @Test
  void withoutAModuleOutsideOfAProjectItSaysWhatToDo() {
    var result = check();
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--module");
  }

  private FakeCheckout.Result check(String... more) {
    String[] command = {"check", "--cmd", "python3 '" + program + "'", root.toString()};
    return checkout.course(
        Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new));
  }

  private static boolean hasPython() {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
  }

  private static void copy(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }
}
