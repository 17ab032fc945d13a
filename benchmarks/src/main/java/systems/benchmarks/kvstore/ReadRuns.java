package systems.benchmarks.kvstore;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.zip.CRC32C;
import systems.benchmarks.figure.Metric;

/**
 * Workloads of one thread that reads a store which was filled and fully compacted before.
 *
 * <p>Each begins with a pass over the whole store that fills the block cache and makes a checksum
 * of all keys and values, then warms up until it is steady. The driver compares the checksums of
 * both systems, so that a fast wrong answer is not a result. Every get and every step makes key and
 * value visible to Java and adds up their first words, so that nothing is left undone.
 *
 * <p>Buffers, read options and iterators are made once and used again, on both sides.
 */
final class ReadRuns {
  private static final int BATCH = 1000;
  private static final int SEEK_BATCH = 100;
  private static final int STEPS_PER_SEEK = 10;
  private static final int CHECKED_GETS = 2000;
  private static final long DRAW_SEED = 43;

  private static volatile long sink;

  private final Worker.Trial trial;
  private final Workload workload;
  private final Scale scale;
  private final Keys keys;
  private final int entries;
  private final byte[] key = Keys.blank();
  private final Keys.Draws draws;
  private final CRC32C checksum = new CRC32C();

  ReadRuns(Worker.Trial trial, Workload workload) {
    this.trial = trial;
    this.workload = workload;
    this.scale = trial.scale();
    this.keys = scale.keys();
    this.entries = scale.entriesOf(workload);
    this.draws = new Keys.Draws(entries, DRAW_SEED);
  }

  private void check(Engine engine) throws IOException {
    checkAll(engine);
    checkGets(engine.reader());
  }

  private Measurement timed(SteadyLoop loop) throws IOException {
    return loop.warm(scale.warmMillisMax())
        .measure(workload, scale.measureMillis())
        .withChecksum(checksum.getValue());
  }

  private void checkAll(Engine engine) throws IOException {
    long count = 0;
    try (Engine.Scan scan = engine.scan()) {
      for (scan.first(); scan.valid(); scan.next()) {
        scan.digest(checksum);
        count++;
      }
    }
    if (count != entries) {
      throw new IOException("a scan showed " + count + " entries, " + entries + " were put");
    }
  }

  private void checkGets(Engine.Reader reader) throws IOException {
    var checked = new Keys.Draws(entries, DRAW_SEED + 1);
    for (int i = 0; i < CHECKED_GETS; i++) {
      keys.put(key, checked.next());
      expect(reader.get(key) == workload.valueBytes());
      reader.digest(checksum);
    }
  }

  private void expect(boolean truth) throws IOException {
    if (!truth) {
      throw new IOException(
          "a wrong answer for the key " + java.util.HexFormat.of().formatHex(key));
    }
  }

  Measurement readRandom() throws IOException {
    try (Engine engine = trial.open(workload)) {
      check(engine);
      return timed(new SteadyLoop(BATCH, hits(engine.reader())));
    }
  }

  private SteadyLoop.Body hits(Engine.Reader reader) {
    return operations -> {
      long sum = 0;
      for (int i = 0; i < operations; i++) {
        keys.put(key, draws.next());
        expect(reader.get(key) >= 0);
        sum += reader.word();
      }
      sink = sum;
    };
  }

  Measurement readMissing() throws IOException {
    try (Engine engine = trial.open(workload)) {
      check(engine);
      Engine.Reader reader = engine.reader();
      return timed(new SteadyLoop(BATCH, operations -> misses(reader, operations)));
    }
  }

  private void misses(Engine.Reader reader, int operations) throws IOException {
    for (int i = 0; i < operations; i++) {
      keys.putAbsent(key, draws.next());
      expect(reader.get(key) < 0);
    }
  }

  Measurement readSeq() throws IOException {
    return scanning(BATCH, ReadRuns::forward);
  }

  Measurement readReverse() throws IOException {
    return scanning(BATCH, ReadRuns::backward);
  }

  Measurement seekRandom() throws IOException {
    return scanning(SEEK_BATCH, this::seeks);
  }

  /** What is done again and again with one scan. */
  private interface Scanning {
    void run(Engine.Scan scan, int operations) throws IOException;
  }

  private Measurement scanning(int batch, Scanning scanning) throws IOException {
    try (Engine engine = trial.open(workload);
        Engine.Scan scan = engine.scan()) {
      check(engine);
      return timed(new SteadyLoop(batch, operations -> scanning.run(scan, operations)));
    }
  }

  private static void forward(Engine.Scan scan, int operations) throws IOException {
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      if (!scan.valid()) {
        scan.first();
      }
      sum += scan.word();
      scan.next();
    }
    sink = sum;
  }

  private static void backward(Engine.Scan scan, int operations) throws IOException {
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      if (!scan.valid()) {
        scan.last();
      }
      sum += scan.word();
      scan.prev();
    }
    sink = sum;
  }

  private void seeks(Engine.Scan scan, int operations) throws IOException {
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      keys.put(key, draws.next());
      scan.seek(key);
      expect(scan.valid());
      sum += scan.word() + tenSteps(scan);
    }
    sink = sum;
  }

  private static long tenSteps(Engine.Scan scan) throws IOException {
    long sum = 0;
    for (int step = 0; step < STEPS_PER_SEEK; step++) {
      scan.next();
      if (!scan.valid()) {
        return sum;
      }
      sum += scan.word();
    }
    return sum;
  }

  Measurement allocation() throws IOException {
    var measurement = Measurement.of(workload);
    try (Engine engine = trial.open(workload);
        Engine.Scan scan = engine.scan()) {
      measurement
          .with(Metric.GET_ALLOCATION, bytesPerOperation(hits(engine.reader())))
          .with(Metric.NEXT_ALLOCATION, bytesPerOperation(operations -> forward(scan, operations)));
    }
    if (trial.contestant() == Contestant.OURS) {
      new StoreKernelRun(trial).addTo(measurement);
    }
    return measurement;
  }

  /** By the allocation counter of this thread, after the loop has been compiled. */
  private double bytesPerOperation(SteadyLoop.Body body) throws IOException {
    new SteadyLoop(BATCH, body).warm(scale.warmMillisMax() / 2);
    int operations = 100 * BATCH;
    body.run(BATCH);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    body.run(operations);
    return (double) (threads.getCurrentThreadAllocatedBytes() - before) / operations;
  }
}
