package systems.benchmarks.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code SaveRun SERVER FOLDER}: how much memory a BGSAVE needs while a client overwrites random
 * values as fast as it gets replies. What the processes of the server take of the machine, children
 * included, is looked at every 20 ms: the most before the snapshot, under the same writes for as
 * long as the heap still grows, and the most until it is done.
 */
final class SaveRun {
  private static final int VALUE_CHARS = 100;
  private static final long LOOK_MILLIS = 20;
  private static final int CALM_LOOKS = 100;
  private static final int LOOKS_MAX = 6000;

  private final Program server;
  private final int keys;
  private final AtomicBoolean stop = new AtomicBoolean();

  private SaveRun(Program server, int keys) {
    this.server = server;
    this.keys = keys;
  }

  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    ServerKind kind = ServerKind.valueOf(arguments[0]);
    int keys = Effort.here().of(2_000_000, 200_000, 20_000);
    try (Program server = Program.start(kind, Path.of(arguments[1]), List.of())) {
      new SaveRun(server, keys).measure();
    }
  }

  private void measure() throws IOException, InterruptedException, ExecutionException {
    try (var client = new Connection(server.address());
        var threads = Executors.newSingleThreadExecutor()) {
      client.pipeline(keys, i -> request(i, "x".repeat(VALUE_CHARS)));
      Future<Long> writes = threads.submit(this::overwrite);
      long before;
      long peak;
      try {
        before = mostWhileCalm();
        client.ask("BGSAVE");
        peak = mostWhileSaving(client);
      } finally {
        stop.set(true);
      }
      if (writes.get() == 0 || !client.info("persistence", "rdb_last_bgsave_status").equals("ok")) {
        throw new IOException("the snapshot failed, or nothing was written meanwhile");
      }
      double extra = Math.max(0, peak - before) * 100.0 / before;
      new Outcome().with(Metric.EXTRA_MEMORY, extra).tell();
    }
  }

  private static String[] request(int number, String value) {
    return new String[] {"SET", "key:%012d".formatted(number), value};
  }

  private long overwrite() throws IOException {
    var random = new SplittableRandom(1);
    String value = "y".repeat(VALUE_CHARS);
    long writes = 0;
    try (var client = new Connection(server.address())) {
      while (!stop.get()) {
        client.pipeline(1000, _ -> request(random.nextInt(keys), value));
        writes += 1000;
      }
    }
    return writes;
  }

  /** Until two seconds have brought nothing more than a hundredth. */
  private long mostWhileCalm() throws IOException, InterruptedException {
    long most = server.memoryBytes();
    long settled = most;
    int calm = 0;
    int calmLooks = Effort.here().of(CALM_LOOKS, CALM_LOOKS, 10);
    for (int look = 0; look < LOOKS_MAX && calm < calmLooks; look++) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      most = Math.max(most, server.memoryBytes());
      boolean grows = most > settled + settled / 100;
      settled = grows ? most : settled;
      calm = grows ? 0 : calm + 1;
    }
    return most;
  }

  private long mostWhileSaving(Connection client) throws IOException, InterruptedException {
    long most = 0;
    for (int look = 0; look < LOOKS_MAX; look++) {
      most = Math.max(most, server.memoryBytes());
      if (client.info("persistence", "rdb_bgsave_in_progress").equals("0")) {
        return most;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    throw new IOException("a snapshot that does not end");
  }
}
