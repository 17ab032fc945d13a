package systems.core.csv;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of text, mapped. Threads copy stretches of it into arrays of their own and parse those:
 * the copy stays in the second-level cache, an array is what the JIT compiler knows best, and the
 * pages of the mapping are touched in one place only.
 *
 * <p>That matters when somebody makes the file shorter underneath. A page behind the new end cannot
 * be loaded, the kernel sends SIGBUS, and the JVM turns that into an {@link InternalError}, at the
 * access or a little later: so it is caught where a call comes in from outside. The rest of the
 * last page reads as zeros without any signal. So both, the error and every complaint about the
 * text, ask for the file's size before they blame the text.
 */
final class CsvFile implements Closeable {
  private static final int BLOCK_BYTES = 1 << 16;

  private final Path path;
  private final boolean temporary;
  private final long size;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment text;

  /**
   * @param temporary whether the file is to be deleted at the end
   */
  CsvFile(Path path, boolean temporary) throws IOException {
    this.path = path;
    this.temporary = temporary;
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      size = channel.size();
      text = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
    } catch (IOException | RuntimeException failure) {
      arena.close();
      throw failure;
    }
  }

  long size() {
    return size;
  }

  /** All of the text; whoever touches it is ready for {@link InternalError}. */
  MemorySegment text() {
    return text;
  }

  byte at(long offset) {
    return text.get(ValueLayout.JAVA_BYTE, offset);
  }

  /** Copies a stretch into an array; the same holds. */
  void copy(long offset, byte[] target, int at, int length) {
    MemorySegment.copy(text, ValueLayout.JAVA_BYTE, offset, target, at, length);
  }

  /** Copies a stretch into as many words of this machine; the same holds. */
  void copy(long offset, long[] target) {
    MemorySegment.copy(text, ValueLayout.JAVA_LONG_UNALIGNED, offset, target, 0, target.length);
  }

  /** What is to be thrown for text that is wrong at an offset, or for a file that was cut off. */
  CsvException failure(long offset, String problem) {
    long now = sizeNow();
    if (now < size) {
      return new CsvException(
          path, 1, now, "cut off while it was read, from " + size + " bytes to " + now);
    }
    return new CsvException(path, line(offset), offset, problem);
  }

  /** What is to be thrown for a page that could not be loaded. */
  CsvException unreadable(long offset, InternalError fault) {
    long now = sizeNow();
    String problem =
        now < size
            ? "cut off while it was read, from " + size + " bytes to " + now
            : "the disk did not deliver a page";
    var failure = new CsvException(path, 1, Math.min(now, offset), problem);
    failure.initCause(fault);
    return failure;
  }

  /** Whether somebody has cut it off since. */
  boolean isShortened() {
    return sizeNow() < size;
  }

  private long sizeNow() {
    try {
      return Files.size(path);
    } catch (IOException _) {
      return size; // deleted: the mapping keeps the bytes
    }
  }

  /** The line of a byte. Nobody counts lines before somebody asks. */
  private long line(long offset) {
    long line = 1;
    byte previous = 0;
    byte[] block = new byte[BLOCK_BYTES];
    for (long at = 0; at < Math.min(offset, size); at += BLOCK_BYTES) {
      int length = (int) Math.min(BLOCK_BYTES, Math.min(offset, size) - at);
      MemorySegment.copy(text, ValueLayout.JAVA_BYTE, at, block, 0, length);
      for (int i = 0; i < length; i++) {
        line += endsLine(previous, block[i]) ? 1 : 0;
        previous = block[i];
      }
    }
    // A lone CR at the very end was counted by nobody yet: LF might have followed.
    return previous == '\r' && (offset >= size || at(offset) != '\n') ? line + 1 : line;
  }

  private static boolean endsLine(byte previous, byte b) {
    return b == '\n' || previous == '\r';
  }

  @Override
  public void close() throws IOException {
    arena.close();
    if (temporary) {
      Files.deleteIfExists(path);
    }
  }
}
