package systems.benchmarks.kvstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import systems.benchmarks.figure.Metric;

/**
 * Workloads of several threads. Every thread goes as fast as it can and counts for itself; the
 * clock runs from a common beginning to a common end, after a time in which all are already at
 * work.
 *
 * <p>Synced puts need a disk that means it: the store lies under the module's {@code target}
 * folder, and the results file names its file system. Before, both systems fill more than three
 * memtables without syncing, so that RocksDB has logs to write over; without that its synced put
 * takes half as long again.
 */
final class MixedRuns {
  private static final int PRECISION_DIGITS = 3;
  private static final long DRAW_SEED = 44;
  private static final int READ_MEASURES = 2;

  private final Worker.Trial trial;
  private final Workload workload;
  private final Scale scale;
  private final Keys keys;
  private final Values values;
  private volatile boolean timed;
  private volatile boolean stopped;

  MixedRuns(Worker.Trial trial, Workload workload) {
    this.trial = trial;
    this.workload = workload;
    this.scale = trial.scale();
    this.keys = scale.keys();
    this.values = new Values(workload.valueBytes());
  }

  /** What one thread does once, and how its calls went while the clock ran. */
  private final class Actor {
    private final Action action;
    private final Keys.Draws draws;
    private final byte[] key = Keys.blank();
    private final Histogram latency = new Histogram(PRECISION_DIGITS);

    Actor(int number, Action action) {
      this.action = action;
      this.draws = new Keys.Draws(scale.entriesOf(workload), DRAW_SEED + number);
    }

    Actor run() throws IOException {
      long before = System.nanoTime();
      while (!stopped) {
        keys.put(key, draws.next());
        action.run(key);
        long after = System.nanoTime();
        if (timed) {
          latency.recordValue(after - before);
        }
        before = after;
      }
      return this;
    }

    long operations() {
      return latency.getTotalCount();
    }
  }

  /** One operation on a key. */
  private interface Action {
    void run(byte[] key) throws IOException;
  }

  Measurement fillSync(int threads) throws IOException {
    try (Engine engine = trial.open(workload)) {
      prepare(engine);
      var actors = new ArrayList<Actor>();
      for (int i = 0; i < threads; i++) {
        byte[] value = values.get(i);
        actors.add(new Actor(i, key -> engine.putSync(key, value)));
      }
      Meter passed = run(actors, scale.measureMillis());
      var latency = new Histogram(PRECISION_DIGITS);
      actors.forEach(actor -> latency.add(actor.latency));
      return Measurement.of(workload)
          .with(Metric.RATE, passed.perSecond(latency.getTotalCount()))
          .with(Metric.CPU, passed.cpuPer(latency.getTotalCount()))
          .withLatency(latency);
    }
  }

  private void prepare(Engine engine) throws IOException {
    byte[] key = Keys.blank();
    var draws = new Keys.Draws(scale.entriesOf(workload), DRAW_SEED);
    for (int i = 0; i < scale.warmPuts(); i++) {
      keys.put(key, draws.next());
      engine.put(key, values.get(i));
    }
    engine.settle();
  }

  /** The latencies are those of the reader. */
  Measurement readWhileWriting() throws IOException {
    try (Engine engine = trial.open(workload)) {
      warmCache(engine);
      Engine.Reader reads = engine.reader();
      var reader = new Actor(0, key -> read(reads, key));
      byte[] value = values.get(0);
      var writer = new Actor(1, key -> engine.put(key, value));
      Meter passed = run(List.of(reader, writer), READ_MEASURES * scale.measureMillis());
      return Measurement.of(workload)
          .with(Metric.RATE, passed.perSecond(reader.operations()))
          .with(Metric.WRITE_RATE, passed.perSecond(writer.operations()))
          .with(Metric.CPU, passed.cpuPer(reader.operations() + writer.operations()))
          .with(Metric.STALLED, engine.stalls().nanos())
          .withLatency(reader.latency);
    }
  }

  private static void warmCache(Engine engine) throws IOException {
    try (Engine.Scan scan = engine.scan()) {
      for (scan.first(); scan.valid(); scan.next()) {
        scan.word();
      }
    }
  }

  private static void read(Engine.Reader reader, byte[] key) throws IOException {
    if (reader.get(key) < 0) {
      throw new IOException("a key that was put is gone");
    }
  }

  /** Lets all work for a time to get warm and then for the time that counts. */
  private Meter run(List<Actor> actors, long millis) throws IOException {
    try (ExecutorService threads = Executors.newFixedThreadPool(actors.size())) {
      List<Future<Actor>> running =
          actors.stream().map(actor -> threads.submit(actor::run)).toList();
      sleep(scale.warmMillisMax() / 4);
      timed = true;
      Meter start = Meter.now();
      sleep(millis);
      timed = false;
      Meter passed = Meter.now().since(start);
      stopped = true;
      for (Future<Actor> actor : running) {
        join(actor);
      }
      return passed;
    }
  }

  private static void join(Future<Actor> actor) throws IOException {
    try {
      actor.get();
    } catch (ExecutionException failed) {
      throw new IOException("a thread of the workload failed", failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private static void sleep(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }
}
