package systems.kvstore.bitcask;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.FileSystem.RandomFile;

/**
 * One file of the log, {@code NNNNNNNNNN.data}, as readers and the accountant of garbage see it.
 *
 * <p>Ids order the log: of two records of one key the one in the file with the larger id is newer,
 * within a file the later one. Ids are used once, also across restarts.
 *
 * <p>A {@link RandomFile} sees a file as long as it was when it was opened, and opening is dear (a
 * mapping). The newest file grows while it is read, so the bytes appended last are kept here too:
 *
 * <pre>
 *   0                      reader.size()      tailStart             bytes
 *   +-------------------------+--------------------+------------------+
 *   | reader                  | nobody: the next   | tail, in memory  |
 *   |                         | read here reopens  | (256 KiB at most)|
 *   +-------------------------+--------------------+------------------+
 * </pre>
 *
 * So a read of what was just written touches no file, and the file is opened anew at most once for
 * each 256 KiB that it grew, and only if somebody reads there.
 *
 * <p>Thread-safe, except that {@link #appended} belongs to one writer. What readers go by is
 * published as a whole: {@code view} when the tail or the reader changes, {@code bytes} after the
 * bytes themselves. A tail is never written again below {@code bytes}, so that a reader may still
 * use one that has been replaced.
 */
final class DataFile implements Closeable {
  private static final String SUFFIX = ".data";
  private static final int COPY_BYTES = 1 << 20;
  private static final int TAIL_BYTES = 256 * 1024;
  private static final byte[] NO_TAIL = {};

  private record View(RandomFile reader, long tailStart, byte[] tail) {
    boolean tailHas(long position, int length) {
      return position >= tailStart && position + length <= tailStart + tail.length;
    }
  }

  private final FileSystem fileSystem;
  private final int id;
  private final Path path;
  private final AtomicLong liveBytes = new AtomicLong();
  private volatile View view;
  private volatile long bytes;

  private DataFile(FileSystem fileSystem, int id, Path path, RandomFile reader) {
    this.fileSystem = fileSystem;
    this.id = id;
    this.path = path;
    this.bytes = reader.size();
    this.view = new View(reader, bytes, NO_TAIL);
  }

  static DataFile open(FileSystem fileSystem, Path directory, int id) throws IOException {
    assert id > 0;
    Path path = directory.resolve(name(id));
    return new DataFile(fileSystem, id, path, fileSystem.open(path));
  }

  static String name(int id) {
    return String.format(Locale.ROOT, "%010d", id) + SUFFIX;
  }

  /** The id in a name {@code NNNNNNNNNN} + suffix, or 0 for any other name. */
  static int idOf(String name, String suffix) {
    if (name.length() != 10 + suffix.length() || !name.endsWith(suffix)) {
      return 0;
    }
    long id = 0;
    for (int i = 0; i < 10; i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      id = 10 * id + digit;
    }
    return id <= Integer.MAX_VALUE ? (int) id : 0;
  }

  static int idOf(String name) {
    return idOf(name, SUFFIX);
  }

  /**
   * Cuts a file to its first {@code keep} bytes, all or nothing: a copy takes its place by a
   * rename. Nobody may be writing to it.
   */
  static void cut(FileSystem fileSystem, Path path, long keep) throws IOException {
    replace(fileSystem, path, copyOfStart(fileSystem, path, keep));
  }

  /** Copies the first {@code keep} bytes of a file to the device; returns the copy's name. */
  static Path copyOfStart(FileSystem fileSystem, Path path, long keep) throws IOException {
    Path copy = path.resolveSibling(path.getFileName() + ".tmp");
    try (RandomFile source = fileSystem.open(path);
        FileSystem.WritableFile target = fileSystem.create(copy)) {
      assert keep <= source.size();
      var buffer = new byte[(int) Math.min(keep, COPY_BYTES)];
      for (long at = 0; at < keep; at += buffer.length) {
        int count = (int) Math.min(keep - at, buffer.length);
        source.read(at, buffer, 0, count);
        target.append(buffer, 0, count);
      }
      target.sync();
    }
    return copy;
  }

  static void replace(FileSystem fileSystem, Path path, Path copy) throws IOException {
    fileSystem.rename(copy, path);
    fileSystem.syncDirectory(Objects.requireNonNull(path.getParent()));
  }

  int id() {
    return id;
  }

  Path path() {
    return path;
  }

  /** Bytes in the file, without those that an append is just adding. */
  long bytes() {
    return bytes;
  }

  /** Bytes of records that the key directory points at; the rest is garbage. */
  long liveBytes() {
    return liveBytes.get();
  }

  long garbageBytes() {
    return bytes - liveBytes.get();
  }

  /** Notes what the writer has appended: {@code source[0, length)}. */
  void appended(byte[] source, int length) {
    long end = bytes; // written by the appender alone
    if (!view.tailHas(end, length)) {
      beginTail(length);
    }
    View current = view;
    if (current.tailHas(end, length)) {
      System.arraycopy(source, 0, current.tail(), (int) (end - current.tailStart()), length);
    }
    bytes = end + length;
  }

  /** A record that is too long for a tail will be read from the file. */
  private synchronized void beginTail(int length) {
    view =
        length <= TAIL_BYTES
            ? new View(view.reader(), bytes, new byte[TAIL_BYTES])
            : new View(view.reader(), bytes + length, NO_TAIL);
  }

  void gained(long liveBytesMore) {
    liveBytes.addAndGet(liveBytesMore);
  }

  void lost(long liveBytesLess) {
    long left = liveBytes.addAndGet(-liveBytesLess);
    assert left >= 0 : path + " has " + left + " live bytes";
  }

  /**
   * Reads {@code length} bytes at {@code position}.
   *
   * @throws ClosedChannelException if this file was closed, so that its records have moved
   */
  @SuppressWarnings("ReferenceEquality") // whether it is still this very reader
  void read(long position, byte[] target, int length) throws IOException {
    View now = view;
    if (now.tailHas(position, length) && position + length <= bytes) {
      System.arraycopy(now.tail(), (int) (position - now.tailStart()), target, 0, length);
      return;
    }
    RandomFile reader = now.reader();
    if (position + length > reader.size()) {
      reader = reopen(position + length);
    }
    try {
      reader.read(position, target, 0, length);
    } catch (ClosedChannelException e) {
      if (reader == view.reader()) {
        throw e;
      }
      view.reader().read(position, target, 0, length);
    }
  }

  /** A reader of all that the file has now. */
  RandomFile reader() throws IOException {
    return reopen(bytes);
  }

  private synchronized RandomFile reopen(long needed) throws IOException {
    if (needed > view.reader().size() && needed <= bytes) {
      exchangeReader(view.tailStart(), view.tail());
    }
    return view.reader();
  }

  /** The writer is done with this file: the tail goes. */
  synchronized void seal() throws IOException {
    exchangeReader(bytes, NO_TAIL);
  }

  /** Lets go of the file that {@link #cut} has replaced. */
  synchronized void replaced() throws IOException {
    exchangeReader(fileSystem.size(path), NO_TAIL);
    bytes = view.reader().size();
  }

  private void exchangeReader(long tailStart, byte[] tail) throws IOException {
    RandomFile stale = view.reader();
    view = new View(fileSystem.open(path), tailStart, tail);
    stale.close();
  }

  @Override
  public synchronized void close() throws IOException {
    view.reader().close();
  }
}
