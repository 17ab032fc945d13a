package systems.benchmarks.contest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What every contest of servers needs: rivals that the system has installed, a port for them, an
 * end, and the CPU time that they took.
 *
 * <p>CPU time is user and system of all threads, as {@code /proc} counts it, in ticks of 10 ms:
 * over a measurement of seconds that is less than one of a hundred.
 */
public final class Servers {
  private static final long NANOS_PER_TICK = 10_000_000L;

  private Servers() {}

  public static boolean isInstalled(String command) {
    return Files.isExecutable(find(command));
  }

  /** Where a command is; servers' folders are often not on the path. */
  public static Path find(String command) {
    return Stream.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
        .map(folder -> Path.of(folder, command))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(Path.of(command));
  }

  /** One that nobody listens at: the system would not give it otherwise. */
  public static int freePort() throws IOException {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  /** However this process ends, the other one does not go on. */
  public static void endWithThisProcess(Process process) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> process.toHandle().destroyForcibly()));
  }

  /** CPU time so far of the process and its children. */
  public static long cpuNanos(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .mapToLong(each -> ticks(each.pid()) * NANOS_PER_TICK)
        .sum();
  }

  private static long ticks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    } catch (IOException ended) {
      throw new UncheckedIOException("a server that is measured has ended", ended);
    }
  }
}
