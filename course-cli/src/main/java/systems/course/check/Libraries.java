package systems.course.check;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import systems.course.catalogue.CourseException;

/**
 * A project's class path for tests, asked of Maven once per state of its pom.
 *
 * <pre>
 *   .course/classpath   SHA-256 of pom.xml, and of the parent folder's
 *                       one jar a line
 * </pre>
 *
 * <p>Maven needs two seconds to answer, a whole check of a small project one. A file that is gone
 * (a repository that was emptied) makes the answer stale too.
 */
public final class Libraries {
  private static final String GOAL =
      "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath";
  private static final long MAVEN_MINUTES_MAX = 10;
  private static final int SHOWN_LINES_MAX = 10;

  private Libraries() {}

  /**
   * The jars of a project.
   *
   * @param kept the file that remembers them
   * @param say is told when it takes a while
   */
  public static List<Path> of(Path folder, Path kept, Consumer<String> say) {
    Path pom = folder.resolve("pom.xml");
    String state = digest(pom);
    return remembered(kept, state).orElseGet(() -> asked(folder, kept, state, say));
  }

  private static String digest(Path pom) {
    try {
      var sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(Files.readAllBytes(pom));
      Path parent = pom.toAbsolutePath().resolve("../../pom.xml").normalize();
      if (Files.isRegularFile(parent)) {
        sha256.update(Files.readAllBytes(parent)); // it says the versions, for a module of ours
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (IOException e) {
      throw CourseException.failed("cannot read %s, which names the libraries".formatted(pom));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static Optional<List<Path>> remembered(Path kept, String state) {
    try {
      List<String> lines = Files.readAllLines(kept);
      if (lines.isEmpty() || !lines.getFirst().equals(state)) {
        return Optional.empty();
      }
      List<Path> jars = lines.stream().skip(1).map(Path::of).toList();
      return jars.stream().allMatch(Files::exists) ? Optional.of(jars) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<Path> asked(Path folder, Path kept, String state, Consumer<String> say) {
    say.accept("asking Maven for the libraries (once, until pom.xml changes)");
    try {
      Files.createDirectories(kept.toAbsolutePath().getParent());
      Path answer = Files.createTempFile("course-classpath", "");
      try {
        runMaven(folder, answer);
        List<String> lines = new ArrayList<>(List.of(state));
        Arrays.stream(Files.readString(answer).strip().split(File.pathSeparator))
            .filter(jar -> !jar.isEmpty())
            .forEach(lines::add);
        Path draft = kept.resolveSibling(kept.getFileName() + ".draft");
        Files.write(draft, lines);
        Files.move(draft, kept, StandardCopyOption.REPLACE_EXISTING);
        return lines.stream().skip(1).map(Path::of).toList();
      } finally {
        Files.deleteIfExists(answer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + kept, e);
    }
  }

  private static void runMaven(Path folder, Path answer) throws IOException {
    Path log = Files.createTempFile("course-maven", ".log");
    var builder =
        new ProcessBuilder("mvn", "-B", "-q", GOAL, "-Dmdep.outputFile=" + answer)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      Process maven = started(builder);
      if (!maven.waitFor(MAVEN_MINUTES_MAX, TimeUnit.MINUTES)) {
        maven.destroyForcibly();
        throw CourseException.failed("Maven did not name the libraries in ten minutes");
      }
      if (maven.exitValue() != 0) {
        String said =
            String.join("\n", Files.readAllLines(log).stream().limit(SHOWN_LINES_MAX).toList());
        throw CourseException.failed("Maven cannot find the libraries of pom.xml:\n" + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CourseException.failed("interrupted");
    } finally {
      Files.deleteIfExists(log);
    }
  }

  private static Process started(ProcessBuilder maven) {
    try {
      return maven.start();
    } catch (IOException e) {
      throw CourseException.failed(
          "Maven is needed once, to find the libraries, and is not on the PATH: install it, then"
              + " check again.");
    }
  }
}
