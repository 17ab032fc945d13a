package systems.kvstore.lsm;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.WriteBatch;
import systems.kvstore.table.EntryKind;
import systems.kvstore.table.MemTable;

/**
 * The one way into the store: writers queue up, the one at the head writes for all.
 *
 * <pre>
 *   put() put() put()      push on a stack, then try to take the turn
 *      \    |    /
 *     leader's turn:  1. room in the memtable?  (seal it, wait for flushes, or refuse)
 *                     2. append every batch to the log, numbered one after the other
 *                     3. one sync for all, if any of them asked
 *                     4. insert into the memtable
 *                     5. visible = last number        &lt;- now readers see it
 *   followers wait until their write is done, or until it is their turn to lead
 * </pre>
 *
 * <ol>
 *   <li>Log before memtable, sync before visible: nobody reads what a crash could take back after a
 *       synced write was promised.
 *   <li>Sequence numbers are dense and in log order. A number is used once: a group that fails
 *       halfway commits the writes before the failure and gives the rest no number.
 *   <li>{@code visible} moves by whole batches: a batch is seen entirely or not at all.
 * </ol>
 *
 * <p>Writers pile up on the stack while the leader syncs, so the next leader finds them all: eight
 * writers share one sync without a timer or a batch size to tune. A single writer pays one
 * compare-and-set and one uncontended lock. Followers wait for their own mark, not for the lock:
 * behind a lock they would come back one by one, each to find its write done long ago, while one
 * thread after the other led a group of itself (measured with eight syncing writers: a quarter of
 * the rate, and 50 ms for the slowest).
 */
final class WriteQueue {

  /** A write on its way; one per thread, used again. */
  static final class Writer {
    private final WriteBatch scratch = new WriteBatch(256);
    private final WriteBatch.Records records = new WriteBatch.Records();
    private WriteBatch batch = scratch;
    private boolean sync;
    private @Nullable IOException failure;
    private @Nullable Writer next;
    private @Nullable Thread thread;
    private volatile boolean done;

    /** An empty batch for a single put or delete. */
    WriteBatch scratch() {
      scratch.clear();
      return scratch;
    }
  }

  private static final VarHandle WAITING;
  private static final VarHandle VISIBLE;

