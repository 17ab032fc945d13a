package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.client.Script;

/** What of a message goes on, and in which words. */
@Tag("phase-7")
class ForwardTest {
  private static final String CLOSE = "Connection: close\r\n\r\n";
  private final List<String> heads = new ArrayList<>();

  private void note(Script upstream, String head) {
    heads.add(head);
    upstream.answer("hello");
  }

  private ProxyWorld noting() {
    return ProxyWorld.of(ProxyWorld.ONE).script(9001, this::note);
  }

  @Test
  void requestIsMadeAnew() {
    String answer =
        noting()
            .ask(
                "GET /a%20b?c=d HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n"
                    + "X-Secret: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\nProxy-Authorization: x\r\n"
                    + "X-Forwarded-For: 192.0.2.9\r\nForwarded: for=192.0.2.9\r\n"
                    + "Connection: close, X-SECRET, X-Forwarded-For\r\n\r\n");
    assertThat(ProxyWorld.status(answer)).isEqualTo(200);
    String from = "10.0.0.1";
    assertThat(heads)
        .containsExactly(
            "GET /a%20b?c=d HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n"
                + "X-Forwarded-For: "
                + from
                + "\r\nX-Forwarded-Proto: http\r\n"
                + "X-Forwarded-Host: a.example:80\r\n"
                + "Forwarded: for="
                + from
                + ";host=\"a.example:80\";proto=http\r\n"
                + "Via: 1.1 edge\r\n\r\n");
  }

  @Test
  void trustedForwardedFieldsAreContinued() {
    var world = ProxyWorld.of("trust-forwarded: true\n" + ProxyWorld.ONE);
    world.script(9001, this::note);
    world.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\n" + CLOSE);
    assertThat(heads.getFirst()).contains("X-Forwarded-For: 192.0.2.9, 10.0.0.1\r\n");
  }

  @Test
  void absoluteFormDecidesOverHost() {
    noting().ask("GET http://b.example/x?y HTTP/1.1\r\nHost: a.example\r\n" + CLOSE);
    assertThat(heads.getFirst())
        .startsWith("GET /x?y HTTP/1.1\r\nHost: b.example\r\n")
        .doesNotContain("a.example");
  }

  @Test
  void oldClientsRequestSaysWhereItCameFrom() {
    String answer = noting().ask("GET / HTTP/1.0\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200").endsWith("hello");
    assertThat(heads.getFirst()).contains("Host: 127.0.0.1:9001\r\n").contains("Via: 1.0 edge\r\n");
  }

