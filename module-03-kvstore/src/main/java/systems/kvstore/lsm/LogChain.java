package systems.kvstore.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.log.LogWriter;

/**
 * The write-ahead logs that hold what is not yet in tables, oldest first; the newest one takes the
 * writes.
 *
 * <pre>
 *   000012.log            000015.log            000019.log
 *   [ ......... 64 MiB]-->[link 12, end|......]-->[link 15, end|... ^ appends
 *     sealed memtable       sealed memtable         active memtable
 * </pre>
 *
 * <ol>
 *   <li>A log begins with a <em>link</em>: number and length of the log before it. After a power
 *       loss the newer log may be there and the tail of the older one not; the link tells, and
 *       recovery ends at the older tail. Otherwise a write would survive without one that came
 *       before it.
 *   <li>A sync covers the older logs too, for the same reason, and the directory once per log: a
 *       file whose name is lost is lost.
 *   <li>A log is deleted when the manifest says that its memtable is a table.
 *   <li>A store that was opened has no log of its own before its first write: the zeros of a log
 *       take longer than everything else that an opening does.
 * </ol>
 *
 * The link is a batch of no records with a comment ({@code PutLogData}) that RocksDB steps over.
 *
 * <p>Appends come from one thread at a time, the leader of {@link WriteQueue}; dropping comes from
 * the flusher and excludes syncs.
 */
final class LogChain implements Closeable {
  private static final byte[] LINK = "systems.kvstore.link".getBytes(StandardCharsets.US_ASCII);
  private static final int TAG_LOG_DATA = 0x03;

  /** Which log came before, and how many bytes it had. */
  record Link(long previousLog, long previousBytes) {}

  private static final class Segment {
    final long number;
    final LogWriter writer;
    boolean synced;

    Segment(long number, LogWriter writer) {
      this.number = number;
      this.writer = writer;
    }
  }

  private final FileSystem fileSystem;
  private final Path directory;
  private final LsmOptions options;
  private final EventLog events;
  private final ArrayDeque<Segment> older = new ArrayDeque<>();
  private final List<Long> inherited = new ArrayList<>();
  private @Nullable Link inheritedLink;
  private boolean inheritedSynced;
  private @Nullable Segment active;
  private boolean directorySynced;

