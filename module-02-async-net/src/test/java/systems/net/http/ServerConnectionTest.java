package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests and answers: order, keep-alive, framing. */
@Tag("phase-5")
class ServerConnectionTest {
  private static final Handler HELLO = (request, response) -> response.send("hello");

  /** Handlers that have not answered yet. */
  private final List<Response> waiting = new ArrayList<>();

  private final Handler later = (request, response) -> waiting.add(response);

  private static List<String> bodies(String text) {
    return Answers.of(text).stream().map(Answers.Answer::body).toList();
  }

  @Test
  void aWholeAnswerHasDateTypeAndLength() {
    var server = new Server(HELLO);
    assertThat(server.send(Server.get("/")))
        .isEqualTo(
            """
            HTTP/1.1 200 OK
            Date: Sun, 06 Nov 1994 08:49:37 GMT
            Content-Type: text/plain; charset=utf-8
            Content-Length: 5

            hello\
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void theHandlerSeesTheParts() {
    var server = new Server(Server::echo);
    String request = "GET http://B.example:80/x%20y?q=1?2 HTTP/1.1\r\nHost: a\r\nX:  y \r\n\r\n";
    assertThat(Answers.only(server.send(request)).body())
        .isEqualTo("GET B.example:80 /x%20y q=1?2 HTTP/1.1 Host: a; X: y; ");
  }

  @Test
  void manyRequestsOfOneReadAreAnsweredInOrderWithOneFlush() {
    var server = new Server((request, response) -> response.send(request.path()));
    var batch = new StringBuilder();
    var expected = new ArrayList<String>();
    for (int i = 0; i < 40; i++) {
      batch.append(Server.get("/" + i));
      expected.add("/" + i);
    }
    assertThat(bodies(server.send(batch.toString()))).isEqualTo(expected);
    assertThat(server.peer.flushes()).as("flushes for 40 answers").isEqualTo(1);
  }

  @Test
  void aRequestMayComeInPieces() {
    for (int cut = 1; cut < Server.get("/").length(); cut++) {
      var server = new Server(HELLO);
      server.peer.send(Server.get("/").substring(0, cut));
      assertThat(server.peer.text()).as("after %d bytes", cut).isEmpty();
      String text = server.send(Server.get("/").substring(cut));
      assertThat(bodies(text)).as("cut at byte %d", cut).containsExactly("hello");
    }
  }

  @Test
  void aLaterAnswerKeepsTheOrder() {
    var server = new Server(later);
    server.send(Server.get("/1") + Server.get("/2"));
    assertThat(waiting).as("handlers that run at once").hasSize(1);
    assertThat(server.peer.isPaused()).as("the second request waits with the peer").isTrue();
    waiting.removeFirst().send("one");
    server.loop.run();
    assertThat(waiting).as("the second request, after the first answer").hasSize(1);
    waiting.removeFirst().send("two");
    server.loop.run();
    assertThat(bodies(server.peer.text())).containsExactly("one", "two");
    assertThat(bodies(server.send(Server.get("/3")))).hasSize(2);
    assertThat(waiting).hasSize(1);
  }

  @Test
  void aPeerThatWaitsIsNotPaused() {
    var server = new Server(later);
    server.send(Server.get("/"));
    assertThat(server.peer.isPaused()).as("so its end would be noticed").isFalse();
  }

  @Test
  void anEndOfInputIsNotTheEndOfTheAnswer() {
    var server = new Server(later);
    server.send(Server.get("/1") + Server.get("/2"));
    server.peer.endInput();
    waiting.removeFirst().send("one");
    server.loop.run();
    assertThat(waiting).as("the request that came before the end, when its turn is").hasSize(1);
    waiting.removeFirst().send("two");
    server.loop.run();
    assertThat(bodies(server.peer.text())).containsExactly("one", "two");
    assertThat(server.peer.isEnded()).as("both sides have ended").isTrue();
    assertThat(server.stats.snapshot().open()).isZero();
  }

  @Test
  void aPeerThatHasEndedIsTheLastToBeAnswered() {
    var server = new Server(later);
    server.send(Server.get("/1"));
    server.peer.endInput();
    waiting.removeFirst().send("one");
    server.loop.run();
    assertThat(Answers.only(server.peer.text()).field("Connection")).isEqualTo("close");
    assertThat(server.peer.isEnded()).isTrue();
  }

  @Test
  void connectionCloseIsTheLastRequest() {
    var server = new Server(HELLO);
    String close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n";
    Answers.Answer answer = Answers.only(server.send(close + Server.get("/")));
    assertThat(answer.field("Connection")).isEqualTo("close");
    assertThat(server.peer.isFinished()).isTrue();
    assertThat(server.peer.isEnded()).as("until the peer ends, or some time has passed").isFalse();
    server.peer.endInput();
    assertThat(server.peer.isEnded()).isTrue();
  }

  @Test
  void aHandlerMayClose() {
    var server = new Server((request, response) -> response.header("Connection", "close").send());
    assertThat(Answers.only(server.send(Server.get("/"))).field("Connection")).isEqualTo("close");
    assertThat(server.peer.isFinished()).isTrue();
  }

  @Test
  void http10IsClosedUnlessItAsks() {
    var server = new Server(HELLO);
    assertThat(Answers.only(server.send("GET / HTTP/1.0\r\n\r\n")).field("Connection"))
        .isEqualTo("close");
    assertThat(server.peer.isFinished()).isTrue();
    var asking = new Server(HELLO);
    String keep = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    assertThat(Answers.of(asking.send(keep + keep)))
        .extracting(answer -> answer.field("Connection"))
        .containsExactly("keep-alive", "keep-alive");
    assertThat(asking.peer.isFinished()).isFalse();
  }

  @Test
  void http10GetsNoChunksButTheEnd() {
    var server = new Server(ServerConnectionTest::stream);
    String text = server.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    Answers.Answer answer = Answers.only(text);
    assertThat(answer.field("Transfer-Encoding")).isEmpty();
    assertThat(answer.field("Connection")).isEqualTo("close");
    assertThat(answer.body()).isEqualTo("one, two");
    assertThat(server.peer.isFinished()).isTrue();
  }

  private static void write(Response response, String text) {
    response.write(text.getBytes(StandardCharsets.ISO_8859_1), 0, text.length());
  }

  private static void stream(Request request, Response response) {
    write(response, "one");
    write(response, "");
    write(response, ", two");
    response.trailer("Digest", "x").end();
  }

  @Test
  void aStreamIsChunkedAndHasTrailers() {
    var server = new Server(ServerConnectionTest::stream);
    Answers.Answer answer = Answers.of(server.send(Server.get("/1") + Server.get("/2"))).get(1);
    assertThat(answer.chunked()).isTrue();
    assertThat(answer.body()).isEqualTo("one, two[Digest: x]");
  }

  @Test
  void chunkSizesAreHexadecimal() {
    var server =
        new Server((request, response) -> {
          for (int size : new int[] {1, 15, 16, 17, 255, 256, 4_096, 20_000}) {
            response.write(new byte[size], 0, size);
          }
          response.end();
        });
    assertThat(Answers.only(server.send(Server.get("/"))).body()).hasSize(24_656);
  }

  @Test
  void aPromisedLengthIsNotChunked() {
    var server =
        new Server((request, response) -> {
          response.length(5);
          write(response, "he");
          write(response, "llo");
          response.end();
        });
    Answers.Answer answer = Answers.only(server.send(Server.get("/")));
    assertThat(answer.chunked()).isFalse();
    assertThat(answer.field("Content-Length")).isEqualTo("5");
    assertThat(answer.body()).isEqualTo("hello");
  }

  @Test
  void fewerBytesThanPromisedBreakTheConnectionOff() {
    var server =
        new Server((request, response) -> {
          response.length(5);
          write(response, "he");
          response.end();
        });
    server.send(Server.get("/"));
    assertThat(server.peer.isAborted()).as("the peer sees that the answer is not whole").isTrue();
    assertThat(server.stats.snapshot().aborted()).isEqualTo(1);
  }

  @Test
  void moreBytesThanPromisedAreRefused() {
    var server =
        new Server((request, response) -> {
          response.length(5);
          assertThatThrownBy(() -> write(response, "hello!"))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("5 bytes were promised");
          write(response, "hello");
          response.end();
        });
    assertThat(Answers.only(server.send(Server.get("/"))).body()).isEqualTo("hello");
  }

  @Test
  void headGetsTheHeadAlone() {
    Handler handler =
        (request, response) -> {
          if (request.path().equals("/stream")) {
            stream(request, response);
          } else if (request.path().equals("/said")) {
            response.length(1_000_000).send();
          } else {
            response.send("hello");
          }
        };
    var server = new Server(handler);
    String text = server.send(Server.get("/1").replace("GET", "HEAD") + Server.get("/2"));
    assertThat(text).contains("Content-Length: 5\r\n\r\nHTTP/1.1 200").endsWith("\r\n\r\nhello");
    server.peer.forget();
    assertThat(server.send(Server.get("/stream").replace("GET", "HEAD"))).endsWith("GMT\r\n\r\n");
    server.peer.forget();
    assertThat(server.send(Server.get("/said").replace("GET", "HEAD")))
        .contains("Content-Length: 1000000\r\n\r\n");
    assertThat(server.peer.isFinished()).isFalse();
  }

  @Test
  void noContentAndNotModifiedHaveNoBody() {
    var server =
        new Server((request, response) ->
            response.status(Integer.parseInt(request.path().substring(1))).send("hello"));
    String text = server.send(Server.get("/204") + Server.get("/304") + Server.get("/200"));
    assertThat(Answers.of(text)).extracting(Answers.Answer::status).containsExactly(204, 304, 200);
    assertThat(Answers.of(text).get(0).field("Content-Length")).as("of 204").isEmpty();
    assertThat(Answers.of(text).get(1).field("Content-Length")).as("of 304").isEmpty();
    assertThat(text).containsOnlyOnce("hello");
  }

  @Test
  void anEmptyAnswerSaysSo() {
    var server = new Server((request, response) -> response.status(404).end());
    Answers.Answer answer = Answers.only(server.send(Server.get("/")));
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.field("Content-Length")).isEqualTo("0");
  }

  @Test
  void fieldsThatCouldEndTheirLineAreRefused() {
    for (String evil : List.of("a\r\nSet-Cookie: b", "a\nb", "a\0b", "\u010a", "a\u020db", " a")) {
      var server = new Server((request, response) -> response.header("X", evil).send());
      Answers.Answer answer = Answers.only(server.send(Server.get("/")));
      assertThat(answer.status()).as("the handler's mistake").isEqualTo(500);
      assertThat(answer.head()).noneMatch(line -> line.startsWith("Set-Cookie"));
      assertThat(server.failure.get()).isInstanceOf(IllegalArgumentException.class);
    }
    var server = new Server((request, response) -> response.header("X: a\r\nY", "b").send());
    assertThat(Answers.only(server.send(Server.get("/"))).status()).isEqualTo(500);
  }

  @Test
  void framingIsTheServers() {
    var server =
        new Server((request, response) -> {
          assertThatThrownBy(() -> response.header("transfer-encoding", "chunked"))
              .isInstanceOf(IllegalArgumentException.class);
          response.header("content-length", "5").addHeader("Date", "now").send("hello");
        });
    Answers.Answer answer = Answers.only(server.send(Server.get("/")));
    assertThat(answer.field("Content-Length")).isEqualTo("5");
    assertThat(answer.field("Date")).isEqualTo("now");
  }

  @Test
  void settingReplacesAndAddingAdds() {
    var server =
        new Server((request, response) ->
            response
                .header("A", "1")
                .addHeader("B", "2")
                .addHeader("b", "3")
                .header("a", "4")
                .send());
    Answers.Answer answer = Answers.only(server.send(Server.get("/")));
    assertThat(answer.field("A")).isEqualTo("4");
    assertThat(answer.field("B")).isEqualTo("2, 3");
  }

  @Test
  void fieldsOfAnotherMessageAreAddedButItsFramingIsNot() {
    Headers other =
        new Headers()
            .add("X-Own", "1")
            .add("Content-Length", "5")
            .add("Connection", "close")
            .add("Date", "then");
    var server =
        new Server((request, response) -> {
          for (int i = 0; i < other.size(); i++) {
            response.addHeader(other, i);
          }
          response.send("hello");
        });
    Answers.Answer answer = Answers.only(server.send(Server.get("/")));
    assertThat(answer.head())
        .containsExactly(
            "HTTP/1.1 200 OK",
            "X-Own: 1",
            "Date: then",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Length: 5",
            "Connection: close");
  }

  @Test
  void whatAHandlerThrowsIsA500AndTheConnectionGoesOn() {
    var server =
        new Server((request, response) -> {
          if (request.path().equals("/bad")) {
            response.header("X", "y").status(201);
            throw new IllegalStateException("secret");
          }
          response.send("hello");
        });
    String text = server.send(Server.get("/bad") + Server.get("/good"));
    assertThat(Answers.of(text)).extracting(Answers.Answer::status).containsExactly(500, 200);
    assertThat(text).doesNotContain("secret").doesNotContain("X: y");
    assertThat(server.failure.get()).hasMessage("secret");
    assertThat(server.stats.snapshot().handlerFailures()).isEqualTo(1);
  }

  @Test
  void whatAHandlerThrowsAfterItsHeadBreaksTheConnectionOff() {
    var server =
        new Server((request, response) -> {
          write(response, "half");
          response.flush();
          throw new IllegalStateException("secret");
        });
    server.send(Server.get("/"));
    assertThat(server.peer.text()).contains("half").doesNotContain("0\r\n\r\n");
    assertThat(server.peer.isAborted()).isTrue();
    assertThat(server.stats.snapshot().aborted()).isEqualTo(1);
  }

  @Test
  void aHandlerThatAnswersTwiceIsTold() {
    var server =
        new Server((request, response) -> {
          response.send("once");
          assertThatThrownBy(() -> response.send("twice"))
              .isInstanceOf(IllegalStateException.class);
        });
    assertThat(bodies(server.send(Server.get("/")))).containsExactly("once");
    assertThat(server.failure.get()).isNull();
  }

  @Test
  void anAnswerToSomebodyWhoHasGoneIsDropped() {
    var server = new Server(later);
    var causes = new ArrayList<String>();
    server.send(Server.get("/"));
    Response response = waiting.getFirst();
    response.onDone(why -> causes.add("first " + why));
    response.onDone(why -> causes.add("second " + why));
    server.peer.reset();
    response.header("A", "b").send("too late");
    assertThat(response.isEnded()).isTrue();
    assertThat(causes).hasSize(2).allMatch(cause -> cause.contains("reset by peer"));
    assertThat(server.stats.snapshot().active()).isZero();
    assertThat(server.stats.snapshot().aborted()).isEqualTo(1);
    var other =
        new MemoryTransport(
            server.loop,
            new ServerConnection(
                HELLO, Server.LIMITS, Server.TIMEOUTS, server.stats, server.exchanges));
    other.send(Server.get("/"));
    assertThat(bodies(other.text()))
        .as("the next one has another response")
        .containsExactly("hello");
  }

  @Test
  void doneIsCalledOnce() {
    var told = new ArrayList<String>();
    var server =
        new Server((request, response) -> {
          response.onDone(
              why -> told.add(why + " " + response.status() + " " + response.bodyBytes()));
          response.status(201).send("hello");
        });
    server.send(Server.get("/"));
    server.peer.reset();
    assertThat(told).containsExactly("null 201 5");
  }

  @Test
  void whoDoesNotReadAnswersIsAskedNoMoreQuestions() {
    var body = new byte[10_000];
    var handled = new int[1];
    var server =
        new Server((request, response) -> {
          handled[0]++;
          response.send(body);
        });
    server.peer.window(0);
    server.send(Server.get("/").repeat(200));
    assertThat(handled[0]).as("requests that were answered into a queue").isLessThan(12);
    assertThat(server.peer.isPaused()).isTrue();
    server.peer.window(Long.MAX_VALUE);
    assertThat(handled[0]).as("requests that were answered in the end").isEqualTo(200);
    assertThat(bodies(server.peer.text())).hasSize(200);
  }

  @Test
  void connectionsOfALoopShareTheOutputAndDoNotMixIt() {
    var server = new Server(later);
    server.send(Server.get("/"));
    Response held = waiting.getFirst();
    var second =
        new MemoryTransport(
            server.loop,
            new ServerConnection(
                (request, response) -> {
                  write(response, "b1");
                  if (!held.isEnded()) {
                    held.send("a");
                  }
                  write(response, "b2");
                  response.end();
                },
                Server.LIMITS,
                Server.TIMEOUTS,
                server.stats,
                server.exchanges));
    second.send(Server.get("/"));
    assertThat(bodies(server.peer.text())).containsExactly("a");
    assertThat(bodies(second.text())).containsExactly("b1b2");
  }

  @Test
  void theLastRequestOfAConnectionIsToldSo() {
    var limits = new Limits(8_000, 32_000, 100, 1 << 20, 8_000, 10_000, 3);
    var server = new Server(HELLO, limits);
    assertThat(Answers.of(server.send(Server.get("/").repeat(5))))
        .extracting(answer -> answer.field("Connection"))
        .containsExactly("", "", "close");
    assertThat(server.peer.isFinished()).isTrue();
    assertThat(server.stats.snapshot().requestsPerConnection()).isEqualTo(1);
  }

  @Test
  void connectThatNobodyKnowsOpensNoTunnel() {
    var server = new Server(HELLO);
    String connect = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n";
    Answers.Answer answer =
        Answers.only(server.send(connect + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertThat(answer.status()).as("2xx would open a tunnel to nowhere").isEqualTo(501);
    assertThat(answer.field("Connection")).isEqualTo("close");
  }

  @Test
  void whatIsCountedAddsUp() {
    var server =
        new Server((request, response) ->
            response.status(Integer.parseInt(request.path().substring(1))).send());
    server.send(Server.get("/200") + Server.get("/302") + Server.get("/404") + Server.get("/503"));
    server.send("GET / HTTP/1.1\r\n\r\n");
    ServerStats.Snapshot one = server.stats.snapshot();
    ServerStats.Snapshot twice = one.plus(one);
    assertThat(one.requests()).isEqualTo(4);
    assertThat(one.malformed()).isEqualTo(1);
    assertThat(one.responses()).isEqualTo(5);
    assertThat(one.bytesOut()).isEqualTo(server.peer.text().length());
    assertThat(twice.clientErrors()).isEqualTo(4);
    assertThat(twice.redirects()).isEqualTo(2);
    assertThat(one.active()).isZero();
    assertThat(one.open()).isEqualTo(1);
  }

  @Test
  void theDateIsAskedForOnceASecond() {
    var asked = new int[1];
    var exchanges =
        new Exchanges(() -> {
          asked[0]++;
          return Server.NOW.plusSeconds(asked[0] - 1);
        });
    var connection =
        new ServerConnection(HELLO, Server.LIMITS, Server.TIMEOUTS, new ServerStats(), exchanges);
    var peer = new MemoryTransport(connection);
    peer.send(Server.get("/").repeat(10));
    peer.virtualLoop().advance(749_999_999);
    peer.send(Server.get("/"));
    assertThat(asked[0]).as("times the clock was asked within one second").isEqualTo(1);
    peer.virtualLoop().advance(1);
    assertThat(peer.take()).doesNotContain("08:49:38");
    peer.send(Server.get("/"));
    assertThat(peer.text()).as("a quarter of the second had passed before").contains("08:49:38");
  }
}
