package systems.benchmarks.core;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.SQLException;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code OneBrcRun CONTESTANT FOLDER}: the One Billion Row Challenge on twenty million rows. {@code
 * cpu} is all CPU time of the process from its start on, as in the challenge; for DuckDB from the
 * moment at which its library is loaded.
 */
final class OneBrcRun {
  private OneBrcRun() {}

  public static void main(String[] arguments) throws IOException, SQLException {
    OneBrc contestant = OneBrc.valueOf(arguments[0]);
    Path file = InputFiles.of(arguments[1], "weather.txt");
    if (contestant == OneBrc.DUCKDB) {
      try (var connection = DuckDb.open(2)) {
        long cpu = Outcome.cpuNanos();
        long wall = System.nanoTime();
        OneBrc.duckDb(connection, file); // adds doubles up, and may round a mean another way
        tell(new Outcome(), cpu, (double) (System.nanoTime() - wall));
      }
    } else {
      String summary = contestant.summary(file);
      long start = ManagementFactory.getRuntimeMXBean().getStartTime();
      double wall = (System.currentTimeMillis() - start) * 1e6;
      tell(new Outcome().answering(Integer.toHexString(summary.hashCode())), 0, wall);
    }
  }

  private static void tell(Outcome outcome, long cpuBefore, double wall) {
    outcome.with(Metric.CPU, Outcome.cpuNanos() - cpuBefore).with(Metric.TIME, wall).tell();
  }
}
