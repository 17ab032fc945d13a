package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;

/**
 * A store's manifest for those who look at files instead of keys: what it says, without the store
 * being opened. Reading takes no lock and changes nothing.
 */
public final class Inspect {
  /**
   * A table as the manifest has it.
   *
   * @param smallest internal key at or before everything in the file
   * @param largest internal key at or after everything in the file
   */
  public record Table(
      int level,
      long number,
      long bytes,
      byte[] smallest,
      byte[] largest,
      long smallestSequence,
      long largestSequence) {}

  /** A table that an edit takes away. */
  public record Removed(int level, long number) {}

  /** One record of a manifest; a field that the record does not have is null. */
  public record Edit(
      @Nullable String comparator,
      @Nullable Long logNumber,
      @Nullable Long nextFileNumber,
      @Nullable Long lastSequence,
      List<Removed> removed,
      List<Table> added) {}

  /**
   * What a manifest adds up to.
   *
   * @param tables by level, in the order in which the level is searched
   * @param logNumber the oldest write-ahead log that is not in tables yet
   */
  public record State(List<Table> tables, long logNumber, long nextFileNumber, long lastSequence) {}

  private Inspect() {}

  /** The manifest that a directory's CURRENT names. */
  public static Path currentManifest(FileSystem fileSystem, Path directory) throws IOException {
    long number = Manifest.currentManifest(fileSystem, directory);
    return directory.resolve(Manifest.fileName(number));
  }

  /**
   * Reads a manifest.
   *
   * @param edits is given every edit, also those before a damaged one
   * @throws systems.kvstore.KvException.Corruption if it is damaged
   */
  public static State manifest(FileSystem fileSystem, Path file, Consumer<Edit> edits)
      throws IOException {
    var found = Manifest.read(fileSystem, file, 0, (edit, _) -> edits.accept(edit(edit)));
    var tables = new ArrayList<Table>();
    for (int level = 0; level < Version.LEVELS; level++) {
      for (var table : found.version().files(level)) {
        tables.add(table(level, table));
      }
    }
    return new State(tables, found.logNumber(), found.nextFileNumber(), found.lastSequence());
  }

  private static Edit edit(VersionEdit edit) {
    return new Edit(
        edit.comparator(),
        edit.logNumber(),
        edit.nextFileNumber(),
        edit.lastSequence(),
        edit.deletedFiles().stream()
            .map(deleted -> new Removed(deleted.level(), deleted.number()))
            .toList(),
        edit.newFiles().stream().map(added -> table(added.level(), added.file())).toList());
  }

  private static Table table(int level, FileMetadata table) {
    return new Table(
        level,
        table.number(),
        table.fileBytes(),
        table.smallest(),
        table.largest(),
        table.smallestSequence(),
        table.largestSequence());
  }
}
