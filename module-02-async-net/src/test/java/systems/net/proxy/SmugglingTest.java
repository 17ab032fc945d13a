package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.http.Handler;
import systems.net.http.Hostile;

/** Two servers in a row read the same messages, whatever a client or an upstream sends. */
@Tag("phase-7")
class SmugglingTest {
  private static final String NEXT = ProxyWorld.request("GET", "/next");

  /** What a strict server behind the proxy has understood: one line for each whole message. */
  private final List<String> understood = new ArrayList<>();

  private final Handler recorder =
      (request, response) -> {
        String what = request.method() + " " + request.target();
        request.readBody(
            1 << 20,
            body -> {
              understood.add(what + " " + new String(body, StandardCharsets.ISO_8859_1));
              response.send("seen");
            });
      };

  @Test
  void noMalformedRequestReachesAnUpstream() {
    for (Hostile hostile : Hostile.all()) {
      understood.clear();
      var world = ProxyWorld.of(ProxyWorld.ONE).server(9001, recorder);
      RawClient client = world.connect(new String(hostile.bytes(), StandardCharsets.ISO_8859_1));
      world.simulation.runFor(60 * ProxyWorld.SECOND);
      assertThat(understood).as("what the upstream understood of: %s", hostile).isEmpty();
      int status = ProxyWorld.status(client.received.toString());
      assertThat(status == 0 || status >= 400)
          .as("the answer to: %s, was %s", hostile, client.received)
          .isTrue();
      assertThat(client.isOver()).as("the connection is closed after: %s", hostile).isTrue();
    }
  }

  @Test
  void acceptedRequestIsOneMessageWithTheSameBody() {
    List<String> unusual =
        List.of(
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
                + "5;a=\"GET / HTTP/1.1\"\r\nhello\r\n000\r\nX: GET /evil\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello",
            "POST http://a/a HTTP/1.1\r\nHost: b\r\nContent-Length:5\t \r\n\r\nhello",
            "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\n"
                + "Content-Length: 5\r\n\r\nhello",
            "POST /a HTTP/1.1\r\nHost: a\r\nConnection: Host, Transfer-Encoding\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            "POST /a HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
                + "Content-Length: 5\r\n\r\nhello",
            "POST /a HTTP/1.1\r\nHost: a\r\nX: \u00e4\u00ff\r\nTE: gzip\r\n"
                + "Content-Length: 5\r\n\r\nhello");
    for (String request : unusual) {
      understood.clear();
      var world = ProxyWorld.of(ProxyWorld.ONE).server(9001, recorder);
      RawClient client = world.connect(request + NEXT);
      world.simulation.runUntil(client::isOver);
      assertThat(understood)
          .as("what the upstream understood of %s", request)
          .containsExactly("POST /a hello", "GET /next ");
    }
  }

  @Test
  void noMalformedResponseReachesAClient() {
    List<String> malformed =
        List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nX : evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n evil\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nevil",
            "HTTP/2 200 OK\r\n\r\n");
    for (String response : malformed) {
      var world = ProxyWorld.of(ProxyWorld.ONE);
      world.script(9001, (upstream, head) -> upstream.send(response));
      String answer = world.get("/");
      assertThat(ProxyWorld.status(answer)).as(response).isEqualTo(502);
      assertThat(answer).doesNotContain("evil");
    }
  }

  @Test
  void answerTooManyIsNotGivenToTheNextClient() {
    var world = ProxyWorld.of(ProxyWorld.ONE);
    world.script(
        9001,
        (upstream, head) ->
            upstream.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
                    + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"));
    for (int i = 0; i < 5; i++) {
      assertThat(world.get("/")).endsWith("good");
      world.simulation.runFor(10 * ProxyWorld.MILLI);
    }
  }
}
