package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.table.RangeTombstones;
import systems.kvstore.table.TableBuilder;
import systems.kvstore.table.TableFormat;

/**
 * Turns the oldest sealed memtable into a table of level 0. The order is what a crash needs:
 *
 * <pre>
 *   table written -> table synced -> directory synced -> manifest names it -> logs deleted
 * </pre>
 *
 * Stopped anywhere before the manifest, the logs are still there and the table is a file that
 * nobody names; after it, the table is.
 */
final class Flusher {
  private final FileSystem fileSystem;
  private final Path directory;
  private final Catalog catalog;
  private final LogChain logs;
  private final Snapshots snapshots;
  private final LongSupplier visible;
  private final TableFormat format;
  private final EventLog events;
  private final Counters counters;

  Flusher(
      FileSystem fileSystem,
      Path directory,
      Catalog catalog,
      LogChain logs,
      Snapshots snapshots,
      LongSupplier visible,
      LsmOptions options,
      EventLog events,
      Counters counters) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.catalog = catalog;
    this.logs = logs;
    this.snapshots = snapshots;
    this.visible = visible;
    this.format = options.tableFormat.withCompression(options.levelZeroCompression);
    this.events = events;
    this.counters = counters;
  }

  void flushOldest() throws IOException {
    //> phase 4: which step may only come after which, if a crash may come between any two?
    var oldest = catalog.current().sealed().getLast();
    long began = System.nanoTime();
    long number = catalog.newPendingNumber();
    try {
      var file = write(oldest, number);
      var edit = new VersionEdit();
      if (file != null) {
        fileSystem.syncDirectory(directory);
        edit.addFile(0, file);
      }
      catalog.apply(edit, oldest, visible.getAsLong());
      report(file, began);
    } finally {
      catalog.written(number);
    }
    logs.dropBefore(catalog.logNumber());
    catalog.rollManifestIfLarge(visible.getAsLong());
    //< phase 4
  }

  /** Writes a table with what of the memtable can still be read; null if that is nothing. */
  private @Nullable FileMetadata write(Generation generation, long number) throws IOException {
    var tombstones = generation.table().rangeTombstones();
    var survivors = new Survivors(snapshots.sequences(), tombstones, false);
    var builder = new TableBuilder(fileSystem, FileNames.table(directory, number), number, format);
    try {
      addAll(builder, generation, survivors, tombstones);
      if (builder.isEmpty()) {
        return null;
      }
      return metadata(number, builder.finish());
    } finally {
      builder.abandon();
    }
  }

  private void addAll(
      TableBuilder builder, Generation generation, Survivors survivors, RangeTombstones tombstones)
      throws IOException {
    try (var cursor = generation.table().cursor()) {
      for (cursor.first(); cursor.valid(); cursor.next()) {
        if (survivors.keeps(cursor.key())) {
          builder.add(cursor.key(), cursor.value());
        }
      }
    }
    for (var tombstone : tombstones.fragments()) {
      builder.add(tombstone);
    }
    counters.entriesDropped.add(survivors.dropped());
  }

  static FileMetadata metadata(long number, TableBuilder.Summary summary) {
    return new FileMetadata(
        number,
        summary.fileBytes(),
        summary.smallest(),
        summary.largest(),
        summary.smallestSequence(),
        summary.largestSequence());
  }

  private void report(@Nullable FileMetadata file, long began) {
    counters.flushes.increment();
    long bytes = file == null ? 0 : file.fileBytes();
    counters.flushBytes.add(bytes);
    events.add(
        "flush table="
            + (file == null ? "none" : file.number())
            + " bytes="
            + bytes
            + " micros="
            + (System.nanoTime() - began) / 1000);
  }
}