  @Test
  void responseIsMadeAnew() {
    var world =
        ProxyWorld.of(ProxyWorld.ONE)
            .script(
                9001,
                (upstream, head) ->
                    upstream.send(
                        "HTTP/1.1 200 Fine\r\nX-Secret: 1\r\nConnection: x-secret\r\n"
                            + "Keep-Alive: timeout=5\r\nETag: \"1\"\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + "5;ext=1\r\nhello\r\n0\r\nDigest: x\r\n\r\n"));
    String answer = world.get("/");
    assertThat(answer)
        .contains("ETag: \"1\"\r\n", "Via: 1.1 edge\r\n", "Transfer-Encoding: chunked\r\n")
        .doesNotContain("Secret", "secret", "Keep-Alive", "ext=1")
        .endsWith("\r\n\r\n5\r\nhello\r\n0\r\nDigest: x\r\n\r\n");
  }

  @Test
  void bodiesAreFramedAnew() {
    var bodies = new ArrayList<String>();
    var world =
        ProxyWorld.of(ProxyWorld.ONE)
            .server(
                9001,
                (request, response) -> {
                  String framing =
                      request.header("Transfer-Encoding") + " " + request.header("Content-Length");
                  request.readBody(
                      1000,
                      body -> {
                        bodies.add(
                            framing
                                + " "
                                + new String(body, java.nio.charset.StandardCharsets.ISO_8859_1));
                        response.send("ok");
                      });
                });
    String head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    assertThat(world.ask(head + "Content-Length: 5\r\n\r\nhello")).endsWith("ok");
    assertThat(world.ask(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
        .endsWith("ok");
    assertThat(world.ask(head + "\r\n")).endsWith("ok");
    assertThat(bodies).containsExactly("null 5 hello", "chunked null hello", "null 0 ");
  }

  @Test
  void expectationIsAnsweredHere() {
    var world = noting();
    RawClient client =
        world.connect(
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n" + CLOSE);
    world.simulation.runUntil(() -> client.received.indexOf("\r\n\r\n") > 0);
    assertThat(client.received).startsWith("HTTP/1.1 100 Continue\r\n\r\n");
    world.clients.execute(() -> client.send("hello"));
    world.simulation.runUntil(client::isOver);
    assertThat(client.received).contains("HTTP/1.1 200 OK");
    assertThat(heads.getFirst()).doesNotContain("Expect");
  }

  @Test
  void interimResponsesStayHere() {
    var world =
        ProxyWorld.of(ProxyWorld.ONE)
            .script(
                9001,
                (upstream, head) -> upstream.send("HTTP/1.1 100 Continue\r\n\r\n").answer("hello"));
    assertThat(world.get("/")).startsWith("HTTP/1.1 200").endsWith("hello");
  }

  @Test
  void responsesWithoutBodyKeepTheirLength() {
    var world =
        ProxyWorld.of(ProxyWorld.ONE)
            .script(
                9001,
                (upstream, head) ->
                    upstream.send(
                        head.startsWith("HEAD")
                            ? "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
                            : "HTTP/1.1 204 No Content\r\n\r\n"));
    assertThat(world.ask(ProxyWorld.request("HEAD", "/")))
        .contains("Content-Length: 7\r\n")
        .endsWith("\r\n\r\n");
    assertThat(world.get("/")).startsWith("HTTP/1.1 204").doesNotContain("Content-Length");
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrderOverOneConnection() {
    var world =
        ProxyWorld.of(ProxyWorld.ONE)
            .script(9001, (upstream, head) -> upstream.answer(head.substring(5, 6)));
    String requests =
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
            + ProxyWorld.request("GET", "/3");
    String answers = world.ask(requests);
    assertThat(answers.replaceAll("(?s)HTTP.*?\r\n\r\n", "")).isEqualTo("123");
    assertThat(world.connections).hasSize(1);
  }

  @Test
  void whatIsNoUpstreamsMatterDoesNotReachOne() {
    var world = noting();
    assertThat(ProxyWorld.status(world.ask("CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n" + CLOSE)))
        .isEqualTo(405);
    assertThat(ProxyWorld.status(world.ask(ProxyWorld.request("TRACE", "/")))).isEqualTo(405);
    for (String path : List.of("/a/../b", "/a/.", "/%2e%2E/b", "/.%2e")) {
      assertThat(ProxyWorld.status(world.get(path))).as(path).isEqualTo(400);
    }
    String last = "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: %d\r\n" + CLOSE;
    assertThat(ProxyWorld.status(world.ask(last.formatted(0)))).isEqualTo(200);
    String again = "GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 other, 1.1 edge\r\n" + CLOSE;
    assertThat(ProxyWorld.status(world.ask(again))).as("a circle").isEqualTo(508);
    assertThat(heads).as("requests that reached the upstream").isEmpty();
    world.ask(last.formatted(3));
    assertThat(heads.getFirst()).startsWith("OPTIONS * HTTP/1.1").contains("Max-Forwards: 2\r\n");
    assertThat(ProxyWorld.status(world.get("/a..b/...")))
        .as("dots that are no segment")
        .isEqualTo(200);
  }

  @Test
  void timeThatIsLeftIsHandedOn() {
    var world = noting();
    String timed = "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Timeout-Ms: %d\r\n" + CLOSE;
    world.ask(timed.formatted(700));
    String left = heads.getFirst().replaceAll("(?s).*Timeout-Ms: ([0-9]+).*", "$1");
    assertThat(Integer.parseInt(left)).as("milliseconds left").isBetween(600, 699);
    assertThat(ProxyWorld.status(world.ask(timed.formatted(0)))).isEqualTo(504);
    assertThat(heads).hasSize(1);
  }
}
