package systems.course.exam;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * The room's JVM as seen from here.
 *
 * <p>It is told by stdin on which port of the loopback interface to call and which token to show:
 * what stands in a command line everybody on the machine can read. The constructor does not wait,
 * so that the JVM starts while its examiner prepares something else. The room ends itself when the
 * wire does, however this process ends.
 */
final class RoomProcess implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration END_MAX = Duration.ofSeconds(5);
  private static final int TOKEN_BYTES = 16;
  private static final int LAST_WORDS_BYTES_MAX = 8 << 10;

  private final ServerSocket door;
  private final String token;
  private final Process process;
  private final byte[] lastWords = new byte[LAST_WORDS_BYTES_MAX];
  private int lastWordsLength;
  private @Nullable Wire wire;

  RoomProcess(List<String> command, Path folder) {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    token = HexFormat.of().formatHex(random);
    try {
      door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      try (Writer stdin = process.outputWriter(StandardCharsets.UTF_8)) {
        stdin.write("%d %s%n".formatted(door.getLocalPort(), token));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command.getFirst(), e);
    }
    Thread.ofPlatform().daemon().name("room-output").start(this::keepLastWords);
  }

  /** The wire to the room, once it stands. */
  Wire wire() {
    if (wire == null) {
      wire = opened();
    }
    return wire;
  }

  private Wire opened() {
    try (door) {
      door.setSoTimeout(200);
      for (long end = System.nanoTime() + START_MAX.toNanos(); System.nanoTime() < end; ) {
        if (!process.isAlive()) {
          break;
        }
        try {
          var candidate = new Wire(door.accept());
          candidate.patience(END_MAX);
          var hello = candidate.receive();
          if (hello.kind().equals(Wire.READY) && hello.text(1).equals(token)) {
            return candidate;
          }
          candidate.close();
        } catch (SocketTimeoutException e) {
          // look whether the process still lives
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the JVM for tests does not answer", e);
    }
    close();
    throw CourseException.failed("the JVM for tests did not start: " + lastWords().strip());
  }

  /** Waits for the room's end, ends it if need be, and returns its exit code. */
  int end() {
    try {
      if (!process.waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  void kill() {
    process.destroyForcibly();
  }

  long pid() {
    return process.pid();
  }

  /** The beginning of what the JVM itself printed, past all redirection. */
  String lastWords() {
    synchronized (lastWords) {
      return new String(lastWords, 0, lastWordsLength, StandardCharsets.UTF_8);
    }
  }

  private void keepLastWords() {
    byte[] piece = new byte[4096];
    try (InputStream in = process.getInputStream()) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        synchronized (lastWords) {
          int fitting = Math.min(n, LAST_WORDS_BYTES_MAX - lastWordsLength);
          System.arraycopy(piece, 0, lastWords, lastWordsLength, fitting);
          lastWordsLength += fitting;
        }
      }
    } catch (IOException e) {
      // a pipe that breaks has ended
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (wire != null) {
        wire.close();
      }
      door.close();
    } catch (IOException e) {
      // it is gone either way
    }
    end();
  }
}
