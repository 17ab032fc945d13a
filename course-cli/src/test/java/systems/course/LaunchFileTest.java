package systems.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseFile;

class LaunchFileTest {
  private static final Path JDK = Path.of(System.getProperty("java.home"));
  private static final String PROGRAM =
      """
      package toy;
      final class Main {
        public static void main(String[] args) {
          System.out.println("toy " + String.join(",", args));
        }
      }
      """;

  @TempDir Path parent;
  private Path folder;
  private Path jar;

  @BeforeEach
  void buildProgram() throws IOException {
    folder = Files.createDirectory(parent.resolve("toy"));
    Path source = Files.writeString(folder.resolve("Main.java"), PROGRAM);
    var compiler = ToolProvider.getSystemJavaCompiler();
    int failed = compiler.run(null, null, null, "-d", folder.toString(), source.toString());
    assertThat(failed).isZero();
    Path target = Files.createDirectory(folder.resolve("target"));
    jar = target.resolve("toy-1.jar");
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("toy/Main.class"));
      Files.copy(folder.resolve("toy/Main.class"), out);
    }
  }

  @Test
  void linesAreTheStampTheCommandAndTheDefaultArguments() throws IOException {
    write(new CourseFile.Run("toy.Main", List.of("-Xmx64m"), List.of("serve", "a b"), List.of()));
    List<String> lines = Files.readAllLines(folder.resolve("target/launch"));
    assertThat(lines.getFirst()).isEqualTo("here|there");
    assertThat(lines)
        .containsSubsequence("-Xmx64m", "-cp", jar.toString(), "toy.Main", "", "serve", "a b");
    assertThat(lines).noneMatch(line -> line.contains("AOT"));
  }

  @Test
  void warmedUpCommandStartsFromACacheAndPrintsNothingElse() throws Exception {
    write(new CourseFile.Run("toy.Main", List.of(), List.of(), List.of("warm")));
    assertThat(folder.resolve("target/launch.aot")).isNotEmptyFile();
    assertThat(outputOfLaunch("x", "y")).isEqualTo("toy x,y\n");
  }

  @Test
  void cacheThatNoLongerFitsIsPassedOverInSilence() throws Exception {
    write(new CourseFile.Run("toy.Main", List.of(), List.of(), List.of("warm")));
    Files.write(folder.resolve("target/launch.aot"), new byte[100]);
    assertThat(outputOfLaunch("x")).isEqualTo("toy x\n");
  }

  @Test
  void warmUpThatFailsCostsOnlyTheCache() throws IOException {
    write(new CourseFile.Run("toy.Absent", List.of(), List.of(), List.of("warm")));
    assertThat(Files.readAllLines(folder.resolve("target/launch")))
        .contains("toy.Absent")
        .noneMatch(line -> line.contains("AOT"));
  }

  @Test
  void secondJarIsRefusedSinceNobodyKnowsWhichIsMeant() throws IOException {
    Files.copy(jar, jar.resolveSibling("toy-2.jar"));
    var run = new CourseFile.Run("toy.Main", List.of(), List.of(), List.of());
    assertThatThrownBy(() -> write(run)).hasMessageContaining("expected one jar");
  }

  @Test
  void jarThatATestHasLeftIsNotTheModules() throws IOException {
    Files.copy(jar, jar.resolveSibling("agent-1.jar"));
    write(new CourseFile.Run("toy.Main", List.of(), List.of(), List.of()));
    assertThat(Files.readAllLines(folder.resolve("target/launch"))).contains(jar.toString());
  }

  private void write(CourseFile.Run run) {
    new LaunchFile("here|there", JDK, folder.resolve("target")).write(run);
  }

  private String outputOfLaunch(String... args) throws IOException, InterruptedException {
    List<String> lines = Files.readAllLines(folder.resolve("target/launch"));
    List<String> command = new ArrayList<>(List.of(JDK.resolve("bin/java").toString()));
    command.addAll(lines.subList(1, lines.indexOf("")));
    command.addAll(List.of(args));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).isZero();
    return output;
  }
}
