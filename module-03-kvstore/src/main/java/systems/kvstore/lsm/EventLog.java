package systems.kvstore.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;

/**
 * What the store did, a line an event: {@code 2026-01-31T12:00:00Z flush table=12 bytes=67108864}.
 * The newest {@value #KEPT} lines stay in memory; all go to the file {@code LOG}, which is for
 * people: that it cannot be written is no reason to fail a write, so the file is given up then. The
 * file of the run before is kept as {@code LOG.old}.
 */
final class EventLog implements Closeable {
  private static final int KEPT = 512;

  /** Where the file ends, so that a store that runs for years does not fill the disk with words. */
  private static final long FILE_BYTES_MAX = 16L << 20;

  private final ArrayDeque<String> newest = new ArrayDeque<>();
  private FileSystem.@Nullable WritableFile file;

  private EventLog(FileSystem.@Nullable WritableFile file) {
    this.file = file;
  }

  static EventLog inMemory() {
    return new EventLog(null);
  }

  static EventLog inDirectory(FileSystem fileSystem, Path directory) {
    try {
      var path = directory.resolve(FileNames.EVENTS);
      if (fileSystem.exists(path)) {
        fileSystem.rename(path, directory.resolve(FileNames.EVENTS + ".old"));
      }
      return new EventLog(fileSystem.create(path));
    } catch (IOException noFile) {
      return inMemory();
    }
  }

  synchronized void add(String event) {
    var line = now() + " " + event;
    newest.addLast(line);
    if (newest.size() > KEPT) {
      newest.removeFirst();
    }
    append(line + "\n");
  }

  /** As {@link Instant} prints itself, without the formatter that it would have to load. */
  private static String now() {
    var now = Instant.now();
    return LocalDateTime.ofEpochSecond(now.getEpochSecond(), now.getNano(), ZoneOffset.UTC) + "Z";
  }

  private void append(String line) {
    if (file == null || file.size() > FILE_BYTES_MAX) {
      return;
    }
    var bytes = line.getBytes(StandardCharsets.UTF_8);
    try {
      file.append(bytes, 0, bytes.length);
    } catch (IOException giveUp) {
      file = null;
    }
  }

  synchronized List<String> newest() {
    return List.copyOf(newest);
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
