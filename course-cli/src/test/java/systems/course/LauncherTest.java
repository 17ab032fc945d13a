package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bash launcher from outside, in a checkout of its own, with a JDK and a Maven that are
 * scripts: they write down how they were called and leave behind what the real ones would.
 */
class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "course").toAbsolutePath().normalize();

  private static final String FAKE_JAVA =
      """
      echo "java $*" >> "$CALLS"
      root=$(cd "$(dirname "$0")/../../../checkout" && pwd)
      jdk=$(cd "$(dirname "$0")/.." && pwd)
      case $* in
        *AOTCacheOutput*) exit 1 ;;
        *'systems.course.Main run toy'*) app=$root/module-07-toy/target/launch ;;
        *'systems.course.Main bench toy'*) app=$root/benchmarks/target/launch ;;
        *) echo "started with ${@: -2}"; cat; exit 7 ;;
      esac
      printf '%s\\n' "$root|$jdk" toy.Main '' default > "$app"
      """;

  private static final String FAKE_MAVEN =
      """
      echo "mvn $* with ${JAVA_HOME-none}" >> "$CALLS"
      case $* in *-v*) echo 'Java version: 17.0.1, vendor: x'; exit ;; esac
      [ ! -e broken ] || { echo '[INFO] fine'; echo '[ERROR] Toy.java: not this way'; exit 1; }
      for app in course-cli module-07-toy benchmarks; do
        mkdir -p $app/target
        case $* in *$app*) touch $app/target/$app-1.jar ;; esac
      done
      echo '[INFO] --- maven-compiler-plugin:3:compile (default-compile) @ toy ---'
      """;

  private record Result(int exitCode, String out, String err) {}

  @TempDir Path folder;
  private FakeCheckout checkout;
  private Path jdks;
  private Path calls;
  private Path path;

  @BeforeEach
  void makeCheckout() throws IOException {
    folder = folder.toRealPath();
    calls = Files.createFile(folder.resolve("calls"));
    checkout = new FakeCheckout(folder.resolve("checkout"));
    Files.writeString(checkout.root.resolve("course"), Files.readString(LAUNCHER));
    Files.writeString(checkout.root.resolve("pom.xml"), "");
    for (String app : List.of("course-cli", "module-07-toy", "benchmarks")) {
      Files.createDirectories(checkout.root.resolve(app + "/src/main"));
      Files.writeString(checkout.root.resolve(app + "/pom.xml"), "");
    }
    jdks = Files.createDirectory(folder.resolve("jdks"));
    makeJdk("a-17", "17.0.9");
    makeJdk("b-25", "25.0.3");
    path = Files.createDirectory(folder.resolve("bin"));
    for (String tool :
        "bash dirname env find mkdir touch mv grep head readlink sed cat".split(" ")) {
      checkout.tool("../bin/" + tool, tool(tool));
    }
    checkout.script("../bin/mvn", FAKE_MAVEN);
  }

  @Test
  void withoutAJdk25ItSaysWhatToInstallAndExitsWithThree() throws Exception {
    deleteJdk("b-25");
    var result = course("list");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err())
        .isEqualTo(
            "course: no JDK 25 found in JAVA25_HOME, JAVA_HOME or the usual folders: install"
                + " Temurin 25 (https://adoptium.net), or set JAVA25_HOME to where a JDK 25 is.\n");
    assertThat(calls()).isEmpty();
  }

  @Test
  void java25HomeAndJavaHomeCountOnlyIfTheyAre25() throws Exception {
    deleteJdk("b-25");
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    makeJdk("../elsewhere/jdk", "25");
    Path jdk17 = jdks.resolve("a-17");
    Path jdk25 = elsewhere.resolve("jdk");
    assertThat(courseIn(Map.of("JAVA25_HOME", jdk17, "JAVA_HOME", jdk17), "x").exitCode())
        .isEqualTo(3);
    assertThat(courseIn(Map.of("JAVA25_HOME", jdk17, "JAVA_HOME", jdk25), "x").exitCode())
        .isEqualTo(7);
    assertThat(courseIn(Map.of("JAVA25_HOME", jdk25), "x").exitCode()).isEqualTo(7);
  }

  @Test
  void runtimeWithoutACompilerDoesNotCount() throws Exception {
    Files.delete(jdks.resolve("b-25/bin/javac"));
    assertThat(course("list").exitCode()).isEqualTo(3);
  }

  @Test
  void withoutMavenItSaysWhatToInstallAndExitsWithFour() throws Exception {
    Files.delete(path.resolve("mvn"));
    var result = course("list");
    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.err()).contains("install Maven 3.8.6 or newer");
  }

  @Test
  void firstUseBuildsWithTheJdkItFoundAndShowsProgress() throws Exception {
    var result = course("list", "toy");
    assertThat(result.err()).contains("building course-cli", "  compiling toy");
    assertThat(result.out()).isEqualTo("started with list toy\n");
    assertThat(calls())
        .first()
        .asString()
        .startsWith("mvn -B -Dmaven.test.skip=true -pl course-cli -am package")
        .endsWith("with " + jdks.resolve("b-25"));
  }

  @Test
  void secondUseBuildsNothing() throws Exception {
    course("list");
    forgetCalls();
    assertThat(course("list").err()).isEmpty();
    assertThat(calls()).hasSize(1).first().asString().endsWith("systems.course.Main list");
  }

  @Test
  void newerSourceIsBuilt() throws Exception {
    course("list");
    forgetCalls();
    write("course-cli/src/main/New.java", Instant.now().plusSeconds(5));
    course("list");
    assertThat(calls()).first().asString().startsWith("mvn");
  }

  @Test
  void newerJarNeedsANewLaunchFileButNoBuild() throws Exception {
    course("list");
    forgetCalls();
    write("course-cli/target/course-cli-1.jar", Instant.now().plusSeconds(5));
    course("list");
    assertThat(calls()).noneMatch(call -> call.startsWith("mvn"));
    assertThat(calls()).anyMatch(call -> call.contains("AOTCacheOutput"));
  }

  @Test
  void failedBuildShowsTheErrorsAndWhereTheLogIs() throws Exception {
    Files.createFile(checkout.root.resolve("broken"));
    var result = course("run", "toy");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("[ERROR] Toy.java: not this way", "target/build-course-cli.log")
        .doesNotContain("fine");
  }

  @Test
  void runBecomesTheModuleWithItsArgumentsInputAndExitCode() throws Exception {
    var result = courseTyping("typed\n", "run", "07", "get", "a b");
    assertThat(result.out()).isEqualTo("started with get a b\ntyped\n");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(calls().getLast()).isEqualTo("java toy.Main get a b");
  }

  @Test
  void runWithoutArgumentsTakesTheDefaults() throws Exception {
    course("run", "toy");
    assertThat(calls().getLast()).isEqualTo("java toy.Main default");
  }

  @Test
  void secondRunStartsNothingButTheModule() throws Exception {
    course("run", "toy", "a");
    forgetCalls();
    assertThat(course("run", "module-07-toy/", "b").err()).isEmpty();
    assertThat(calls()).containsExactly("java toy.Main b");
  }

  @Test
  void changedCourseFileMakesANewLaunchFile() throws Exception {
    course("run", "toy", "a");
    forgetCalls();
    write("module-07-toy/course.yaml", Instant.now().plusSeconds(5));
    course("run", "toy", "b");
    assertThat(calls()).anyMatch(call -> call.endsWith("systems.course.Main run toy"));
    assertThat(calls()).noneMatch(call -> call.startsWith("mvn"));
  }

  @Test
  void nameThatIsNoModuleIsLeftToTheCommand() throws Exception {
    assertThat(course("run", "nix").out()).isEqualTo("started with run nix\n");
    assertThat(course("run", "--help").out()).isEqualTo("started with run --help\n");
    assertThat(course("verify", "--help").out()).isEqualTo("started with verify --help\n");
  }

  @Test
  void benchBecomesTheDriverWithTheModulesShortName() throws Exception {
    course("bench", "07", "--quick");
    assertThat(calls().getLast()).isEqualTo("java toy.Main toy --quick");
  }

  @Test
  void verifyRunsMavenOnTheMachinesOwnJavaAndThenTheDemos() throws Exception {
    var result = course("verify", "-o");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(calls()).contains("mvn -B -ntp verify -o with none");
    assertThat(calls().getLast()).endsWith("systems.course.Main verify");
  }

  @Test
  void verifyStopsWhenMavenFails() throws Exception {
    Files.createFile(checkout.root.resolve("broken"));
    assertThat(course("verify").exitCode()).isEqualTo(1);
    assertThat(calls()).noneMatch(call -> call.startsWith("java"));
  }

  @Test
  void worksThroughSymbolicLinksFromAnywhere() throws Exception {
    Path links = Files.createDirectory(folder.resolve("links"));
    Path first = Files.createSymbolicLink(links.resolve("first"), Path.of("../checkout/course"));
    Path second = Files.createSymbolicLink(links.resolve("second"), first);
    var result = start(second, links, Map.of(), "", "run", "toy", "x");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(calls().getLast()).isEqualTo("java toy.Main x");
  }

  private void makeJdk(String name, String version) throws IOException {
    checkout.script("../jdks/" + name + "/bin/java", FAKE_JAVA);
    checkout.script("../jdks/" + name + "/bin/javac", "exit 1");
    Files.writeString(
        jdks.resolve(name).resolve("release").normalize(),
        "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
  }

  private void deleteJdk(String name) throws IOException {
    Files.delete(jdks.resolve(name).resolve("release"));
  }

  private static Path tool(String name) {
    for (String folder : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(folder, name))) {
        return Path.of(folder, name);
      }
    }
    throw new AssertionError("not on the PATH: " + name);
  }

  private void write(String file, Instant modified) throws IOException {
    Path path = checkout.root.resolve(file);
    if (!Files.exists(path)) {
      Files.createFile(path);
    }
    Files.setLastModifiedTime(path, FileTime.from(modified));
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(calls);
  }

  private void forgetCalls() throws IOException {
    Files.writeString(calls, "");
  }

  private Result course(String... args) throws Exception {
    return courseIn(Map.of(), args);
  }

  private Result courseIn(Map<String, Path> environment, String... args) throws Exception {
    return start(checkout.root.resolve("course"), folder, environment, "", args);
  }

  private Result courseTyping(String typed, String... args) throws Exception {
    return start(checkout.root.resolve("course"), folder, Map.of(), typed, args);
  }

  private Result start(
      Path launcher,
      Path workingFolder,
      Map<String, Path> environment,
      String typed,
      String... args)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(args));
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    Path in = Files.writeString(folder.resolve("stdin"), typed);
    var builder =
        new ProcessBuilder(command)
            .directory(workingFolder.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", path.toString());
    builder.environment().put("HOME", folder.toString());
    builder.environment().put("CALLS", calls.toString());
    builder.environment().put("COURSE_JDK_FOLDERS", jdks.toString());
    environment.forEach((name, value) -> builder.environment().put(name, value.toString()));
    int exitCode = builder.start().waitFor();
    return new Result(exitCode, Files.readString(out), Files.readString(err));
  }
}
