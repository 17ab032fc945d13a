package systems.kvstore.bitcask;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.PosixFs;

/** The real file system, for tests that want to step in at one of its calls. */
class ForwardingFs implements FileSystem {
  private final FileSystem target = PosixFs.INSTANCE;

  @Override
  public WritableFile create(Path file) throws IOException {
    return target.create(file);
  }

  @Override
  public WritableFile append(Path file) throws IOException {
    return target.append(file);
  }

  @Override
  public MappedFile map(Path file, long bytes) throws IOException {
    return target.map(file, bytes);
  }

  @Override
  public RandomFile open(Path file) throws IOException {
    return target.open(file);
  }

  @Override
  public boolean exists(Path file) {
    return target.exists(file);
  }

  @Override
  public long size(Path file) throws IOException {
    return target.size(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return target.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    target.createDirectories(directory);
  }

  @Override
  public void rename(Path source, Path destination) throws IOException {
    target.rename(source, destination);
  }

  @Override
  public void delete(Path file) throws IOException {
    target.delete(file);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    target.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    target.syncDirectory(directory);
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    return target.lock(file);
  }

  /** A file that forwards, for tests that want to step in at an append or a sync. */
  static class ForwardingFile implements WritableFile {
    private final WritableFile target;

    ForwardingFile(WritableFile target) {
      this.target = target;
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
      target.append(bytes, offset, length);
    }

    @Override
    public void sync() throws IOException {
      target.sync();
    }

    @Override
    public long size() {
      return target.size();
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }
}
