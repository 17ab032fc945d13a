package systems.course.exam;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import systems.course.exam.Verdict.Outcome;

/**
 * The main class of the room: does what comes over the wire, one thing after the other.
 *
 * <p>The main thread reads the wire and does nothing else, so that it notices when the other end is
 * gone, whatever the tests do; work has a thread of its own, a new one each time, since thread
 * locals would hold on to the classes of the last examination.
 *
 * <p>Last words are sent before the JVM goes: by the timekeeper when a test takes too long, by a
 * shutdown hook when a test calls {@code System.exit} (the hook finds who called it on that
 * thread's stack, which still stands there and waits), and when memory has run out. A reserve is
 * let go first then, as saying so needs some.
 */
final class ExamRoom {
  private static final int RESERVE_BYTES = 4 << 20;

  private final Wire wire;
  private final BoundedOutput output = new BoundedOutput();
  private final Javac javac = new Javac();
  private final LoaderGraveyard graveyard = new LoaderGraveyard();
  private final Timekeeper timekeeper;

  /** Held to be let go. */
  @SuppressWarnings("UnusedVariable")
  private byte @Nullable [] reserve = new byte[RESERVE_BYTES];

  private volatile @Nullable Sitting sitting;

  private ExamRoom(Wire wire, Duration perTest) {
    this.wire = wire;
    timekeeper = new Timekeeper(perTest, () -> tooLong(perTest));
    Runtime.getRuntime().addShutdownHook(new Thread(this::exiting, "last-words"));
  }

  public static void main(String[] args) throws IOException {
    var stdin = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String[] portAndToken = String.valueOf(stdin.readLine()).split(" ");
    System.setIn(InputStream.nullInputStream());
    var loopback = InetAddress.getLoopbackAddress();
    var wire = new Wire(new Socket(loopback, Integer.parseInt(portAndToken[0])));
    var room = new ExamRoom(wire, Duration.ofMillis(Long.parseLong(args[0])));
    wire.send(Wire.READY, portAndToken[1]);
    room.serve();
  }

  private void serve() {
    try {
      while (true) {
        var message = wire.receive();
        Thread.ofPlatform().name("room").start(() -> answer(message));
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(0);
    }
  }

  private void answer(Wire.Message message) {
    try {
      switch (message.kind()) {
        case Wire.COMPILE -> compile(message);
        case Wire.EXAMINE -> examine(message);
        default -> wire.send(Wire.BROKEN, "unexpected: " + message.kind());
      }
    } catch (OutOfMemoryError e) {
      outOfMemory(e);
    } catch (IOException e) {
      Runtime.getRuntime().halt(0);
    } catch (RuntimeException | Error e) {
      broken(e);
    }
  }

  private void compile(Wire.Message message) throws IOException {
    boolean written =
        javac.compile(
            paths(message.lines(3)),
            paths(message.lines(2)),
            Path.of(message.text(1)),
            complaint -> {
              Path file = complaint.file();
              wire.send(
                  Wire.COMPLAINT,
                  Boolean.toString(complaint.error()),
                  file == null ? null : file.toString(),
                  Integer.toString(complaint.line()),
                  Integer.toString(complaint.column()),
                  complaint.sentence());
            });
    wire.send(Wire.COMPILED, Boolean.toString(written));
  }

  private void examine(Wire.Message message) throws IOException {
    var stream = new PrintStream(output, true, StandardCharsets.UTF_8);
    System.setOut(stream);
    System.setErr(stream);
    output.take();
    Selection selection =
        message.text(2).equals("tags")
            ? new Selection.Tagged(
                Set.copyOf(message.lines(3)),
                Set.copyOf(message.lines(4)),
                Set.copyOf(message.lines(5)))
            : new Selection.Methods(message.lines(3));
    Set<String> leftOut = new HashSet<>(message.lines(6));
    var now = new Sitting(wire, paths(message.lines(1)), selection, leftOut, timekeeper, output);
    sitting = now;
    List<Thread> left = now.run();
    sitting = null;
    graveyard.bury(now.loader());
    String unfit = left.isEmpty() ? "" : "threads go on: " + left;
    wire.send(Wire.DONE, graveyard.isFull() ? "old classes pile up" : unfit);
  }

  private static List<Path> paths(List<String> lines) {
    return lines.stream().map(Path::of).toList();
  }

  private void tooLong(Duration perTest) {
    Sitting now = sitting;
    if (now != null) {
      String message = "still running after %s".formatted(seconds(perTest));
      lastWords(
          Outcome.TIMED_OUT,
          "java.util.concurrent.TimeoutException",
          message,
          now.framesOfThreads(_ -> true));
    }
    Runtime.getRuntime().halt(1);
  }

  private static String seconds(Duration time) {
    return time.toMillis() % 1000 == 0
        ? time.toSeconds() + " s"
        : "%.1f s".formatted(time.toMillis() / 1000.0);
  }

  private void exiting() {
    Sitting now = sitting;
    if (now != null) {
      lastWords(
          Outcome.EXITED,
          "java.lang.System.exit",
          "the JVM was ended",
          now.framesOfThreads(ExamRoom::isExiting));
    }
  }

  private static boolean isExiting(StackTraceElement[] stack) {
    return Arrays.stream(stack)
        .anyMatch(frame ->
            frame.getClassName().equals("java.lang.Runtime")
                && frame.getMethodName().equals("exit"));
  }

  private void outOfMemory(OutOfMemoryError e) {
    reserve = null;
    Sitting now = sitting;
    List<String> frames = now == null ? List.of() : FailureReading.frames(e, now.loaderName());
    lastWords(
        Outcome.OUT_OF_MEMORY, e.getClass().getName(), String.valueOf(e.getMessage()), frames);
    Runtime.getRuntime().halt(1);
  }

  private void lastWords(Outcome outcome, String type, String message, List<String> frames) {
    timekeeper.stop();
    try {
      wire.send(Wire.DYING, outcome.name(), type, message, Wire.lines(frames), output.take());
    } catch (IOException e) {
      Runtime.getRuntime().halt(0);
    }
  }

  /** A fault of this program or of the platform, not of a test. */
  private void broken(Throwable e) {
    timekeeper.stop();
    List<String> sentence = new ArrayList<>();
    for (Throwable cause = e; cause != null && sentence.size() < 5; cause = cause.getCause()) {
      sentence.add(cause.toString());
    }
    try {
      wire.send(Wire.BROKEN, String.join(": ", sentence));
    } catch (IOException gone) {
      e.addSuppressed(gone);
    }
    Runtime.getRuntime().halt(1);
  }
}
