package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/** Timeouts, draining, lingering, and connections that become something else. */
@Tag("phase-5")
class LifeTest {
  private static final Handler HELLO = (request, response) -> response.send("hello");
  private static final long SECOND = Server.SECOND;

  private static int only(Server server) {
    return Answers.only(server.peer.text()).status();
  }

  @Test
  void aSlowHeadIs408() {
    var server = new Server(HELLO);
    server.send(Server.get("/"));
    server.loop.advance(30 * SECOND);
    server.peer.forget();
    for (int i = 0; i < 9; i++) {
      server.send("GET / HTTP/1.1".substring(i, i + 1));
      server.loop.advance(SECOND);
    }
    assertThat(server.peer.text()).as("after 9 seconds of 10").isEmpty();
    server.loop.advance(SECOND);
    assertThat(server.peer.text())
        .as("what a peer gets that sends a byte a second, after ten seconds")
        .startsWith("HTTP/1.1 408");
    assertThat(only(server)).isEqualTo(408);
    assertThat(server.peer.isFinished()).isTrue();
    assertThat(server.stats.snapshot().headerTimeouts()).isEqualTo(1);
  }

  @Test
  void whoConnectsAndSaysNothingIsClosed() {
    var server = new Server(HELLO);
    server.loop.advance(10 * SECOND - 1);
    assertThat(server.peer.isFinished()).isFalse();
    server.loop.advance(1);
    assertThat(server.peer.isFinished()).isTrue();
    assertThat(server.peer.text()).as("there was no request to answer").isEmpty();
  }

  @Test
  void anIdleConnectionIsClosed() {
    var server = new Server(HELLO);
    for (int i = 0; i < 3; i++) {
      server.send(Server.get("/"));
      server.loop.advance(59 * SECOND);
      assertThat(server.peer.isFinished()).isFalse();
    }
    server.loop.advance(SECOND);
    assertThat(server.peer.isFinished()).isTrue();
    assertThat(Answers.of(server.peer.text())).hasSize(3);
    assertThat(server.stats.snapshot().idleTimeouts()).isEqualTo(1);
  }

  @Test
  void aBodyThatStopsIs408() {
    var ends = new ArrayList<String>();
    var server = new Server((request, response) -> request.readBody(failing(ends)));
    server.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    for (String piece : List.of("h", "e", "l")) {
      server.loop.advance(19 * SECOND);
      server.send(piece);
    }
    assertThat(ends).as("each piece buys time").isEmpty();
    server.loop.advance(20 * SECOND);
    assertThat(ends).hasSize(1);
    assertThat(only(server)).isEqualTo(408);
    assertThat(server.stats.snapshot().bodyTimeouts()).isEqualTo(1);
  }

  private static BodyReader failing(List<String> ends) {
    return new BodyReader() {
      @Override
      public void data(byte[] bytes, int from, int to) {}

      @Override
      public void end(Headers trailers) {
        ends.add("end");
      }

      @Override
      public void failed(@Nullable Throwable cause) {
        ends.add(String.valueOf(cause));
      }
    };
  }

  @Test
  void anUnreadBodyThatStopsEndsTheConnection() {
    var server = new Server(HELLO);
    server.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    assertThat(only(server)).isEqualTo(200);
    server.loop.advance(20 * SECOND);
    assertThat(server.peer.isFinished()).isTrue();
    assertThat(only(server)).as("no second answer").isEqualTo(200);
  }

  @Test
  void aHandlerHasAllTheTimeItWants() {
    var waiting = new ArrayList<Response>();
    var server = new Server((request, response) -> waiting.add(response));
    server.send(Server.get("/"));
    server.loop.advance(1_000 * SECOND);
    waiting.getFirst().send("at last");
    assertThat(only(server)).isEqualTo(200);
  }

  @Test
  void aPeerThatTakesNothingIsCutOff() {
    var body = new byte[1_000];
    var server = new Server((request, response) -> response.send(body));
    server.peer.window(0);
    server.send(Server.get("/"));
    for (int i = 0; i < 5; i++) {
      server.loop.advance(29 * SECOND);
      server.peer.window(10);
      assertThat(server.peer.isEnded()).as("while it takes something").isFalse();
    }
    server.loop.advance(61 * SECOND);
    assertThat(server.peer.isAborted()).isTrue();
    assertThat(server.stats.snapshot().writeTimeouts()).isEqualTo(1);
  }

  @Test
  void theLastAnswerIsReadBeforeTheConnectionGoes() {
    var server =
        new Server(
            (request, response) -> response.header("Connection", "close").send(new byte[100_000]));
    server.peer.window(0);
    server.send(Server.get("/"));
    for (int i = 0; i < 20; i++) {
      server.loop.advance(ServerConnection.LINGER_NANOS);
      server.peer.window(5_100);
      server.send("more input, which nobody reads");
      assertThat(server.peer.isEnded()).as("while the answer is on its way").isFalse();
    }
    assertThat(server.peer.text()).hasSizeGreaterThan(100_000);
    assertThat(server.peer.isFinished()).isTrue();
    server.loop.advance(3 * ServerConnection.LINGER_NANOS);
    assertThat(server.peer.isEnded()).isTrue();
    assertThat(Answers.only(server.peer.text()).body()).hasSize(100_000);
  }

  @Test
  void anEndWithinAHeadIsABadRequest() {
    var server = new Server(HELLO);
    server.send("GET / HT").length();
    server.peer.endInput();
    assertThat(only(server)).isEqualTo(400);
    var empty = new Server(HELLO);
    empty.send("\r\n");
    empty.peer.endInput();
    assertThat(empty.peer.text()).as("an empty line is no head").isEmpty();
    assertThat(empty.peer.isEnded()).isTrue();
  }

