package systems.course;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;

/**
 * The java command of an application, kept in {@code target/launch} for the launcher.
 *
 * <pre>
 *   /home/a/course|/usr/lib/jvm/temurin-25     the checkout and the JDK that it was made for
 *   -XX:AOTCache=/home/a/.../target/launch.aot
 *   -cp                                        one argument a line
 *   /home/a/.../target/module-03-kvstore-1.0.0-SNAPSHOT.jar
 *   systems.kvstore.tool.Main
 *                                              an empty line, then the arguments for
 *   --help                                     a run that is given none
 * </pre>
 *
 * <p>The launcher, a bash script, reads this with its own {@code read} and replaces itself by java:
 * a start costs no second JVM, signals and pipes reach the application itself, and its exit code is
 * the command's. A first line that names another checkout or JDK makes the file stale, and so does
 * anything that is newer than the file and that the application is made of. Starting the
 * application as a child of this JVM was the alternative: 0.15 s and 40 MB more for each run.
 *
 * <p>The jar names its libraries in its manifest, so the class path is one file. The AOT cache (JEP
 * 483, 514) holds the classes that the warm-up run loaded, already linked. It is an accelerator
 * only: where it cannot be made, the file goes without.
 */
final class LaunchFile {
  private static final long WARMUP_SECONDS_MAX = 60;

  /** JVM flags for a program that somebody waits for; the application's own come after them. */
  private static final List<String> COMMON_FLAGS = List.of("-XX:-UsePerfData");

  private final String stamp;
  private final Path java;
  private final Path target;

  /**
   * The launch file of an application.
   *
   * @param stamp the first line, as the launcher wants it
   * @param jdk home of the JDK that will run the application
   * @param target the application's {@code target} folder
   */
  LaunchFile(String stamp, Path jdk, Path target) {
    this.stamp = stamp;
    this.java = jdk.resolve("bin/java");
    this.target = target;
  }

  Path file() {
    return target.resolve("launch");
  }

  /** Writes the file, whole or not at all. */
  void write(CourseFile.Run run) {
    List<String> command = new ArrayList<>(COMMON_FLAGS);
    command.addAll(run.jvm());
    List<String> application = List.of("-cp", jar().toString(), run.main());
    if (!run.warmup().isEmpty()) {
      command.addAll(cacheFlags(List.copyOf(command), application, run.warmup()));
    }
    command.addAll(application);

    assert command.stream().noneMatch(LaunchFile::breaksTheForm) : command;
    assert run.args().stream().noneMatch(LaunchFile::breaksTheForm) : run.args();
    List<String> lines = new ArrayList<>(List.of(stamp));
    lines.addAll(command);
    lines.add("");
    lines.addAll(run.args());
    try {
      Path draft = target.resolve("launch.draft");
      Files.write(draft, lines);
      Files.move(draft, file(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file(), e);
    }
  }

  private static boolean breaksTheForm(String argument) {
    return argument.isEmpty() || argument.indexOf('\n') >= 0;
  }

  /** Tests leave other jars in target: it is their folder for temporary files. */
  private static boolean isJarOf(String artifact, Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(artifact) && name.endsWith(".jar");
  }

  private Path jar() {
    try (Stream<Path> files = Files.list(target)) {
      String artifact = target.toAbsolutePath().resolveSibling("").getFileName() + "-";
      List<Path> jars = files.filter(file -> isJarOf(artifact, file)).sorted().toList();
      if (jars.size() == 1) {
        return jars.getFirst();
      }
      throw CourseException.failed(
          "expected one jar in %s, found %s; `mvn clean` there helps".formatted(target, jars));
    } catch (IOException e) {
      throw CourseException.failed(target + " is not built: run ./course, which builds it");
    }
  }

  private List<String> cacheFlags(
      List<String> flags, List<String> application, List<String> warmup) {
    Path cache = target.resolve("launch.aot");
    List<String> command = new ArrayList<>(List.of(java.toString()));
    command.addAll(flags);
    command.add("-XX:AOTCacheOutput=" + cache);
    command.addAll(application);
    command.addAll(warmup);
    return succeeds(command) && Files.exists(cache)
        ? List.of("-XX:AOTCache=" + cache, "-Xlog:disable")
        : List.of();
  }

  private boolean succeeds(List<String> command) {
    var nowhere = ProcessBuilder.Redirect.DISCARD;
    var builder =
        new ProcessBuilder(command)
            .directory(target.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(nowhere)
            .redirectError(nowhere);
    try {
      Process process = builder.start();
      if (!process.waitFor(WARMUP_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
