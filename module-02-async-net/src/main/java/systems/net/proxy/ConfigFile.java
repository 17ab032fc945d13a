package systems.net.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The file that a proxy's configuration comes from, and may come from again.
 *
 * <pre>
 *   file changed, or reload()
 *        |
 *     parse whole --- wrong ---> Refused, with line and reason; the proxy goes on as it was
 *        |
 *     equal to the running one ---> Unchanged
 *        |
 *     proxy.reload ---> Applied
 * </pre>
 *
 * <p>A file is looked at every now and then: its time, its length and its identity. That also sees
 * a file that is replaced by renaming and one behind a symbolic link, which the system's
 * notifications are easily blind to. A file that is read while it is being written is most likely
 * no YAML, or refers to what is not there; it is refused, and read again when its time changes once
 * more.
 *
 * <p>Addresses to listen at are opened by whoever serves; that they differ is said in the outcome,
 * and needs a restart.
 */
public final class ConfigFile implements AutoCloseable {
  /** What has become of a reload. */
  public sealed interface Outcome {
    /** New requests go by it. */
    record Applied(ProxyConfig config, boolean listensElsewhere) implements Outcome {}

    /** It says what is running already. */
    record Unchanged() implements Outcome {}

    /** It cannot be used; what was running goes on. */
    record Refused(ConfigException why) implements Outcome {}
  }

  /** What shows that a file is another one. */
  private record Stamp(long timeMillis, long bytes, @Nullable Object key) {}

  private final Path file;
  private final Proxy proxy;
  private @Nullable Stamp seen;
  private @Nullable ScheduledExecutorService watcher;

  public ConfigFile(Path file, Proxy proxy) {
    this.file = file;
    this.proxy = proxy;
    seen = stamp();
  }

  /** Reads the file and goes over to it, if it can be used. Any thread. */
  public synchronized Outcome reload() {
    //> phase 7: three ways this can end; in which of them does the proxy change?
    seen = stamp();
    try {
      ProxyConfig next = ProxyConfig.load(file);
      ProxyConfig running = proxy.config();
      if (next.equals(running)) {
        return new Outcome.Unchanged();
      }
      proxy.reload(next);
      return new Outcome.Applied(next, !next.listen().equals(running.listen()));
    } catch (ConfigException wrong) {
      return new Outcome.Refused(wrong);
    }
    //< phase 7
  }

  private @Nullable Stamp stamp() {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(
          attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey());
    } catch (IOException gone) {
      return null;
    }
  }

  /** Reloads whenever the file has changed, and tells what became of it, on a thread of its own. */
  public synchronized void watch(long everyNanos, Consumer<Outcome> told) {
    if (watcher != null) {
      throw new IllegalStateException("it is watched already");
    }
    watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("watch " + file.getFileName()).factory());
    var ignored =
        watcher.scheduleWithFixedDelay(
            () -> look(told), everyNanos, everyNanos, TimeUnit.NANOSECONDS);
    assert !ignored.isDone();
  }

  private void look(Consumer<Outcome> told) {
    Stamp now = stamp();
    Outcome outcome = null;
    synchronized (this) {
      // a file that is gone is most likely being replaced
      if (now != null && !now.equals(seen)) {
        outcome = reload();
      }
    }
    if (outcome != null) {
      told.accept(outcome);
    }
  }

  /** Watches no more. */
  @Override
  public synchronized void close() {
    if (watcher != null) {
      watcher.shutdownNow();
      watcher = null;
    }
  }
}
