package systems.kvstore.bitcask;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import systems.kvstore.format.ByteSink;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.FileSystem.WritableFile;

/**
 * The newest data file, the only one that is written.
 *
 * <pre>
 *   0              synced                 bytes      size of the file
 *   +----------------+-----------------------+- - - - - -+
 *   | on the device  | in the page cache     | half a    |
 *   |                |                       | record    |
 *   +----------------+-----------------------+- - - - - -+
 *                                             only after a failed append
 * </pre>
 *
 * <p>{@link #append} belongs to the holder of the store's write lock, {@link #sync} to that of its
 * sync lock; they may run beside each other, for what a sync promises is what was appended when it
 * began. {@link #replaceBy} needs both locks.
 */
final class ActiveFile implements Closeable {
  /** A scratch array that a large value left behind is let go above this. */
  private static final int SCRATCH_KEPT_BYTES = 1 << 20;

  private static final byte[] NOTHING = {};

  private final FileSystem fileSystem;
  private final DataFile file;
  private final Hint.Draft hint;
  private WritableFile writer;
  private ByteSink scratch = new ByteSink(4096);
  private boolean marked;
  private boolean torn;
  private volatile long syncedBytes;

  private ActiveFile(
      FileSystem fileSystem,
      DataFile file,
      WritableFile writer,
      Hint.Draft hint,
      long synced,
      boolean marked) {
    this.fileSystem = fileSystem;
    this.file = file;
    this.writer = writer;
    this.hint = hint;
    this.syncedBytes = synced;
    this.marked = marked;
    assert synced <= file.bytes() && writer.size() == file.bytes();
  }

  /** A new, empty file whose name the device has. */
  static ActiveFile create(FileSystem fileSystem, Path directory, int id) throws IOException {
    WritableFile writer = fileSystem.create(directory.resolve(DataFile.name(id)));
    try {
      fileSystem.syncDirectory(directory);
      DataFile file = DataFile.open(fileSystem, directory, id);
      return new ActiveFile(fileSystem, file, writer, new Hint.Draft(), 0, true);
    } catch (Throwable e) {
      writer.close();
      throw e;
    }
  }

  /** Goes on with a file that was scanned to its end. */
  static ActiveFile resume(
      FileSystem fileSystem, DataFile file, Hint.Draft hint, long synced, boolean marked)
      throws IOException {
    WritableFile writer = fileSystem.append(file.path());
    return new ActiveFile(fileSystem, file, writer, hint, synced, marked);
  }

  DataFile file() {
    return file;
  }

  /** Appends a record and returns its position. */
  int append(long sequence, byte[] key, byte[] value, int valueLength) throws IOException {
    assert !isTorn() : "an append onto half a record";
    scratch.clear();
    Record.encode(scratch, sequence, syncedBytes, key, value, valueLength);
    long position = file.bytes();
    torn = true;
    writer.append(scratch.array(), 0, scratch.size());
    torn = false;
    hint.add(scratch.array(), 0, position);
    file.appended(scratch.array(), scratch.size());
    marked = valueLength == Record.MARK;
    if (scratch.array().length > SCRATCH_KEPT_BYTES) {
      scratch = new ByteSink(4096);
    }
    assert writer.size() == file.bytes();
    return (int) position;
  }

  /** Whether a failed append left half a record behind, onto which nothing may be appended. */
  boolean isTorn() {
    return torn;
  }

  /** First half of cutting it off: copies the whole records. Fails without consequences. */
  Path copyOfWhole() throws IOException {
    return DataFile.copyOfStart(fileSystem, file.path(), file.bytes());
  }

  /** Second half: puts the copy in the place of this file. */
  void replaceBy(Path copy) throws IOException {
    DataFile.replace(fileSystem, file.path(), copy);
    writer.close();
    writer = fileSystem.append(file.path());
    file.replaced();
    syncedBytes = file.bytes();
    torn = false;
    assert writer.size() == file.bytes();
  }

  /** Makes durable what was appended before the call. */
  void sync() throws IOException {
    long upTo = file.bytes();
    if (syncedBytes < upTo) {
      writer.sync();
      syncedBytes = upTo;
    }
  }

  boolean isSynced() {
    return syncedBytes == file.bytes();
  }

  /** Leaves word for the next opening that every byte so far is on the device. */
  void mark(long sequence) throws IOException {
    assert isSynced() && !marked;
    append(sequence, NOTHING, NOTHING, Record.MARK);
  }

  /** Whether the file is empty or ends with a mark. */
  boolean isMarked() {
    return marked;
  }

  /** What the hint of this file will say; final once it is sealed. */
  Hint.Draft hint() {
    return hint;
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
