package systems.core.parquet;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file as memory. All that is read of it goes through {@link #copy} into an array: the kernel
 * pages it in without a system call, threads share it, and one place decides what happens when
 * somebody shortens the file meanwhile. A page beyond the end of a mapped file cannot be read; the
 * processor traps, and the JVM makes of it an {@link InternalError} that a program could not
 * survive. Here it becomes what it is, a damaged file.
 *
 * <p>The copy costs little: it is of compressed bytes, and leaves them in the cache of the core
 * that decodes them next. Decoding from the mapping itself would save it for uncompressed pages
 * only, and would spread the trap over every loop.
 */
final class MappedFile implements Closeable {
  final Path path;
  private final Arena arena;
  private final MemorySegment bytes;

  private MappedFile(Path path, Arena arena, MemorySegment bytes) {
    this.path = path;
    this.arena = arena;
    this.bytes = bytes;
  }

  static MappedFile open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new MappedFile(path, arena, bytes);
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  long size() {
    return bytes.byteSize();
  }

  /** Copies a part of the file into an array. */
  void copy(long offset, int length, byte[] target, int at) throws ParquetException {
    check(offset, length, "a part of the file");
    try {
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, target, at, length);
    } catch (InternalError e) {
      throw shortened(e);
    }
  }

  /** States that a part lies in the file. */
  void check(long offset, long length, String what) throws ParquetException {
    if (offset < 0 || length < 0 || offset > size() - length) {
      throw ParquetException.damaged(
          path, offset, what + " of " + length + " bytes", "a file of " + size() + " bytes");
    }
  }

  /** A copy of a part, to be read. */
  Window window(long offset, int length, String what) throws ParquetException {
    check(offset, length, what);
    byte[] copy = new byte[length];
    copy(offset, length, copy, 0);
    return Window.verbatim(path, offset, copy, 0, length);
  }

  /** What the JVM's error about memory that cannot be read means here; others are its own. */
  ParquetException shortened(InternalError trap) {
    if (!String.valueOf(trap.getMessage()).contains("unsafe memory access")) {
      throw trap;
    }
    return ParquetException.damaged(
        path,
        size(),
        "a file of " + size() + " bytes, as it was when it was opened",
        "that it has been shortened since",
        trap);
  }

  @Override
  public void close() {
    arena.close();
  }
}
