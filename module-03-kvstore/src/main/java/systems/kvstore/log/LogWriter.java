package systems.kvstore.log;

import static systems.kvstore.log.LogBlock.BLOCK_BYTES;
import static systems.kvstore.log.LogBlock.HEADER_BYTES;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.format.Crc32c;
import systems.kvstore.fs.FileSystem;

/**
 * Writes records into a log, cut into fragments at the borders of 32 KiB blocks ({@link LogBlock}
 * has the picture of the bytes). Two kinds, which differ in how the bytes get into the file:
 *
 * <pre>
 *   mapped      store into a mapping of written zeros    no call for a record
 *   appending   one write call for a record              no preallocated file
 * </pre>
 *
 * <p>Why blocks at all: a reader that loses its way finds it again at the next block, and no
 * fragment's length is ever more than 16 bits, so that a damaged length costs a block and not the
 * log.
 *
 * <p>Two positions move to the right only:
 *
 * <pre>
 *   +-----------------------+------------------+-------------------+
 *   | durable               | survives kill -9 | zeros, or nothing |
 *   +-----------------------+------------------+-------------------+
 *                         synced             size
 * </pre>
 *
 * <ol>
 *   <li>{@code size} moves after a record is whole; what a failed append left behind it is never
 *       built upon.
 *   <li>{@code synced} moves after the device has answered, and to the size as it was before it was
 *       asked.
 *   <li>After the first failure of an append or a sync nothing is tried again: every later call
 *       throws {@link KvException.Fenced} with that failure as its cause. After a failed fsync
 *       nobody knows what the device has, and a second one would lie (Rebello and others, "Can
 *       Applications Recover from fsync Failures?", 2020). Whoever wants to go on starts a new log.
 * </ol>
 *
 * <p>Threads: appends come from one thread at a time. {@link #sync} and {@link #size} may be called
 * beside them; a sync covers every append that returned before it began. Growing and closing wait
 * for a running sync.
 */
public abstract class LogWriter implements Closeable {
  /** Most bytes of one record. */
  public static final int RECORD_BYTES_MAX = Integer.MAX_VALUE - 64 * 1024;

  private static final VarHandle SIZE;

