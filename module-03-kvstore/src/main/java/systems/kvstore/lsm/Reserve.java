package systems.kvstore.lsm;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import systems.kvstore.log.LogWriter;
import systems.kvstore.table.MemTable;

/**
 * The next memtable and the next log, made ready while the current ones fill.
 *
 * <pre>
 *   active   [########......]   log 19 [########......]
 *   reserve  [..............]   log 23 [..............]   zeroed by the flusher, before it is needed
 * </pre>
 *
 * Zeroing 64 MiB of memory and as much of a file takes tens of milliseconds. Done by the writer
 * that finds the memtable full, these are the slowest writes of all; done ahead, a rotation is a
 * few assignments. If the reserve is not ready in time, the writer waits for it or makes its own.
 *
 * <p>The number of the log is taken when it is made, and it is always the next log to be used, so
 * that logs stay in the order of their numbers. A log that is never used is empty; recovery steps
 * over it.
 */
final class Reserve {

  /** A memtable and a log that nothing was written to. */
  record Ready(MemTable table, long logNumber, LogWriter log) {}

  private final Catalog catalog;
  private final LogChain logs;
  private final LsmOptions options;
  private final EventLog events;
  private @Nullable Ready ready;
  private boolean closed;

  Reserve(Catalog catalog, LogChain logs, LsmOptions options, EventLog events) {
    this.catalog = catalog;
    this.logs = logs;
    this.options = options;
    this.events = events;
  }

  /** Makes the reserve, if there is none; a full disk leaves it empty. */
  synchronized void prepare() {
    if (closed || ready != null) {
      return;
    }
    long number = catalog.newFileNumber();
    try {
      var log = logs.create(number, Math.max(options.logInitialBytes, options.memtableBytes));
      ready = new Ready(new MemTable(options.memtableBytes).allocate(), number, log);
    } catch (IOException notNow) {
      events.add("no_reserve reason=" + notNow.getMessage());
    }
  }

  /**
   * Takes the reserve, or makes what it would have been.
   *
   * @param memtableBytes least capacity of the memtable
   */
  synchronized Ready take(long memtableBytes) throws IOException {
    var taken = ready;
    ready = null;
    if (taken == null) {
      long number = catalog.newFileNumber();
      var log = logs.create(number, options.logInitialBytes);
      return new Ready(new MemTable(memtableBytes), number, log);
    }
    if (memtableBytes <= options.memtableBytes) {
      return taken;
    }
    taken.table().close();
    return new Ready(new MemTable(memtableBytes), taken.logNumber(), taken.log());
  }

  /** Gives the reserve back. */
  synchronized void close() throws IOException {
    closed = true;
    if (ready != null) {
      ready.table().close();
      logs.discard(ready.logNumber(), ready.log());
      ready = null;
    }
  }
}
