package systems.core.query;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A temporary file of records: written from the beginning to the end, then read, once or more.
 *
 * <pre>
 *   | length, 4 bytes | bytes | length | bytes | ...
 * </pre>
 *
 * <p>It is opened with {@link StandardOpenOption#DELETE_ON_CLOSE}. Where the operating system lets
 * a file live on without a name (all but Windows) the name is gone as soon as the file is open, so
 * nothing is left behind even if the process is killed. Of one thread at a time.
 */
final class SpillFile implements Closeable {
  private static final int BUFFER_BYTES = 1 << 15;

  private final FileChannel channel;
  private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private long bytes;

  SpillFile(Path folder) throws IOException {
    channel =
        FileChannel.open(
            folder.resolve("colt-" + UUID.randomUUID() + ".spill"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
  }

  /** How many bytes were appended. */
  long bytes() {
    return bytes;
  }

  void append(byte[] source, int start, int length) throws IOException {
    if (buffer.remaining() < 4 + length) {
      flush();
    }
    if (buffer.capacity() < 4 + length) {
      buffer = ByteBuffer.allocate(4 + length);
    }
    buffer.putInt(length).put(source, start, length);
    bytes += 4 + length;
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** Ends writing; the buffer's memory is free then. */
  void seal() throws IOException {
    flush();
    buffer = ByteBuffer.allocate(0);
  }

  /** All records in the order of writing. */
  Records records() {
    return new OfFile();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private final class OfFile extends Records {
    private final ByteBuffer input = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
    private long at;
    private long filled;

    @Override
    boolean next() throws IOException {
      if (at == SpillFile.this.bytes) {
        return false;
      }
      need(4);
      int length = input.getInt();
      if (length > BUFFER_BYTES) {
        readLarge(length);
      } else {
        need(length);
        bytes = input.array();
        start = input.position();
        end = start + length;
        input.position(end);
      }
      at += 4 + length;
      return true;
    }

    private void need(int count) throws IOException {
      if (input.remaining() >= count) {
        return;
      }
      input.compact();
      fill(input, count);
      input.flip();
    }

    private void fill(ByteBuffer into, int least) throws IOException {
      while (into.position() < least) {
        int count = channel.read(into, filled);
        if (count < 0) {
          throw new EOFException("a spilled file is shorter than what was written to it");
        }
        filled += count;
      }
    }

    private void readLarge(int length) throws IOException {
      var whole = ByteBuffer.allocate(length);
      whole.put(input);
      fill(whole, length);
      input.clear().limit(0);
      bytes = whole.array();
      start = 0;
      end = length;
    }
  }
}
