package systems.core.query;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The temporary files of one run; all of them are gone when it is closed. Of any thread. */
final class Spills implements Closeable {
  private final Path folder;
  private final List<SpillFile> files = new ArrayList<>();
  private long bytes;

  Spills(Path folder) {
    this.folder = folder;
  }

  synchronized SpillFile create() throws IOException {
    var file = new SpillFile(folder);
    files.add(file);
    return file;
  }

  /** Gives the space of a file back before the end. */
  synchronized void release(SpillFile file) throws IOException {
    files.remove(file);
    bytes += file.bytes();
    file.close();
  }

  /** How many bytes were written to files. */
  synchronized long bytes() {
    return bytes + files.stream().mapToLong(SpillFile::bytes).sum();
  }

  @Override
  public synchronized void close() throws IOException {
    @org.jspecify.annotations.Nullable IOException failure = null;
    for (SpillFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    files.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
