package systems.redis.repl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A primary's snapshot on its way into a file: so many bytes, or up to a mark.
 *
 * <p>The mark is looked for at the end of what has come, and only there: the primary sends nothing
 * behind it before we have confirmed. The last bytes are kept back until it is clear that they are
 * not the mark.
 */
final class Transfer {
  private static final byte[] NO_MARK = {};

  private final Path path;
  private final FileChannel file;
  private final long length; // -1 if there is a mark
  private final byte[] mark;
  private byte[] tail = NO_MARK;
  private long bytes;
  private boolean whole;

  private Transfer(Path path, long length, byte[] mark) throws IOException {
    this.path = path;
    this.length = length;
    this.mark = mark;
    file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    whole = length == 0;
  }

  static Transfer ofLength(Path path, long length) throws IOException {
    return new Transfer(path, length, NO_MARK);
  }

  static Transfer untilMark(Path path, byte[] mark) throws IOException {
    return new Transfer(path, -1, mark);
  }

  boolean isWhole() {
    return whole;
  }

  long bytes() {
    return bytes;
  }

  long totalBytes() {
    return Math.max(0, length);
  }

  long leftBytes() {
    return length < 0 ? -1 : length - bytes;
  }

  /** Takes what belongs to the snapshot; returns where the rest begins. */
  int take(byte[] from, int begin, int end) throws IOException {
    //> phase 7: so many bytes, or up to a mark that may come in two pieces
    assert !whole : "what follows is the stream";
    if (length >= 0) {
      long left = length - bytes; //~ takesTooMuch: long left = length;
      int count = (int) Math.min(end - begin, left);
      write(from, begin, count);
      bytes += count;
      whole = bytes == length;
      return begin + count;
    }
    bytes += end - begin;
    byte[] joined = Arrays.copyOf(tail, tail.length + end - begin);
    System.arraycopy(from, begin, joined, tail.length, end - begin);
    int keep = Math.min(mark.length, joined.length); //~ looksAtOnePiece: int keep = end - begin;
    write(joined, 0, joined.length - keep);
    tail = Arrays.copyOfRange(joined, joined.length - keep, joined.length);
    whole = Arrays.equals(tail, mark);
    return end;
    //< phase 7
  }

  private void write(byte[] from, int begin, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(from, begin, count);
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
  }

  /** The file appears under that name. */
  void commit(Path target) throws IOException {
    assert whole : "a part of a snapshot takes no name";
    file.force(true);
    file.close();
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  void abandon() {
    try {
      file.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      path.toFile().deleteOnExit();
    }
  }
}
