package systems.kvstore.table;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import systems.kvstore.fs.FileSystem;

/** As much of a file system as a table needs, on the disk, where RocksDB can see it too. */
class DiskFiles implements FileSystem {
  private int syncs;

  /** File syncs so far. */
  int syncs() {
    return syncs;
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    var channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    return new WritableFile() {
      private long size;

      @Override
      public void append(byte[] bytes, int offset, int length) throws IOException {
        var buffer = ByteBuffer.wrap(bytes, offset, length);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        size += length;
      }

      @Override
      public void sync() {
        syncs++;
      }

      @Override
      public long size() {
        return size;
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public RandomFile open(Path file) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.READ);
    long size = channel.size();
    return new RandomFile() {
      @Override
      public void read(long position, byte[] target, int offset, int length) throws IOException {
        var buffer = ByteBuffer.wrap(target, offset, length);
        while (buffer.hasRemaining()) {
          if (channel.read(buffer, position + length - buffer.remaining()) < 0) {
            throw new EOFException(file + " at " + position);
          }
        }
      }

      @Override
      public long size() {
        return size;
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
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
  public WritableFile append(Path file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedFile map(Path file, long bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> list(Path directory) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void createDirectories(Path directory) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void rename(Path source, Path target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void link(Path existing, Path link) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void syncDirectory(Path directory) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Closeable lock(Path file) {
    throw new UnsupportedOperationException();
  }
}
