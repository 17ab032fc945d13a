package systems.net.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;
import systems.net.http.BodyReader;
import systems.net.http.Handler;
import systems.net.http.Headers;
import systems.net.http.Hostile;
import systems.net.http.Limits;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.http.Timeouts;

/** What each engine has to do, through real sockets. */
abstract class EngineContract {
  private static final long MILLI = 1_000_000L;
  private static final int PIECES = 1024;
  private static final long DEADLINE_NANOS = Effort.seconds() * 1_000_000_000L;

  @TempDir Path folder;
  private @Nullable Server server;

  abstract Engine engine();

  ServerSettings settings() {
    return ServerSettings.usual().with(engine()).withLoops(2);
  }

  private Server start(Handler handler) {
    return start(settings(), handler);
  }

  private Server start(ServerSettings settings, Handler handler) {
    server = Server.start(settings, handler);
    return server;
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(MILLI / 10);
    }
  }

  private static void hello(Request request, Response response) {
    response.send("hello " + request.path());
  }

  private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

  private static final String NOBODY_LISTENS =
      "nobody accepts any more: a connection was refused, or cut without an answer";

  // ---- one request after the other

  @Test
  void oneConnectionCarriesManyRequests() throws IOException {
    Server s = start(EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      for (int i = 0; i < 20; i++) {
        client.send("GET /" + i + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
        assertThat(client.read().text()).isEqualTo("hello /" + i);
      }
    }
    assertThat(s.stats().requests()).isEqualTo(20);
    assertThat(s.stats().connections()).isEqualTo(1);
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws IOException {
    Server s = start(EngineContract::hello);
    var all = new StringBuilder();
    for (int i = 0; i < 64; i++) {
      all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a.example\r\n\r\n");
    }
    try (var client = new RawHttp(s.address())) {
      client.send(all.toString());
      for (int i = 0; i < 64; i++) {
        assertThat(client.read().text()).isEqualTo("hello /" + i);
      }
    }
  }

  @Test
  void aRequestMayComeByteByByte() throws IOException {
    Server s = start(EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      for (byte b : GET.getBytes(UTF_8)) {
        client.send(new byte[] {b});
      }
      assertThat(client.read().status()).isEqualTo(200);
    }
  }

  @Test
  void aPeerThatSendsNoMoreStillGetsItsAnswer() throws IOException {
    Server s = start(EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      client.send(GET).sendNoMore();
      assertThat(client.read().text()).isEqualTo("hello /");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void anAnswerMayComeLaterFromAnotherThread() throws IOException {
    Server s =
        start((request, response) ->
            Thread.ofVirtual().start(() -> request.loop().execute(() -> response.send("later"))));
    try (var client = new RawHttp(s.address())) {
      client.send(GET + GET);
      assertThat(client.read().text()).isEqualTo("later");
      assertThat(client.read().text()).isEqualTo("later");
    }
  }

  @Test
  void anAnswerMayWaitForATimer() throws IOException {
    Server s =
        start((request, response) ->
            request.loop().schedule(5 * MILLI, () -> response.send("in time")));
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      assertThat(client.read().text()).isEqualTo("in time");
    }
  }

  // ---- bodies

  /** Counts the bytes of a body, then answers with the number. */
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
            response.send(bytes + " bytes, " + trailers.size() + " trailers");
          }

          @Override
          public void failed(@Nullable Throwable cause) {
            response.abort();
          }
        });
  }

  @Test
  void aLargeBodyIsStreamedIn() throws IOException {
    Server s = start(EngineContract::count);
    int megabytes = Effort.of(64, 8);
    byte[] megabyte = new byte[1 << 20];
    try (var client = new RawHttp(s.address())) {
      client.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < megabytes; i++) {
        client.send("100000\r\n").send(megabyte).send("\r\n");
      }
      client.send("0\r\nX-Sum: 1\r\n\r\n");
      assertThat(client.read().text()).isEqualTo(megabytes * (1L << 20) + " bytes, 1 trailers");
    }
  }

  @Test
  void aSlowReaderStopsTheHandler() throws IOException {
    var written = new AtomicInteger();
    byte[] piece = new byte[16 << 10];
    Server s =
        start((request, response) -> {
          Runnable more =
              () -> {
                while (response.isWritable() && written.get() < PIECES) {
                  response.write(piece, 0, piece.length);
                  written.incrementAndGet();
                }
                if (written.get() == PIECES) {
                  response.end();
                }
              };
          response.onWritable(more);
          more.run();
        });
    try (var client = new RawHttp(s.address(), 64 << 10)) {
      client.send("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
      byte[] some = new byte[1000];
      assertThat(client.read(some)).isPositive();
      int seen;
      do { // until it stands still
        seen = written.get();
        java.util.concurrent.locks.LockSupport.parkNanos(100 * MILLI);
      } while (seen != written.get());
      assertThat(seen)
          .as("pieces of 16 KiB that were written for a reader that waits")
          .isLessThan(PIECES * 3 / 4);
      assertThat(client.rest().length).isGreaterThanOrEqualTo(PIECES * piece.length - some.length);
    }
    assertThat(written).hasValue(PIECES);
  }

  @Test
  void aFileIsSentWhole() throws IOException {
    Path file = folder.resolve("a");
    byte[] content = new byte[3_000_000];
    new java.util.Random(1).nextBytes(content);
    Files.write(file, content);
    Server s =
        start((request, response) -> {
          var channel = java.nio.channels.FileChannel.open(file);
          response.sendFile(channel, 1_000, content.length - 1_000);
        });
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      byte[] got = client.read().body();
      assertThat(got).isEqualTo(java.util.Arrays.copyOfRange(content, 1_000, content.length));
      client.send(GET);
      assertThat(client.read().body()).hasSize(content.length - 1_000);
    }
  }

  // ---- handlers that fail, peers that go

  @Test
  void whatAHandlerThrowsIsA500AndTheNextRequestIsServed() throws IOException {
    var failures = new ArrayList<Throwable>();
    Server s =
        start(
            settings()
                .withFailures(failure -> {
                  synchronized (failures) {
                    failures.add(failure);
                  }
                }),
            (request, response) -> {
              if (request.path().equals("/bad")) {
                throw new IllegalStateException("a secret");
              }
              response.send("good");
            });
    try (var client = new RawHttp(s.address())) {
      client.send("GET /bad HTTP/1.1\r\nHost: a.example\r\n\r\n");
      RawHttp.Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.head() + answer.text())
          .doesNotContain("secret")
          .doesNotContain("Exception");
    }
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      assertThat(client.read().text()).isEqualTo("good");
    }
    synchronized (failures) {
      assertThat(failures).hasSize(1);
    }
  }

  @Test
  void halfAnAnswerIsNeverTakenForAWholeOne() throws IOException {
    Server s =
        start((request, response) -> {
          response.write("half".getBytes(UTF_8), 0, 4);
          response.flush();
          throw new IllegalStateException("in the middle");
        });
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      String all = new String(client.rest(), UTF_8);
      assertThat(all).doesNotContain("0\r\n\r\n");
    }
    assertThat(s.stats().handlerFailures()).isEqualTo(1);
    until("all connections ended", () -> s.stats().open() == 0);
  }

  @Test
  void aPeerThatResetsLeavesNothingBehind() throws IOException {
    byte[] large = new byte[8 << 20];
    Server s = start((request, response) -> response.send(large));
    for (int i = 0; i < 20; i++) {
      var client = new RawHttp(s.address(), 16 << 10);
      client.send(GET);
      assertThat(client.read(new byte[100])).isPositive();
      client.reset();
    }
    until("nothing is left", () -> s.stats().open() == 0 && s.stats().active() == 0);
    try (var client = new RawHttp(s.address())) {
      client.send("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n").sendNoMore();
      assertThat(new String(client.rest(), UTF_8)).startsWith("HTTP/1.1 200 ");
    }
  }

  // ---- peers that are slow on purpose

  @Test
  void aHeadThatDoesNotComeEndsTheConnection() throws IOException {
    var timeouts = new Timeouts(50 * MILLI, 50 * MILLI, 10_000 * MILLI, 10_000 * MILLI);
    Server s = start(settings().with(timeouts), EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      client.send("GET / HTTP/1.1\r\nHost: a.exa");
      assertThat(client.read().status()).isEqualTo(408);
      assertThat(client.rest()).isEmpty();
    }
    assertThat(s.stats().headerTimeouts()).isEqualTo(1);
  }

  @Test
  void aBodyThatDoesNotComeEndsTheConnection() throws IOException {
    var timeouts = new Timeouts(10_000 * MILLI, 50 * MILLI, 10_000 * MILLI, 10_000 * MILLI);
    Server s = start(settings().with(timeouts), EngineContract::count);
    try (var client = new RawHttp(s.address())) {
      client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc");
      client.rest();
    }
    until("the body's time is over", () -> s.stats().bodyTimeouts() == 1 && s.stats().open() == 0);
  }

  @Test
  void aReaderThatTakesNothingIsDropped() throws IOException {
    var timeouts = new Timeouts(10_000 * MILLI, 10_000 * MILLI, 10_000 * MILLI, 100 * MILLI);
    byte[] large = new byte[16 << 20];
    Server s = start(settings().with(timeouts), (request, response) -> response.send(large));
    try (var client = new RawHttp(s.address(), 16 << 10)) {
      client.send(GET);
      assertThat(client.read(new byte[100])).isPositive();
      until(
          "who takes nothing was dropped",
          () -> s.stats().connections() == 1 && s.stats().open() == 0);
    }
  }

  @Test
  void idleConnectionsAreEndedAfterTheirTime() throws IOException {
    var timeouts = new Timeouts(10_000 * MILLI, 10_000 * MILLI, 50 * MILLI, 10_000 * MILLI);
    Server s = start(settings().with(timeouts), EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(client.rest()).isEmpty();
    }
    assertThat(s.stats().idleTimeouts()).isEqualTo(1);
  }

  @Test
  void aThousandIdleConnectionsDoNotStopOneThatWorks() throws IOException {
    Server s = start(EngineContract::hello);
    int count = Effort.of(1000, 100);
    List<RawHttp> idle = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        idle.add(new RawHttp(s.address()));
      }
      until("all stand", () -> s.stats().open() == count);
      try (var client = new RawHttp(s.address())) {
        client.send(GET);
        assertThat(client.read().status()).isEqualTo(200);
      }
    } finally {
      for (RawHttp client : idle) {
        client.leave();
      }
    }
    until("all connections ended", () -> s.stats().open() == 0);
  }

  // ---- limits

  @Test
  void connectionsBeyondTheLimitAreClosed() throws IOException {
    Server s = start(settings().withConnections(2, 2), EngineContract::hello);
    try (var a = new RawHttp(s.address());
        var b = new RawHttp(s.address())) {
      a.send(GET);
      b.send(GET);
      assertThat(a.read().status()).isEqualTo(200);
      assertThat(b.read().status()).isEqualTo(200);
      try (var c = new RawHttp(s.address())) {
        assertThat(c.rest()).isEmpty();
      }
    }
    until("all connections ended", () -> s.stats().open() == 0);
    until("a place is free again", () -> answers(s));
  }

  private static boolean answers(Server s) {
    try (var again = new RawHttp(s.address())) {
      again.send(GET);
      return again.read().status() == 200;
    } catch (IOException refused) {
      return false;
    }
  }

  @Test
  void aBodyBeyondTheLimitIsA413() throws IOException {
    Limits usual = Limits.USUAL;
    var limits =
        new Limits(
            usual.requestLineBytes(),
            usual.headerBytes(),
            usual.headerCount(),
            1000,
            usual.trailerBytes(),
            usual.drainBytes(),
            usual.requestsPerConnection());
    Server s = start(settings().with(limits), EngineContract::count);
    try (var client = new RawHttp(s.address())) {
      client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1001\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(413);
    }
  }

  // ---- what strangers send

  @TestFactory
  Stream<DynamicTest> aMalformedRequestGetsItsAnswerAndTheEnd() {
    Server s = start((request, response) -> request.readBody(1 << 20, body -> response.send("ok")));
    return Hostile.all().stream()
        .map(row -> DynamicTest.dynamicTest(row.name(), () -> sends(s, row)));
  }

  /** A server that has left one row without an answer is not asked again: each costs its wait. */
  private boolean silent;

  private void sends(Server s, Hostile row) throws IOException {
    assertThat(silent).as("an earlier row had no answer").isFalse();
    try (var client = new RawHttp(s.address())) {
      client.send(row.bytes()).sendNoMore();
      silent = true;
      int status = client.read().status();
      silent = false;
      assertThat(row.accepts(status))
          .as("%s (%s): %s, not one of %s", row.name(), row.section(), status, row.outcomes())
          .isTrue();
    }
  }

  // ---- clients that nobody here wrote

  private static String url(Server s) {
    return "http://127.0.0.1:" + ((java.net.InetSocketAddress) s.address()).getPort();
  }

  @Test
  void theClientOfTheJdkPostsAndGets() throws Exception {
    Server s =
        start((request, response) -> {
          if (request.hasBody()) {
            request.readBody(1 << 20, response::send);
          } else {
            hello(request, response);
          }
        });
    try (HttpClient client = HttpClient.newHttpClient()) {
      var get = HttpRequest.newBuilder(URI.create(url(s) + "/a")).build();
      assertThat(client.send(get, HttpResponse.BodyHandlers.ofString()).body())
          .isEqualTo("hello /a");
      var post =
          HttpRequest.newBuilder(URI.create(url(s)))
              .expectContinue(true)
              .timeout(Duration.ofSeconds(Effort.seconds()))
              .POST(HttpRequest.BodyPublishers.ofString("a body"))
              .build();
      assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).body())
          .isEqualTo("a body");
    }
  }

  @Test
  void curlUploadsInChunksAndSeesTheSameBytes() throws Exception {
    assumeTrue(has("curl"), "curl is not installed: its test is skipped");
    Server s = start((request, response) -> request.readBody(1 << 22, response::send));
    Path file = folder.resolve("upload");
    byte[] content = new byte[2_000_000];
    new java.util.Random(2).nextBytes(content);
    Files.write(file, content);
    Path got = folder.resolve("got");
    int exit =
        run(
            "curl",
            "-sS",
            "-m",
            "20",
            "-H",
            "Transfer-Encoding: chunked",
            "-H",
            "Expect: 100-continue",
            "--data-binary",
            "@" + file,
            "-o",
            got.toString(),
            url(s) + "/echo");
    assertThat(exit).isZero();
    assertThat(Files.readAllBytes(got)).isEqualTo(content);
  }

  @Test
  void curlAndTheClientOfTheJdkSpeakTls() throws Exception {
    TestKeys.write(folder);
    Path certificate = folder.resolve("server.crt");
    Tls tls = Tls.ofPem(certificate, folder.resolve("server.key"));
    byte[] large = new byte[1_000_000];
    Server s = start(settings().with(tls), (request, response) -> response.send(large));
    String url = url(s).replace("http://127.0.0.1", "https://localhost");
    if (has("curl")) {
      Path got = folder.resolve("tls");
      int exit =
          run(
              "curl",
              "-sS",
              "-m",
              "20",
              "--cacert",
              certificate.toString(),
              "--http1.1",
              "-o",
              got.toString(),
              url,
              url);
      assertThat(exit).isZero();
      assertThat(Files.size(got)).isEqualTo(large.length);
    }
    var context = javax.net.ssl.SSLContext.getInstance("TLS");
    context.init(null, trust(certificate), null);
    try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      for (int i = 0; i < 3; i++) {
        var get =
            HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(Effort.seconds()))
                .build();
        assertThat(client.send(get, HttpResponse.BodyHandlers.ofByteArray()).body())
            .hasSize(large.length);
      }
    }
  }

  private static javax.net.ssl.TrustManager[] trust(Path certificate) throws Exception {
    var store = java.security.KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (var in = Files.newInputStream(certificate)) {
      store.setCertificateEntry(
          "server",
          java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var factory =
        javax.net.ssl.TrustManagerFactory.getInstance(
            javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  static boolean has(String command) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(path -> Files.isExecutable(Path.of(path, command)));
  }

  private int run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return process.waitFor();
  }

  @Test
  void theClientOfNettyGetsAndPosts() throws Exception {
    Server s = start((request, response) -> request.readBody(1 << 20, response::send));
    assertThat(NettyClient.ask(s.address(), "", 3)).containsExactly("200 ", "200 ", "200 ");
    String body = "x".repeat(100_000);
    assertThat(NettyClient.ask(s.address(), body, 2).equals(List.of("200 " + body, "200 " + body)))
        .as("whether both bodies came back")
        .isTrue();
  }

  // ---- bytes of one request are nobody else's

  @Test
  void requestsThatComeAtTheSameTimeKeepTheirBytes() throws Exception {
    Server s = start((request, response) -> request.readBody(1 << 20, response::send));
    int clients = 8;
    var wrong = new AtomicInteger();
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (int i = 0; i < clients; i++) {
        String body = String.valueOf((char) ('a' + i)).repeat(1_000 + 7 * i);
        threads.submit(() -> {
          if (!echoes(s, body)) {
            wrong.incrementAndGet();
          }
        });
      }
    }
    assertThat(wrong).as("clients that got another one's bytes, or none").hasValue(0);
  }

  private static boolean echoes(Server s, String body) {
    int half = body.length() / 2;
    String head =
        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + body.length() + "\r\n\r\n";
    try (var client = new RawHttp(s.address())) {
      boolean all = true;
      for (int i = 0; i < 50; i++) {
        client.send(head.substring(0, 20)).send(head.substring(20) + body.substring(0, half));
        client.send(body.substring(half));
        all &= client.read().text().equals(body);
      }
      return all;
    } catch (IOException broken) {
      return false;
    }
  }

  // ---- the end

  private static final String LAST = "connection: close";

  @Test
  void anIdleConnectionMayStillAskInTheGrace() throws Exception {
    Server s = start(EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      assertThat(client.read().head()).doesNotContainIgnoringCase(LAST);
      CompletableFuture<Boolean> drained = s.drain(DEADLINE_NANOS);
      boolean last = false;
      while (!last) {
        RawHttp.Answer answer = client.send(GET).read();
        assertThat(answer.status()).as("status of a request in the grace").isEqualTo(200);
        last = answer.head().toLowerCase(Locale.ROOT).contains(LAST);
      }
      assertThat(client.ending()).isEqualTo("end");
      client.leave();
      assertThat(Heard.await(drained)).isTrue();
    }
  }

  @Test
  void anIdleConnectionThatStaysSilentSeesTheEndAndNoReset() throws Exception {
    Server s = start(EngineContract::hello);
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      assertThat(client.read().status()).isEqualTo(200);
      CompletableFuture<Boolean> drained = s.drain(DEADLINE_NANOS);
      assertThat(client.ending()).isEqualTo("end");
      client.send(GET); // crosses the end on its way: is dropped, and not answered with a reset
      client.sendNoMore();
      assertThat(client.ending()).isEqualTo("end");
      assertThat(Heard.await(drained)).isTrue();
    }
    assertThat(s.stats().requests()).isEqualTo(1);
  }

  @Test
  void whoWaitsToBeAcceptedWhenTheDrainBeginsIsServed() throws Exception {
    var entered = new CompletableFuture<Boolean>();
    var leave = new CompletableFuture<Boolean>();
    Server s =
        start(
            settings().withLoops(1),
            (request, response) -> {
              if (request.path().equals("/hold")) {
                entered.complete(true);
                leave.join(); // on a loop nobody is accepted meanwhile
              }
              response.send("served");
            });
    List<RawHttp> waiting = new ArrayList<>();
    try (var holder = new RawHttp(s.address())) {
      holder.send("GET /hold HTTP/1.1\r\nHost: a.example\r\n\r\n");
      Heard.await(entered);
      for (int i = 0; i < 20; i++) {
        waiting.add(new RawHttp(s.address()).send(GET));
      }
      CompletableFuture<Boolean> drained = s.drain(DEADLINE_NANOS);
      leave.complete(true);
      for (RawHttp client : waiting) {
        assertThat(client.read().text()).isEqualTo("served");
        client.leave();
      }
      holder.read();
      holder.leave();
      assertThat(Heard.await(drained)).isTrue();
    }
  }

  @Test
  void afterADrainNobodyIsLetIn() throws Exception {
    Server s = start(EngineContract::hello);
    assertThat(answers(s)).as("whether it answers before").isTrue();
    assertThat(Heard.await(s.drain(DEADLINE_NANOS))).isTrue();
    assertThat(answers(s)).isFalse();
    assertThat(s.drain(1)).as("the future of a second drain").isDone();
  }

  @Test
  void theDeadlineEndsWhatIsLeft() throws Exception {
    var begun = new CompletableFuture<Boolean>();
    Server s = start((request, response) -> begun.complete(true)); // and never an answer
    try (var client = new RawHttp(s.address())) {
      client.send(GET);
      Heard.await(begun);
      assertThat(Heard.await(s.drain(20 * MILLI))).as("whether all came to their end").isFalse();
      assertThat(client.rest()).isEmpty();
      assertThat(s.connections()).isZero();
    }
  }

  @Test
  void anAddressThatIsTakenIsRefused() {
    Server s = start(EngineContract::hello);
    assertThat(answers(s)).isTrue();
    Engine other = engine() == Engine.LOOP ? Engine.THREADS : engine();
    assertThatThrownBy(() ->
            Server.start(settings().with(other).withAddress(s.address()), EngineContract::hello))
        .isInstanceOf(java.io.UncheckedIOException.class)
        .hasMessageContaining("cannot listen at ");
  }

  @Test
  void aSuccessorAtTheSameAddressTakesOver() throws Exception {
    assumeTrue(Platform.SHARES_PORTS, "this system does not share ports between sockets");
    Server old = start(settings().withSharedPort(), (request, response) -> response.send("old"));
    try (Server next =
        Server.start(
            settings().withSharedPort().withAddress(old.address()),
            (request, response) -> response.send("next"))) {
      assertThat(Heard.await(old.drain(DEADLINE_NANOS))).isTrue();
      for (int i = 0; i < 20; i++) {
        try (var client = new RawHttp(next.address())) {
          assertThat(client.send(GET).read().text()).isEqualTo("next");
        }
      }
    }
  }

  @Test
  void aDrainAnswersWhatWasBegunAndEndsWhatIsIdle() throws Exception {
    var begun = new CompletableFuture<Runnable>();
    Server s =
        start((request, response) -> {
          if (request.path().equals("/slow")) {
            begun.complete(() -> request.loop().execute(() -> response.send("whole")));
          } else {
            response.send("fast");
          }
        });
    try (var idle = new RawHttp(s.address());
        var busy = new RawHttp(s.address())) {
      idle.send(GET);
      assertThat(idle.read().text()).isEqualTo("fast");
      busy.send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n");
      Runnable answerNow = begun.get(Effort.seconds(), TimeUnit.SECONDS);
      CompletableFuture<Boolean> drained = s.drain(4 * DEADLINE_NANOS);
      assertThat(idle.ending()).as("how an idle connection ends").isEqualTo("end");
      idle.leave();
      until("nobody new is let in", () -> !answers(s));
      assertThat(drained).as("the drain, while an answer is not sent").isNotDone();
      answerNow.run();
      RawHttp.Answer answer = busy.read();
      assertThat(answer.text()).isEqualTo("whole");
      assertThat(answer.head()).containsIgnoringCase("connection: close");
      busy.leave();
      assertThat(drained.get(Effort.seconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aDrainUnderLoadLosesNoRequest() throws Exception {
    int rounds = Effort.of(3, 1);
    for (int round = 0; round < rounds; round++) {
      assertThat(RollingRestart.once(settings()))
          .as("requests that failed in round %d", round)
          .isEmpty();
    }
  }

  @Tag("slow")
  @Test
  void aHundredDrainsUnderLoadLoseNoRequest() throws Exception {
    int rounds = Effort.of(100, 10);
    for (int round = 0; round < rounds; round++) {
      assertThat(RollingRestart.once(settings()))
          .as("requests that failed in round %d", round)
          .isEmpty();
    }
  }

  // ---- a process that has little

  @Test
  void withoutDescriptorsNobodyIsAcceptedAndNobodyElseSuffers() throws Exception {
    try (var child = Child.start(engine(), "ulimit -n 90;", "-Xmx128m")) {
      List<RawHttp> many = new ArrayList<>();
      try (var early = new RawHttp(child.address())) {
        for (int i = 0; i < 3; i++) { // a class in a folder cannot be loaded without a descriptor
          assertThat(early.send(GET).read().status()).isEqualTo(200);
        }
        for (int i = 0; i < 120; i++) {
          many.add(connect(child)); // the system accepts these for it
        }
        for (int i = 0; i < 20; i++) {
          assertThat(early.send(GET).read().status()).as("while it is starved").isEqualTo(200);
        }
        for (RawHttp client : many) {
          client.leave();
        }
        try (var late = connect(child)) {
          assertThat(status(late)).as("when it has some again").isEqualTo(200);
        }
        assertThat(child.cpuNanos()).as("CPU time of the child").isLessThan(20_000 * MILLI);
      }
    }
  }

  private static RawHttp connect(Child child) {
    try {
      return new RawHttp(child.address());
    } catch (IOException refused) {
      throw new AssertionError(NOBODY_LISTENS, refused);
    }
  }

  private static int status(RawHttp client) {
    try {
      return client.send(GET).read().status();
    } catch (IOException reset) {
      throw new AssertionError(NOBODY_LISTENS, reset);
    }
  }

  @Test
  void aLongBodyPassesThroughASmallHeap() throws Exception {
    upload(64);
  }

  @Tag("slow")
  @Test
  void aGibibytePassesThroughASmallHeap() throws Exception {
    upload(1024);
  }

  private void upload(int mebibytes) throws Exception {
    byte[] mebibyte = new byte[1 << 20];
    try (var child = Child.start(engine(), "", "-Xmx64m");
        var client = new RawHttp(child.address())) {
      client.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < mebibytes; i++) {
        client.send("100000\r\n").send(mebibyte).send("\r\n");
      }
      client.send("0\r\n\r\n");
      assertThat(client.read().text()).isEqualTo(((long) mebibytes << 20) + " bytes");
    }
  }

  @Tag("slow")
  @Test
  void tenThousandIdleConnectionsDoNotStopOneThatWorks() throws Exception {
    try (var child = Child.start(engine(), "", "-Xmx512m")) {
      List<RawHttp> idle = new ArrayList<>();
      try {
        for (int i = 0; i < Effort.of(10_000, 2_000); i++) {
          idle.add(new RawHttp(child.address()));
        }
        try (var client = new RawHttp(child.address())) {
          assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
        assertThat(idle.getFirst().send(GET).read().status()).isEqualTo(200);
        assertThat(idle.getLast().send(GET).read().status()).isEqualTo(200);
      } finally {
        for (RawHttp client : idle) {
          client.leave();
        }
      }
    }
  }
}