  static {
    try {
      var lookup = MethodHandles.lookup();
      WAITING = lookup.findVarHandle(WriteQueue.class, "waiting", Writer.class);
      VISIBLE = lookup.findVarHandle(WriteQueue.class, "visible", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Looks at the mark before a follower lets go of its core: a write without a sync is short. */
  private static final int SPINS = 100;

  private final ThreadLocal<Writer> writers = ThreadLocal.withInitial(Writer::new);
  private final ReentrantLock turn = new ReentrantLock();
  private final Catalog catalog;
  private final LogChain logs;
  private final WriteRoom room;
  private final Counters counters;
  private volatile @Nullable Writer waiting;
  private long visible;

  WriteQueue(Catalog catalog, LogChain logs, WriteRoom room, Counters counters, long lastSequence) {
    this.catalog = catalog;
    this.logs = logs;
    this.room = room;
    this.counters = counters;
    this.visible = lastSequence;
  }

  /** This thread's writer. */
  Writer writer() {
    return writers.get();
  }

  /** Sequence number of the newest write that reads may see. */
  long visible() {
    return (long) VISIBLE.getAcquire(this);
  }

  /** Commits a batch; returns when it is visible and as durable as asked. */
  void commit(Writer writer, WriteBatch batch, Durability durability) throws IOException {
    writer.batch = batch;
    writer.sync = durability == Durability.SYNC;
    writer.failure = null;
    writer.thread = Thread.currentThread();
    writer.done = false;
    push(writer);
    try {
      leadOrFollow(writer);
    } finally {
      writer.batch = writer.scratch;
    }
    if (writer.failure != null) {
      throw rethrown(writer.failure);
    }
  }

  private void leadOrFollow(Writer writer) {
    boolean interrupted = false;
    for (int tries = 0; !writer.done; tries++) {
      if (turn.tryLock()) {
        try {
          lead();
        } finally {
          turn.unlock();
          wakeNext();
        }
      } else if (tries < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Wakes a writer that came while somebody else had the turn. None is forgotten: one that failed
   * to take the turn was on the stack before the turn was given back.
   */
  private void wakeNext() {
    var next = waiting;
    if (next != null) {
      LockSupport.unpark(next.thread);
    }
  }

  private static void finish(Writer writer) {
    var thread = writer.thread;
    writer.done = true;
    if (thread != Thread.currentThread()) {
      LockSupport.unpark(thread);
    }
  }

  /** The failure with the stack of the thread that sees it, as several may share one. */
  private static IOException rethrown(IOException failure) {
    return switch (failure) {
      case KvException.NoSpace full -> new KvException.NoSpace(full.getMessage(), full);
      case KvException.Fenced fenced -> new KvException.Fenced(fenced.reason());
      case KvException.ReadOnly readOnly -> new KvException.ReadOnly(readOnly.getMessage());
      case IOException other -> new IOException(other.getMessage(), other);
    };
  }

  private void push(Writer writer) {
    Writer head;
    do {
      head = waiting;
      writer.next = head;
    } while (!WAITING.compareAndSet(this, head, writer));
  }

  /** All writers on the stack, the first that came first. */
  private @Nullable Writer takeAll() {
    var newest = (Writer) WAITING.getAndSet(this, null);
    Writer oldest = null;
    while (newest != null) {
      var before = newest.next;
      newest.next = oldest;
      oldest = newest;
      newest = before;
    }
    return oldest;
  }

  private void lead() {
    counters.groups.increment();
    var rest = takeAll();
    while (rest != null) {
      try {
        room.make(rest.batch, visible);
        rest = commitRun(rest);
      } catch (IOException failure) {
        fail(rest, failure);
        rest = null;
      } catch (RuntimeException | Error bug) {
        fail(rest, fenceAfter(bug));
        throw bug;
      }
    }
  }

  /** Nobody knows how far the group got, so nothing may be built on it. */
  private KvException.Fenced fenceAfter(Throwable bug) {
    var cause = new IOException("a write failed halfway: " + bug, bug);
    catalog.fence(cause);
    return new KvException.Fenced(cause);
  }

  private static void fail(@Nullable Writer first, IOException failure) {
    var writer = first;
    while (writer != null) {
      var next = writer.next;
      writer.failure = failure;
      finish(writer);
      writer = next;
    }
  }

  /**
   * Commits as many writers as fit into the active memtable, at least the first, and returns the
   * first that is left.
   */
  private @Nullable Writer commitRun(Writer first) throws IOException {
    //> phase 4: in which order do log, sync, memtable and visibility come, and who pays the sync?
    var table = catalog.current().active().table();
    long sequence = visible;
    int writes = 0;
    long bytes = 0;
    boolean sync = false;
    Writer end = first;
    IOException stopped = null;
    while (end != null && stopped == null && fits(table, end, first, writes, bytes)) {
      try {
        end.batch.seal(sequence + 1);
        logs.append(end.batch.array(), end.batch.size());
      } catch (IOException failure) {
        stopped = failure;
        continue;
      }
      sequence += end.batch.count();
      writes += end.batch.count();
      bytes += end.batch.size();
      sync |= end.sync;
      end = end.next;
    }
    finishRun(first, end, table, sequence, sync);
    if (stopped != null) {
      stop(end, stopped);
      return null;
    }
    counters.logBytes.add(bytes);
    counters.writes.add(writes);
    return end;
    //< phase 4
  }

  private static boolean fits(MemTable table, Writer writer, Writer first, int writes, long bytes) {
    return writer == first
        || table.fits(writes + writer.batch.count(), bytes + writer.batch.size());
  }

  /** Syncs, inserts and publishes the writers from first to before end, whose bytes are logged. */
  private void finishRun(
      Writer first, @Nullable Writer end, MemTable table, long lastSequence, boolean sync)
      throws IOException {
    if (sync) {
      syncOrFence();
    }
    for (@Nullable Writer writer = first; writer != null && writer != end; writer = writer.next) {
      insert(writer, table);
    }
    VISIBLE.setRelease(this, lastSequence);
    finishAll(first, end);
  }

  /** A writer that is done may be used again at once, so its link is read before. */
  private static void finishAll(Writer first, @Nullable Writer end) {
    var writer = first;
    while (writer != end && writer != null) {
      var next = writer.next;
      finish(writer);
      writer = next;
    }
  }

  private void syncOrFence() throws IOException {
    try {
      logs.sync();
      counters.syncs.increment();
    } catch (IOException failure) {
      catalog.fence(failure);
      throw new KvException.Fenced(failure);
    }
  }

  /** A full disk refuses these writes; any other failure of the log refuses all that come. */
  private void stop(@Nullable Writer first, IOException failure) {
    if (failure instanceof KvException.NoSpace) {
      room.logIsFull();
      fail(first, failure);
    } else {
      catalog.fence(failure);
      fail(first, new KvException.Fenced(failure));
    }
  }

  private static void insert(Writer writer, MemTable table) throws IOException {
    var records = writer.records.reset(writer.batch.array(), 0, writer.batch.size());
    long sequence = records.firstSequence();
    while (records.next()) {
      table.add(sequence++, kind(records.kind()), records.key(), records.value());
    }
  }

  static EntryKind kind(WriteBatch.Kind kind) {
    return switch (kind) {
      case PUT -> EntryKind.PUT;
      case DELETE -> EntryKind.DELETE;
      case DELETE_RANGE -> EntryKind.DELETE_RANGE;
    };
  }

  /** Runs something while no write is under way. */
  void exclusively(Exclusive action) throws IOException {
    turn.lock();
    try {
      action.run();
    } finally {
      turn.unlock();
      wakeNext();
    }
  }

  /** What {@link #exclusively} runs. */
  interface Exclusive {
    void run() throws IOException;
  }
}
