package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.exam.ToyProject;

/** What a command that examines nothing loads: the platform for tests costs a fifth of a second. */
class StartUpTest {
  @TempDir Path root;

  @Test
  void listLoadsNeitherTheTestPlatformNorTheExam() throws Exception {
    new FakeCheckout(root);
    Path log = root.resolve("classes.log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xlog:class+load:file=" + log, "-Dcourse.root=" + root));
    command.addAll(List.of("-cp", classPath(), Main.class.getName(), "list"));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    assertThat(new String(process.getInputStream().readAllBytes())).contains("a toy");
    assertThat(process.waitFor()).isZero();
    assertThat(Files.readString(log))
        .contains("systems.course.ListCommand", "systems.course.CheckCommand")
        .doesNotContain("org.junit", "systems.course.exam", "systems.course.check.");
  }

  private static String classPath() throws URISyntaxException {
    List<String> path = new ArrayList<>();
    path.add(
        Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    ToyProject.libraries().forEach(jar -> path.add(jar.toString()));
    return String.join(File.pathSeparator, path);
  }
}
