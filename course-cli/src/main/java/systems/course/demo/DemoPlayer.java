package systems.course.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.Repository;
import systems.course.demo.DemoScript.Step;
import systems.course.terminal.Prose;
import systems.course.terminal.Terminal;

/**
 * Plays a demo to people, or checks that it still does what it says.
 *
 * <p>Both run the commands in one {@link Shell}, in a fresh folder, with {@code course} on the PATH
 * and {@code COURSE_ROOT} set. Playing shows and never judges: in a class room the numbers differ
 * and that is fine. Checking compares each command with its {@link Transcript} and stops at the
 * first that differs, since what comes after it builds on it.
 */
public final class DemoPlayer {
  private static final int WIDTH_CHARS = 80;
  private static final int DIFF_LINES_MAX = 40;
  private static final int DIFF_CONTEXT_LINES = 3;
  private static final String SHELL_ENDED = "the demo's shell has ended";

  private final Repository repository;
  private final Terminal terminal;
  private final Duration stepLimit;

  public DemoPlayer(Repository repository, Terminal terminal, Duration stepLimit) {
    this.repository = repository;
    this.terminal = terminal;
    this.stepLimit = stepLimit;
  }

  /** Shows the demo; waits for Enter before each command if somebody is there to press it. */
  public void play(DemoScript script, boolean pauses) {
    inShell(script, shell -> playIn(shell, script, pauses));
  }

  private boolean playIn(Shell shell, DemoScript script, boolean pauses) {
    for (DemoScript.Part part : script.parts()) {
      switch (part) {
        case DemoScript.Prose(String markdown) -> showProse(markdown);
        case Step step -> {
          terminal.out().print(terminal.bold(prompted(step.command())));
          terminal.out().flush();
          if (pauses && !terminal.awaitEnter()) {
            return true;
          }
          if (!pauses) {
            terminal.out().println();
          }
          playStep(shell, step);
        }
      }
    }
    return true;
  }

  private void showProse(String markdown) {
    terminal.out().println();
    Prose.lines(markdown, terminal, WIDTH_CHARS).forEach(terminal.out()::println);
    terminal.out().println();
  }

  private void playStep(Shell shell, Step step) {
    var outcome = shell.run(step.command(), stepLimit, this::showOutput);
    if (!outcome.output().isEmpty() && !outcome.output().endsWith("\n")) {
      terminal.out().println();
    }
    switch (outcome) {
      case Shell.Finished _ -> {}
      case Shell.TimedOut _ -> throw CourseException.failed(stillRunning(step));
      case Shell.Gone _ -> throw CourseException.failed(SHELL_ENDED);
    }
  }

  private void showOutput(String text) {
    terminal.out().print(text);
    terminal.out().flush();
  }

  /** Runs the demo unattended. True when every command printed what the file says. */
  public boolean check(DemoScript script) {
    if (script.steps().isEmpty()) {
      terminal.err().println("course: " + shown(script) + " has no console block");
      return false;
    }
    return inShell(
        script, shell -> script.steps().stream().allMatch(step -> checkStep(shell, script, step)));
  }

  private boolean checkStep(Shell shell, DemoScript script, Step step) {
    var outcome = shell.run(step.command(), stepLimit, _ -> {});
    List<String> output = outcome.output().lines().toList();
    var mismatch = step.output().compare(output);
    String fault =
        switch (outcome) {
          case Shell.TimedOut _ -> stillRunning(step);
          case Shell.Gone _ -> SHELL_ENDED;
          case Shell.Finished(_, int status) ->
              mismatch.isPresent()
                  ? "the output is not what the demo says (exit status " + status + ")"
                  : "";
        };
    if (fault.isEmpty()) {
      terminal.out().println("ok   " + prompted(step.command()));
      return true;
    }
    terminal.err().printf("%s:%d: %s%n", shown(script), step.line(), fault);
    terminal.err().println("  " + prompted(step.command()));
    mismatch.ifPresent(parting -> showDifference(step.output().expected(), output, parting));
    return false;
  }

  private void showDifference(
      List<String> expected, List<String> output, Transcript.Mismatch parting) {
    int came = Math.min(parting.outputLine(), output.size());
    show("    ", output.subList(Math.max(0, came - DIFF_CONTEXT_LINES), came));
    show("  - ", expected.subList(parting.expectedLine(), expected.size()));
    show("  + ", output.subList(came, output.size()));
    terminal.err().println("  (- as the demo says, where ... is any text; + as it came)");
  }

  private void show(String mark, List<String> lines) {
    lines.stream().limit(DIFF_LINES_MAX).forEach(line -> terminal.err().println(mark + line));
    if (lines.size() > DIFF_LINES_MAX) {
      terminal.err().println(mark + (lines.size() - DIFF_LINES_MAX) + " lines more");
    }
  }

  private String stillRunning(Step step) {
    return "still running after %d s (--timeout gives more): %s"
        .formatted(stepLimit.toSeconds(), step.command());
  }

  private static String prompted(String command) {
    return "$ " + command.replace("\n", "\n> ");
  }

  private String shown(DemoScript script) {
    return repository.shown(script.file()).toString();
  }

  private interface ShellUse {
    boolean in(Shell shell);
  }

  private boolean inShell(DemoScript script, ShellUse use) {
    try {
      Path scratch = Files.createTempDirectory("course-demo-").toRealPath();
      try {
        Path bin = Files.createDirectory(scratch.resolve("bin"));
        Path work = Files.createDirectory(scratch.resolve("work"));
        Path steps = Files.createDirectory(scratch.resolve("steps"));
        Files.createSymbolicLink(bin.resolve("course"), repository.root().resolve("course"));
        try (var shell = new Shell(work, steps, environment(bin))) {
          return use.in(shell);
        }
      } finally {
        deleteTree(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare a folder for " + shown(script), e);
    }
  }

  private Map<String, String> environment(Path bin) {
    return Map.of(
        "PATH",
        bin + ":" + System.getenv().getOrDefault("PATH", "/usr/bin:/bin"),
        "COURSE_ROOT",
        repository.root().toString(),
        "NO_COLOR",
        "1",
        "TERM",
        "dumb");
  }

  private static void deleteTree(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
