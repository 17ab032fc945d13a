package systems.kvstore.lsm;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.WriteBatch;
import systems.kvstore.table.MemTable;

/**
 * Room for the next write: seals a full memtable, and holds writers back before flushes or
 * compactions fall so far behind that memory or reads suffer.
 *
 * <pre>
 *   level 0 files   0 ....... slowdown ................. stop
 *   writer          no wait   32 MiB/s, falling to 4     waits until there are fewer
 *   memtables                                  max       waits for a flush
 * </pre>
 *
 * The slowdown is the important part: it spreads the wait over many writes where the stop would
 * give it all to one (RocksDB wiki, "Write Stalls"). Each wait is an event with its reason and
 * length.
 *
 * <p>Called only by the leader of {@link WriteQueue}.
 */
final class WriteRoom {
  /** Bytes a second that writers may log at the slowdown mark; an eighth of it at the stop mark. */
  private static final long SLOW_BYTES_PER_SECOND = 32L << 20;

  /** Shorter waits are saved up: a timer is not much finer than this. */
  private static final long DELAY_NANOS_MIN = 1_000_000;

  /** How often a waiting writer looks again, should it miss a signal. */
  private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Catalog catalog;
  private final LogChain logs;
  private final LsmOptions options;
  private final EventLog events;
  private final Counters counters;
  private final Reserve reserve;
  private @Nullable Background background;
  private boolean logFull;
  private boolean written;
  private long unpaidBytes;
  private volatile boolean closed;

  WriteRoom(
      Catalog catalog,
      LogChain logs,
      Reserve reserve,
      LsmOptions options,
      EventLog events,
      Counters counters) {
    this.catalog = catalog;
    this.logs = logs;
    this.reserve = reserve;
    this.options = options;
    this.events = events;
    this.counters = counters;
  }

  void background(Background newBackground) {
    background = newBackground;
  }

  /** No write from now on. */
  void close() {
    closed = true;
  }

  /** The log could not grow: the next write tries with a new one. */
  void logIsFull() {
    logFull = true;
  }

  /** Returns when the active memtable has room for the batch, or says why it never will. */
  void make(WriteBatch batch, long lastSequence) throws IOException {
    if (!written) {
      beginFirstLog(lastSequence);
      written = true;
      background().reserveDue();
    }
    slowDown(batch);
    long began = 0;
    String reason = null;
    while (true) {
      checkWritable();
      var state = catalog.current();
      if (!logFull && state.active().table().fits(batch.count(), batch.size())) {
        break;
      }
      var why = obstacle(state);
      if (why == null) {
        rotate(batch, lastSequence);
      } else {
        began = began == 0 ? System.nanoTime() : began;
        reason = why;
        await(state);
      }
    }
    if (reason != null) {
      stalled(reason, System.nanoTime() - began);
    }
  }

  /** An opened store has no log of its own until somebody writes. */
  private void beginFirstLog(long lastSequence) throws IOException {
    checkWritable();
    if (!logs.isBegun()) {
      long number = catalog.newFileNumber();
      var log = logs.create(number, options.logInitialBytes);
      logs.begin(number, log, lastSequence + 1, logs.linkToLast());
    }
  }

  private void checkWritable() throws IOException {
    if (closed) {
      throw new KvException.ReadOnly("the store is closed");
    }
    catalog.checkFence();
  }

  /** Why the memtable may not be sealed now, or null. */
  private @Nullable String obstacle(ReadState state) {
    if (state.sealed().size() + 1 >= options.memtablesMax) {
      return "memtables=" + (state.sealed().size() + 1);
    }
    if (options.automaticCompaction && state.version().fileCount(0) >= options.level0Stop) {
      return "level0_files=" + state.version().fileCount(0);
    }
    return null;
  }

  private void await(ReadState state) throws IOException {
    var work = background();
    work.due();
    work.checkSpace();
    catalog.awaitChange(state, RECHECK_NANOS);
  }

  private Background background() {
    var work = background;
    if (work == null) {
      throw new IllegalStateException("no background work yet");
    }
    return work;
  }

  /** Seals the active memtable and begins a new one with a new log. */
  private void rotate(WriteBatch batch, long lastSequence) throws IOException {
    var next = reserve.take(capacity(batch));
    try {
      logs.begin(next.logNumber(), next.log(), lastSequence + 1, logs.linkToLast());
    } catch (IOException failure) {
      next.table().close();
      throw failure;
    }
    logFull = false;
    catalog.rotate(next.table(), next.logNumber());
    background().reserveDue();
    background().due();
  }

  private long capacity(WriteBatch batch) {
    long needed = batch.size() + (long) batch.count() * MemTable.WRITE_OVERHEAD_BYTES + 4096;
    return Math.max(options.memtableBytes, needed);
  }

  /** Seals the active memtable if anything is in it, for a flush that somebody asked for. */
  void seal(long lastSequence) throws IOException {
    checkWritable();
    var table = catalog.current().active().table();
    if (table.entries() > 0 || !table.rangeTombstones().isEmpty()) {
      rotate(new WriteBatch(0), lastSequence);
    }
  }

  private void slowDown(WriteBatch batch) throws IOException {
    int files = catalog.current().version().fileCount(0);
    if (files < options.level0Slowdown || !options.automaticCompaction) {
      unpaidBytes = 0;
      return;
    }
    unpaidBytes += batch.size();
    long delay = unpaidBytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond(files);
    if (delay >= DELAY_NANOS_MIN) {
      unpaidBytes = 0;
      background().due();
      long began = System.nanoTime();
      catalog.awaitChange(catalog.current(), delay);
      stalled("slowdown level0_files=" + files, System.nanoTime() - began);
    }
  }

  private long bytesPerSecond(int files) {
    double way =
        (double) (files - options.level0Slowdown)
            / Math.max(1, options.level0Stop - options.level0Slowdown);
    return (long) (SLOW_BYTES_PER_SECOND * (1 - 0.875 * Math.min(1, way)));
  }

  private void stalled(String reason, long nanos) {
    counters.stalls.increment();
    counters.stallNanos.add(nanos);
    events.add("stall reason=" + reason + " micros=" + nanos / 1000);
  }
}
