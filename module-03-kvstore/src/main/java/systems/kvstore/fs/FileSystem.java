package systems.kvstore.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The seam between a store and the disk, cut where durability is decided.
 *
 * <p>Three things that look like one are three calls here, because a power loss tells them apart:
 *
 * <pre>
 *   write     bytes are in the page cache         survives kill -9
 *   file sync those bytes are on the device       survives power loss, if the file can be found
 *   dir sync  names in the directory are too      create, rename, link and delete become durable
 * </pre>
 *
 * {@link PosixFs} is the real one; {@link CrashMemFs} keeps both states of every 4 KiB block and of
 * every name and can show what a power loss might leave; {@link FaultFs} fails the n-th call.
 *
 * <p>All methods may be called from any thread; one file object belongs to one thread at a time
 * unless its type says otherwise.
 */
public interface FileSystem {

  /** Creates a file for appending; an existing file of that name is cut to nothing. */
  WritableFile create(Path file) throws IOException;

  /** Opens an existing file for appending at its end. */
  WritableFile append(Path file) throws IOException;

  /**
   * Creates a file of {@code bytes} written zeros and maps it for reading and writing. Zeros are
   * written, not only announced by a length: a store into a sparse page of a full disk kills.
   */
  MappedFile map(Path file, long bytes) throws IOException;

  /** Opens a file that nobody will change any more for reading at any position. */
  RandomFile open(Path file) throws IOException;

  boolean exists(Path file);

  /** Bytes in a file. */
  long size(Path file) throws IOException;

  /** Names of the entries of a directory, sorted. */
  List<String> list(Path directory) throws IOException;

  void createDirectories(Path directory) throws IOException;

  /** Renames a file atomically; an existing target is replaced. */
  void rename(Path source, Path target) throws IOException;

  void delete(Path file) throws IOException;

  /** Gives a file a second name (a hard link). */
  void link(Path existing, Path link) throws IOException;

  /** Makes creations, renames, links and deletions in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /**
   * Takes the lock of a store, held until the result is closed or the process dies.
   *
   * @throws systems.kvstore.KvException.Busy if somebody holds it, in this process or another
   */
  Closeable lock(Path file) throws IOException;

  /** A file that grows at its end. */
  interface WritableFile extends Closeable {
    /** Hands bytes to the operating system: after it returns they survive kill -9. */
    void append(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Waits until the device has what was appended before the call; may run beside an append of
     * another thread. Once it has failed, the file is lost: the kernel may have dropped the bytes
     * and will not say so twice.
     */
    void sync() throws IOException;

    /** Bytes appended so far, with what was there before. */
    long size();
  }

  /** A file that can be read at any position by any number of threads. */
  interface RandomFile extends Closeable {
    /**
     * Reads exactly {@code length} bytes at {@code position}.
     *
     * @throws java.io.EOFException if the file ends before
     * @throws java.nio.channels.ClosedChannelException if the file was closed
     */
    void read(long position, byte[] target, int offset, int length) throws IOException;

    long size();
  }

  /**
   * A file of fixed size in memory; what is stored survives kill -9 at once. A store may fail with
   * an {@link InternalError} where the device gives no page. Closing without a size leaves the file
   * as long as it is.
   */
  interface MappedFile extends Closeable {
    /** The file's bytes; dead after {@link #close()}. */
    java.lang.foreign.MemorySegment segment();

    /**
     * Waits until the device has the bytes {@code [from, to)}; may run beside stores of other
     * threads, not beside {@link #extend} or close. Once it has failed, the file is lost.
     */
    void force(long from, long to) throws IOException;

    /**
     * Makes the file larger by written zeros and maps it anew: earlier segments are dead. If it
     * fails, the file and its segment are as before.
     */
    void extend(long newBytes) throws IOException;

    /** Unmaps, and cuts the file to its first {@code bytes} bytes (the part that was used). */
    void close(long bytes) throws IOException;
  }
}
