package systems.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One measurement in a process of its own: the class path and JDK of this process, flags that are
 * the same for every system, and a protocol of lines.
 *
 * <pre>
 *   child                               driver
 *   RESULT {"ops": ..., ...}   ----->   a measurement, any number of them
 *   READY                      ----->   from now on it may be killed
 *   anything else              ----->   the log file
 * </pre>
 *
 * <p>Invariants: (1) a child that does not exit with 0, or is killed without having said READY, is
 * an error that shows the end of its log. (2) No child outlives the driver: it is destroyed when
 * the call ends in any way, and a child that waits to be killed waits for its standard input, which
 * ends with the driver. (3) A child that says nothing for {@value #MINUTES_MAX} minutes in all is
 * destroyed.
 */
public final class ChildJvm {
  /** What a line with a measurement begins with. */
  public static final String RESULT = "RESULT ";

  /** The line after which the driver kills the child. */
  public static final String READY = "READY";

  private static final long MINUTES_MAX = 30;
  private static final int LOG_LINES_SHOWN = 20;

  private final Path log;
  private final List<String> command = new ArrayList<>();
  private final List<Map<String, Object>> results = new ArrayList<>();
  private boolean killed;

  private ChildJvm(Path log, List<String> jvmArguments, Class<?> main, List<String> arguments) {
    this.log = log;
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
  }

  /**
   * Runs a class to its end, or to READY, at which it is killed with SIGKILL.
   *
   * @param log where its standard error and other lines are appended
   * @return the measurements in the order in which they came
   * @throws IOException if it failed; the message has the end of its log
   */
  public static List<Map<String, Object>> run(
      Path log, List<String> jvmArguments, Class<?> main, List<String> arguments)
      throws IOException {
    var child = new ChildJvm(log, jvmArguments, main, arguments);
    child.run();
    return child.results;
  }

  private void run() throws IOException {
    Files.writeString(log, "\n$ " + String.join(" ", command) + "\n", append());
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    Thread guard = Thread.ofVirtual().start(() -> destroyLate(process));
    Thread orphaned = new Thread(() -> kill(process));
    Runtime.getRuntime().addShutdownHook(orphaned);
    try {
      readLines(process);
      int code = process.waitFor();
      if (code != 0 && !killed) {
        throw new IOException("exit code " + code + " of " + command + endOfLog());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a measurement ran", interrupted);
    } finally {
      guard.interrupt();
      Runtime.getRuntime().removeShutdownHook(orphaned);
      process.destroyForcibly();
    }
  }

  /**
   * SIGKILL through the handle: {@link Process#destroyForcibly()} also closes what we read from.
   */
  private static void kill(Process process) {
    process.toHandle().destroyForcibly();
  }

  private static void destroyLate(Process process) {
    try {
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
        kill(process);
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void readLines(Process process) throws IOException {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
        accept(line, process);
      }
    }
  }

  private void accept(String line, Process process) throws IOException {
    if (line.startsWith(RESULT)) {
      results.add(Json.parseObject(line.substring(RESULT.length())));
    } else if (line.equals(READY)) {
      killed = true;
      kill(process);
    } else {
      Files.writeString(log, line + "\n", append());
    }
  }

  private static java.nio.file.OpenOption[] append() {
    return new java.nio.file.OpenOption[] {
      java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND
    };
  }

  private String endOfLog() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      int from = Math.max(0, lines.size() - LOG_LINES_SHOWN);
      return "\n" + String.join("\n", lines.subList(from, lines.size()));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the log of a failed child cannot be read", unreadable);
    }
  }
}
