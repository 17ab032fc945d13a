package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.table.Compression;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.MergingCursor;
import systems.kvstore.table.RangeTombstones;
import systems.kvstore.table.TableBuilder;
import systems.kvstore.table.TableFormat;

/**
 * Merges the tables of a compaction into new ones.
 *
 * <pre>
 *   inputs     level n    [a..f]   [h..m]        one cursor a level, or a file of level 0
 *              level n+1 [a....g][h......p]
 *                 \  merge, drop what nobody can read (Survivors)  /
 *   outputs    level n+1 [a...d][e....k][l...p]
 *                              ^      ^
 *              cut between two user keys: at the size of a table, or where the
 *              table would overlap too much of the level below
 * </pre>
 *
 * <ol>
 *   <li>All versions of a key are in one table: levels stay disjoint by user key.
 *   <li>A range tombstone is cut at the tables' bounds: the table over {@code [l, r)} has the part
 *       of it in {@code [l, r)}. The first table's bound is open below, the last one's above.
 *   <li>Nothing is visible before {@link Catalog#apply}; what a job that ends early has written is
 *       deleted by {@link #discard} or at the next opening.
 * </ol>
 */
final class CompactionJob {
  /** Entries between two looks at whether to stop. */
  private static final int STOP_CHECK_MASK = 0xfff;

  private final FileSystem fileSystem;
  private final Path directory;
  private final Catalog catalog;
  private final Tables tables;
  private final Compaction compaction;
  private final TableFormat format;
  private final RangeTombstones tombstones;
  private final Survivors survivors;
  private final List<Long> numbers = new ArrayList<>();
  private final List<FileMetadata> outputs = new ArrayList<>();
  private @Nullable TableBuilder builder;
  private byte @Nullable [] outputBegin;
  private byte[] lastUserKey = new byte[0];
  private boolean anyKey;
  private int grandparent;
  private long grandparentBytes;

  CompactionJob(
      FileSystem fileSystem,
      Path directory,
      Catalog catalog,
      Tables tables,
      LsmOptions options,
      Compaction compaction,
      long[] snapshots)
      throws IOException {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.catalog = catalog;
    this.tables = tables;
    this.compaction = compaction;
    this.format = formatOf(options, compaction.outputLevel());
    this.tombstones = inputTombstones();
    this.survivors = new Survivors(snapshots, tombstones, compaction.bottommost());
  }

  private static TableFormat formatOf(LsmOptions options, int level) {
    Compression codec =
        level == 0 ? options.levelZeroCompression : options.tableFormat.compression();
    return options.tableFormat.withCompression(codec);
  }

  private RangeTombstones inputTombstones() throws IOException {
    var all = new ArrayList<RangeTombstones>();
    for (var input : compaction.inputs()) {
      for (var file : input.files()) {
        var some = tables.tombstones(file);
        if (!some.isEmpty()) {
          all.add(some);
        }
      }
    }
    return all.isEmpty() ? RangeTombstones.NONE : RangeTombstones.merge(all);
  }

  /** Writes the outputs, synced, and returns what they are. */
  List<FileMetadata> run(BooleanSupplier stopping) throws IOException {
    try (var entries = openInputs()) {
      int seen = 0;
      for (entries.first(); entries.valid(); entries.next()) {
        if ((++seen & STOP_CHECK_MASK) == 0 && stopping.getAsBoolean()) {
          throw new Compactor.Stopped();
        }
        var key = entries.key();
        if (survivors.keeps(key)) {
          add(key, entries.value());
        }
      }
      finishOutput(null);
    } finally {
      if (builder != null) {
        builder.abandon();
      }
    }
    return outputs;
  }

  private EntryCursor openInputs() throws IOException {
    var cursors = new ArrayList<EntryCursor>();
    for (var input : compaction.inputs()) {
      if (input.level() == 0) {
        for (var file : input.files()) {
          cursors.add(tables.reader(file).sweepCursor());
        }
      } else {
        cursors.add(new LevelCursor(input.files(), file -> tables.reader(file).sweepCursor()));
      }
    }
    return MergingCursor.merge(cursors);
  }

  private void add(Slice key, Slice value) throws IOException {
    if (isNewUserKey(key)) {
      rememberUserKey(key);
      if (builder != null && isTimeToCut(key)) {
        finishOutput(userKey(key));
      }
    }
    if (builder == null) {
      builder = newOutput();
    }
    builder.add(key, value);
  }

  private boolean isNewUserKey(Slice key) {
    int length = InternalKey.userLength(key);
    return !anyKey
        || length != lastLength
        || !java.util.Arrays.equals(
            key.array(), key.offset(), key.offset() + length, lastUserKey, 0, length);
  }

  private int lastLength;

  private void rememberUserKey(Slice key) {
    lastLength = InternalKey.userLength(key);
    if (lastUserKey.length < lastLength) {
      lastUserKey = new byte[lastLength * 2];
    }
    System.arraycopy(key.array(), key.offset(), lastUserKey, 0, lastLength);
    anyKey = true;
  }

  private static byte[] userKey(Slice key) {
    return java.util.Arrays.copyOfRange(
        key.array(), key.offset(), key.offset() + InternalKey.userLength(key));
  }

  private boolean isTimeToCut(Slice key) {
    if (compaction.outputLevel() == 0) {
      return false;
    }
    return fileIsFull() || overlapsTooMuch(key);
  }

  private boolean fileIsFull() {
    return builder != null && builder.fileBytes() >= compaction.outputBytesMax();
  }

  /** Counts the bytes of the level below that the open output overlaps already. */
  private boolean overlapsTooMuch(Slice key) {
    var below = compaction.grandparents();
    while (grandparent < below.size()
        && InternalKey.compare(new Slice(below.get(grandparent).largest()), key) < 0) {
      grandparentBytes += below.get(grandparent++).fileBytes();
    }
    return grandparentBytes > compaction.grandparentBytesMax();
  }

  private TableBuilder newOutput() throws IOException {
    long number = catalog.newPendingNumber();
    numbers.add(number);
    grandparentBytes = 0;
    return new TableBuilder(fileSystem, FileNames.table(directory, number), number, format);
  }

  /** Ends the open output before the user key {@code end}, or at the end of everything (null). */
  private void finishOutput(byte @Nullable [] end) throws IOException {
    var parts = tombstones.clip(outputBegin, end);
    for (var tombstone : parts.fragments()) {
      if (survivors.keeps(tombstone)) {
        if (builder == null) {
          builder = newOutput();
        }
        builder.add(tombstone);
      }
    }
    if (builder != null) {
      outputs.add(Flusher.metadata(numbers.getLast(), builder.finish()));
      builder = null;
    }
    outputBegin = end;
  }

  /** The outputs are named by the current version. */
  void published() {
    numbers.forEach(catalog::written);
  }

  /** Deletes what was written, unless the failure left open whether the manifest names it. */
  void discard() {
    for (long number : numbers) {
      if (!catalog.isFenced()) {
        catalog.discard(number);
      }
      catalog.written(number);
    }
  }

  long bytesWritten() {
    return outputs.stream().mapToLong(FileMetadata::fileBytes).sum();
  }

  long dropped() {
    return survivors.dropped();
  }
}
