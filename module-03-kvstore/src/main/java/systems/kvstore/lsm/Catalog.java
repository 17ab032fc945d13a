package systems.kvstore.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.table.MemTable;

/**
 * What the store consists of at this moment, and which older moments somebody still reads.
 *
 * <pre>
 *   current ---> ReadState { active, sealed..., version }      pins: 1 + cursors
 *   alive   ---> the current one and every older one that a cursor pins
 * </pre>
 *
 * <ol>
 *   <li>A state, once published, never changes; {@code current} moves from one to the next.
 *   <li>A change of files is first durable in the manifest, then published, and only then are the
 *       files that no living state names deleted. A crash in between leaves files that nobody
 *       names; opening deletes them.
 *   <li>A manifest that was read at opening is believed and never acted on: what it says may have
 *       reached the page cache only, from a process that was killed before its sync. Files go after
 *       a new manifest has said the same and is durable.
 *   <li>A memtable is freed, a table closed, when no living state has it.
 *   <li>Files being written are {@code pending} and never taken for obsolete ones.
 * </ol>
 *
 * <p>Two locks, always taken in this order: {@code edits} orders changes of files and is held over
 * the manifest's sync; {@code lock} guards the fields and is held for moments, as writers take it
 * when they change memtables. {@link #current()} takes none.
 *
 * <p>A failed manifest write, log write or sync <em>fences</em> the store: what reached the disk is
 * unknown, and a second sync may report success for bytes that were dropped after the first
 * (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
 */
final class Catalog implements Closeable {
  private final FileSystem fileSystem;
  private final Path directory;
  private final Tables tables;
  private final EventLog events;
  private final ReentrantLock edits = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<ReadState> alive = new HashSet<>();
  private final Set<ReadState> retired = new HashSet<>();
  private final Set<Long> pending = new HashSet<>();
  private boolean writable;
  private @Nullable Manifest manifest;
  private long manifestNumber;
  private boolean manifestIsLarge;
  private long nextFileNumber;
  private volatile long logNumber;
  private volatile ReadState current;
  private volatile @Nullable IOException fence;

