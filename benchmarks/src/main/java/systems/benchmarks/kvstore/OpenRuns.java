package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.zip.CRC32C;
import systems.benchmarks.ChildJvm;
import systems.benchmarks.Spread;
import systems.benchmarks.figure.Metric;

/**
 * Workloads about a store as a whole: its size on disk, and the way back after the end of its
 * process.
 *
 * <p>The time of a reopen is that of opening and of one get, in a process that has opened nothing
 * before, as after a restart: a store in Java pays for class loading and for code that is not
 * compiled yet. {@link Rounds} starts it with an AOT cache, as users start programs, and again
 * without. Loading RocksDB's native library is left out. {@code warmTime} is the median of further
 * reopens in the same process, each of a fresh copy of the directory: what is left when the virtual
 * machine is warm. The log of {@code reopen-killed} is that of a process which was killed with
 * SIGKILL after its last put had returned: afterwards every put must be there.
 */
final class OpenRuns {
  private static final int WARM_OPENS = 7;

  private final Worker.Trial trial;
  private final Workload workload;
  private final Keys keys;
  private final int entries;

  OpenRuns(Worker.Trial trial, Workload workload) {
    this.trial = trial;
    this.workload = workload;
    this.keys = trial.scale().keys();
    this.entries = trial.scale().entriesOf(workload);
  }

  Measurement space() throws IOException {
    Meter start;
    Meter passed;
    try (Engine engine = trial.open(workload)) {
      start = Meter.now();
      engine.compact();
      passed = Meter.now().since(start);
    }
    return Measurement.of(workload)
        .with(Metric.BYTES, Directories.bytes(trial.directory(), ""))
        .with(Metric.TABLE_BYTES, Directories.bytes(trial.directory(), ".sst"))
        .with(Metric.TIME, passed.wallNanos())
        .with(Metric.CPU, passed.cpuPer(entries));
  }

  Measurement reopen() throws IOException {
    var copies = new ArrayList<Path>();
    for (int i = 0; i < WARM_OPENS; i++) {
      Path copy = trial.directory().resolveSibling("copy-" + i);
      Directories.copy(trial.directory(), copy);
      copies.add(copy);
    }
    Measurement measurement = reopenCold();
    double[] warm = new double[WARM_OPENS];
    for (int i = 0; i < WARM_OPENS; i++) {
      warm[i] = (double) open(copies.get(i), _ -> {}).wallNanos();
      Directories.delete(copies.get(i));
    }
    return measurement.with(Metric.WARM_TIME, Spread.of(warm).median());
  }

  private Measurement reopenCold() throws IOException {
    long[] digest = {0};
    Meter passed = open(trial.directory(), reader -> digest[0] = digestAll(reader));
    return Measurement.of(workload)
        .with(Metric.TIME, passed.wallNanos())
        .with(Metric.CPU, passed.cpuNanos())
        .withChecksum(digest[0]);
  }

  /** What is done with the reader of an open store when the clock has stopped. */
  private interface Afterwards {
    void with(Engine.Reader reader) throws IOException;
  }

  private Meter open(Path directory, Afterwards afterwards) throws IOException {
    byte[] key = Keys.blank();
    keys.put(key, entries - 1);
    Meter start = Meter.now();
    try (Engine engine = trial.in(directory).open(workload)) {
      Engine.Reader reader = engine.reader();
      boolean found = reader.get(key) >= 0;
      Meter passed = Meter.now().since(start);
      if (!found) {
        throw new IOException("the last key that was put is gone");
      }
      afterwards.with(reader);
      return passed;
    }
  }

  private long digestAll(Engine.Reader reader) throws IOException {
    byte[] key = Keys.blank();
    var digest = new CRC32C();
    for (int i = 0; i < entries; i++) {
      keys.put(key, i);
      if (reader.get(key) != workload.valueBytes()) {
        throw new IOException("put " + i + " of " + entries + " is gone");
      }
      reader.digest(digest);
    }
    return digest.getValue();
  }

  /** Puts until the log is long enough, says so, and waits for the end. */
  Measurement fillLogAndWait() throws IOException {
    var values = new Values(workload.valueBytes());
    byte[] key = Keys.blank();
    try (Engine engine = trial.open(workload)) {
      for (int i = 0; i < entries; i++) {
        keys.put(key, i);
        engine.put(key, values.get(i));
      }
      System.out.println(ChildJvm.READY);
      System.out.flush();
      while (System.in.read() >= 0) {
        // Only the end of the driver ends this input.
      }
    }
    return Measurement.of(workload);
  }
}
