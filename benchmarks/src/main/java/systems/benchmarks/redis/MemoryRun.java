package systems.benchmarks.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code MemoryRun SERVER FOLDER}: what a key of 16 bytes with a value of 16 bytes weighs. Of ours
 * the heap after a collection, of Redis what it says that it has allocated; in both cases with a
 * million keys, less the same without them.
 */
final class MemoryRun {
  private MemoryRun() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    ServerKind kind = ServerKind.valueOf(arguments[0]);
    int keys = Effort.here().of(1_000_000, 300_000, 20_000);
    try (Program server = Program.start(kind, Path.of(arguments[1]), List.of());
        var client = new Connection(server.address())) {
      client.pipeline(1000, i -> new String[] {"SET", "%016d".formatted(i), value(i)});
      client.ask("FLUSHALL");
      long before = server.liveBytes();
      client.pipeline(keys, i -> new String[] {"SET", "%016d".formatted(i), value(i)});
      long after = server.liveBytes();
      new Outcome()
          .with(Metric.ENTRY_BYTES, (double) (after - before) / keys)
          .answering(client.ask("DBSIZE"))
          .tell();
    }
  }

  /** Not a number, since those take less. */
  private static String value(int i) {
    return "value:%010d".formatted(i);
  }
}