  Catalog(
      FileSystem fileSystem,
      Path directory,
      Tables tables,
      EventLog events,
      ReadState first,
      long logNumber,
      long nextFileNumber) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.tables = tables;
    this.events = events;
    this.logNumber = logNumber;
    this.nextFileNumber = nextFileNumber;
    this.current = first;
    alive.add(first);
  }

  /**
   * Lets edits in; without this the catalog is read-only. The manifest that was read goes on to
   * count until the first of them begins a new one.
   */
  void acceptEdits(long numberOfManifest) {
    edits.lock();
    try {
      writable = true;
      manifestNumber = numberOfManifest;
    } finally {
      edits.unlock();
    }
  }

  private void beginManifest(long lastSequence) throws IOException {
    edits.lock();
    try {
      long number = newFileNumber();
      var fresh = Manifest.create(fileSystem, directory, number, snapshot(lastSequence));
      closeManifest();
      manifest = fresh;
      manifestNumber = number;
    } finally {
      edits.unlock();
    }
  }

  private VersionEdit snapshot(long lastSequence) {
    var edit = Manifest.snapshotOf(current.version());
    edit.setLogNumber(logNumber);
    edit.setNextFileNumber(peekFileNumber());
    edit.setLastSequence(lastSequence);
    return edit;
  }

  ReadState current() {
    return current;
  }

  /** Number of the oldest log that is still needed. */
  long logNumber() {
    return logNumber;
  }

  long newFileNumber() {
    lock.lock();
    try {
      return nextFileNumber++;
    } finally {
      lock.unlock();
    }
  }

  /** A number for a file that is about to be written; it is kept until {@link #written}. */
  long newPendingNumber() {
    lock.lock();
    try {
      pending.add(nextFileNumber);
      return nextFileNumber++;
    } finally {
      lock.unlock();
    }
  }

  /** The file is named by a state now, or given up. */
  void written(long number) {
    lock.lock();
    try {
      pending.remove(number);
    } finally {
      lock.unlock();
    }
  }

  private long peekFileNumber() {
    lock.lock();
    try {
      return nextFileNumber;
    } finally {
      lock.unlock();
    }
  }

  /** Seals the active memtable; the next one has its first writes in log {@code firstLog}. */
  void rotate(MemTable table, long firstLog) {
    lock.lock();
    try {
      publish(current.rotated(new Generation(table, firstLog)));
    } finally {
      lock.unlock();
    }
    sweep();
  }

  /**
   * Makes a change of files durable, publishes it and deletes what it made obsolete.
   *
   * @param flushed the memtable that the change turns into a table, or null
   */
  void apply(VersionEdit edit, @Nullable Generation flushed, long lastSequence) throws IOException {
    edits.lock();
    try {
      checkFence();
      beginManifestIfNone(lastSequence);
      edit.setNextFileNumber(peekFileNumber());
      edit.setLastSequence(lastSequence);
      if (flushed != null) {
        edit.setLogNumber(firstLogAfter(flushed));
      }
      var version = current.version().apply(edit);
      log(edit);
      install(version, flushed);
    } finally {
      edits.unlock();
    }
    sweep();
  }

  private void beginManifestIfNone(long lastSequence) throws IOException {
    if (manifest != null) {
      return;
    }
    if (!writable) {
      throw new KvException.ReadOnly(directory + " is open for reading only");
    }
    try {
      replaceManifest(lastSequence);
    } catch (KvException.NoSpace nothingChanged) {
      throw nothingChanged;
    } catch (IOException failure) {
      fence(failure);
      throw failure;
    }
  }

  /** Begins a new manifest with the state as it is, and deletes the one before. */
  void replaceManifest(long lastSequence) throws IOException {
    edits.lock();
    try {
      long old = manifestNumber;
      beginManifest(lastSequence);
      fileSystem.delete(FileNames.manifest(directory, old));
    } finally {
      edits.unlock();
    }
  }

  private void log(VersionEdit edit) throws IOException {
    var open = manifest;
    if (open == null) {
      throw new IllegalStateException("no manifest was begun");
    }
    try {
      open.log(edit);
    } catch (IOException failure) {
      fence(failure);
      throw failure;
    }
    manifestIsLarge = open.shouldRoll();
  }

  private void install(Version version, @Nullable Generation flushed) {
    lock.lock();
    try {
      if (flushed != null) {
        logNumber = firstLogAfter(flushed);
      }
      publish(current.with(version, flushed));
    } finally {
      lock.unlock();
    }
  }

  /** First log of the generation after the oldest sealed one, which is the one being flushed. */
  private long firstLogAfter(Generation flushed) {
    lock.lock();
    try {
      var sealed = current.sealed();
      int at = sealed.indexOf(flushed);
      assert at == sealed.size() - 1 : "memtables are flushed oldest first";
      return at == 0 ? current.active().firstLog() : sealed.get(at - 1).firstLog();
    } finally {
      lock.unlock();
    }
  }

  private void publish(ReadState next) {
    assert lock.isHeldByCurrentThread();
    var last = current;
    alive.add(next);
    current = next;
    release(last);
    changed.signalAll();
  }

  /** The current state, which stays readable until it is {@linkplain #unpin unpinned}. */
  ReadState pin() {
    lock.lock();
    try {
      current.pins++;
      return current;
    } finally {
      lock.unlock();
    }
  }

  void unpin(ReadState state) {
    lock.lock();
    try {
      release(state);
    } finally {
      lock.unlock();
    }
    sweep();
  }

  private void release(ReadState state) {
    assert lock.isHeldByCurrentThread() && state.pins > 0;
    if (--state.pins == 0) {
      alive.remove(state);
      retired.add(state);
    }
  }

  /** Frees the memtables and deletes the tables that only retired states had. */
  private void sweep() {
    var freed = new ArrayList<MemTable>();
    var obsolete = new ArrayList<Long>();
    lock.lock();
    try {
      collect(freed, obsolete);
    } finally {
      lock.unlock();
    }
    freed.forEach(MemTable::close);
    obsolete.forEach(this::deleteTable);
  }

  private void collect(ArrayList<MemTable> freed, ArrayList<Long> obsolete) {
    if (retired.isEmpty()) {
      return;
    }
    var liveMemory = new HashSet<MemTable>();
    var liveFiles = new HashSet<Long>(pending);
    for (var state : alive) {
      memtables(state, liveMemory);
      files(state, liveFiles);
    }
    var deadMemory = new HashSet<MemTable>();
    var deadFiles = new HashSet<Long>();
    for (var state : retired) {
      memtables(state, deadMemory);
      files(state, deadFiles);
    }
    retired.clear();
    deadMemory.removeAll(liveMemory);
    deadFiles.removeAll(liveFiles);
    freed.addAll(deadMemory);
    obsolete.addAll(deadFiles);
  }

  private static void memtables(ReadState state, Set<MemTable> into) {
    into.add(state.active().table());
    state.sealed().forEach(generation -> into.add(generation.table()));
  }

  private static void files(ReadState state, Set<Long> into) {
    for (int level = 0; level < state.version().levels(); level++) {
      state.version().files(level).forEach(file -> into.add(file.number()));
    }
  }

  /** Deletes a table that was written and never named. */
  void discard(long number) {
    if (fileSystem.exists(FileNames.table(directory, number))) {
      deleteTable(number);
    }
  }

  private void deleteTable(long number) {
    try {
      tables.close(number);
      fileSystem.delete(FileNames.table(directory, number));
    } catch (IOException failure) {
      events.add("delete_failed table=" + number + " reason=" + failure.getMessage());
    }
  }

  /**
   * Waits until the state changes or the store fails; returns at once if it is not {@code seen}. An
   * interrupt does not end the wait, as a leader waits for the writes of others too; it is kept.
   */
  void awaitChange(ReadState seen, long nanosMax) {
    boolean interrupted = false;
    lock.lock();
    try {
      long deadline = System.nanoTime() + nanosMax;
      long left = nanosMax;
      while (current == seen && fence == null && left > 0) {
        try {
          left = changed.awaitNanos(left);
        } catch (InterruptedException later) {
          interrupted = true;
          left = deadline - System.nanoTime();
        }
      }
    } finally {
      lock.unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Wakes everybody in {@link #awaitChange}, to look at a failure. */
  void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses all writes from now on. */
  void fence(IOException cause) {
    lock.lock();
    try {
      if (fence == null) {
        fence = cause;
        events.add("fenced reason=" + cause.getMessage());
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void checkFence() throws KvException.Fenced {
    var cause = fence;
    if (cause != null) {
      throw new KvException.Fenced(cause);
    }
  }

  boolean isFenced() {
    return fence != null;
  }

  /** Rolls the manifest over to a new file if it has grown too large. */
  void rollManifestIfLarge(long lastSequence) throws IOException {
    edits.lock();
    try {
      if (manifestIsLarge && fence == null) {
        replaceManifest(lastSequence);
        manifestIsLarge = false;
      }
    } finally {
      edits.unlock();
    }
  }

  /** Number of the manifest in use. */
  long manifestNumber() {
    return manifestNumber;
  }

  private void closeManifest() throws IOException {
    if (manifest != null) {
      manifest.close();
    }
  }

  /** Closes the manifest and frees the memtables; no write may come after. */
  @Override
  public void close() throws IOException {
    var memory = new HashSet<MemTable>();
    lock.lock();
    try {
      alive.forEach(state -> memtables(state, memory));
    } finally {
      lock.unlock();
    }
    memory.forEach(MemTable::close);
    closeManifest();
  }
}
