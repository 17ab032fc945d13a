package systems.course.site;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import systems.course.catalogue.CourseException;
import systems.course.terminal.Terminal;

/**
 * Builds the site in {@code docs/}: fetches its tools where they are missing, then gathers and
 * renders.
 *
 * <pre>
 *   package-lock.json  --- SHA-256 ---  docs/node_modules/.course-lock
 *                             |
 *            same: nothing    |    other, or none: npm ci, then the stamp
 *                             v
 *   npm run build  ---  docs/.vitepress/dist
 * </pre>
 *
 * <p>The stamp is the lock's content and not its time: a checkout of another commit changes the one
 * and tells nothing by the other. It is written after npm has succeeded, so an install that was
 * interrupted is done again.
 *
 * <p>All that npm says goes to a log; people see steps. What npm starts ends with it: after the
 * limit, and when this program is told to stop.
 */
public final class SiteBuild {
  private static final Duration STEP_LIMIT = Duration.ofMinutes(15);
  private static final int LAST_LINES = 40;
  private static final int FETCHED_STEP = 25;

  private final Path root;
  private final Path docs;
  private final Node node;
  private final Terminal terminal;

  /**
   * @param root the checkout
   * @throws CourseException (failed) where it has no site
   */
  public SiteBuild(Path root, Node node, Terminal terminal) {
    this.root = root;
    this.docs = root.resolve("docs");
    this.node = node;
    this.terminal = terminal;
    if (!Files.isRegularFile(docs.resolve("package-lock.json"))) {
      throw CourseException.failed("there is no docs/package-lock.json in this checkout");
    }
  }

  /** Builds, and returns the folder with the pages. */
  public Path build() throws IOException {
    installTools();
    terminal.err().println("course: building the site");
    npm("site-build.log", "building the site failed", List.of("run", "build"));
    Path dist = docs.resolve(".vitepress/dist");
    if (!Files.isRegularFile(dist.resolve("index.html"))) {
      throw CourseException.failed("the build left no " + dist.resolve("index.html"));
    }
    return dist;
  }

  /**
   * The browser that the site's tests take.
   *
   * @throws CourseException (failed) that says what to install
   */
  public static Path findBrowser() {
    String named = System.getenv("CHROMIUM");
    Path browser = Path.of(named == null ? "/usr/bin/chromium" : named);
    if (!Files.isExecutable(browser)) {
      throw CourseException.failed(
          "Chromium opens the site, and there is no %s: install it, or set CHROMIUM to where it is"
              .formatted(browser));
    }
    return browser;
  }

  /** Opens every page in a browser, by the site's own tests. */
  public void test() throws IOException {
    terminal.err().println("course: opening every page of the site in a browser");
    npm("site-test.log", "the site has faults", List.of("test"));
  }

  private void installTools() throws IOException {
    Path stamp = docs.resolve("node_modules/.course-lock");
    String lock = sha256(docs.resolve("package-lock.json"));
    if (Files.isRegularFile(stamp) && Files.readString(stamp).equals(lock)) {
      return;
    }
    terminal.err().println("course: fetching what the site is built with (about a minute)");
    npm("site-install.log", "fetching failed", List.of("ci", "--loglevel=http"));
    Files.createDirectories(stamp.getParent());
    Files.writeString(stamp, lock);
  }

  private void npm(String logName, String failure, List<String> arguments) throws IOException {
    Path log = Files.createDirectories(root.resolve("target")).resolve(logName);
    var builder = new ProcessBuilder(node.npm().toString());
    builder.command().addAll(arguments);
    builder.environment().put("NO_COLOR", "1");
    Process process = builder.directory(docs.toFile()).redirectErrorStream(true).start();
    var ending = new Thread(() -> end(process));
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      process.getOutputStream().close();
      Deque<String> last = follow(process, log);
      if (process.waitFor() != 0) {
        last.forEach(terminal.err()::println);
        throw CourseException.failed("%s; the whole output is in %s".formatted(failure, log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CourseException.failed("interrupted");
    } finally {
      end(process);
      removeHook(ending);
    }
  }

  /** Copies what a process says to the log until it ends, and returns the last lines. */
  private Deque<String> follow(Process process, Path log) throws IOException {
    Thread watch = Thread.ofVirtual().start(() -> endAfterLimit(process));
    Deque<String> last = new ArrayDeque<>(LAST_LINES);
    var progress = new Progress(terminal);
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        var copy = new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        copy.println(line);
        if (last.size() == LAST_LINES) {
          last.removeFirst();
        }
        last.add(line);
        progress.take(line);
      }
    } finally {
      watch.interrupt();
      progress.end();
    }
    return last;
  }

  private static void endAfterLimit(Process process) {
    try {
      if (!process.waitFor(STEP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        end(process);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it ended by itself
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }

  private static void removeHook(Thread ending) {
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException e) {
      // The JVM is going down already, and the hook does its work.
      assert e.getMessage() != null;
    }
  }

  private static String sha256(Path file) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(digest);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /** Steps for people: one line that changes on a terminal, else a line a step. */
  private static final class Progress {
    private final Terminal terminal;
    private int fetched;
    private boolean shown;

    Progress(Terminal terminal) {
      this.terminal = terminal;
    }

    void take(String line) {
      if (line.startsWith("npm http fetch")) {
        fetched++;
        if (terminal.interactive() || fetched % FETCHED_STEP == 0) {
          show("fetched " + fetched + " files");
        }
      } else if (line.startsWith("collected ")) {
        show(line);
      } else if (line.startsWith("- rendering pages")) {
        show("rendering pages");
      }
    }

    private void show(String step) {
      if (terminal.interactive()) {
        terminal.err().print("\r\u001b[K  " + step);
        terminal.err().flush();
        shown = true;
      } else {
        terminal.err().println("  " + step);
      }
    }

    void end() {
      if (shown) {
        terminal.err().print("\r\u001b[K");
        terminal.err().flush();
      }
    }
  }
}
