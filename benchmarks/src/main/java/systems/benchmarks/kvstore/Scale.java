package systems.benchmarks.kvstore;

import java.util.List;
import java.util.Locale;

/**
 * How much of everything.
 *
 * @param entries keys of 100-byte values
 * @param largeEntries keys of 1-KiB values
 * @param overwrites puts of the overwrite workload
 * @param pacedPerSecond rate of the paced overwrite
 * @param warmPuts puts before the clock starts: into a scratch store for fills, into the store
 *     itself for synced puts and overwrites (more than three memtables of a full run, so that both
 *     systems have logs to recycle)
 * @param memtableBytes size of a memtable of both systems
 * @param logBytes length of the log that a killed process leaves
 * @param measureMillis length of a measurement that is bounded by time
 * @param warmMillisMax longest time to wait for a read loop to become steady
 */
record Scale(
    String name,
    Keys keys,
    int entries,
    int largeEntries,
    int overwrites,
    int pacedPerSecond,
    int warmPuts,
    long memtableBytes,
    long logBytes,
    long measureMillis,
    long warmMillisMax) {

  private static final long MIB = 1 << 20;
  private static final int LOG_BYTES_PER_PUT = 138;

  static final Scale FULL =
      new Scale(
          "full",
          Keys.BIG_ENDIAN,
          2_000_000,
          524_288,
          5_000_000,
          50_000,
          1_500_000,
          64 * MIB,
          64_000_000,
          5_000,
          10_000);

  static final Scale QUICK =
      new Scale(
          "quick",
          Keys.BIG_ENDIAN,
          500_000,
          131_072,
          2_500_000,
          50_000,
          500_000,
          64 * MIB,
          64_000_000,
          1_500,
          4_000);

  static final Scale SMOKE =
      new Scale(
          "smoke", Keys.BIG_ENDIAN, 5_000, 1_000, 10_000, 20_000, 2_000, MIB / 4, 100_000, 20, 0);

  /** The same with another number of keys; the number of overwrites keeps its proportion. */
  Scale withEntries(int newEntries) {
    double factor = newEntries / (double) entries;
    return new Scale(
        name,
        keys,
        newEntries,
        (int) Math.max(1, largeEntries * factor),
        (int) Math.max(1, overwrites * factor),
        pacedPerSecond,
        warmPuts,
        memtableBytes,
        logBytes,
        measureMillis,
        warmMillisMax);
  }

  /** The same with another layout of keys. */
  Scale withKeys(Keys newKeys) {
    return new Scale(
        name,
        newKeys,
        entries,
        largeEntries,
        overwrites,
        pacedPerSecond,
        warmPuts,
        memtableBytes,
        logBytes,
        measureMillis,
        warmMillisMax);
  }

  /** Keys in the store of a workload. */
  int entriesOf(Workload workload) {
    return switch (workload.root()) {
      case FILLRANDOM_1K -> largeEntries;
      case LOG_64MB -> logPuts();
      default -> entries;
    };
  }

  /** Puts that fill the log of the killed process: each a record of a batch of one. */
  int logPuts() {
    return (int) (logBytes / LOG_BYTES_PER_PUT);
  }

  /** The memtable of a workload: large enough in one of them that its log is not cut short. */
  long memtableBytesOf(Workload workload) {
    return workload.root() == Workload.LOG_64MB ? 2 * memtableBytes : memtableBytes;
  }

  /** As arguments of a child process. */
  List<String> toArguments() {
    return List.of(name, keys.name(), Integer.toString(entries));
  }

  /** What {@link #toArguments()} says. */
  static Scale of(String name, String keys, String entries) {
    Scale scale =
        switch (name) {
          case "full" -> FULL;
          case "quick" -> QUICK;
          case "smoke" -> SMOKE;
          default -> throw new IllegalArgumentException("no scale \"" + name + "\"");
        };
    return scale
        .withKeys(Keys.valueOf(keys.toUpperCase(Locale.ROOT).replace('-', '_')))
        .withEntries(Integer.parseInt(entries));
  }
}
