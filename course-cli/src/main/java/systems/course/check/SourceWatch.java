package systems.course.check;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Waits for sources to change.
 *
 * <ol>
 *   <li>What counts is what the files are, not what the events say: after each burst of events the
 *       folders are looked through and compared with what they were. So an editor that writes
 *       another file and renames it, one that saves the same text again, and an overflow of events
 *       need no rules of their own.
 *   <li>A burst ends when nothing has come for a while: a save is several events, and a file that
 *       is half written does not compile.
 *   <li>A folder that is new is watched before it is looked through, so nothing falls in between.
 * </ol>
 */
final class SourceWatch implements AutoCloseable {
  private static final long QUIET_MILLIS = 60;
  private static final int BURSTS_MAX = 50;
  private static final int FOLDERS_MAX = 5_000;

  /** What tells one state of a file from another. */
  private record State(FileTime modified, long size, Object key) {}

  private final List<Path> roots;
  private final WatchService service;
  private final Map<WatchKey, Path> watched = new HashMap<>();
  private Map<Path, State> before;

  SourceWatch(List<Path> roots) {
    this.roots = roots;
    try {
      service = roots.getFirst().getFileSystem().newWatchService();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot watch files", e);
    }
    before = look();
  }

  /** Waits until at least one file has changed, and returns those that have. */
  Set<Path> await() throws InterruptedException {
    while (true) {
      drain(service.take());
      for (int i = 0; i < BURSTS_MAX; i++) {
        WatchKey key = service.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
        if (key == null) {
          break;
        }
        drain(key);
      }
      Set<Path> changed = changes();
      if (!changed.isEmpty()) {
        return changed;
      }
    }
  }

  /** What has changed since the last look, without waiting. */
  Set<Path> changes() {
    Map<Path, State> now = look();
    Set<Path> changed = new HashSet<>();
    now.forEach((file, state) -> {
      if (!state.equals(before.get(file))) {
        changed.add(file);
      }
    });
    before.keySet().stream().filter(file -> !now.containsKey(file)).forEach(changed::add);
    before = now;
    return changed;
  }

  private void drain(WatchKey key) {
    for (WatchEvent<?> event : key.pollEvents()) {
      assert event.kind() == OVERFLOW || event.context() instanceof Path : event;
    }
    if (!key.reset()) {
      watched.remove(key);
    }
  }

  private Map<Path, State> look() {
    Map<Path, State> states = new TreeMap<>();
    for (Path root : roots) {
      if (Files.isDirectory(root)) {
        lookInto(root, states);
      }
    }
    return states;
  }

  private void lookInto(Path folder, Map<Path, State> states) {
    watch(folder);
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        if (Files.isDirectory(entry)) {
          lookInto(entry, states);
        } else if (entry.toString().endsWith(".java")) {
          stateOf(entry).ifPresent(state -> states.put(entry, state));
        }
      }
    } catch (NoSuchFileException e) {
      // gone between two looks: the next event says so
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  /** Empty for a file that is gone again, and for an editor's lock, a link to nowhere. */
  private static Optional<State> stateOf(Path file) throws IOException {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Object key = attributes.fileKey();
      long bytes = attributes.size();
      return Optional.of(new State(attributes.lastModifiedTime(), bytes, key == null ? "" : key));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private void watch(Path folder) {
    if (watched.containsValue(folder) || watched.size() >= FOLDERS_MAX) {
      return;
    }
    try {
      watched.put(folder.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE), folder);
    } catch (NoSuchFileException e) {
      // as above
    } catch (IOException e) {
      throw new UncheckedIOException("cannot watch " + folder, e);
    }
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot stop watching", e);
    }
  }
}
