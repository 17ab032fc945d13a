package systems.net.tool;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import systems.net.engine.Engine;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;

/**
 * Sends each malformed request of a table to several servers and tells who refuses it.
 *
 * <p>Each request has a connection of its own, whose sending side is ended behind it. A server is
 * right if the first final status is one that the table allows, or if it ends the connection
 * without an answer; to answer 200, or to wait for more, is not.
 */
@Command(
    name = "score",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Sends malformed requests to our engines, to Netty and to the JDK's server.",
    footer = "%nFails (1) if one of our engines takes a request that it has to refuse.")
final class ScoreCommand implements Callable<Integer> {
  private static final String TABLE = "/systems/net/http/malformed.txt";
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int AT_A_TIME = 16;
  private static final int ANSWER_BYTES_MAX = 4 << 10;

  /** Servers read the body before they answer: faults of its grammar are faults of the request. */
  private static final int BODY_BYTES_MAX = 1 << 20;

  private static final int CLOSED = 0;
  private static final int SILENT = -1;

  @Option(names = "--details", description = "a line for each request that was taken")
  private boolean details;

  @Option(names = "--ours", description = "our three engines only")
  private boolean oursOnly;

  @Option(names = "--table", paramLabel = "FILE", description = "another table of requests")
  private @Nullable Path table;

  @Spec private CommandSpec spec;

  /** A server to be asked. */
  private record Contestant(
      String name, boolean isOurs, InetSocketAddress address, Runnable stop) {}

  @Override
  public Integer call() throws Failure, InterruptedException {
    List<Hostile> rows = rows();
    var contestants = new ArrayList<Contestant>();
    boolean allRight = true;
    try {
      startAll(contestants);
      PrintWriter out = spec.commandLine().getOut();
      out.printf("%d malformed requests%n%n", rows.size());
      out.printf("%-34s %8s %8s%n", "server", "refused", "taken");
      for (Contestant contestant : contestants) {
        List<String> taken = taken(contestant, rows);
        int refused = rows.size() - taken.size();
        out.printf("%-34s %8d %8d%n", contestant.name, refused, taken.size());
        if (details) {
          taken.forEach(out::println);
        }
        out.flush();
        allRight &= taken.isEmpty() || !contestant.isOurs;
      }
    } finally {
      contestants.forEach(contestant -> contestant.stop.run());
    }
    return allRight ? 0 : 1;
  }

  private List<Hostile> rows() throws Failure {
    try {
      return Hostile.parse(table != null ? Files.readString(table) : resource());
    } catch (IOException | IllegalArgumentException unusable) {
      throw new Failure("cannot use the table of requests: " + unusable.getMessage());
    }
  }

  private static String resource() throws IOException {
    try (InputStream in = Main.class.getResourceAsStream(TABLE)) {
      if (in == null) {
        throw new IOException(TABLE + " is not on the class path; name one with --table");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private void startAll(List<Contestant> contestants) throws Failure, InterruptedException {
    for (Engine engine : Engine.values()) {
      Server server =
          Server.start(
              ServerSettings.usual().with(engine).withLoops(1),
              (request, response) ->
                  request.readBody(BODY_BYTES_MAX, body -> response.send("Hello, World!")));
      var address = (InetSocketAddress) server.address();
      String name = "ours, engine " + engine.name().toLowerCase(Locale.ROOT);
      contestants.add(new Contestant(name, true, address, server::close));
    }
    if (!oursOnly) {
      NettyServer netty = NettyServer.start();
      contestants.add(
          new Contestant("Netty, HttpServerCodec", false, netty.address(), netty::close));
      HttpServer jdk = jdk();
      contestants.add(
          new Contestant("JDK, HttpServer", false, jdk.getAddress(), () -> jdk.stop(0)));
    }
  }

  private static HttpServer jdk() throws Failure {
    try {
      var at = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer server = HttpServer.create(at, 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext(
          "/",
          exchange -> {
            byte[] hello = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
            try (exchange) {
              exchange.getRequestBody().readAllBytes();
              exchange.sendResponseHeaders(200, hello.length);
              exchange.getResponseBody().write(hello);
            }
          });
      server.start();
      return server;
    } catch (IOException refused) {
      throw new Failure("cannot start the JDK's server: " + refused.getMessage());
    }
  }

  /** What the server did wrong, a line each. */
  private static List<String> taken(Contestant contestant, List<Hostile> rows)
      throws Failure, InterruptedException {
    var permits = new Semaphore(AT_A_TIME);
    var answers = new ArrayList<Future<Integer>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Hostile row : rows) {
        answers.add(threads.submit(() -> ask(contestant.address, row, permits)));
      }
    }
    var taken = new ArrayList<String>();
    for (int i = 0; i < rows.size(); i++) {
      int status = status(contestant, answers.get(i));
      if (status != CLOSED && !rows.get(i).statuses().contains(status)) {
        String told = status == SILENT ? "waits" : String.valueOf(status);
        taken.add("    %-5s %-16s %s".formatted(told, rows.get(i).section(), rows.get(i).name()));
      }
    }
    return taken;
  }

  private static int status(Contestant contestant, Future<Integer> answer)
      throws Failure, InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException broken) {
      throw new Failure(
          contestant.name + " cannot be asked: " + Failure.cause(broken).getMessage());
    }
  }

  /** The first final status, CLOSED or SILENT. */
  private static int ask(InetSocketAddress address, Hostile row, Semaphore permits)
      throws IOException, InterruptedException {
    permits.acquire();
    try (var socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      send(socket, row.bytes());
      return read(socket.getInputStream());
    } finally {
      permits.release();
    }
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (SocketException refusedEarly) {
      return; // it has answered, or ended the connection, before all was sent
    }
  }

  private static int read(InputStream in) throws IOException {
    var answer = new byte[ANSWER_BYTES_MAX];
    int count = 0;
    try {
      int read;
      while (count < answer.length && (read = in.read(answer, count, answer.length - count)) > 0) {
        count += read;
        int status = status(new String(answer, 0, count, StandardCharsets.ISO_8859_1));
        if (status > 0) {
          return status;
        }
      }
      return CLOSED;
    } catch (SocketTimeoutException waits) {
      return SILENT;
    } catch (SocketException reset) {
      return CLOSED;
    }
  }

  /** The first status that is not an interim one; 0 if there is none yet. */
  private static int status(String text) {
    int at = 0;
    while (text.length() >= at + 12 && text.startsWith("HTTP/1.", at)) {
      int status = Integer.parseInt(text.substring(at + 9, at + 12));
      if (status >= 200) {
        return status;
      }
      int end = text.indexOf("\r\n\r\n", at);
      if (end < 0) {
        return 0;
      }
      at = end + 4;
    }
    return 0;
  }
}
