package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;

/**
 * Runs compactions one at a time: asks the picker what is most urgent, moves files that overlap
 * nothing by a line in the manifest, merges the others. One at a time means that a picker never has
 * to look at files that another merge is reading; on the two to four cores that a store usually
 * gets, a second merge would take its time from the writers.
 */
final class Compactor {

  /** The store is being closed: the merge was given up, nothing was changed. */
  static final class Stopped extends IOException {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("the store is being closed");
    }
  }

  private final FileSystem fileSystem;
  private final Path directory;
  private final Catalog catalog;
  private final Tables tables;
  private final Snapshots snapshots;
  private final LongSupplier visible;
  private final LsmOptions options;
  private final CompactionPicker picker;
  private final EventLog events;
  private final Counters counters;
  private final ReentrantLock turn = new ReentrantLock();
  private volatile boolean stopping;

  Compactor(
      FileSystem fileSystem,
      Path directory,
      Catalog catalog,
      Tables tables,
      Snapshots snapshots,
      LongSupplier visible,
      LsmOptions options,
      CompactionPicker picker,
      EventLog events,
      Counters counters) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.catalog = catalog;
    this.tables = tables;
    this.snapshots = snapshots;
    this.visible = visible;
    this.options = options;
    this.picker = picker;
    this.events = events;
    this.counters = counters;
  }

  /** Whether the picker would find work. */
  boolean isDue() {
    return picker.pick(catalog.current().version(), Set.of()) != null;
  }

  /** Roughly how many bytes have to be rewritten until nothing is due. */
  long pendingBytes() {
    return picker.pendingBytes(catalog.current().version());
  }

  boolean isIdle() {
    return !turn.isLocked();
  }

  void stop() {
    stopping = true;
  }

  /** Does the most urgent compaction; false if there is none. */
  boolean compactOnce() throws IOException {
    turn.lock();
    try {
      var compaction = picker.pick(catalog.current().version(), Set.of());
      if (compaction != null) {
        run(compaction);
      }
      return compaction != null;
    } finally {
      turn.unlock();
    }
  }

  /**
   * Merges the key range of one level into the next; false if the level has nothing there. Nothing
   * is moved as it is: who asks for a compaction wants garbage gone.
   */
  boolean compactRange(int level, byte @Nullable [] begin, byte @Nullable [] end)
      throws IOException {
    turn.lock();
    try {
      var compaction = picker.pickRange(catalog.current().version(), level, begin, end);
      if (compaction != null) {
        run(compaction.rewriting());
      }
      return compaction != null;
    } finally {
      turn.unlock();
    }
  }

  private void run(Compaction compaction) throws IOException {
    long began = System.nanoTime();
    if (compaction.trivialMove()) {
      catalog.apply(compaction.moveInputs(new VersionEdit()), null, visible.getAsLong());
      counters.trivialMoves.increment();
    } else {
      merge(compaction);
    }
    events.add(compaction + " micros=" + (System.nanoTime() - began) / 1000);
    catalog.rollManifestIfLarge(visible.getAsLong());
  }

  private void merge(Compaction compaction) throws IOException {
    var job =
        new CompactionJob(
            fileSystem, directory, catalog, tables, options, compaction, snapshots.sequences());
    try {
      var edit = compaction.deleteInputs(new VersionEdit());
      for (var file : job.run(() -> stopping)) {
        edit.addFile(compaction.outputLevel(), file);
      }
      fileSystem.syncDirectory(directory);
      catalog.apply(edit, null, visible.getAsLong());
      job.published();
    } catch (IOException | RuntimeException failure) {
      job.discard();
      throw failure;
    }
    counters.compactions.increment();
    counters.compactionBytesRead.add(compaction.inputBytes());
    counters.compactionBytesWritten.add(job.bytesWritten());
    counters.entriesDropped.add(job.dropped());
  }
}