  @Test
  void drainingEndsAnIdleConnection() {
    var server = new Server(HELLO);
    server.send(Server.get("/"));
    assertThat(server.connection.isIdle()).isTrue();
    server.connection.drain();
    assertThat(server.peer.isFinished()).isTrue();
    server.peer.endInput();
    assertThat(server.peer.isEnded()).isTrue();
  }

  @Test
  void drainingLetsTheRunningRequestFinish() {
    var waiting = new ArrayList<Response>();
    var server = new Server((request, response) -> waiting.add(response));
    server.send(Server.get("/"));
    server.connection.drain();
    assertThat(server.peer.isFinished()).isFalse();
    waiting.getFirst().send("hello");
    server.loop.run();
    Answers.Answer answer = Answers.only(server.peer.text());
    assertThat(answer.field("Connection")).isEqualTo("close");
    assertThat(answer.body()).isEqualTo("hello");
    assertThat(server.peer.isFinished()).isTrue();
  }

  @Test
  void drainingAnswersARequestThatIsOnItsWay() {
    var server = new Server(HELLO);
    server.send(Server.get("/").substring(0, 10));
    server.connection.drain();
    server.send(Server.get("/").substring(10));
    assertThat(Answers.only(server.peer.text()).field("Connection")).isEqualTo("close");
    assertThat(server.peer.isFinished()).isTrue();
  }

  @Test
  void drainingAfterTheHeadEndsBehindTheBody() {
    var waiting = new ArrayList<Response>();
    var server = new Server((request, response) -> waiting.add(response));
    server.send(Server.get("/"));
    waiting.getFirst().write(new byte[] {'x'}, 0, 1);
    server.connection.drain();
    waiting.getFirst().end();
    server.loop.run();
    assertThat(Answers.only(server.peer.text()).body()).isEqualTo("x");
    assertThat(server.peer.isFinished()).isTrue();
  }

  /** Says what it is told, in brackets. */
  private static final class Brackets implements Protocol {
    private @Nullable Transport transport;
    final List<String> calls = new ArrayList<>();

    @Override
    public void connected(Transport newTransport) {
      transport = newTransport;
      calls.add("connected");
    }

    @Override
    public int receive(byte[] bytes, int from, int to) {
      byte[] answer =
          ("[" + Octets.text(bytes, from, to) + "]").getBytes(StandardCharsets.US_ASCII);
      if (transport != null) {
        transport.write(answer, 0, answer.length);
        transport.flush();
      }
      return to - from;
    }

    @Override
    public void inputEnded() {
      calls.add("inputEnded");
    }

    @Override
    public void writable() {}

    @Override
    public void wake(long nowNanos) {
      calls.add("wake");
    }

    @Override
    public void closed(@Nullable Throwable cause) {
      calls.add("closed");
    }
  }

  private static final String UPGRADE =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: brackets\r\n\r\n";

  @Test
  void anUpgradeHandsOverTheConnectionAndTheBytesBehind() {
    var brackets = new Brackets();
    var server =
        new Server((request, response) -> response.header("Upgrade", "brackets").upgrade(brackets));
    String text = server.send(UPGRADE + "early");
    assertThat(text)
        .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
        .contains("Connection: upgrade\r\n", "Upgrade: brackets\r\n")
        .doesNotContain("Content-Length", "Transfer-Encoding")
        .endsWith("\r\n\r\n[early]");
    server.peer.forget();
    assertThat(server.send("late")).isEqualTo("[late]");
    server.loop.advance(1_000 * SECOND);
    server.peer.reset();
    assertThat(brackets.calls).containsExactly("connected", "closed");
    assertThat(server.stats.snapshot().open()).isZero();
  }

  @Test
  void anUpgradeMayComeLater() {
    var brackets = new Brackets();
    var waiting = new ArrayList<Response>();
    var server = new Server((request, response) -> waiting.add(response));
    server.send(UPGRADE + "early");
    waiting.getFirst().header("Upgrade", "brackets").upgrade(brackets);
    server.loop.run();
    assertThat(server.peer.text()).endsWith("\r\n\r\n[early]");
    assertThat(server.peer.isPaused()).isFalse();
  }

  @Test
  void whoDidNotAskIsNotUpgraded() {
    var server =
        new Server((request, response) ->
            assertThatThrownBy(() -> response.upgrade(new Brackets()))
                .isInstanceOf(IllegalStateException.class));
    server.send(Server.get("/"));
    server.send("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: brackets\r\n\r\n");
    assertThat(server.failure.get()).isNull();
    assertThat(server.peer.text()).doesNotContain("101");
  }

  @Test
  void connectBecomesATunnel() {
    var brackets = new Brackets();
    var server = new Server((request, response) -> response.upgrade(brackets));
    String text = server.send("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nhello");
    assertThat(text).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n[hello]");
    assertThat(text).doesNotContain("Content-Length", "Connection");
  }

  @Test
  void abortIsSeen() {
    var causes = new ArrayList<String>();
    var server =
        new Server((request, response) -> {
          response.onDone(why -> causes.add(String.valueOf(why)));
          response.abort();
          response.send("nothing");
        });
    server.send(Server.get("/") + Server.get("/"));
    assertThat(server.peer.isAborted()).isTrue();
    assertThat(causes).hasSize(1).allMatch(cause -> cause.contains("broke the answer off"));
    assertThat(server.stats.snapshot().open()).isZero();
    assertThat(server.stats.snapshot().aborted()).isEqualTo(1);
  }
}
