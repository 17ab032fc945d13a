package systems.kvstore.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import systems.kvstore.Slice;
import systems.kvstore.lsm.LsmStore;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.RangeTombstones;
import systems.kvstore.table.TableReader;

/**
 * {@code ldb idump}: every version of every key, deletions included, as the tables hold them.
 *
 * <p>What is still in the log is flushed to a table first, as opening for writing does in ldb too.
 * Versions under a range tombstone are left out, and tombstones are not entries: also as ldb does.
 * The merge is a priority queue of cursors, not the engine's own: this command exists to look at
 * what the engine has written, so it shares with it no more than the reading of one table.
 */
@Command(
    name = "idump",
    description = "Prints every version of every key, with sequence number and type.")
final class InternalDump implements Callable<Integer> {
  @Mixin private KeyRange range = new KeyRange();
  @Mixin private Tuning tuning = new Tuning();

  @Option(names = "--max_keys", paramLabel = "N", defaultValue = "-1")
  private long keysMax;

  @Option(names = "--count_only", description = "only count")
  private boolean countOnly;

  @Option(names = "--stats", description = "print the store's statistics first")
  private boolean stats;

  private final Ldb ldb;

  InternalDump(Ldb ldb) {
    this.ldb = ldb;
  }

  @Override
  public Integer call() throws IOException {
    byte[] from = range.from(ldb.keys());
    byte[] to = range.to(ldb.keys());
    try (var store = ldb.open(tuning)) {
      store.flush();
      if (stats) {
        ldb.terminal().line(String.valueOf(store.property("rocksdb.stats")));
      }
      try (var tables = new Tables(ldb, store)) {
        long count = dump(tables, from, to);
        ldb.terminal().line("Internal keys in range: " + count);
      }
    }
    return Main.DONE;
  }

  private long dump(Tables tables, byte @Nullable [] from, byte @Nullable [] to)
      throws IOException {
    var end = to == null ? null : new Slice(to);
    long count = 0;
    tables.seek(from);
    for (var entry = tables.next();
        entry != null && count != keysMax && isBefore(entry, end);
        entry = tables.next()) {
      count++;
      if (!countOnly) {
        entryLine(ldb.terminal(), entry, ldb.keys(), ldb.values());
      }
    }
    return count;
  }

  private static boolean isBefore(EntryCursor entry, @Nullable Slice end) {
    return end == null || userKey(entry).compareTo(end) < 0;
  }

  static Slice userKey(EntryCursor entry) {
    var key = entry.key();
    return new Slice(key.array(), key.offset(), InternalKey.userLength(key));
  }

  /** Prints {@code 'key' seq:7, type:1 => value}. */
  static void entryLine(Terminal out, EntryCursor entry, Notation keys, Notation values)
      throws IOException {
    long trailer = InternalKey.trailer(entry.key());
    out.print("'");
    keys.printBare(userKey(entry), out);
    out.print("' seq:" + InternalKey.sequence(trailer));
    out.print(", type:" + InternalKey.kind(trailer) + " => ");
    values.printBare(entry.value(), out);
    out.print("\n");
  }

  /** All live tables as one ascending run. */
  private static final class Tables implements AutoCloseable {
    private static final Comparator<EntryCursor> ORDER =
        (a, b) -> InternalKey.compare(a.key(), b.key());

    private final List<TableReader> readers = new ArrayList<>();
    private final List<EntryCursor> cursors = new ArrayList<>();
    private final PriorityQueue<EntryCursor> queue = new PriorityQueue<>(ORDER);
    private final RangeTombstones tombstones;
    private @Nullable EntryCursor current;

    Tables(Ldb ldb, LsmStore store) throws IOException {
      var cache = new BlockCache(0);
      var ranges = new ArrayList<RangeTombstones.Tombstone>();
      for (var table : store.tables()) {
        var reader = TableReader.open(Main.DISK, ldb.tableFile(table), cache);
        readers.add(reader);
        cursors.add(reader.cursor());
        ranges.addAll(reader.rangeTombstones().fragments());
      }
      tombstones = RangeTombstones.of(ranges);
    }

    void seek(byte @Nullable [] from) throws IOException {
      for (var cursor : cursors) {
        if (from == null) {
          cursor.first();
        } else {
          long trailer = InternalKey.seekTrailer(InternalKey.SEQUENCE_MAX);
          cursor.seek(new Slice(InternalKey.encode(from, 0, from.length, trailer)));
        }
        if (cursor.valid()) {
          queue.add(cursor);
        }
      }
    }

    /** The cursor on the next entry that no tombstone covers, or null. */
    @Nullable EntryCursor next() throws IOException {
      do {
        if (current != null) {
          current.next();
          if (current.valid()) {
            queue.add(current);
          }
        }
        current = queue.poll();
      } while (current != null && isCovered(current));
      return current;
    }

    private boolean isCovered(EntryCursor entry) {
      var key = userKey(entry);
      long newest =
          tombstones.covering(key.array(), key.offset(), key.length(), InternalKey.SEQUENCE_MAX);
      return newest > InternalKey.sequence(InternalKey.trailer(entry.key()));
    }

    @Override
    public void close() throws IOException {
      cursors.forEach(EntryCursor::close);
      for (var reader : readers) {
        reader.close();
      }
    }
  }
}
