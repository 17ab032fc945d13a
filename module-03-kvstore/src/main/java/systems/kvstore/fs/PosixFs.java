package systems.kvstore.fs;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;

/**
 * The file system of the machine.
 *
 * <p><b>Interrupts.</b> The JDK closes a {@link FileChannel} when a thread that is inside one of
 * its calls is interrupted. For a store that would be fatal: a caller who cancels a task would take
 * the log away from everybody. So nothing here does its work through a channel of the caller's
 * thread:
 *
 * <pre>
 *   append     RandomAccessFile.write           plain write(2)
 *   sync       FileDescriptor.sync              plain fsync(2)
 *   read       copy out of a mapping            no call at all; of a short file, read(2)
 *   force      MemorySegment.force              plain msync(2)
 *   map        a channel, opened for this, which an interrupt may close: map again
 *   directory  a channel, but on a thread that nobody can interrupt, because an fsync that
 *              failed while the channel was being closed must not be tried again
 * </pre>
 *
 * The interrupt itself stays pending for the caller.
 *
 * <p><b>Mapped logs</b> are filled with written zeros. A length that is only announced leaves a
 * sparse file, and the first store into a page that a full disk cannot give is a SIGBUS, which the
 * JVM turns into an {@link InternalError} at an arbitrary place. Written zeros fail with ENOSPC in
 * a call that can say so. It also makes later syncs cheaper: the file's size and blocks are settled
 * already. (A copy-on-write file system such as btrfs or ZFS allocates again on every write and can
 * run full all the same; the log writer treats the InternalError as a failed write.)
 *
 * <p><b>The lock</b> is an fcntl lock on the whole LOCK file, the same that RocksDB takes. Such a
 * lock belongs to the process, not to the descriptor: a second attempt in the same process would
 * succeed, and closing any descriptor of that file would drop it. Hence the registry of this
 * process, which is asked before the file is even opened. (RocksDB in the same process is not in
 * that registry: JNI tests must close one before they open the other.) The file's text is the
 * holder's process id, for the message only.
 *
 * <p><b>Platforms.</b> Syncing a directory works where a directory can be opened as a file: Linux
 * and macOS. On Windows {@link #syncDirectory} fails. On macOS fsync and msync hand data to the
 * drive but do not flush the drive's cache (F_FULLFSYNC would), so there "synced" is weaker.
 *
 * <p>Any thread may call anything; the rules of the file objects are in {@link FileSystem}.
 */
public final class PosixFs implements FileSystem {
  /** There is one machine, so there is one of these. */
  public static final PosixFs INSTANCE = new PosixFs();

  /** Zeros are written in steps of this size; what RandomAccessFile hands over in one call. */
  private static final int ZEROS_BYTES = 64 * 1024;

  /** Files up to this size are not mapped: a mapping costs more than to read so many bytes. */
  private static final int SMALL_BYTES_MAX = 32 * 1024;

  private static final byte[] ZEROS = new byte[ZEROS_BYTES];
  private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

  /** Longest text that is read from a LOCK file. */
  private static final int LOCK_TEXT_BYTES_MAX = 32;

  private PosixFs() {}

  @Override
  public WritableFile create(Path file) throws IOException {
    return open(file, true);
  }

