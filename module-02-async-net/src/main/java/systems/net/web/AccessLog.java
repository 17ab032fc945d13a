package systems.net.web;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import systems.net.http.Handler;
import systems.net.http.Request;
import systems.net.http.Response;

/**
 * One line for each request that a handler got, in the combined format with the duration behind it.
 *
 * <pre>
 *   loop 0 --+                              writer's thread
 *   loop 1 --+--&gt; queue, 8192 entries --&gt; text, escaped --&gt; file, rotated by size
 *              |
 *              +-- full: the entry is dropped and counted
 *
 *   192.0.2.7 - - [06/Nov/1994:08:49:37 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8" 153us
 * </pre>
 *
 * <p>A disk that stalls must not stall the loops, and what waits for it must not eat the heap: so
 * the queue is bounded and an entry that does not fit is dropped. {@link #dropped} belongs on a
 * dashboard. Texts are made on the writer's thread.
 *
 * <p><b>Escapes.</b> What a peer has sent is written with {@code \xHH} for quotes, backslashes and
 * all that is not printable ASCII: else a User-Agent with a line feed in it writes lines that never
 * happened, and one with escape sequences operates the terminal of whoever looks.
 *
 * <ol>
 *   <li>An entry is added once, when the exchange is over, whether its answer was whole or not; a
 *       broken one has {@code !} at the end of its line.
 *   <li>A line has at most {@link #FIELD_CHARS_MAX} characters of each thing that the peer chose,
 *       before escapes.
 *   <li>An entry that cannot be written counts as dropped; the next one tries the file again.
 * </ol>
 *
 * <p>Messages that were no requests reach no handler and stand in the server's counters alone.
 */
public final class AccessLog implements AutoCloseable {
  /**
   * How much may wait, and how much is kept.
   *
   * @param entriesMax that may wait for the disk
   * @param fileBytesMax then the file is renamed and a new one is begun
   * @param predecessorsMax renamed files that are kept
   */
  public record Settings(int entriesMax, long fileBytesMax, int predecessorsMax) {
    public static final Settings USUAL = new Settings(8192, 64L << 20, 4);

    public Settings {
      if (entriesMax < 1 || fileBytesMax < 1 || predecessorsMax < 0) {
        throw new IllegalArgumentException("an access log has room for an entry and a byte");
      }
    }
  }

  static final int FIELD_CHARS_MAX = 1024;

  private static final long POLL_MILLIS = 200;
  private static final long CLOSE_MILLIS = 5_000;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

  record Entry(
      SocketAddress remote,
      Instant begun,
      String method,
      String target,
      int minorVersion,
      int status,
      long bytes,
      @Nullable String referer,
      @Nullable String agent,
      long micros,
      boolean isBroken) {}

  private final ArrayBlockingQueue<Entry> queue;
  private final LogFile file;
  private final InstantSource clock;
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer =
      Thread.ofPlatform().daemon().name("access-log").unstarted(this::run);
  private volatile boolean reopens;
  private volatile boolean closes;

  /** A log whose writer is not started. */
  AccessLog(LogFile file, Settings settings, InstantSource clock) {
    this.queue = new ArrayBlockingQueue<>(settings.entriesMax);
    this.file = file;
    this.clock = clock;
  }

  /** Opens the file, behind what is in it, and starts the writer. */
  public static AccessLog open(Path path, Settings settings) throws IOException {
    var file = new LogFile(path, settings.fileBytesMax, settings.predecessorsMax);
    var log = new AccessLog(file, settings, InstantSource.system());
    log.writer.start();
    return log;
  }

  /** The same handler, with a line for each request. */
  public Handler around(Handler handler) {
    return (request, response) -> {
      watch(request, response);
      handler.handle(request, response);
    };
  }

  /** Reads now what the request says: when the answer has ended it may be another one. */
  private void watch(Request request, Response response) {
    SocketAddress remote = request.remote();
    Instant begun = clock.instant();
    String method = request.method();
    String target = request.target();
    int minorVersion = request.minorVersion();
    String referer = request.header("Referer");
    String agent = request.header("User-Agent");
    long beganNanos = System.nanoTime();
    response.onDone(why -> {
      long micros = (System.nanoTime() - beganNanos) / 1_000;
      add(
          new Entry(
              remote,
              begun,
              method,
              target,
              minorVersion,
              response.status(),
              response.bodyBytes(),
              referer,
              agent,
              micros,
              why != null));
    });
  }

  private void add(Entry entry) {
    //> phase 5: the disk is slow and the queue is full; who waits?
    if (!queue.offer(entry)) {
      dropped.incrementAndGet(); //~ losesInSilence: dropped.get();
    }
    //< phase 5
  }

  /** Entries that were not written: the queue was full, or the file refused them. */
  public long dropped() {
    return dropped.get();
  }

  /** Goes on in a new file of the same name soon: for whoever rotates logs from outside. */
  public void reopen() {
    reopens = true;
  }

  private void run() {
    try {
      while (!closes) {
        Entry entry = queue.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        writeFrom(entry);
      }
      writeFrom(queue.poll());
    } catch (InterruptedException asked) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes the entry and all that wait behind it; then they are in the file. */
  void writeFrom(@Nullable Entry first) {
    if (reopens) {
      reopens = false;
      attempt(file::reopen);
    }
    for (Entry entry = first; entry != null; entry = queue.poll()) {
      byte[] line = line(entry).getBytes(StandardCharsets.US_ASCII);
      attempt(() -> file.write(line));
    }
    attempt(file::flush);
  }

  /** For a log without its writer. */
  void writeAll() {
    writeFrom(queue.poll());
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void attempt(Step step) {
    try {
      step.run();
    } catch (IOException full) {
      dropped.incrementAndGet();
    }
  }

  private static String line(Entry entry) {
    var line = new StringBuilder(160);
    line.append(host(entry.remote))
        .append(" - - [")
        .append(DATE.format(entry.begun))
        .append("] \"");
    escape(entry.method, line);
    line.append(' ');
    escape(entry.target, line);
    line.append(" HTTP/1.").append(entry.minorVersion).append("\" ").append(entry.status);
    line.append(' ').append(entry.bytes).append(" \"");
    escape(entry.referer, line);
    line.append("\" \"");
    escape(entry.agent, line);
    line.append("\" ").append(entry.micros).append("us").append(entry.isBroken ? " !\n" : "\n");
    return line.toString();
  }

  private static String host(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress address)) {
      return "-";
    }
    return address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
  }

  private static void escape(@Nullable String text, StringBuilder into) {
    if (text == null) {
      into.append('-');
      return;
    }
    //> phase 5: what would end the field, the line, or do something to a terminal?
    int length = Math.min(text.length(), FIELD_CHARS_MAX);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      boolean quotes = c == '"' || c == '\\'; //~ quotesEndTheField: boolean quotes = false;
      if (c >= ' ' && c < 0x7f && !quotes) {
        into.append(c);
      } else {
        into.append("\\x").append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
      }
    }
    //< phase 5
  }

  /** Writes what waits, for some seconds at most, and closes the file. */
  @Override
  public void close() throws IOException {
    closes = true;
    if (writer.isAlive()) {
      try {
        writer.join(CLOSE_MILLIS);
      } catch (InterruptedException asked) {
        Thread.currentThread().interrupt();
      }
    }
    if (!writer.isAlive()) {
      file.close();
    }
  }
}