  LogChain(FileSystem fileSystem, Path directory, LsmOptions options, EventLog events) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    this.events = events;
  }

  /**
   * Begins a new log, which then takes the appends; if that fails the log before goes on.
   *
   * @param previous what the link says; null for the first log of a store
   */
  void begin(long number, LogWriter writer, long firstSequence, @Nullable Link previous)
      throws IOException {
    try {
      if (previous != null) {
        var link = encode(previous, firstSequence);
        writer.append(link, 0, link.length);
      }
    } catch (IOException failure) {
      discard(number, writer);
      throw failure;
    }
    synchronized (this) {
      if (active != null) {
        older.addLast(active);
      }
      active = new Segment(number, writer);
      directorySynced = false;
    }
  }

  /** Closes and deletes a log that was never begun. */
  void discard(long number, LogWriter writer) throws IOException {
    writer.close();
    deleteIfThere(FileNames.log(directory, number));
  }

  /**
   * Takes over the logs that recovery has replayed, to be synced with the next sync.
   *
   * @param last what the next log has to link to, or null
   */
  synchronized void inherit(List<Long> numbers, @Nullable Link last) {
    inherited.addAll(numbers);
    inheritedLink = last;
  }

  /** Whether a log takes appends. */
  synchronized boolean isBegun() {
    return active != null;
  }

  /** What the next log links to: the log in use, or the last one that was inherited. */
  synchronized @Nullable Link linkToLast() {
    var last = active;
    return last == null ? inheritedLink : new Link(last.number, last.writer.size());
  }

  /**
   * Creates the file of a log.
   *
   * @throws KvException.NoSpace if there is no room for {@code bytes} bytes
   */
  LogWriter create(long number, long bytes) throws IOException {
    var file = FileNames.log(directory, number);
    if (!options.mappedLog) {
      return LogWriter.appending(fileSystem, file);
    }
    try {
      return LogWriter.mapped(fileSystem, file, bytes);
    } catch (KvException.NoSpace full) {
      deleteIfThere(file);
      throw full;
    } catch (UnsupportedOperationException noMapping) {
      events.add("log_unmapped reason=" + noMapping.getMessage());
      return LogWriter.appending(fileSystem, file);
    }
  }

  private void deleteIfThere(Path file) throws IOException {
    if (fileSystem.exists(file)) {
      fileSystem.delete(file);
    }
  }

  /** Appends a sealed batch: when it returns the bytes survive kill -9. */
  void append(byte[] bytes, int length) throws IOException {
    active().writer.append(bytes, 0, length);
  }

  private Segment active() {
    var segment = active;
    if (segment == null) {
      throw new IllegalStateException("no log was begun");
    }
    return segment;
  }

  /** Makes everything that was appended durable, older logs first. */
  synchronized void sync() throws IOException {
    //> phase 6: what else must be durable before a synced write may be acknowledged?
    if (active == null && inherited.isEmpty()) {
      return;
    }
    syncInherited();
    for (var segment : older) {
      if (!segment.synced) {
        segment.writer.sync();
        segment.synced = true;
      }
    }
    if (active != null) {
      active.writer.sync();
    }
    if (!directorySynced) {
      fileSystem.syncDirectory(directory);
      directorySynced = true;
    }
    //< phase 6 with: if (active != null) active.writer.sync();
  }

  /** Recovery may have read what a killed process had not synced. */
  private void syncInherited() throws IOException {
    if (!inheritedSynced) {
      for (long number : inherited) {
        try (var file = fileSystem.append(FileNames.log(directory, number))) {
          file.sync();
        }
      }
      inheritedSynced = true;
    }
  }

  /** Deletes the logs whose memtables are tables now. */
  synchronized void dropBefore(long number) throws IOException {
    for (Iterator<Long> numbers = inherited.iterator(); numbers.hasNext(); ) {
      long old = numbers.next();
      if (old < number) {
        numbers.remove();
        fileSystem.delete(FileNames.log(directory, old));
      }
    }
    for (Iterator<Segment> segments = older.iterator(); segments.hasNext(); ) {
      var segment = segments.next();
      if (segment.number < number) {
        segments.remove();
        segment.writer.close();
        fileSystem.delete(FileNames.log(directory, segment.number));
      }
    }
  }

  /** Bytes in all logs. */
  synchronized long bytes() {
    long bytes = active == null ? 0 : active.writer.size();
    for (var segment : older) {
      bytes += segment.writer.size();
    }
    return bytes;
  }

  @Override
  public synchronized void close() throws IOException {
    for (var segment : older) {
      segment.writer.close();
    }
    older.clear();
    if (active != null) {
      active.writer.close();
      active = null;
    }
  }

  private static byte[] encode(Link link, long firstSequence) {
    var bytes = new ByteSink(64);
    bytes.putFixed64(firstSequence);
    bytes.putFixed32(0);
    bytes.putByte(TAG_LOG_DATA);
    bytes.putVarint32(LINK.length + 16);
    bytes.putBytes(LINK);
    bytes.putFixed64(link.previousLog());
    bytes.putFixed64(link.previousBytes());
    return bytes.toByteArray();
  }

  /** The link in a log's first record, or null if it is something else. */
  static @Nullable Link decode(byte[] record, int offset, int length) throws MalformedException {
    var source = new ByteSource(record, offset, length);
    if (length != 12 + 2 + LINK.length + 16) {
      return null;
    }
    source.skip(12);
    if (source.readByte() != TAG_LOG_DATA || source.readLength() != LINK.length + 16) {
      return null;
    }
    int at = source.skip(LINK.length);
    boolean ours = Arrays.equals(record, at, at + LINK.length, LINK, 0, LINK.length);
    return ours ? new Link(source.readFixed64(), source.readFixed64()) : null;
  }
}
