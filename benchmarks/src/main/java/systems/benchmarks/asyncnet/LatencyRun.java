package systems.benchmarks.asyncnet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code LatencyRun SERVER RATE FOLDER}: 64 clients, each a thread with a connection, ask so often
 * a second in all, whether the server keeps up or not. Each request has a time at which it is due,
 * and is measured from then: who is late because the answer before it was late counts that too.
 *
 * <pre>
 *   client 0   due |.......|.......|.......|...     one every 64 / rate seconds
 *   client 1   due  |.......|.......|.......|..     a little behind
 *   ...
 * </pre>
 *
 * <p>A thread that sleeps until a time wakes up some 60 us late. That is in all times, the same for
 * every server; so the differences count, and a ratio of small times is nearer to one than it would
 * be without.
 */
final class LatencyRun {
  private static final double MAX_NANOS = 60e9;
  private static final int DIGITS = 3;

  private final Program server;
  private final long intervalNanos;

  private LatencyRun(Program server, int rate) {
    this.server = server;
    intervalNanos = Generator.CONNECTIONS * 1_000_000_000L / rate;
  }

  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    Effort effort = Effort.here();
    Path folder = Files.createDirectories(Path.of(arguments[2]));
    try (Program server = Program.start(ServerKind.valueOf(arguments[0]), folder)) {
      var run = new LatencyRun(server, Integer.parseInt(arguments[1]));
      run.ask(effort.of(40, 20, 5) / 10.0);
      long before = server.cpuNanos();
      Histogram times = run.ask(effort.of(60, 20, 5) / 10.0);
      long cpu = server.cpuNanos() - before;
      new Outcome()
          .with(Metric.P50, times.getValueAtPercentile(50))
          .with(Metric.P99, times.getValueAtPercentile(99))
          .with(Metric.P999, times.getValueAtPercentile(99.9))
          .with(Metric.REQUEST_CPU, (double) cpu / times.getTotalCount())
          .tell();
    }
  }

  /** All clients for so long; a request without its answer ends the run. */
  private Histogram ask(double seconds)
      throws IOException, InterruptedException, ExecutionException {
    var all = new Histogram((long) MAX_NANOS, DIGITS);
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      List<Future<Histogram>> clients = new ArrayList<>();
      long begin = System.nanoTime() + 50_000_000L;
      for (int i = 0; i < Generator.CONNECTIONS; i++) {
        long first = begin + i * intervalNanos / Generator.CONNECTIONS;
        var client = new Client(server.address());
        clients.add(threads.submit(() -> ask(client, first, begin + (long) (seconds * 1e9))));
      }
      for (Future<Histogram> client : clients) {
        all.add(client.get());
      }
    }
    return all;
  }

  private Histogram ask(Client client, long first, long end) throws IOException {
    var times = new Histogram((long) MAX_NANOS, DIGITS);
    try (client) {
      for (long due = first; due - end < 0; due += intervalNanos) {
        for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
          LockSupport.parkNanos(early);
        }
        client.ask();
        times.recordValue(System.nanoTime() - due);
      }
    }
    return times;
  }
}