  @Override
  public WritableFile append(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new java.nio.file.NoSuchFileException(file.toString());
    }
    return open(file, false);
  }

  private static WritableFile open(Path file, boolean fromNothing) throws IOException {
    var access = new RandomAccessFile(file.toFile(), "rw");
    try {
      if (fromNothing) {
        access.setLength(0);
      }
      access.seek(access.length());
      return new AppendedFile(file, access);
    } catch (IOException failure) {
      access.close();
      throw translated(file, failure);
    }
  }

  @Override
  public MappedFile map(Path file, long bytes) throws IOException {
    checkMappable(bytes);
    var access = new RandomAccessFile(file.toFile(), "rw");
    try {
      access.setLength(0);
      return new MappedLogFile(file, access, bytes);
    } catch (IOException failure) {
      access.close();
      Files.deleteIfExists(file);
      throw translated(file, failure);
    }
  }

  private static void checkMappable(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a mapped file of " + bytes + " bytes");
    }
  }

  @Override
  public RandomFile open(Path file) throws IOException {
    return Files.size(file) <= SMALL_BYTES_MAX ? new SmallFile(file) : new ReadFile(file);
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public long size(Path file) throws IOException {
    return Files.size(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    var names = new ArrayList<String>();
    try (var entries = Files.newDirectoryStream(directory)) {
      for (var entry : entries) {
        names.add(entry.getFileName().toString());
      }
    } catch (DirectoryIteratorException failure) {
      throw failure.getCause();
    }
    names.sort(null);
    return names;
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    try {
      Files.createDirectories(directory);
    } catch (IOException failure) {
      throw translated(directory, failure);
    }
  }

  @Override
  public void rename(Path source, Path target) throws IOException {
    try {
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      throw translated(source, failure);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    try {
      Files.createLink(link, existing);
    } catch (IOException failure) {
      throw translated(link, failure);
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    var sync =
        new FutureTask<@Nullable Void>(() -> {
          try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
            return null;
          }
        });
    Thread.ofPlatform().daemon().name("sync of " + directory).start(sync);
    await(directory, sync);
  }

  private static void await(Path directory, FutureTask<?> sync) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          sync.get();
          return;
        } catch (InterruptedException _) {
          interrupted = true;
        } catch (ExecutionException failure) {
          throw failure.getCause() instanceof IOException io
              ? translated(directory, io)
              : new IOException("cannot sync " + directory, failure.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    Path key = directoryOf(file.toAbsolutePath()).toRealPath().resolve(file.getFileName());
    if (!LOCKED_HERE.add(key)) {
      throw new KvException.Busy(
          directoryOf(file), "another store in this process, " + ProcessHandle.current().pid());
    }
    try {
      return new HeldLock(file, key);
    } catch (IOException | RuntimeException failure) {
      LOCKED_HERE.remove(key);
      throw failure;
    }
  }

  private static Path directoryOf(Path file) {
    return Objects.requireNonNullElse(file.getParent(), file);
  }

  /** An I/O error as the store names it: a full disk is not a broken one. */
  private static IOException translated(Path file, IOException failure) {
    String message = String.valueOf(failure.getMessage());
    boolean full =
        message.contains("No space left on device") || message.contains("Disk quota exceeded");
    return full ? new KvException.NoSpace(file + ": no space left", failure) : failure;
  }

  /** Maps the first {@code bytes} of a file, or all of it; an interrupt is put off, not obeyed. */
  private static MemorySegment mapped(Path file, MapMode mode, long bytes, Arena arena)
      throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try (var channel = FileChannel.open(file, optionsFor(mode))) {
          return channel.map(mode, 0, bytes < 0 ? channel.size() : bytes, arena);
        } catch (ClosedByInterruptException _) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Set<OpenOption> optionsFor(MapMode mode) {
    return mode == MapMode.READ_ONLY
        ? Set.of(StandardOpenOption.READ)
        : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** A file that grows by write calls. */
  private static final class AppendedFile implements WritableFile {
    private final Path file;
    private final RandomAccessFile access;
    private volatile long size;

    AppendedFile(Path file, RandomAccessFile access) throws IOException {
      this.file = file;
      this.access = access;
      this.size = access.length();
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
      try {
        access.write(bytes, offset, length);
      } catch (IOException failure) {
        throw translated(file, failure);
      }
      size += length;
    }

    @Override
    public void sync() throws IOException {
      try {
        access.getFD().sync();
      } catch (IOException failure) {
        throw translated(file, failure);
      }
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void close() throws IOException {
      access.close();
    }
  }

  /** A file of written zeros in memory. */
  private static final class MappedLogFile implements MappedFile {
    private final Path file;
    private final RandomAccessFile access;
    private Arena arena;
    private MemorySegment segment;

    MappedLogFile(Path file, RandomAccessFile access, long bytes) throws IOException {
      this.file = file;
      this.access = access;
      writeZeros(0, bytes);
      arena = Arena.ofShared();
      try {
        segment = mapped(file, MapMode.READ_WRITE, bytes, arena);
      } catch (IOException failure) {
        arena.close();
        throw failure;
      }
    }

    private void writeZeros(long from, long to) throws IOException {
      access.seek(from);
      for (long at = from; at < to; at += ZEROS_BYTES) {
        access.write(ZEROS, 0, (int) Math.min(ZEROS_BYTES, to - at));
      }
    }

    @Override
    public MemorySegment segment() {
      return segment;
    }

    @Override
    public void force(long from, long to) throws IOException {
      assert from >= 0 && from <= to && to <= segment.byteSize();
      try {
        segment.asSlice(from, to - from).force();
      } catch (UncheckedIOException failure) {
        throw translated(file, new IOException(failure.getMessage(), failure));
      }
    }

    @Override
    public void extend(long newBytes) throws IOException {
      long bytes = segment.byteSize();
      if (newBytes <= bytes) {
        throw new IllegalArgumentException(file + " already has " + bytes + " bytes");
      }
      var largerArena = Arena.ofShared();
      try {
        writeZeros(bytes, newBytes);
        segment = mapped(file, MapMode.READ_WRITE, newBytes, largerArena);
      } catch (IOException failure) {
        largerArena.close();
        access.setLength(bytes);
        throw translated(file, failure);
      }
      arena.close();
      arena = largerArena;
    }

    @Override
    public void close(long bytes) throws IOException {
      assert bytes >= 0;
      if (arena.scope().isAlive()) {
        arena.close();
        try (access) {
          access.setLength(bytes);
        }
      }
    }

    @Override
    public void close() throws IOException {
      close(segment.byteSize());
    }
  }

  /** A short file that does not change: a call a read, which is cheaper than a mapping at first. */
  private static final class SmallFile implements RandomFile {
    private final Path file;
    private final RandomAccessFile access;
    private final long size;
    private boolean closed;

    SmallFile(Path file) throws IOException {
      this.file = file;
      access = new RandomAccessFile(file.toFile(), "r");
      size = access.length();
    }

    @Override
    public synchronized void read(long position, byte[] target, int offset, int length)
        throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
      if (position < 0 || position > size - length) {
        throw endsBefore(file, position, length, size);
      }
      access.seek(position);
      access.readFully(target, offset, length);
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public synchronized void close() throws IOException {
      closed = true;
      access.close();
    }
  }

  /** A file that does not change, in memory. */
  private static final class ReadFile implements RandomFile {
    private final Path file;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    ReadFile(Path file) throws IOException {
      this.file = file;
      try {
        segment = mapped(file, MapMode.READ_ONLY, -1, arena);
      } catch (IOException failure) {
        arena.close();
        throw failure;
      }
    }

    @Override
    public void read(long position, byte[] target, int offset, int length) throws IOException {
      if (position < 0 || position > segment.byteSize() - length) {
        throw endsBefore(file, position, length, segment.byteSize());
      }
      try {
        // Between two segments: a copy by layout would first link a method handle, 15 ms at start.
        MemorySegment.copy(segment, position, MemorySegment.ofArray(target), offset, length);
      } catch (IllegalStateException _) {
        throw new ClosedChannelException();
      } catch (InternalError fault) {
        throw new IOException(
            file + " cannot be read at offset " + position + ": cut short, or a bad device", fault);
      }
    }

    @Override
    public long size() {
      return segment.byteSize();
    }

    @Override
    public synchronized void close() {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }

  static EOFException endsBefore(Path file, long position, int length, long size) {
    return new EOFException(
        file + " has " + size + " bytes; " + length + " were asked for at offset " + position);
  }

  /** The lock of a store, and the registry entry that goes with it. */
  private static final class HeldLock implements Closeable {
    private final Path key;
    private final RandomAccessFile access;

    HeldLock(Path file, Path key) throws IOException {
      this.key = key;
      access = new RandomAccessFile(file.toFile(), "rw");
      try {
        if (access.getChannel().tryLock() == null) {
          throw new KvException.Busy(directoryOf(file), holder());
        }
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        access.setLength(0);
        access.write(pid);
      } catch (IOException failure) {
        access.close();
        throw translated(file, failure);
      }
    }

    /** Names the process whose id is in the file, if it lives; a killed one left its id behind. */
    private String holder() throws IOException {
      byte[] text = new byte[LOCK_TEXT_BYTES_MAX];
      int length = Math.max(0, access.read(text));
      String pid = new String(text, 0, length, StandardCharsets.US_ASCII).strip();
      boolean alive =
          pid.matches("\\d{1,18}")
              && ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
      return alive ? "process " + pid : "another process";
    }

    @Override
    public void close() throws IOException {
      if (LOCKED_HERE.contains(key) && access.getChannel().isOpen()) {
        try (access) {
          access.setLength(0);
        } finally {
          LOCKED_HERE.remove(key);
        }
      }
    }
  }
}
