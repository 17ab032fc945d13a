package systems.course.demo;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * One bash that runs the commands of a demo one after the other, so that the folder it is in, its
 * variables and its background jobs live on from command to command.
 *
 * <pre>
 *   this JVM                        a bash that watches      a bash in a process group of its own
 *   --------                        -------------------      ------------------------------------
 *   step-7 written to a file
 *   path of step-7  --- stdin ---&gt;  passes it on  - fifo -&gt;  . step-7     stdin of it: /dev/null
 *   output          &lt;------------------------- stdout -----  its stdout and stderr as they come
 *                   &lt;--------------------------------------  newline, token, exit status
 *   end of stdin    ------------&gt;   kills the group
 * </pre>
 *
 * <ol>
 *   <li>A command is sourced from a file and never typed into bash's own input: a command that
 *       reads its stdin would otherwise eat the commands after it.
 *   <li>The token is drawn at random for each shell and stands at the start of a line, so no output
 *       ends a step by accident. The newline before it ends a line that the command left open; it
 *       is taken off again.
 *   <li>What a demo left running, and also what a finished subshell left to init, is in the process
 *       group and dies with it. Asking the operating system for descendants would miss the latter.
 *   <li>The watching bash sees the end of its stdin when this JVM closes it or dies, by whatever
 *       signal. A shutdown hook would miss {@code kill -9}.
 *   <li>Bash's notices about background jobs that were killed ({@code line 1: 4711 Killed ...}) are
 *       left out: they come when bash happens to notice, at a different place each time.
 *   <li>Output is bounded, and so is the time of each step.
 * </ol>
 *
 * <p>One thread runs steps. A second one reads the pipe, since a read from it cannot time out; it
 * hands over pieces through a bounded queue and ends with the pipe.
 */
final class Shell implements AutoCloseable {
  /** How a step ended. */
  sealed interface Outcome {
    String output();
  }

  record Finished(String output, int status) implements Outcome {}

  record TimedOut(String output) implements Outcome {}

  /** The shell itself is gone, as after {@code exit}. */
  record Gone(String output) implements Outcome {}

  private static final int PIECE_CHARS = 4096;
  private static final int PIECES_MAX = 64;
  private static final int STEP_OUTPUT_CHARS_MAX = 4 << 20;
  private static final Duration START_MAX = Duration.ofSeconds(10);
  private static final long LIVENESS_CHECK_NANOS = 200_000_000;
  private static final String END_OF_PIPE = "";

  /**
   * Job control gives the background bash a group of its own. The trap is set after it was started:
   * an ignored signal would be ignored by all that it starts.
   */
  private static final String WATCHER =
      """
      set -m
      mkfifo "$2"
      bash --noprofile --norc -c "$1" <"$2" &
      trap '' PIPE
      exec 3>"$2" >/dev/null 2>&1
      while IFS= read -r step_file; do printf '%s\\n' "$step_file" >&3; done
      kill -KILL -- -$!
      for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 -- -$! && sleep 0.05; done
      """;

  private static final String DRIVER =
      """
      exec 9<&0 </dev/null 2>&1
      printf '\\n%%s %%s\\n' %1$s "$$"
      while IFS= read -r -u 9 step_file; do
        . "$step_file" 9<&-
        printf '\\n%%s %%s\\n' %1$s "$?"
      done
      """;

  private final Process process;
  private final Path steps;
  private final String endMark;
  private final Pattern deathNotice;
  private final Writer commands;
  private final BlockingQueue<String> pieces = new ArrayBlockingQueue<>(PIECES_MAX);
  private ProcessHandle bash;
  private int stepsRun;