  static {
    try {
      SIZE = MethodHandles.lookup().findVarHandle(LogWriter.class, "size", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Held while the device is asked, and while what it is asked about changes its place. */
  private final ReentrantLock placeLock = new ReentrantLock();

  private final CRC32C crc = new CRC32C();
  private long size;
  private long synced;
  private boolean closed;
  private volatile @Nullable IOException failure;

  LogWriter() {}

  /**
   * A log in a mapped file of written zeros: an append is a store, survives kill -9 at once. The
   * file doubles when it is full, at most by 64 MiB a step; zeroing takes about as long as writing
   * that much once, so that a store wants {@code initialBytes} to hold a whole memtable.
   *
   * @throws KvException.NoSpace if there is no room for {@code initialBytes}
   */
  public static LogWriter mapped(FileSystem fileSystem, Path file, long initialBytes)
      throws IOException {
    //> phase 6: an append that makes no system call: where do the bytes go?
    return new MappedLog(fileSystem, file, initialBytes);
    //< phase 6 with: return appending(fileSystem, file);
  }

  /** A log in a plain file: an append is a write call. For the MANIFEST, and where mmap fails. */
  public static LogWriter appending(FileSystem fileSystem, Path file) throws IOException {
    return new AppendingLog(fileSystem.create(file));
  }

  /**
   * Appends a record; returns the end of the log in bytes. One thread at a time.
   *
   * @throws IOException the first time it fails; from then on {@link KvException.Fenced}
   */
  public final long append(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length > RECORD_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a record of " + length + " bytes; the limit is " + RECORD_BYTES_MAX);
    }
    checkUsable();
    try {
      long end = write(bytes, offset, length);
      SIZE.setRelease(this, end);
      return end;
    } catch (IOException | InternalError fault) {
      throw fenced(fault);
    }
  }

  private long write(byte[] bytes, int offset, int length) throws IOException {
    //> phase 2: which type has each fragment, and what if no header fits into the block?
    begin(size, size + bytesAtMost(length));
    long at = size;
    int done = 0;
    boolean first = true;
    boolean last;
    do {
      int room = roomInBlock(at);
      if (room < HEADER_BYTES) { //~ sevenBytesAreTooFew: if (room <= HEADER_BYTES) {
        pad(at, room);
        at += room;
        room = BLOCK_BYTES;
      }
      int count = Math.min(length - done, room - HEADER_BYTES);
      last = done + count == length;
      put(at, type(first, last), bytes, offset + done, count);
      at += HEADER_BYTES + count;
      done += count;
      first = false;
    } while (!last);
    assert at <= size + bytesAtMost(length);
    commit();
    return at;
    //< phase 2
  }

  //> phase 2 only
  private static int roomInBlock(long at) {
    return BLOCK_BYTES - (int) (at % BLOCK_BYTES);
  }

  private static int type(boolean first, boolean last) {
    if (first) {
      return last ? LogBlock.WHOLE : LogBlock.FIRST;
    }
    return last ? LogBlock.LAST : LogBlock.MIDDLE;
  }

  /** A header for each block that the record may touch, and the padding before the first. */
  private static long bytesAtMost(int length) {
    long headers = length / (BLOCK_BYTES - HEADER_BYTES) + 2L;
    return length + headers * HEADER_BYTES + HEADER_BYTES - 1;
  }

  //< phase 2

  /** The masked checksum of a fragment. */
  final int checksum(int type, byte[] bytes, int offset, int length) {
    crc.reset();
    crc.update(type);
    crc.update(bytes, offset, length);
    return Crc32c.mask((int) crc.getValue());
  }

  /** Before the first fragment of a record that begins at {@code at} and ends by {@code atMost}. */
  abstract void begin(long at, long atMost) throws IOException;

  /** Makes the {@code count} bytes at {@code at} zero. */
  abstract void pad(long at, int count) throws IOException;

  /** Writes one fragment. */
  abstract void put(long at, int type, byte[] bytes, int offset, int length) throws IOException;

  /** After the last fragment: from here on the record survives kill -9. */
  abstract void commit() throws IOException;

  /** Asks the device for the bytes {@code [from, to)}. Called with the place lock held. */
  abstract void force(long from, long to) throws IOException;

  /** Cuts the file to {@code bytes} and closes it. Called with the place lock held. */
  abstract void finish(long bytes) throws IOException;

  /**
   * Makes all that was appended durable. May run beside an append of another thread.
   *
   * @throws IOException the first time it fails; from then on {@link KvException.Fenced}
   */
  public final void sync() throws IOException {
    checkUsable();
    placeLock.lock();
    try {
      checkUsable();
      long end = size();
      if (end > synced) {
        force(synced, end);
        synced = end;
      }
    } catch (KvException.Fenced earlier) {
      throw earlier;
    } catch (IOException | InternalError fault) {
      throw fenced(fault);
    } finally {
      placeLock.unlock();
    }
  }

  /** Bytes of the log so far. */
  public final long size() {
    return (long) SIZE.getAcquire(this);
  }

  final ReentrantLock placeLock() {
    return placeLock;
  }

  /** Cuts the file to its size and closes it; does not sync. */
  @Override
  public final void close() throws IOException {
    placeLock.lock();
    try {
      if (!closed) {
        closed = true;
        finish(size());
      }
    } finally {
      placeLock.unlock();
    }
  }

  private void checkUsable() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new KvException.Fenced(earlier); //~ phase 2 failureIsForgotten: failure = null;
    }
    if (closed) {
      throw new java.nio.channels.ClosedChannelException();
    }
  }

  private IOException fenced(Throwable fault) {
    var cause =
        fault instanceof IOException io
            ? io
            : new IOException("the device took no store into the mapped log", fault);
    failure = cause;
    return cause;
  }
}
