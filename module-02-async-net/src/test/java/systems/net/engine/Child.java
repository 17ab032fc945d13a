package systems.net.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.net.Effort;
import systems.net.http.BodyReader;
import systems.net.http.Headers;
import systems.net.http.Request;
import systems.net.http.Response;

/** A server in a process of its own, which counts the bytes of bodies; ends with its input. */
final class Child implements AutoCloseable {
  private final Process process;
  private final InetSocketAddress address;

  private Child(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /**
   * @param before a shell's command, as a limit to be set
   */
  static Child start(Engine engine, String before, String heap) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                List.of(
                    "sh",
                    "-c",
                    before + " exec \"$@\"",
                    "sh",
                    java,
                    heap,
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    classPath(),
                    Child.class.getName(),
                    engine.name()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    if (line == null || !line.startsWith("port ")) {
      process.destroyForcibly();
      throw new IOException("the child did not start: " + line);
    }
    return new Child(
        process, new InetSocketAddress("127.0.0.1", Integer.parseInt(line, 5, line.length(), 10)));
  }

  private static String classPath() {
    var places = new StringJoiner(":");
    if (Child.class.getClassLoader() instanceof URLClassLoader loader) {
      for (URL url : loader.getURLs()) {
        places.add(Path.of(URI.create(url.toString())).toString());
      }
    }
    return places.add(System.getProperty("java.class.path")).toString();
  }

  SocketAddress address() {
    return address;
  }

  long cpuNanos() {
    return process.info().totalCpuDuration().map(d -> d.toNanos()).orElse(0L);
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(Effort.seconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** The child itself. */
  public static void main(String[] arguments) throws IOException {
    var settings = ServerSettings.usual().with(Engine.of(arguments[0])).withLoops(1);
    try (Server server = Server.start(settings, Child::count)) {
      System.out.println("port " + ((InetSocketAddress) server.address()).getPort());
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
    }
  }

  private static void count(Request request, Response response) {
    request.readBody(
        new BodyReader() {
          private long bytes;

          @Override
          public void data(byte[] data, int from, int to) {
            bytes += to - from;
          }

          @Override
          public void end(Headers trailers) {
            response.send(bytes + " bytes");
          }

          @Override
          public void failed(@Nullable Throwable cause) {
            response.abort();
          }
        });
  }
}