  /**
   * Starts bash.
   *
   * @param folder the first working directory
   * @param steps an empty folder for the commands' files
   * @param environment added to this process's own
   */
  Shell(Path folder, Path steps, Map<String, String> environment) {
    this.steps = steps;
    String token = "step-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    this.endMark = token + " ";
    this.deathNotice =
        Pattern.compile(
            "(bash|"
                + Pattern.quote(steps.toString())
                + "/step-\\d+): (line \\d+: +)?\\d+ [A-Z].*");
    String fifo = steps.resolve("commands").toString();
    var builder = new ProcessBuilder("bash", "-c", WATCHER, "bash", DRIVER.formatted(token), fifo);
    builder.directory(folder.toFile()).redirectErrorStream(true).environment().putAll(environment);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start bash, which runs a demo's commands", e);
    }
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("demo-output").start(this::readPipe);
    bash = process.toHandle();
    bash = started(await(START_MAX, _ -> {}));
  }

  private ProcessHandle started(Outcome start) {
    if (start instanceof Finished(String output, int pid) && output.isEmpty()) {
      return ProcessHandle.of(pid).orElse(process.toHandle());
    }
    close();
    throw CourseException.failed("bash did not start as expected: " + start.output());
  }

  /**
   * Runs a command and waits for its end.
   *
   * @param live is given the output as it comes, in whole lines
   */
  Outcome run(String command, Duration limit, Consumer<String> live) {
    try {
      assert command.indexOf('\0') < 0 : "bash cannot hold a NUL";
      Path file = steps.resolve("step-" + ++stepsRun);
      Files.writeString(file, command + "\n");
      commands.write(file + "\n");
      commands.flush();
    } catch (IOException e) {
      return new Gone("");
    }
    return await(limit, live);
  }

  private Outcome await(Duration limit, Consumer<String> live) {
    long deadline = System.nanoTime() + limit.toNanos();
    var step = new StepOutput(live);
    while (true) {
      String piece = nextPiece(deadline);
      if (piece == null) {
        return new TimedOut(step.text());
      }
      if (piece.equals(END_OF_PIPE)) {
        return new Gone(step.text());
      }
      OptionalInt status = step.take(piece);
      if (status.isPresent()) {
        return new Finished(step.text(), status.getAsInt());
      }
    }
  }

  /** Takes a step's output apart into lines, up to the one that ends it. */
  private final class StepOutput {
    private final Consumer<String> live;
    private final StringBuilder output = new StringBuilder();
    private final StringBuilder openLine = new StringBuilder();

    /** Only written with the line after it: the newline before the end mark is not the step's. */
    private boolean newlineOwed;

    StepOutput(Consumer<String> live) {
      this.live = live;
    }

    String text() {
      return output.toString();
    }

    /** Returns the exit status once the end mark has come. */
    OptionalInt take(String piece) {
      int from = 0;
      for (int newline = piece.indexOf('\n'); newline >= 0; newline = piece.indexOf('\n', from)) {
        String line = openLine.append(piece, from, newline).toString();
        openLine.setLength(0);
        from = newline + 1;
        if (line.startsWith(endMark)) {
          return OptionalInt.of(Integer.parseInt(line.substring(endMark.length())));
        }
        if (!deathNotice.matcher(line).matches()) {
          add(line);
        }
      }
      openLine.append(piece, from, piece.length());
      if (output.length() + openLine.length() > STEP_OUTPUT_CHARS_MAX) {
        throw CourseException.failed(
            "a command printed more than %d characters".formatted(STEP_OUTPUT_CHARS_MAX));
      }
      return OptionalInt.empty();
    }

    private void add(String line) {
      assert line.indexOf('\n') < 0 && openLine.isEmpty();
      String text = newlineOwed ? "\n" + line : line;
      newlineOwed = true;
      output.append(text);
      live.accept(text);
    }
  }

  /** Null at the deadline. A background job can hold the pipe open when bash has long ended. */
  private @Nullable String nextPiece(long deadlineNanos) {
    try {
      String piece = null;
      for (long left = LIVENESS_CHECK_NANOS;
          piece == null && left > 0;
          left = deadlineNanos - System.nanoTime()) {
        boolean alive = bash.isAlive();
        piece = pieces.poll(Math.min(left, LIVENESS_CHECK_NANOS), TimeUnit.NANOSECONDS);
        if (piece == null && !alive) {
          return END_OF_PIPE;
        }
      }
      return piece;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private void readPipe() {
    try (Reader in = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      char[] piece = new char[PIECE_CHARS];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        pieces.put(new String(piece, 0, n));
      }
    } catch (IOException e) {
      // a pipe that breaks has ended
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      var _ = pieces.offer(END_OF_PIPE);
    }
  }

  /** Ends bash and everything that it started. */
  @Override
  public void close() {
    try {
      commands.close();
      process.waitFor();
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
