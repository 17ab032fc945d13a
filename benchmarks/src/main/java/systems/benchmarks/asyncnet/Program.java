package systems.benchmarks.asyncnet;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.benchmarks.contest.Servers;
import systems.net.tool.Main;

/**
 * A server in processes of its own, all on two loops or two workers. All JVMs have the same flags:
 * a heap that is large enough not to be what is measured, and the collector that has no threads of
 * its own.
 */
final class Program implements AutoCloseable {
  static final List<String> JVM_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms512m",
          "-Xmx512m",
          "-XX:+UseCompactObjectHeaders",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow"); // rivals use it

  private static final Pattern LISTENING = Pattern.compile("listening on http://.*:([0-9]+)");
  private static final int LOOPS = 2;
  private static final long WAIT_SECONDS = 30;

  private final Process process;
  private final int port;

  private Program(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one at a free port. */
  static Program start(ServerKind server, Path folder) throws IOException {
    return switch (server) {
      case LOOP, THREADS -> java(Main.class, serve(server, 0));
      case NETTY -> java(NettyServer.class, Integer.toString(LOOPS));
      case HELIDON -> java(HelidonServer.class);
      case NGINX -> nginx(folder, "return 200 \"" + Client.BODY + "\";");
    };
  }

  /** Starts a server at the port where another one is listening; on Linux our loops share it. */
  static Program startSuccessor(int port) throws IOException {
    return java(Main.class, serve(ServerKind.LOOP, port));
  }

  private static String[] serve(ServerKind server, int port) {
    return new String[] {
      "serve",
      "--engine",
      server.title(),
      "--port",
      Integer.toString(port),
      "--loops",
      Integer.toString(LOOPS)
    };
  }

  /** A proxy before a server that is another program's. Both add the client's address. */
  static Program startProxy(ServerKind server, Path folder, int upstream) throws IOException {
    if (server == ServerKind.NGINX) {
      return nginx(
          folder,
          "proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";"
              + " proxy_set_header Host $host;"
              + " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
          "upstream app { server 127.0.0.1:"
              + upstream
              + "; keepalive 128; keepalive_requests 1000000000; }");
    }
    Path file = folder.resolve("proxy.yaml");
    Files.writeString(
        file,
        """
        listen: [127.0.0.1:1]
        clusters:
          app:
            upstreams:
              - address: 127.0.0.1:%d
        routes:
          - path: /
            cluster: app
        """
            .formatted(upstream));
    return java(
        Main.class, "proxy", "--port", "0", "--loops", Integer.toString(LOOPS), file.toString());
  }

  /** A class of the class path; it prints where it listens. */
  private static Program java(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(javaCommand(main));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Servers.endWithThisProcess(process);
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        return new Program(process, Integer.parseInt(listening.group(1)));
      }
    }
    process.destroyForcibly();
    throw new IOException("it does not listen: " + String.join(" ", command));
  }

  /** A JVM as all of them are. */
  static List<String> javaCommand(Class<?> main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_FLAGS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }

  private static Program nginx(Path folder, String location, String... more) throws IOException {
    int port = Servers.freePort();
    Path home = Files.createDirectories(folder.resolve("nginx-" + port));
    Path file = home.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        worker_processes %d;
        daemon off;
        pid pid;
        error_log error.log;
        events { worker_connections 20000; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 60s;
          default_type text/plain;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          %s
          server { listen 127.0.0.1:%d reuseport backlog=1024; location / { %s } }
        }
        """
            .formatted(LOOPS, String.join("\n", more), port, location));
    Process process =
        new ProcessBuilder(
                Servers.find("nginx").toString(),
                "-p",
                home + "/",
                "-e",
                "error.log",
                "-c",
                file.toString())
            .redirectErrorStream(true)
            .start();
    Servers.endWithThisProcess(process);
    var program = new Program(process, port);
    program.awaitListening();
    return program;
  }

  private void awaitListening() throws IOException {
    long begun = System.nanoTime();
    while (true) {
      try (var probe = new Socket()) {
        probe.connect(address());
        return;
      } catch (IOException notYet) {
        if (!process.isAlive() || isOver(begun)) {
          close();
          throw notYet;
        }
        Thread.onSpinWait();
      }
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

  String url() {
    return "http://127.0.0.1:" + port + Client.PATH;
  }

  /** CPU time so far of the process and its children. */
  long cpuNanos() {
    return Servers.cpuNanos(process);
  }

  /**
   * Has it end in its own time, as a service manager does, and waits for that.
   *
   * @return its exit code
   */
  int drain() throws IOException, InterruptedException {
    process.toHandle().destroy();
    if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("it does not end");
    }
    return process.exitValue();
  }

  /** Has nginx start new workers, and waits until the old ones have ended in their own time. */
  void reload() throws IOException, InterruptedException {
    List<ProcessHandle> old = process.descendants().toList();
    int code = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
    if (code != 0) {
      throw new IOException("kill: exit code " + code);
    }
    long begun = System.nanoTime();
    while (old.stream().anyMatch(ProcessHandle::isAlive)) {
      if (isOver(begun)) {
        throw new IOException("workers that do not end");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
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
