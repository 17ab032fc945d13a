package systems.redis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The real server, where it is installed: the judge. */
public final class RealRedis implements AutoCloseable {
  private final Process process;
  private final int port;

  private RealRedis(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Whether a command is installed. */
  public static boolean has(String command) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }

  /** Skips the test, by name, where the real server is not installed. */
  public static void assumeInstalled() {
    assumeTrue(has("redis-server"), "redis-server is not installed: the comparison is skipped");
  }

  /** Starts one in a folder; it listens when this returns. */
  public static RealRedis start(Path folder, String... options) throws IOException {
    int port = freePort();
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "redis-server",
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder.toString(),
            "--enable-debug-command",
            "yes"));
    command.addAll(List.of(options));
    return started(folder, port, command);
  }

  /** Starts a Sentinel that watches a primary by the name {@code watched}, alone. */
  public static RealRedis startSentinel(Path folder, int primaryPort) throws IOException {
    int port = freePort();
    Path file = folder.resolve("sentinel.conf");
    Files.writeString(
        file,
        """
        port %d
        bind 127.0.0.1
        dir "%s"
        sentinel monitor watched 127.0.0.1 %d 1
        sentinel down-after-milliseconds watched 300
        sentinel failover-timeout watched 5000
        """
            .formatted(port, folder, primaryPort));
    return started(folder, port, List.of("redis-server", file.toString(), "--sentinel"));
  }

  private static RealRedis started(Path folder, int port, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("real.log").toFile())
            .start();
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (System.nanoTime() < deadline && process.isAlive()) {
      try (Wire wire = new Wire(port)) {
        if (wire.call("PING").equals("+PONG\r\n")) {
          return new RealRedis(process, port);
        }
      } catch (IOException notYet) {
        Thread.onSpinWait();
      }
    }
    throw new IOException(
        "redis-server did not start: " + Files.readString(folder.resolve("real.log")));
  }

  /** A port that was free a moment ago, for a server that has to know it before it starts. */
  public static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  public int port() {
    return port;
  }

  /** Ends it without saving. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("redis-server does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
