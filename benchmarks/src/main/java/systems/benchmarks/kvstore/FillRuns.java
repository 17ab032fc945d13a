package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import systems.benchmarks.figure.Metric;

/**
 * Workloads of one thread that puts.
 *
 * <p>The rate counts from the first put to the return of the last one, CPU until the background has
 * come to rest, the last memtable written out: work that is put off is not work that is saved. Both
 * systems put once into a scratch store before, so that the JIT compiler has seen flush and
 * compaction: what is measured is a store that has been running for a while.
 *
 * <p>{@code overwrite} takes the time of every put (one clock reading a put, 25 ns for both);
 * {@code overwrite-paced} does not wait for a slow put before the next one is due: every
 * millisecond a burst falls due, and each put of it counts from that moment, so that a stall is
 * seen by all the puts that it delays.
 */
final class FillRuns {
  /** From how many milliseconds on a put counts as slow. */
  static final long SLOW_MILLIS = 50;

  /** Share of a slow put that an explanation may leave open: clock and scheduling around a wait. */
  private static final double EXPLAINED_SHARE = 0.8;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long DRAW_SEED = 42;
  private static final long WARM_SEED = 41;
  private static final int PRECISION_DIGITS = 3;
  private static final int PACED_SECONDS_PER_MEASURE = 4;

  private final Worker.Trial trial;
  private final Workload workload;
  private final Scale scale;
  private final Keys keys;
  private final Values values;

  FillRuns(Worker.Trial trial, Workload workload) {
    this.trial = trial;
    this.workload = workload;
    this.scale = trial.scale();
    this.keys = scale.keys();
    this.values = new Values(workload.valueBytes());
  }

  Measurement fill() throws IOException {
    warmOnScratch();
    int count = scale.entriesOf(workload);
    int[] order = workload == Workload.FILLSEQ ? Keys.ascending(count) : Keys.shuffled(count);
    try (Engine engine = trial.open(workload)) {
      Meter start = Meter.now();
      put(engine, order);
      Meter returned = Meter.now().since(start);
      engine.settle();
      Meter settled = Meter.now().since(start);
      return measured(engine, count, returned, settled);
    }
  }

  private Measurement measured(Engine engine, int count, Meter returned, Meter settled)
      throws IOException {
    return Measurement.of(workload)
        .with(Metric.RATE, returned.perSecond(count))
        .with(Metric.SETTLED_RATE, settled.perSecond(count))
        .with(Metric.CPU, settled.cpuPer(count))
        .with(Metric.STALLED, engine.stalls().nanos());
  }

  private void put(Engine engine, int[] order) throws IOException {
    byte[] key = Keys.blank();
    for (int i = 0; i < order.length; i++) {
      keys.put(key, order[i]);
      engine.put(key, values.get(i));
    }
  }

  private void warmOnScratch() throws IOException {
    Path scratch = trial.directory().resolveSibling("scratch");
    Files.createDirectories(scratch);
    int bytesMax = (int) Math.min(Integer.MAX_VALUE, 200_000_000L / workload.valueBytes());
    try (Engine engine = trial.in(scratch).open(workload)) {
      putDraws(engine, Math.min(scale.warmPuts(), bytesMax));
      engine.settle();
    }
    Directories.delete(scratch);
  }

  private void putDraws(Engine engine, int count) throws IOException {
    byte[] key = Keys.blank();
    var draws = new Keys.Draws(scale.entriesOf(workload), WARM_SEED);
    for (int i = 0; i < count; i++) {
      keys.put(key, draws.next());
      engine.put(key, values.get(i));
    }
  }

  Measurement overwrite() throws IOException {
    try (Engine engine = trial.open(workload)) {
      putDraws(engine, scale.warmPuts());
      engine.settle();
      long stalledBefore = engine.stalls().nanos();
      var latency = new Histogram(PRECISION_DIGITS);
      Meter start = Meter.now();
      overwrite(engine, latency);
      Meter returned = Meter.now().since(start);
      engine.settle();
      Meter settled = Meter.now().since(start);
      var measurement = measured(engine, scale.overwrites(), returned, settled);
      return slowCalls(measurement.withLatency(latency), engine, latency)
          .with(Metric.STALLED, engine.stalls().nanos() - stalledBefore);
    }
  }

  private void overwrite(Engine engine, Histogram latency) throws IOException {
    byte[] key = Keys.blank();
    var draws = new Keys.Draws(scale.entriesOf(workload), DRAW_SEED);
    long before = System.nanoTime();
    for (int i = 0; i < scale.overwrites(); i++) {
      keys.put(key, draws.next());
      engine.put(key, values.get(i));
      long after = System.nanoTime();
      latency.recordValue(after - before);
      before = after;
    }
  }

  /** RocksDB tells sums of its stalls only, so it can explain none: it is not asked. */
  private Measurement slowCalls(Measurement measurement, Engine engine, Histogram latency)
      throws IOException {
    long slowNanos = SLOW_MILLIS * NANOS_PER_MILLI;
    long most = Math.max(slowNanos, latency.getMaxValue());
    long slow = latency.getCountBetweenValues(slowNanos, most);
    measurement.with(Metric.SLOW, slow);
    if (trial.contestant() == Contestant.OURS) {
      long explained = explained(engine.stalls());
      measurement.with(Metric.UNEXPLAINED, Math.max(0, slow - explained));
    }
    return measurement;
  }

  private static long explained(Engine.Stalls stalls) {
    return stalls.millis().stream()
        .filter(millis -> millis >= SLOW_MILLIS * EXPLAINED_SHARE)
        .count();
  }

  Measurement overwritePaced() throws IOException {
    try (Engine engine = trial.open(workload)) {
      putDraws(engine, scale.warmPuts());
      engine.settle();
      var latency = new Histogram(PRECISION_DIGITS);
      Meter start = Meter.now();
      long puts = putPaced(engine, latency);
      engine.settle();
      Meter settled = Meter.now().since(start);
      return Measurement.of(workload)
          .withLatency(latency)
          .with(Metric.CPU, settled.cpuPer(puts))
          .with(Metric.STALLED, engine.stalls().nanos());
    }
  }

  private long putPaced(Engine engine, Histogram latency) throws IOException {
    long ticks = scale.measureMillis() * PACED_SECONDS_PER_MEASURE;
    int perTick = Math.max(1, scale.pacedPerSecond() / 1000);
    byte[] key = Keys.blank();
    var draws = new Keys.Draws(scale.entriesOf(workload), DRAW_SEED);
    long due = System.nanoTime();
    for (long tick = 0; tick < ticks; tick++) {
      awaitTime(due);
      for (int i = 0; i < perTick; i++) {
        keys.put(key, draws.next());
        engine.put(key, values.get(i));
        latency.recordValue(System.nanoTime() - due);
      }
      due += NANOS_PER_MILLI;
    }
    return ticks * perTick;
  }

  private static void awaitTime(long due) {
    long left = due - System.nanoTime();
    while (left > 0) {
      LockSupport.parkNanos(left);
      left = due - System.nanoTime();
    }
  }
}
