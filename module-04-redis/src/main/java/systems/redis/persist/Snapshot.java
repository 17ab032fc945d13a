package systems.redis.persist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.persist.SnapshotForm.Checksum;
import systems.redis.types.Dict;

/**
 * A snapshot of all databases as they were at one moment, while commands go on, without a fork and
 * without a copy.
 *
 * <pre>
 *   buckets of a dictionary   [x][x][x][ ][x][ ][ ][ ]      x: in the snapshot
 *                                     ^ walk     ^ a command is about to change this one:
 *                                                  it goes into the snapshot first
 *
 *   command thread: bucket -> bytes -> queue of 64 pieces -> writer thread -> file
 * </pre>
 *
 * <p>The command thread walks some buckets in each turn and puts their entries, as bytes, into a
 * bounded queue; another thread writes them. A change of a bucket that the walk has not reached
 * saves the bucket first (Dragonfly's scheme). So each entry is saved as it was when the snapshot
 * began, exactly once, and the extra memory is the queue: some megabytes, whatever is written
 * meanwhile. A fork would copy each page that is written to, up to all of the memory; and a JVM
 * cannot fork.
 *
 * <p>Dictionaries do not resize while they are guarded. Keys that are created go into buckets that
 * are saved before, so they are not part of it. A database that is flushed or exchanged meanwhile
 * is no problem: the walk holds the dictionary that it began with.
 *
 * <p>The file appears by rename when it is whole and synced, the folder is synced after that; a
 * crash in between leaves the old file.
 */
final class Snapshot {
  /** Where the bytes go; called by the writer thread. */
  interface Target {
    void open() throws IOException;

    void write(byte[] piece) throws IOException, InterruptedException;

    /** All was written. */
    void commit() throws IOException;

    void discard() throws IOException;

    /** Whether it needs the command thread to take something: then that one must not wait. */
    default boolean needsCommandThread() {
      return false;
    }
  }

  /** The file, which appears whole or not at all. */
  static final class ToFile implements Target {
    private final Path path;
    private final Path temporary;
    private @Nullable FileChannel file;

