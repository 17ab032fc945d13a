package systems.kvstore.lsm;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a store says of itself, by RocksDB's property names. */
final class Properties {
  private final Catalog catalog;
  private final LogChain logs;
  private final Tables tables;
  private final Snapshots snapshots;
  private final Counters counters;
  private final Compactor compactor;

  Properties(
      Catalog catalog,
      LogChain logs,
      Tables tables,
      Snapshots snapshots,
      Counters counters,
      Compactor compactor) {
    this.catalog = catalog;
    this.logs = logs;
    this.tables = tables;
    this.snapshots = snapshots;
    this.counters = counters;
    this.compactor = compactor;
  }

  /** The value of a property, or null if there is none of that name. */
  @Nullable String get(String name) {
    var state = catalog.current();
    return switch (name) {
      case "rocksdb.stats" -> stats(state);
      case "rocksdb.levelstats" -> levels(state.version());
      default -> numbers(state).get(name);
    };
  }

  private Map<String, String> numbers(ReadState state) {
    var numbers = new TreeMap<String, String>();
    var version = state.version();
    for (int level = 0; level < version.levels(); level++) {
      put(numbers, "num-files-at-level" + level, version.fileCount(level));
    }
    put(numbers, "num-immutable-mem-table", state.sealed().size());
    put(numbers, "mem-table-flush-pending", state.sealed().isEmpty() ? 0 : 1);
    put(numbers, "compaction-pending", compactor.isDue() ? 1 : 0);
    put(numbers, "estimate-pending-compaction-bytes", compactor.pendingBytes());
    put(numbers, "cur-size-active-mem-table", state.active().table().bytesUsed());
    put(numbers, "cur-size-all-mem-tables", memtableBytes(state));
    put(numbers, "num-entries-active-mem-table", state.active().table().entries());
    put(numbers, "num-snapshots", snapshots.count());
    put(numbers, "total-sst-files-size", tableBytes(version));
    put(numbers, "min-log-number-to-keep", catalog.logNumber());
    put(numbers, "block-cache-usage", tables.cache().bytesUsed());
    put(numbers, "block-cache-hit", tables.cache().hits());
    put(numbers, "block-cache-miss", tables.cache().misses());
    put(numbers, "background-errors", catalog.isFenced() ? 1 : 0);
    put(numbers, "is-write-stopped", catalog.isFenced() ? 1 : 0);
    return numbers;
  }

  private static void put(Map<String, String> numbers, String name, long value) {
    numbers.put("rocksdb." + name, Long.toString(value));
  }

  private static long memtableBytes(ReadState state) {
    long bytes = state.active().table().bytesUsed();
    for (var generation : state.sealed()) {
      bytes += generation.table().bytesUsed();
    }
    return bytes;
  }

  private static long tableBytes(Version version) {
    long bytes = 0;
    for (int level = 0; level < version.levels(); level++) {
      bytes += version.bytes(level);
    }
    return bytes;
  }

  private static String levels(Version version) {
    var text = new StringBuilder("Level Files Size(MB)\n--------------------\n");
    for (int level = 0; level < version.levels(); level++) {
      text.append(
          String.format(
              Locale.ROOT,
              "%3d %8d %8.1f%n",
              level,
              version.fileCount(level),
              version.bytes(level) / 1e6));
    }
    return text.toString();
  }

  private String stats(ReadState state) {
    return levels(state.version())
        + line("writes", counters.writes.sum(), "in groups", counters.groups.sum())
        + line("log bytes", counters.logBytes.sum(), "syncs", counters.syncs.sum())
        + line("logs hold bytes", logs.bytes(), "memtables", 1 + state.sealed().size())
        + line("flushes", counters.flushes.sum(), "bytes", counters.flushBytes.sum())
        + line("compactions", counters.compactions.sum(), "moves", counters.trivialMoves.sum())
        + line(
            "compaction read",
            counters.compactionBytesRead.sum(),
            "written",
            counters.compactionBytesWritten.sum())
        + String.format(Locale.ROOT, "write amplification: %.2f%n", counters.writeAmplification())
        + line("entries dropped", counters.entriesDropped.sum(), "snapshots", snapshots.count())
        + line("stalls", counters.stalls.sum(), "micros", counters.stallNanos.sum() / 1000)
        + line("block cache hits", tables.cache().hits(), "misses", tables.cache().misses());
  }

  private static String line(String name, long value, String other, long otherValue) {
    return name + ": " + value + ", " + other + ": " + otherValue + "\n";
  }
}
