package systems.course.site;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * Node.js of this machine: the two programs that the site is built with.
 *
 * @param node the interpreter, version 20 or newer
 * @param npm its package manager
 */
public record Node(Path node, Path npm) {
  private static final int OLDEST = 20;
  private static final Duration VERSION_LIMIT = Duration.ofSeconds(20);
  private static final int VERSION_BYTES_MAX = 100;
  private static final Pattern VERSION = Pattern.compile("v(\\d{1,4})\\..*");
  private static final String NEEDED = "Node.js " + OLDEST + " or newer, with npm, builds the site";
  private static final String INSTALL = "install it from https://nodejs.org, or by your system";

  /**
   * Looks through folders as a shell does.
   *
   * @param path the value of {@code PATH}
   * @throws CourseException (failed) that says what to install
   */
  public static Node find(@Nullable String path) {
    Path node = program(path, "node");
    if (node == null) {
      throw CourseException.failed(NEEDED + ", and there is no node on the PATH: " + INSTALL);
    }
    String version = version(node);
    if (major(version) < OLDEST) {
      throw CourseException.failed(
          "%s, and %s is %s: %s".formatted(NEEDED, node, printable(version), INSTALL));
    }
    Path npm = program(path, "npm");
    if (npm == null) {
      throw CourseException.failed(NEEDED + ", and there is no npm on the PATH: " + INSTALL);
    }
    return new Node(node, npm);
  }

  private static @Nullable Path program(@Nullable String path, String name) {
    return Stream.of((path == null ? "" : path).split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name).toAbsolutePath())
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .orElse(null);
  }

  private static String version(Path node) {
    try {
      Process process =
          new ProcessBuilder(node.toString(), "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      try (var output = process.getInputStream()) {
        byte[] text = output.readNBytes(VERSION_BYTES_MAX);
        process.waitFor(VERSION_LIMIT.toSeconds(), TimeUnit.SECONDS);
        return new String(text, StandardCharsets.UTF_8).strip();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + node, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CourseException.failed("interrupted");
    }
  }

  private static int major(String version) {
    Matcher matcher = VERSION.matcher(version);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static String printable(String version) {
    return version.isEmpty() ? "of no version" : version.lines().findFirst().orElse("");
  }
}
