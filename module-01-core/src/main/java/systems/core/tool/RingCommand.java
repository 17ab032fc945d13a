package systems.core.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.concurrent.ByteRing;
import systems.core.concurrent.RingReader;
import systems.core.concurrent.RingWriter;

/**
 * Lines from one process to another through a {@link ByteRing} in a file. Kill either side: what
 * was sent and not yet received is still there.
 */
@Command(
    name = "ring",
    description = "Sends lines through a ring in a mapped file, or receives them.",
    synopsisSubcommandLabel = "COMMAND")
final class RingCommand {
  private static final int PAUSE_NANOS = 200_000;
  private static final int FLUSHED_AFTER = 1024;

  private final InputStream in;

  @Spec private @Nullable CommandSpec spec;

  RingCommand() {
    this(System.in);
  }

  /** With another standard input, for tests. */
  RingCommand(InputStream in) {
    this.in = in;
  }

  @Command(
      name = "send",
      description = "Sends each line of standard input as a record; waits while the ring is full.")
  int send(
      @Parameters(paramLabel = "FILE", description = "The ring; it is made if it is not there.")
          Path file,
      @Option(
              names = "--capacity",
              paramLabel = "BYTES",
              defaultValue = "1048576",
              description = "Of a ring that is made: a power of two. Default: ${DEFAULT-VALUE}.")
          long capacity)
      throws IOException {
    long sent = 0;
    try (ByteRing ring =
            Files.exists(file) ? ByteRing.open(file) : ByteRing.create(file, capacity);
        RingWriter writer = ring.writer();
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        byte[] record = line.getBytes(StandardCharsets.UTF_8);
        checkLength(record.length, ring.payloadBytesMax());
        while (!writer.offer(record)) {
          pause();
        }
        sent++;
      }
    }
    err().printf("%,d records sent%n", sent);
    return 0;
  }

  private static void checkLength(int bytes, int most) throws IOException {
    if (bytes > most) {
      throw new IOException(
          "a line of %,d bytes does not fit into this ring, %,d do".formatted(bytes, most));
    }
  }

  @Command(name = "receive", description = "Prints records, one a line, until there are none.")
  int receive(
      @Parameters(paramLabel = "FILE", description = "The ring.") Path file,
      @Option(names = "--follow", description = "Waits for more, until it is ended.")
          boolean follow)
      throws IOException {
    PrintWriter out = spec().commandLine().getOut();
    try (ByteRing ring = ByteRing.open(file);
        RingReader reader = ring.reader()) {
      int printed = 0;
      while (printed % FLUSHED_AFTER != 0 || !out.checkError()) { // an error: nobody reads any more
        byte[] record = reader.poll();
        if (record != null) {
          out.println(new String(record, StandardCharsets.UTF_8));
          printed++;
        } else if (follow) {
          out.flush();
          pause();
        } else {
          break;
        }
      }
    }
    return 0;
  }

  private static void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  private PrintWriter err() {
    return spec().commandLine().getErr();
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return spec;
  }
}
