package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.TableBuilder;
import systems.kvstore.table.TableReader;

/**
 * Rebuilds the manifest from what lies in the directory, when it is gone or damaged. Every table
 * that can be read to its end is taken, every log is replayed up to its first damage and becomes a
 * table.
 *
 * <p>All tables are put into level 0: which level they were in is lost with the manifest, and level
 * 0 is the one that may overlap. Within it the newer table is the one with the larger sequence
 * number. Deleted entries of tables that were obsolete but not yet removed may come back.
 */
final class Repair {
  private final FileSystem fileSystem;
  private final Path directory;
  private final LsmOptions options;
  private final List<String> report = new ArrayList<>();
  private final List<FileMetadata> found = new ArrayList<>();
  private long nextNumber = 1;
  private long firstLog = Long.MAX_VALUE;
  private long lastSequence;

  Repair(FileSystem fileSystem, Path directory, LsmOptions options) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options.logDamage(LsmOptions.LogDamage.RECOVER_TO_POINT_IN_TIME);
  }

  List<String> run() throws IOException {
    try (var _ = fileSystem.lock(directory.resolve(FileNames.LOCK))) {
      var names = fileSystem.list(directory);
      for (var name : names) {
        var file = FileNames.parse(name);
        if (file != null) {
          nextNumber = Math.max(nextNumber, file.number() + 1);
          firstLog =
              file.kind() == FileNames.Kind.LOG ? Math.min(firstLog, file.number()) : firstLog;
        }
      }
      for (var name : names) {
        takeTable(name);
      }
      takeLogs();
      writeManifest();
      return report;
    }
  }

  private void takeTable(String name) throws IOException {
    var file = FileNames.parse(name);
    if (file == null || file.kind() != FileNames.Kind.TABLE) {
      return;
    }
    try (var reader = TableReader.open(fileSystem, directory.resolve(name), new BlockCache(0))) {
      var metadata = describe(reader, file.number(), fileSystem.size(directory.resolve(name)));
      if (metadata != null) {
        found.add(metadata);
        lastSequence = Math.max(lastSequence, metadata.largestSequence());
        report.add(name + ": kept");
      }
    } catch (KvException damaged) {
      fileSystem.rename(directory.resolve(name), directory.resolve(name + ".damaged"));
      report.add(name + ": set aside, " + damaged.getMessage());
    }
  }

  /** Reads a whole table for its bounds, as the manifest that had them is gone. */
  private static @Nullable FileMetadata describe(TableReader reader, long number, long bytes)
      throws IOException {
    var bounds = new Bounds();
    try (var cursor = reader.sweepCursor()) {
      for (cursor.first(); cursor.valid(); cursor.next()) {
        bounds.add(cursor.key().toByteArray());
      }
    }
    for (var tombstone : reader.rangeTombstones().fragments()) {
      bounds.add(tombstone.begin(), tombstone.end(), tombstone.sequence());
    }
    return bounds.of(number, bytes);
  }

  /** Smallest and largest internal key and sequence number so far. */
  private static final class Bounds {
    private byte @Nullable [] smallest;
    private byte @Nullable [] largest;
    private long smallestSequence = InternalKey.SEQUENCE_MAX;
    private long largestSequence;

    void add(byte[] key) {
      widen(key);
      sequence(InternalKey.sequence(InternalKey.trailer(key, 0, key.length)));
    }

    void add(byte[] begin, byte[] end, long sequence) {
      widen(
          InternalKey.encode(
              begin,
              0,
              begin.length,
              InternalKey.trailer(sequence, systems.kvstore.table.EntryKind.DELETE_RANGE)));
      widen(
          InternalKey.encode(
              end,
              0,
              end.length,
              InternalKey.trailer(
                  InternalKey.SEQUENCE_MAX, systems.kvstore.table.EntryKind.DELETE_RANGE)));
      sequence(sequence);
    }

    private void widen(byte[] key) {
      if (smallest == null || compare(key, smallest) < 0) {
        smallest = key;
      }
      if (largest == null || compare(key, largest) > 0) {
        largest = key;
      }
    }

    private void sequence(long sequence) {
      smallestSequence = Math.min(smallestSequence, sequence);
      largestSequence = Math.max(largestSequence, sequence);
    }

    private static int compare(byte[] a, byte[] b) {
      return InternalKey.compare(a, 0, a.length, b, 0, b.length);
    }

    @Nullable FileMetadata of(long number, long bytes) {
      return smallest == null || largest == null
          ? null
          : new FileMetadata(number, bytes, smallest, largest, smallestSequence, largestSequence);
    }
  }

  private void takeLogs() throws IOException {
    var recovery = new Recovery(fileSystem, directory, options, EventLog.inMemory());
    recovery.replay(FileNames.numbered(fileSystem, directory), firstLog, lastSequence);
    report.addAll(recovery.report().tornTails());
    for (var generation : recovery.generations()) {
      try (var memtable = generation.table()) {
        long number = nextNumber++;
        var file = FileNames.table(directory, number);
        var builder = new TableBuilder(fileSystem, file, number, options.tableFormat);
        try (var cursor = memtable.cursor()) {
          for (cursor.first(); cursor.valid(); cursor.next()) {
            builder.add(cursor.key(), cursor.value());
          }
          for (var tombstone : memtable.rangeTombstones().fragments()) {
            builder.add(tombstone);
          }
          found.add(Flusher.metadata(number, builder.finish()));
        } finally {
          builder.abandon();
        }
        report.add(file.getFileName() + ": made from log " + generation.firstLog());
      }
    }
    lastSequence = recovery.lastSequence();
  }

  private void writeManifest() throws IOException {
    var edit = Manifest.snapshotOf(Version.empty(Version.LEVELS));
    found.forEach(file -> edit.addFile(0, file));
    long number = nextNumber++;
    edit.setLogNumber(nextNumber);
    edit.setNextFileNumber(nextNumber + 1);
    edit.setLastSequence(lastSequence);
    fileSystem.syncDirectory(directory);
    Manifest.create(fileSystem, directory, number, edit).close();
    report.add("MANIFEST-" + number + ": written with " + found.size() + " tables");
  }
}
