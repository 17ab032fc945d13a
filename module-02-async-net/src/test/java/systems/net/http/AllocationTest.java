package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What requests and waiting connections cost in memory, by the JVM's own count. */
class AllocationTest {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final byte[] GET =
      ("GET /plaintext?a=b HTTP/1.1\r\nHost: a.example:8080\r\nUser-Agent: test\r\n"
              + "Accept: text/plain,text/html;q=0.9\r\nX-Own: 1\r\nConnection: keep-alive\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.US_ASCII);

  private static final int RUNS = 5_000;

  /** Bytes of so many runs, after as many for warming up. */
  private static long of(Callable<?> task) throws Exception {
    for (int i = 0; i < RUNS; i++) {
      task.call();
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < RUNS; i++) {
      task.call();
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  @Test
  @Tag("phase-4")
  void parsingAllocatesNothing() throws Exception {
    var parser = new RequestParser(Server.LIMITS);
    var request = new Request();
    long bytes =
        of(() -> {
          int end = parser.parse(GET, 0, GET.length, request);
          if (end != GET.length || request.path().length() != 10) {
            throw new AssertionError("read " + end + " bytes, " + request.path());
          }
          return request.header("Host");
        });
    // a value that was asked for is a String; the path is the same as before, and is not
    assertThat(bytes / RUNS).as("bytes for a request, a String of 14 letters").isLessThan(100);
    long quiet = of(() -> parser.parse(GET, 0, GET.length, request) == GET.length);
    assertThat(quiet).as("bytes for 5,000 requests").isLessThan(RUNS);
  }

  @Test
  @Tag("phase-5")
  void aPlainGetAllocatesNothing() throws Exception {
    var server =
        new Server(
            (request, response) -> response.header("Content-Type", "text/plain").send(HELLO),
            Limits.USUAL);
    long bytes =
        of(() -> {
          server.peer.receive(GET, 0, GET.length);
          server.peer.forget();
          return null;
        });
    assertThat(server.stats.snapshot().successes()).isEqualTo(2 * RUNS);
    assertThat(bytes).as("bytes for 5,000 requests and answers").isLessThan(RUNS);
  }

  @Test
  @Tag("phase-5")
  void chunksAreWrittenAndReadWithoutAllocating() throws Exception {
    BodyReader[] reader = new BodyReader[1];
    Response[] current = new Response[1];
    reader[0] =
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            current[0].write(bytes, from, to);
          }

          @Override
          public void end(Headers trailers) {
            current[0].end();
          }

          @Override
          public void failed(@org.jspecify.annotations.Nullable Throwable cause) {}
        };
    var server =
        new Server(
            (request, response) -> {
              current[0] = response;
              request.readBody(reader[0]);
            },
            Limits.USUAL);
    byte[] post =
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    long bytes =
        of(() -> {
          server.peer.receive(post, 0, post.length);
          server.peer.forget();
          return null;
        });
    assertThat(server.stats.snapshot().successes()).isEqualTo(2 * RUNS);
    assertThat(bytes).as("bytes for 5,000 chunked echoes").isLessThan(RUNS);
  }

  @Test
  @Tag("phase-5")
  void aConnectionThatWaitsIsSmall() {
    var server = new Server((request, response) -> response.send(HELLO));
    var transport = server.peer;
    List<ServerConnection> connections = new ArrayList<>(RUNS);
    server.send(new String(GET, StandardCharsets.US_ASCII));
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < RUNS; i++) {
      var connection =
          new ServerConnection(
              (request, response) -> response.send(HELLO),
              Server.LIMITS,
              Server.TIMEOUTS,
              server.stats,
              server.exchanges);
      connection.connected(transport);
      int taken = connection.receive(GET, 0, GET.length);
      if (taken != GET.length || !connection.isIdle()) {
        throw new AssertionError("took " + taken);
      }
      transport.forget();
      connections.add(connection);
    }
    long each = (THREADS.getCurrentThreadAllocatedBytes() - before) / RUNS;
    assertThat(connections).hasSize(RUNS);
    assertThat(each).as("bytes of a connection that was used once, and waits").isLessThan(1_024);
  }
}
