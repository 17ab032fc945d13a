package systems.benchmarks.redis;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code TailRun SERVER FOLDER}: an open loop at half of the rate that redis-benchmark gets from
 * the real Redis in a closed loop on this machine; the rate is measured once before the first round
 * and the same for both.
 *
 * <pre>
 *   due     |  |  |  |  |  |  |  |      one every 1 / rate seconds, on 50 connections in turns
 *   sent    |  |  |   ||| |  |  |       a request that is late is sent at once
 *   reply    |  |  |    |||  |  |       counted from the time at which it was due
 * </pre>
 *
 * <p>One thread sends and reads on all connections and never sleeps, so its own wake-up is not in
 * the times. Even connections read, odd ones write; replies of a connection have all one length, so
 * that they can be counted without being parsed. Another reply ends the run.
 */
final class TailRun {
  private static final String RATE_FILE = "half-rate.txt";
  private static final int OPEN_MAX = 1 << 14; // requests without a reply on one connection
  private static final long LATE_NANOS_MAX = 30_000_000_000L;
  private static final long MAX_NANOS = 60_000_000_000L;
  private static final byte[] SET = request("SET", "tail:odd", "0123456789abcdef");
  private static final byte[] GET = request("GET", "tail:even");
  private static final byte[] SET_REPLY = bytes("+OK\r\n");
  private static final byte[] GET_REPLY = bytes("$16\r\n0123456789abcdef\r\n");

  private final Line[] lines = new Line[Loads.CONNECTIONS];
  private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 16);

  private TailRun(Program server) throws IOException {
    for (int i = 0; i < lines.length; i++) {
      boolean reads = i % 2 == 0;
      lines[i] = new Line(server, reads ? GET : SET, reads ? GET_REPLY : SET_REPLY);
    }
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    ServerKind kind = ServerKind.valueOf(arguments[0]);
    Path folder = Path.of(arguments[1]);
    double rate = Double.parseDouble(Files.readString(folder.resolve(RATE_FILE)).strip());
    Effort effort = Effort.here();
    try (Program server = Program.start(kind, folder, List.of("--appendonly", "no"))) {
      try (var client = new Connection(server.address())) {
        client.ask("SET", "tail:even", "0123456789abcdef");
      }
      var run = new TailRun(server);
      run.ask(rate, effort.of(100, 40, 5) / 10.0);
      long before = server.cpuNanos();
      Histogram times = run.ask(rate, effort.of(100, 30, 5) / 10.0);
      long cpu = server.cpuNanos() - before;
      new Outcome()
          .with(Metric.P50, times.getValueAtPercentile(50))
          .with(Metric.P99, times.getValueAtPercentile(99))
          .with(Metric.P999, times.getValueAtPercentile(99.9))
          .with(Metric.REQUEST_CPU, (double) cpu / times.getTotalCount())
          .tell();
    }
  }

  /** Measures at which rate the runs will ask. */
  static void prepare(Path folder, Effort effort) throws IOException, InterruptedException {
    int count = effort.of(400_000, 200_000, 5_000);
    try (Program redis = Program.start(ServerKind.REDIS, folder, List.of("--appendonly", "no"))) {
      Loads.fill(redis);
      double rate = Loads.run(redis, Loads.GET.commands().getFirst(), 1, count);
      Files.writeString(folder.resolve(RATE_FILE), Long.toString(Math.round(rate / 2)));
    }
  }

  private static byte[] request(String... words) {
    var text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return bytes(text.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private Histogram ask(double rate, double seconds) throws IOException {
    var times = new Histogram(MAX_NANOS, 3);
    long count = (long) (rate * seconds);
    long begun = System.nanoTime();
    long sent = 0;
    while (times.getTotalCount() < count) {
      long now = System.nanoTime();
      long due = begun + (long) (sent * 1e9 / rate);
      if (now - due > LATE_NANOS_MAX) {
        throw new IOException("a server that does not keep up, or has ended");
      }
      while (sent < count && due - now <= 0) {
        lines[(int) (sent % lines.length)].send(due);
        sent++;
        due = begun + (long) (sent * 1e9 / rate);
      }
      requireProgress(begun, seconds, now);
      for (Line line : lines) {
        line.receive(in, times);
      }
    }
    return times;
  }

  private static void requireProgress(long begun, double seconds, long now) throws IOException {
    if (now - begun > (long) (seconds * 1e9) + LATE_NANOS_MAX) {
      throw new IOException("replies that do not come");
    }
  }

  /** One connection: what it has sent and when that was due. */
  private static final class Line {
    private final SocketChannel channel;
    private final ByteBuffer request;
    private final byte[] reply;
    private final long[] due = new long[OPEN_MAX];
    private long sent;
    private long received;
    private int part;

    Line(Program server, byte[] request, byte[] reply) throws IOException {
      this.request = ByteBuffer.allocateDirect(request.length).put(request);
      this.reply = reply;
      channel = SocketChannel.open(server.address());
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
    }

    void send(long dueNanos) throws IOException {
      if (sent - received == OPEN_MAX) {
        throw new IOException("too many requests without a reply");
      }
      due[(int) (sent++ % OPEN_MAX)] = dueNanos;
      request.flip();
      channel.write(request);
      if (request.hasRemaining()) {
        throw new IOException("a server that does not read");
      }
    }

    void receive(ByteBuffer in, Histogram times) throws IOException {
      if (sent == received) {
        return;
      }
      in.clear();
      int read = channel.read(in);
      if (read < 0) {
        throw new IOException("the server has ended a connection");
      }
      long now = System.nanoTime();
      for (int i = 0; i < read; i++) {
        if (in.get(i) != reply[part]) {
          throw new IOException("another reply than expected");
        }
        part++;
        if (part == reply.length) {
          part = 0;
          times.recordValue(now - due[(int) (received++ % OPEN_MAX)]);
        }
      }
    }
  }
}
