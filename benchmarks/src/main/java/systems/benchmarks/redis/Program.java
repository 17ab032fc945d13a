package systems.benchmarks.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.benchmarks.contest.Servers;
import systems.redis.tool.Main;

/**
 * A server in a process of its own, in the foreground of a session of its own: the scheduler gives
 * each session a share of the cores, so who shares one with the generator would get less of them.
 * Both are started in the same way, in an empty folder, with the same lines of configuration.
 */
final class Program implements AutoCloseable {
  /** What course.yaml starts ours with, and the collector and headers that the figures are of. */
  static final List<String> JVM_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final Pattern SHARE = Pattern.compile("(?m)^Pss:\\s+([0-9]+) kB");
  private static final Pattern LIVE = Pattern.compile("(?m)^Total\\s+[0-9]+\\s+([0-9]+)");
  private static final long WAIT_SECONDS = 60;

  private final Process process;
  private final ServerKind kind;
  private final int port;
  private final Path folder;

  private Program(Process process, ServerKind kind, int port, Path folder) {
    this.process = process;
    this.kind = kind;
    this.port = port;
    this.folder = folder;
  }

  /**
   * Starts one at a free port, without snapshots, and waits until it answers.
   *
   * @param options lines of configuration as options, beside port and folder
   */
  static Program start(ServerKind kind, Path work, List<String> options)
      throws IOException, InterruptedException {
    int port = Servers.freePort();
    Path folder = Files.createTempDirectory(Files.createDirectories(work), kind.title());
    List<String> command = new ArrayList<>(List.of(Servers.find("setsid").toString()));
    command.addAll(
        switch (kind) {
          case OURS -> ours();
          case REDIS -> List.of(Servers.find("redis-server").toString());
        });
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", folder.toString(), "--save", ""));
    command.addAll(options);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log.txt").toFile())
            .start();
    Servers.endWithThisProcess(process);
    var program = new Program(process, kind, port, folder);
    program.awaitAnswer();
    return program;
  }

  private static List<String> ours() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_FLAGS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    return command;
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      try (var probe = new Connection(address())) {
        if (probe.ask("PING").equals("PONG")) {
          requireLife();
          return;
        }
      } catch (IOException notYet) {
        if (!process.isAlive() || isOver(begun)) {
          close();
          throw new IOException("it does not answer; see " + folder.resolve("log.txt"), notYet);
        }
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** Who answers must be the process that was started. */
  private void requireLife() throws IOException {
    if (!process.isAlive()) {
      throw new IOException("it has ended and somebody else answers at port " + port);
    }
  }

  private static boolean isOver(long begun) {
    return System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
  }

  int port() {
    return port;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** CPU time so far. */
  long cpuNanos() {
    return Servers.cpuNanos(process);
  }

  /** Memory of the process and its children; a page that several share counts once in all. */
  long memoryBytes() throws IOException {
    long kilobytes = shareKilobytes(process.pid());
    for (ProcessHandle child : process.descendants().toList()) {
      kilobytes += shareOfChild(child.pid());
    }
    return kilobytes << 10;
  }

  private static long shareOfChild(long pid) {
    try {
      return shareKilobytes(pid);
    } catch (IOException ended) {
      return 0; // a child that has saved has ended
    }
  }

  private static long shareKilobytes(long pid) throws IOException {
    Matcher share = SHARE.matcher(Files.readString(Path.of("/proc/" + pid + "/smaps_rollup")));
    if (!share.find()) {
      throw new IOException("smaps_rollup of " + pid + " has no Pss");
    }
    return Long.parseLong(share.group(1));
  }

  /** Bytes of what it holds on to: the heap after a collection, or what Redis has allocated. */
  long liveBytes() throws IOException, InterruptedException {
    return switch (kind) {
      case OURS -> heapBytes();
      case REDIS -> {
        try (var client = new Connection(address())) {
          yield Long.parseLong(client.info("memory", "used_memory"));
        }
      }
    };
  }

  /** The sum under jcmd's histogram, for which the JVM collects first. */
  private long heapBytes() throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Path told = folder.resolve("histogram.txt");
    run(List.of(jcmd.toString(), Long.toString(process.pid()), "GC.class_histogram"), told);
    Matcher total = LIVE.matcher(Files.readString(told));
    if (!total.find()) {
      throw new IOException("jcmd tells no total; see " + told);
    }
    return Long.parseLong(total.group(1));
  }

  /** Runs a program to its end, which has to come. */
  static void run(List<String> command, Path output) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Servers.endWithThisProcess(process);
    if (!process.waitFor(5 * WAIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("it does not end: " + String.join(" ", command));
    }
    if (process.exitValue() != 0) {
      String said = Files.readString(output, StandardCharsets.ISO_8859_1).strip();
      throw new IOException(String.join(" ", command) + " failed: " + said);
    }
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    process.toHandle().destroy();
    try {
      if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        process.toHandle().destroyForcibly();
      }
    } catch (InterruptedException hurry) {
      process.toHandle().destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
