package systems.redis.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A server in a process of its own, or for tests in this one: configured, loaded, listening. */
public final class Launch implements AutoCloseable {
  private static final int SHUTDOWN_SECONDS_MAX = 60; // beside the wait for replicas

  private final Server server;
  private final Net net;

  private Launch(Server server, Net net) {
    this.server = server;
    this.net = net;
  }

  /**
   * Starts a server from a file and lines in the file's form.
   *
   * @throws IOException if the port or the data cannot be had
   */
  public static Launch start(@Nullable Path file, List<String> lines)
      throws IOException, ConfigFile.Malformed {
    return start(file, lines, () -> {}, () -> {});
  }

  private static Launch start(
      @Nullable Path file, List<String> lines, Runnable onReady, Runnable exit)
      throws IOException, ConfigFile.Malformed {
    var config = new Config();
    ConfigFile.load(config, file, lines);
    if (config.get("dir").isEmpty()) {
      config.setting("dir").value = Path.of("").toAbsolutePath().toString();
    }
    var server = new Server(config);
    server.log().notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
    server
        .log()
        .notice(
            "Redis version="
                + Server.VERSION
                + ", bits=64, pid="
                + ProcessHandle.current().pid()
                + ", just started");
    server.onExit(exit);
    Net net = null;
    try {
      net = Net.start(server);
      onReady.run();
      server.log().notice("Server initialized");
      server.log().notice("Listening on port " + server.boundPort());
      load(server);
    } catch (IOException | RuntimeException e) {
      if (net == null) {
        onReady.run();
      } else {
        net.close();
      }
      server.log().warn(String.valueOf(e.getMessage()));
      throw e;
    }
    server.log().notice("Ready to accept connections");
    return new Launch(server, net);
  }

  /** On the command thread: whoever comes meanwhile is told that it takes a while. */
  private static void load(Server server) throws IOException {
    var loaded = new CompletableFuture<@Nullable Void>();
    server.execute(() -> {
      try {
        server.start();
        loaded.complete(null);
      } catch (Throwable e) { // whoever waits has to hear of it
        loaded.completeExceptionally(e);
      }
    });
    try {
      loaded.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException unreadable) {
        throw unreadable;
      }
      throw new IllegalStateException("the load ended with a bug", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while loading", e);
    }
  }

  /** Runs until SHUTDOWN or a signal. */
  public static void run(@Nullable Path file, List<String> lines)
      throws IOException, ConfigFile.Malformed {
    Launch launch =
        start(
            file,
            lines,
            () -> System.out.println(" PID: " + ProcessHandle.current().pid()),
            () -> Runtime.getRuntime().halt(0)); // all is saved, and who would hear of it?
    Runtime.getRuntime().addShutdownHook(new Thread(launch::end, "shutdown"));
  }

  /** After SIGTERM the JVM would tell 143; an orderly end is 0, and one without the save is 1. */
  private void end() {
    Runtime.getRuntime().halt(terminate() ? 0 : 1);
  }

  /** Whether all that had to be saved was. */
  private boolean terminate() {
    var saved = new CompletableFuture<Boolean>();
    server.endDebugging();
    server.execute(() -> server.terminate(saved::complete));
    try {
      long replicas = Long.parseLong(server.setting("shutdown-timeout"));
      return saved.get(SHUTDOWN_SECONDS_MAX + replicas, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      server.log().warn("the command thread did not end in time");
    } catch (ExecutionException impossible) {
      throw new AssertionError(impossible);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  public int port() {
    return server.boundPort();
  }

  /** As after SIGTERM, but the process goes on. */
  @Override
  public void close() {
    boolean _ = terminate();
    net.close();
  }

  /** As after a kill: nothing is saved. */
  public void crash() {
    net.close();
  }
}