    ToFile(Path path) {
      this.path = path;
      temporary =
          path.resolveSibling(
              "temp-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".rdb");
    }

    @Override
    public void open() throws IOException {
      file = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private FileChannel file() {
      FileChannel opened = file;
      assert opened != null;
      return opened;
    }

    @Override
    public void write(byte[] piece) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(piece);
      while (buffer.hasRemaining()) {
        file().write(buffer);
      }
    }

    @Override
    public void commit() throws IOException {
      //> phase 4: bytes, name, folder: in which order must they reach the disk?
      try (FileChannel whole = file()) {
        whole.force(true);
      }
      Files.move(
          temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      Folders.syncParent(path);
      //< phase 4
    }

    @Override
    public void discard() throws IOException {
      if (file != null) {
        file.close();
      }
      Files.deleteIfExists(temporary); //~ phase 4 leavesRubbish: assert temporary != null;
    }
  }

  private static final int PIECE_BYTES = 64 * 1024;
  private static final int QUEUE_PIECES = 64;
  private static final byte[] END = new byte[0];

  /** Keys of one database. */
  private final class Part implements Dict.Guard {
    final int db;
    final Dict<Object> keys;
    final Dict<Long> expires;
    final BitSet[] saved = {new BitSet(), new BitSet()};
    int table;
    int bucket;

    Part(Database database) {
      db = database.index();
      keys = database.keys();
      expires = database.expires();
    }

    @Override
    public void beforeChange(int t, int b) {
      //> phase 4: a command is about to change this bucket; what must be done first?
      save(t, b); //~ savesTheChange: assert t >= 0 && b >= 0;
      //< phase 4
    }

    private void save(int t, int b) {
      //> phase 4: who may come here, and how often for one bucket?
      if (!saved[t].get(b)) { //~ savesTwice: if (b >= 0) {
        saved[t].set(b);
        keys.visitBucket(t, b, this::entry);
        handOver(false);
      }
      //< phase 4
    }

    private void entry(byte[] key, Object value) {
      assert !walked : "an entry behind the end";
      Long at = expires.get(key);
      try {
        form.entry(db, key, value, at == null ? -1 : at);
      } catch (RuntimeException | OutOfMemoryError e) {
        abort(); // half of an entry is in the bytes: they must never count
        throw e;
      }
      entries++;
    }

    /** Saves some buckets; whether there are more. */
    boolean step(int count) {
      //> phase 4: two tables, since the dictionary may be growing; where does the walk end?
      for (int n = 0; n < count; n++) {
        if (bucket == keys.buckets(table)) {
          if (table == 1) {
            return false;
          }
          table = 1;
          bucket = 0;
          continue;
        }
        save(table, bucket++);
      }
      return true;
      //< phase 4
    }
  }

  private final SnapshotForm form;
  private final RdbOutput out;
  private final List<Part> parts = new ArrayList<>();
  private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();
  private final Target target;
  private final Thread thread;
  private final long startedMillis = System.currentTimeMillis();
  private final long startedNanos = System.nanoTime();
  private final long dirtyAtStart;
  private long pauseMicros; // rdb-key-save-delay
  private long crc;
  private long entries;
  private boolean walked;
  private volatile @Nullable IOException failure;
  private volatile boolean done;
  private boolean aborted; // by committing
  private final Object committing = new Object();

  /** Begins; on the command thread. */
  Snapshot(
      List<Database> databases,
      Target target,
      SnapshotForm form,
      List<byte[]> libraries,
      long pauseMicros,
      long dirty,
      Runnable onEnd) {
    this.target = target;
    this.form = form;
    out = form.out();
    dirtyAtStart = dirty;
    this.pauseMicros = pauseMicros;
    libraries.forEach(form::library);
    for (Database db : databases) {
      if (db.size() > 0) {
        var part = new Part(db);
        form.database(db.index(), db.size(), db.expiring());
        db.keys().guard(part);
        db.expires().pauseMoving();
        parts.add(part);
      }
    }
    thread =
        Thread.ofPlatform()
            .name("snapshot")
            .daemon(true)
            .start(() -> {
              write();
              done = true;
              onEnd.run();
            });
  }

  long startedMillis() {
    return startedMillis;
  }

  long dirtyAtStart() {
    return dirtyAtStart;
  }

  long entries() {
    return entries;
  }

  boolean isDone() {
    return done;
  }

  @Nullable IOException failure() {
    return failure;
  }

  /** Whether a step would do something. */
  boolean canStep() {
    return !walked && !done && hasRoom() && !isAhead();
  }

  /** The walk fills half of the queue; the other half is for buckets that somebody changes. */
  private boolean hasRoom() {
    return queue.size() < QUEUE_PIECES / 2;
  }

  private boolean isAhead() {
    return pauseMicros > 0 && entries * pauseMicros > (System.nanoTime() - startedNanos) / 1000;
  }

  /** Walks on for up to so many nanoseconds, or until the queue is full; on the command thread. */
  void step(long budgetNanos) {
    assert Thread.currentThread() != thread : "the command thread walks, the other one writes";
    if (walked || done) {
      return;
    }
    long deadline = System.nanoTime() + budgetNanos;
    while (hasRoom() && !isAhead() && !done) {
      if (parts.isEmpty()) {
        finishWalk();
        return;
      }
      Part part = parts.getFirst();
      if (!part.step(pauseMicros > 0 ? 1 : 16)) {
        release(part);
        parts.removeFirst();
      }
      if (System.nanoTime() > deadline) {
        return;
      }
    }
  }

  private static void release(Part part) {
    part.keys.guard(null);
    part.expires.resumeMoving();
  }

  private void finishWalk() {
    walked = true;
    form.end();
    handOver(true);
    put(END);
  }

  private void handOver(boolean all) {
    if (out.size() >= PIECE_BYTES || all || pauseMicros > 0 && out.size() > 0) {
      put(out.toBytes());
      out.clear();
    }
  }

  /**
   * Waits while the disk is behind: the bound of the queue is the bound of the memory. Replicas
   * that are behind cannot be waited for here, since this thread feeds them.
   */
  private void put(byte[] piece) {
    queue.add(piece);
    try {
      while (!done && queue.size() > QUEUE_PIECES && !target.needsCommandThread()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All of it now, on the command thread. */
  void runToEnd() {
    pauseMicros = 0;
    while (!walked && !done) {
      step(Long.MAX_VALUE / 4);
      if (!hasRoom()) {
        Thread.onSpinWait();
      }
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives up; when it returns, this snapshot takes no name any more. */
  void abort() {
    parts.forEach(Snapshot::release);
    parts.clear();
    walked = true;
    thread.interrupt();
    synchronized (committing) {
      aborted = true;
    }
  }

  // ---- the writer thread

  private void write() {
    try {
      target.open();
      for (byte[] piece = queue.take(); piece != END; piece = queue.take()) {
        append(piece);
      }
      assert queue.isEmpty() : "a piece behind the end";
      if (form.checksum() != Checksum.NONE) {
        append(littleCrc());
      }
      synchronized (committing) {
        if (aborted) {
          throw new IOException("given up");
        }
        target.commit();
      }
    } catch (IOException e) {
      failed(e);
    } catch (InterruptedException e) {
      failed(new IOException("given up", e));
    } catch (RuntimeException | Error bug) {
      failed(new IOException("a bug while the snapshot was written: " + bug, bug)); // or all wait
    }
  }

  private void failed(IOException e) {
    failure = e;
    try {
      target.discard();
    } catch (IOException second) {
      e.addSuppressed(second);
    }
  }

  private void append(byte[] piece) throws IOException, InterruptedException {
    if (form.checksum() == Checksum.CRC64) {
      crc = Crc64.update(crc, piece, 0, piece.length);
    }
    target.write(piece);
  }

  private byte[] littleCrc() {
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (crc >>> 8 * i);
    }
    return bytes;
  }

  /** After the end or an abort: nothing is guarded any more. */
  void close() {
    parts.forEach(Snapshot::release);
    parts.clear();
  }
}
