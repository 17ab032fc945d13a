package systems.core.parquet;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that appears when it is whole. It is written under another name beside its place, forced
 * to the disk, and renamed; then the directory is forced, since the name is in it. Whoever looks
 * sees the old file or the new one, after a crash too.
 */
final class FileOutput implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path target;
  private final Path draft;
  private final FileChannel channel;
  private final Sink buffer = new Sink();
  private long position;
  private boolean isCommitted;

  private FileOutput(Path target, Path draft, FileChannel channel) {
    this.target = target;
    this.draft = draft;
    this.channel = channel;
  }

  static FileOutput create(Path target) throws IOException {
    String number = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path draft = target.resolveSibling(target.getFileName() + "." + number + ".tmp");
    var channel = FileChannel.open(draft, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    return new FileOutput(target, draft, channel);
  }

  /** How much was written. */
  long position() {
    return position;
  }

  void write(Sink source) throws IOException {
    write(source.bytes, source.size);
  }

  void write(byte[] source, int length) throws IOException {
    buffer.put(source, 0, length);
    position += length;
    if (buffer.size >= BUFFER_BYTES) {
      flush();
    }
  }

  private void flush() throws IOException {
    var bytes = ByteBuffer.wrap(buffer.bytes, 0, buffer.size);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    buffer.clear();
  }

  /** Gives the file its name. */
  void commit() throws IOException {
    flush();
    channel.force(true);
    channel.close();
    try {
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
    }
    isCommitted = true;
    forceDirectory();
  }

  private void forceDirectory() {
    Path directory = target.toAbsolutePath().getParent();
    try (var opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    } catch (IOException _) {
      // Windows opens no directory, and has written the name when the move returns.
    }
  }

  @Override
  public void close() throws IOException {
    if (!isCommitted) {
      channel.close();
      Files.deleteIfExists(draft);
    }
  }
}
