package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.http.BodyReader;
import systems.net.http.Handler;
import systems.net.http.Headers;
import systems.net.http.Request;
import systems.net.http.Response;

/** The same proxy on real sockets: large bodies, a slow side, an upstream that is killed. */
@Tag("phase-7")
class SocketsTest {
  private static final long BYTES = (long) Effort.of(64, 8) << 20;
  private static final byte[] PIECE = new byte[32 << 10];

  /** Answers with that many bytes, as fast as they are taken. */
  private static void stream(Response response, long[] left) {
    while (left[0] > 0 && response.isWritable()) {
      int count = (int) Math.min(left[0], PIECE.length);
      response.write(PIECE, 0, count);
      left[0] -= count;
    }
    if (left[0] == 0) {
      response.end();
    }
  }

  private static final Handler LARGE =
      (request, response) -> {
        var left = new long[] {BYTES};
        response.length(BYTES);
        response.onWritable(() -> stream(response, left));
        stream(response, left);
      };

  private static void count(Request request, Response response, AtomicLong got) {
    request.readBody(
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            got.addAndGet(to - from);
          }

          @Override
          public void end(Headers trailers) {
            response.send("got " + got.get());
          }

          @Override
          public void failed(@Nullable Throwable cause) {}
        });
  }

  @Test
  void largeBodyComesDownToAClientThatReadsInSteps() throws IOException {
    try (var machine = new Machine()) {
      var upstream = machine.serve(1, LARGE);
      var proxy = machine.proxy("", upstream.port());
      try (Socket client = Machine.connect(proxy, 64 << 10)) {
        client
            .getOutputStream()
            .write(ProxyWorld.request("GET", "/").getBytes(StandardCharsets.ISO_8859_1));
        long before = used();
        assertThat(readToEnd(client.getInputStream())).isGreaterThan(BYTES);
        assertThat(used() - before).as("heap that a streamed body costs").isLessThan(BYTES / 2);
      }
    }
  }

  private static long used() {
    Runtime.getRuntime().gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static long readToEnd(InputStream in) throws IOException {
    var piece = new byte[8 << 10];
    long sum = 0;
    for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
      sum += count;
    }
    return sum;
  }

  @Test
  void largeBodyGoesUp() throws IOException {
    try (var machine = new Machine()) {
      var got = new AtomicLong();
      var upstream = machine.serve(1, (request, response) -> count(request, response, got));
      var proxy = machine.proxy("", upstream.port());
      try (Socket client = Machine.connect(proxy, 0)) {
        var out = client.getOutputStream();
        String head =
            "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                .formatted(BYTES);
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        for (long sent = 0; sent < BYTES; sent += PIECE.length) {
          out.write(PIECE);
        }
        String answer =
            new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(answer).endsWith("got " + BYTES);
      }
    }
  }

  @Test
  void uploadToAnUpstreamThatDoesNotReadStops() throws IOException {
    try (var machine = new Machine()) {
      var upstream =
          machine.serve(
              1,
              (request, response) -> {
                count(request, response, new AtomicLong());
                request.pauseBody();
              });
      var proxy = machine.proxy("", upstream.port());
      var accepted = new AtomicLong();
      try (Socket client = Machine.connect(proxy, 0)) {
        client.setSendBufferSize(64 << 10);
        Thread.startVirtualThread(() -> send(client, accepted));
        awaitStall(accepted);
      }
      assertThat(accepted.get()).as("bytes taken on the way").isLessThan(32 << 20);
    }
  }

  private static void send(Socket client, AtomicLong accepted) {
    try {
      var out = client.getOutputStream();
      out.write(
          "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"
              .getBytes(StandardCharsets.ISO_8859_1));
      for (int i = 0; i < 30_000; i++) {
        out.write(PIECE);
        accepted.addAndGet(PIECE.length);
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  /** Returns when the number has not changed for a while. */
  private static void awaitStall(AtomicLong number) {
    long last = -1;
    int same = 0;
    while (same < 20) {
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
      same = number.get() == last && last > 0 ? same + 1 : 0;
      last = number.get();
    }
  }

  @Test
  void killedUpstreamIsNotSeen() throws Exception {
    try (var machine = new Machine();
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Handler answers = (request, response) -> response.send("well");
      var victim = machine.serve(1, answers);
      var other = machine.serve(1, answers);
      var proxy = machine.proxy("", victim.port(), other.port());
      int requests = Effort.of(300, 50);
      var asking = new ArrayList<Callable<List<Integer>>>();
      for (int i = 0; i < 8; i++) {
        asking.add(() -> askOften(proxy, requests));
      }
      var running = new ArrayList<Future<List<Integer>>>();
      asking.forEach(each -> running.add(clients.submit(each)));
      assertThat(ProxyWorld.status(Machine.ask(proxy, ProxyWorld.request("GET", "/"))))
          .isEqualTo(200);
      victim.close();
      for (Future<List<Integer>> each : running) {
        assertThat(each.get()).as("statuses while an upstream is killed").containsOnly(200);
      }
    }
  }

  private static List<Integer> askOften(Machine.Server proxy, int requests) {
    var statuses = new ArrayList<Integer>();
    for (int i = 0; i < requests; i++) {
      statuses.add(ProxyWorld.status(Machine.ask(proxy, ProxyWorld.request("GET", "/"))));
    }
    return statuses;
  }
}
