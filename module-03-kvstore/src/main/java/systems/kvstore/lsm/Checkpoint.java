package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import systems.kvstore.fs.FileSystem;

/**
 * A second store beside the first at the price of some names: tables never change, so both stores
 * may have them. Only the manifest is written anew. CURRENT comes last and makes the directory a
 * store; a checkpoint that was interrupted is a directory without CURRENT, which nothing opens as a
 * store.
 */
final class Checkpoint {
  private final FileSystem fileSystem;
  private final Path source;
  private final Path target;

  Checkpoint(FileSystem fileSystem, Path source, Path target) {
    this.fileSystem = fileSystem;
    this.source = source;
    this.target = target;
  }

  /** Writes the checkpoint of a version whose files are pinned. */
  void write(Version version, long lastSequence) throws IOException {
    if (fileSystem.exists(target)) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "a checkpoint makes its directory itself");
    }
    fileSystem.createDirectories(target);
    long largest = 1;
    for (int level = 0; level < version.levels(); level++) {
      for (var file : version.files(level)) {
        fileSystem.link(
            FileNames.table(source, file.number()), FileNames.table(target, file.number()));
        largest = Math.max(largest, file.number());
      }
    }
    fileSystem.syncDirectory(target);
    var edit = Manifest.snapshotOf(version);
    edit.setLogNumber(0);
    edit.setNextFileNumber(largest + 2);
    edit.setLastSequence(lastSequence);
    Manifest.create(fileSystem, target, largest + 1, edit).close();
    var parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      fileSystem.syncDirectory(parent);
    }
  }
}
