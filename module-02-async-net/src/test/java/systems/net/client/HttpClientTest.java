package systems.net.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.http.Headers;

/** What a client sends, how long it waits, and what it sends twice. */
@Tag("phase-7")
class HttpClientTest {
  private static final String REDIRECT =
      "HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void requestIsFramedByTheConnection() {
    var heads = new ArrayList<String>();
    var world =
        ClientWorld.of((server, head) -> {
          heads.add(head);
          server.answer("");
        });
    world.ask(world.get("/a?b=c").header("Accept", "*/*"));
    world.ask(ClientRequest.post(world.uri(""), bytes("")));
    assertThat(heads)
        .containsExactly(
            "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 0\r\n\r\n");
    assertThatThrownBy(() -> world.get("/").header("content-length", "5"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bodyOfUnknownLengthGoesInChunksWithTrailers() {
    var world = ClientWorld.of((server, head) -> {});
    var request =
        ClientRequest.of("PUT", world.uri("/"))
            .body(
                -1,
                to -> {
                  to.write(bytes("hello"), 0, 5);
                  to.write(bytes("hello"), 2, 2);
                  to.trailer("Digest", "x");
                  to.end();
                });
    world.begin(client -> client.send(request));
    world.simulation.runFor(10 * ClientWorld.MILLI);
    assertThat(world.connections.getFirst().received)
        .hasToString("5\r\nhello\r\n0\r\nDigest: x\r\n\r\n");
  }

  @Test
  void bodyShorterThanPromisedIsNotWhole() {
    var world = ClientWorld.of((server, head) -> {});
    var request =
        ClientRequest.of("PUT", world.uri("/"))
            .body(
                6,
                to -> {
                  to.write(bytes("hello"), 0, 5);
                  to.end();
                });
    assertThat(world.outcome(client -> client.send(request))).isEqualTo("ABORTED");
  }

  @Test
  void targetCannotEndItsLine() {
    var world = ClientWorld.of((server, head) -> server.answer(""));
    assertThat(world.ask(world.get("/"))).isEqualTo("200 ");
    world.onClient(() -> {
      var connection = world.pool().take();
      assertThat(connection).isNotNull();
      var reader = new Ignoring();
      assertThatThrownBy(() ->
              connection.begin(
                  "GET",
                  "/ HTTP/1.1\r\nX: y",
                  new Headers().add("Host", "a"),
                  0,
                  Long.MAX_VALUE,
                  reader))
          .as("a target with a line's end")
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(world.pool().open()).isZero();
    });
  }

  private static final class Ignoring implements ResponseReader {
    @Override
    public void head(int status, Headers headers, long bodyLength) {}

    @Override
    public void data(byte[] piece, int from, int to) {}

    @Override
    public void end(Headers trailers) {}

    @Override
    public void failed(@Nullable Throwable why) {}
  }

  @Test
  void earlyAnswerIsDeliveredAndTheConnectionDropped() {
    var writers = new ArrayList<BodyWriter>();
    var world = ClientWorld.of((server, head) -> server.answer("enough"));
    var request = ClientRequest.of("PUT", world.uri("/")).body(1000, writers::add);
    assertThat(world.ask(request)).isEqualTo("200 enough");
    assertThat(writers.getFirst().isOpen()).as("somebody listens to the rest").isFalse();
    world.onClient(() -> assertThat(world.pool().open()).isZero());
  }

  @Test
  void deadKeptConnectionIsTriedAgainOnceIfTheMethodAllows() {
    for (String method : List.of("GET", "PUT", "POST")) {
      var world =
          ClientWorld.of((server, head) -> {
            if (head.startsWith("OPTIONS")) {
              server.answer("");
            } else if (server.number == 0) {
              server.abort();
            } else {
              server.answer("second");
            }
          });
      assertThat(world.ask(ClientRequest.of("OPTIONS", world.uri("/")))).isEqualTo("200 ");
      assertThat(world.ask(ClientRequest.of(method, world.uri("/")).body("b")))
          .as("%s on a kept connection that ends", method)
          .isEqualTo(method.equals("POST") ? "NO_RESPONSE" : "200 second");
    }
  }

  @Test
  void newConnectionThatDiesIsNotTriedAgain() {
    var world = ClientWorld.of((server, head) -> server.abort());
    assertThat(world.ask(world.get("/"))).isEqualTo("NO_RESPONSE");
    assertThat(world.connections).as("attempts on new connections").hasSize(1);
  }

  @Test
  void connectionThatDiesWithinTheResponseIsNotTriedAgain() {
    var world =
        ClientWorld.of((server, head) -> {
          if (server.heads == 1) {
            server.answer("");
          } else {
            server.send("HTTP/1.1 2").finish();
          }
        });
    assertThat(world.ask(world.get("/"))).isEqualTo("200 ");
    assertThat(world.ask(world.get("/"))).isEqualTo("BROKEN");
    assertThat(world.connections).hasSize(1);
  }

  @Test
  void nobodyListensIsSaidAsSuch() {
    var world = ClientWorld.of((server, head) -> {});
    assertThat(world.ask(ClientRequest.get("http://127.0.0.1:1/"))).isEqualTo("CONNECT");
  }

  @Test
  void eachStepHasItsTime() {
    var silent = ClientWorld.of((server, head) -> {});
    assertThat(silent.ask(silent.get("/"))).as("no head").isEqualTo("TIMEOUT");
    assertThat(silent.simulation.now()).isLessThan(2 * ClientWorld.SECOND);
    var halting =
        ClientWorld.of(
            (server, head) -> server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
    assertThat(halting.ask(halting.get("/"))).as("half a body").isEqualTo("TIMEOUT");
    var cutOff = ClientWorld.of((server, head) -> {});
    cutOff.simulation.partition(cutOff.here, cutOff.there);
    assertThat(cutOff.ask(cutOff.get("/"))).as("no connection").isEqualTo("CONNECT");
  }

  @Test
  void deadlineBoundsTheWhole() {
    var drip =
        ClientWorld.of((server, head) -> {
          server.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
          drip(server);
        });
    assertThat(drip.ask(drip.get("/").within(3 * ClientWorld.SECOND))).isEqualTo("DEADLINE");
    assertThat(drip.simulation.now()).isBetween(2 * ClientWorld.SECOND, 4 * ClientWorld.SECOND);
  }

  /** A byte each half second: no single wait is long. */
  private static void drip(Script server) {
    var transport = server.transport;
    if (transport != null && !server.closed) {
      server.send(".");
      transport.loop().schedule(ClientWorld.SECOND / 2, () -> drip(server));
    }
  }

  @Test
  void cancellingDropsTheConnection() {
    var world = ClientWorld.of((server, head) -> {});
    var outcome =
        world.begin(client -> {
          var sent = client.send(world.get("/"));
          world.here.schedule(
              100 * ClientWorld.MILLI, () -> assertThat(sent.cancel("enough")).isTrue());
          return sent;
        });
    world.simulation.runFor(200 * ClientWorld.MILLI);
    assertThat(outcome[0]).contains("enough");
    assertThat(world.connections.getFirst().closed || world.connections.getFirst().inputEnded)
        .as("the server sees that nobody waits")
        .isTrue();
    world.onClient(() -> assertThat(world.pool().open()).as("open connections").isZero());
  }

  @Test
  void redirectsAreFollowedUpToTheirBound() {
    var asked = new ArrayList<String>();
    var world =
        ClientWorld.of((server, head) -> {
          String line = head.substring(0, head.indexOf(" HTTP"));
          asked.add(line);
          if (line.endsWith("/end")) {
            server.answer("there");
          } else {
            server.send(REDIRECT.formatted(line.startsWith("POST") ? 303 : 307, "end"));
          }
        });
    assertThat(world.ask(world.get("/a/b").redirects(1))).isEqualTo("200 there");
    assertThat(world.ask(ClientRequest.post(world.uri("/a/b"), bytes("x")).redirects(1)))
        .isEqualTo("200 there");
    assertThat(asked).containsExactly("GET /a/b", "GET /a/end", "POST /a/b", "GET /a/end");
    assertThat(world.ask(world.get("/a/b"))).as("not asked to follow").isEqualTo("307 ");
  }

  @Test
  void circleOfRedirectsEnds() {
    var world = ClientWorld.of((server, head) -> server.send(REDIRECT.formatted(302, "/")));
    assertThat(world.ask(world.get("/").redirects(5))).isEqualTo("302 ");
    assertThat(world.connections.stream().mapToInt(server -> server.heads).sum()).isEqualTo(6);
  }

  @Test
  void secretsStayWithTheirOrigin() {
    var heads = new ArrayList<String>();
    var world = ClientWorld.of((server, head) -> {});
    world.listen(
        8081, (server, head) -> server.send(REDIRECT.formatted(302, "http://127.0.0.1:8082/")));
    world.listen(
        8082,
        (server, head) -> {
          heads.add(head);
          server.answer("");
        });
    var request =
        ClientRequest.get("http://127.0.0.1:8081/")
            .header("Authorization", "secret")
            .header("Accept", "*/*")
            .redirects(3);
    assertThat(world.ask(request)).isEqualTo("200 ");
    assertThat(heads.getFirst()).contains("Accept").doesNotContain("secret");
  }
}
