package systems.benchmarks.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code LoadRun SERVER LOADS DEPTH MEMORY|ALWAYS FOLDER}: redis-benchmark with 50 connections,
 * DEPTH requests on each at a time. Told are the geometric means over the commands of the rate, and
 * of the server's CPU time for each of them; the single ones go to the log.
 *
 * <p>First all commands run once to warm up; for a real Redis less, as it compiles nothing.
 */
final class LoadRun {
  /** What is kept. */
  enum Persistence {
    /** Nothing. */
    MEMORY,
    /** Each write is on the disk before its reply leaves. */
    ALWAYS
  }

  private LoadRun() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    ServerKind kind = ServerKind.valueOf(arguments[0]);
    Loads loads = Loads.valueOf(arguments[1]);
    int depth = Integer.parseInt(arguments[2]);
    Persistence persistence = Persistence.valueOf(arguments[3]);
    try (Program server = Program.start(kind, Path.of(arguments[4]), options(persistence))) {
      Loads.fill(server);
      int count = count(depth, persistence);
      int warmUp = kind == ServerKind.REDIS ? count / 10 : warmUp(count, depth, persistence);
      for (List<String> command : loads.commands()) {
        Loads.run(server, command, depth, warmUp);
      }
      measure(server, loads, depth, count);
    }
  }

  private static List<String> options(Persistence persistence) {
    return switch (persistence) {
      case MEMORY -> List.of("--appendonly", "no");
      case ALWAYS -> List.of("--appendonly", "yes", "--appendfsync", "always");
    };
  }

  private static int count(int depth, Persistence persistence) {
    Effort effort = Effort.here();
    return switch (persistence) {
      case MEMORY ->
          depth == 1 ? effort.of(200_000, 40_000, 2_000) : effort.of(1_500_000, 150_000, 10_000);
      case ALWAYS -> effort.of(100_000, 5_000, 500);
    };
  }

  /**
   * As many as it takes until the JVM has compiled what is hot. A turn compiles for itself: where
   * few requests come with one, or a sync ends it, it takes more of them.
   */
  private static int warmUp(int count, int depth, Persistence persistence) {
    return switch (persistence) {
      case MEMORY -> depth == 1 ? 3 * count : count;
      case ALWAYS -> 6 * count;
    };
  }

  private static void measure(Program server, Loads loads, int depth, int count)
      throws IOException, InterruptedException {
    double logRate = 0;
    double logCpu = 0;
    for (List<String> command : loads.commands()) {
      long before = server.cpuNanos();
      double rate = Loads.run(server, command, depth, count);
      double cpu = Math.max(1, server.cpuNanos() - before) / (double) count;
      System.err.println(
          String.format(
              Locale.ROOT, "%-8s -P %-3d %9.0f/s %7.0f ns", command.getFirst(), depth, rate, cpu));
      logRate += Math.log(rate);
      logCpu += Math.log(cpu);
    }
    int commands = loads.commands().size();
    new Outcome()
        .with(Metric.RATE, Math.exp(logRate / commands))
        .with(Metric.REQUEST_CPU, Math.exp(logCpu / commands))
        .tell();
  }
}
