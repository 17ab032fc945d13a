package systems.net.http;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One connection to a handler, in memory and in virtual time. */
final class Server {
  static final long SECOND = 1_000_000_000L;
  static final Limits LIMITS = new Limits(8_000, 32_000, 100, 1 << 20, 8_000, 10_000, 1_000);
  static final Timeouts TIMEOUTS = new Timeouts(10 * SECOND, 20 * SECOND, 60 * SECOND, 30 * SECOND);

  /** A date for every answer. */
  static final Instant NOW = Instant.parse("1994-11-06T08:49:37.250Z");

  final ServerStats stats = new ServerStats();
  final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  final VirtualLoop loop = new VirtualLoop();
  final Exchanges exchanges = new Exchanges(() -> NOW, failure::set);
  final ServerConnection connection;
  final MemoryTransport peer;

  Server(Handler handler) {
    this(handler, LIMITS);
  }

  Server(Handler handler, Limits limits) {
    connection = new ServerConnection(handler, limits, TIMEOUTS, stats, exchanges);
    peer = new MemoryTransport(loop, connection);
  }

  /** Answers with all that it was told. */
  static void echo(Request request, Response response) {
    var body = new StringBuilder();
    request.readBody(
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            body.append(Octets.text(bytes, from, to));
          }

          @Override
          public void end(Headers trailers) {
            response.send(told(request) + body + trailers.toString());
          }

          @Override
          public void failed(@Nullable Throwable cause) {}
        });
  }

  private static String told(Request request) {
    return String.join(
        " ",
        request.method(),
        request.authority(),
        request.path(),
        String.valueOf(request.query()),
        "HTTP/1." + request.minorVersion(),
        request.headers().toString().replace("\r\n", "; "));
  }

  String send(String text) {
    peer.send(text);
    if (peer.thrown() != null) {
      throw new AssertionError("the connection threw", peer.thrown());
    }
    if (failure.get() instanceof AssertionError wrong) {
      throw wrong; // a test's own assertion within a handler
    }
    return peer.text();
  }

  static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a.example\r\n\r\n";
  }
}
