package systems.net.tool;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of our servers in a process of its own, so that it can be killed, and its processor time be
 * told from that of whoever loads it.
 */
final class ChildProcess implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on http://[^:]+:([0-9]+).*");
  private static final long EXIT_SECONDS = 15;

  private final Process process;
  private final InetSocketAddress address;

  private ChildProcess(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** Starts this program with these arguments; returns when it listens. */
  static ChildProcess start(String... arguments) throws Failure {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-cp",
            classPath(),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      return new ChildProcess(process, address(process, arguments));
    } catch (IOException refused) {
      throw new Failure("cannot start another Java: " + refused.getMessage());
    }
  }

  /** Where the classes of this program lie: what a class loader was given, then the JVM's path. */
  private static String classPath() {
    var places = new StringJoiner(File.pathSeparator);
    if (ChildProcess.class.getClassLoader() instanceof URLClassLoader loader) {
      for (URL url : loader.getURLs()) {
        places.add(Path.of(URI.create(url.toString())).toString());
      }
    }
    return places.add(System.getProperty("java.class.path")).toString();
  }

  private static InetSocketAddress address(Process process, String[] arguments)
      throws IOException, Failure {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    Matcher listening = LISTENING.matcher(line == null ? "" : line);
    if (!listening.matches()) {
      process.destroyForcibly();
      throw new Failure(
          "a child process does not listen; try it by hand: " + String.join(" ", arguments));
    }
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), Integer.parseInt(listening.group(1)));
  }

  InetSocketAddress address() {
    return address;
  }

  /** Processor time so far; to a hundredth of a second on Linux. */
  Duration cpu() {
    return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Without a warning: SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM; returns its exit code when it has drained. */
  int drain() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
