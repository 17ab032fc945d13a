package systems.core.concurrent;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * Runs jcstress on classes of the test class path.
 *
 * <pre>
 *   XOrder.class --- javac + jcstress's processor ---> harness classes in a folder
 *   java -cp folder:class path  org.openjdk.jcstress.Main  ---> a table of outcomes for each class
 * </pre>
 *
 * <p>The course's build runs no annotation processors, and neither does {@code ./course bugs}. So
 * the harness is made here, of the compiled classes, which is why no source has to be found.
 *
 * <p>jcstress would try dozens of combinations of compilers. One is enough here, the one in which
 * most is reordered: C2 with schedulers that choose at random among all that the dependences allow.
 */
final class Jcstress {
  private static final int MINUTES_MAX = 5;

  /** A fork is a JVM, in which the compiler throws its dice once: many short ones see more. */
  private static final int MILLIS_EACH = 200;

  /** A line of the table: an outcome that was seen at least once. */
  record Seen(String test, String outcome, long samples, String expectation, String description) {
    boolean isForbidden() {
      return expectation.equals("Forbidden");
    }

    /** What happened, without what differs from run to run. */
    String sentence() {
      return test + ": " + description;
    }

    @Override
    public String toString() {
      return "%s saw (%s), %,d times: %s".formatted(test, outcome, samples, description);
    }
  }

  private static final Pattern ROW =
      Pattern.compile(
          "\\s*(\\S.*?)\\s{2,}([\\d,]+)\\s+<?[\\d.]+%\\s+"
              + "(Acceptable|Forbidden|Interesting|Unknown)\\s+(.*)");
  private static final Pattern TITLE =
      Pattern.compile("\\.*\\s*\\[[A-Z ]+] (?:\\w+\\.)*(\\w+)\\s*");

  private Jcstress() {}

  /** Runs tests; returns all outcomes that were seen. */
  static List<Seen> run(Path folder, int forks, Class<?>... tests)
      throws IOException, InterruptedException {
    Path harness = Files.createDirectories(folder.resolve("harness"));
    compile(harness, tests);
    Path log = folder.resolve("jcstress.txt");
    Process process =
        new ProcessBuilder(command(harness, folder, forks))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
        throw new AssertionError("jcstress does not end: " + Files.readString(log));
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return parse(Files.readString(log));
  }

  private static void compile(Path harness, Class<?>... tests) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var complaints = new java.io.StringWriter();
    List<String> options =
        List.of(
            "-nowarn",
            "-proc:full",
            "-processor",
            "org.openjdk.jcstress.infra.processors.JCStressTestProcessor",
            "-cp",
            ClassPath.ofThisRun(),
            "-d",
            harness.toString());
    List<String> names = Arrays.stream(tests).map(Class::getName).toList();
    if (!compiler.getTask(complaints, null, null, options, names, null).call()) {
      throw new AssertionError("no harness: " + complaints);
    }
  }

  /**
   * Options of this JVM are handed on to the forks, so there are none that a test must not have.
   */
  private static List<String> command(Path harness, Path folder, int forks) {
    List<String> command = new ArrayList<>();
    command.add(ClassPath.java());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-cp",
            harness + File.pathSeparator + ClassPath.ofThisRun(),
            "org.openjdk.jcstress.Main",
            "-v",
            "-r",
            folder.resolve("results").toString(),
            "-f",
            Integer.toString(forks),
            "-iters",
            "1",
            "-time",
            Integer.toString(MILLIS_EACH),
            "-c",
            "2",
            "-sc",
            "false",
            "-af",
            "NONE",
            "-pth",
            "false",
            "-jvmArgs",
            "-XX:-TieredCompilation -XX:+UnlockDiagnosticVMOptions"
                + " -XX:+StressLCM -XX:+StressGCM"));
    return command;
  }

  /** The last part of the report has a table for each test, over all forks. */
  static List<Seen> parse(String report) {
    int begin = report.indexOf("RUN RESULTS:");
    if (begin < 0) {
      throw new AssertionError("jcstress did not come to an end: " + report);
    }
    List<Seen> seen = new ArrayList<>();
    String test = "";
    for (String line : report.substring(begin).lines().toList()) {
      var title = TITLE.matcher(line);
      var row = ROW.matcher(line);
      if (title.matches()) {
        test = title.group(1);
      } else if (row.matches()) {
        long samples = Long.parseLong(row.group(2).replace(",", ""));
        if (samples > 0) {
          seen.add(new Seen(test, row.group(1), samples, row.group(3), row.group(4)));
        }
      }
    }
    return seen;
  }
}
