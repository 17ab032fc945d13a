package systems.net.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.http.Headers;
import systems.net.loop.Simulation;

/** What a client makes of the bytes that a server sends, and of how they end. */
@Tag("phase-7")
class ResponseTest {
  private static final String LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String CHUNKS =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

  private static String answered(String bytes) {
    return ClientWorld.of((server, head) -> server.send(bytes).finish())
        .ask(ClientRequest.get("http://127.0.0.1:8080/"));
  }

  @Test
  void bodyIsFramedByLengthByChunksAndByTheEnd() {
    assertThat(answered(LENGTH)).isEqualTo("200 hello");
    assertThat(answered(CHUNKS)).isEqualTo("200 hello");
    assertThat(answered("HTTP/1.1 200 OK\r\n\r\nhello")).isEqualTo("200 hello");
    assertThat(answered("HTTP/1.0 404 no\r\n\r\n")).isEqualTo("404 ");
  }

  @Test
  void cutsMakeNoDifference() {
    Simulation.forSeeds(
        1,
        Effort.of(200, 20),
        simulation -> {
          var world = new ClientWorld(simulation, (server, head) -> server.send(CHUNKS));
          assertThat(world.ask(world.get("/"))).isEqualTo("200 hello");
          assertThat(world.ask(world.get("/"))).isEqualTo("200 hello");
          assertThat(world.connections).as("connections for two requests").hasSize(1);
        });
  }

  @Test
  void bodyThatIsCutIsNoBody() {
    assertThat(answered("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello")).isEqualTo("BROKEN");
    assertThat(answered(CHUNKS.replace("0\r\n\r\n", ""))).isEqualTo("BROKEN");
    assertThat(answered("HTTP/1.1 200")).isEqualTo("BROKEN");
    assertThat(answered("")).isEqualTo("NO_RESPONSE");
  }

  @Test
  void resetDoesNotEndABodyThatTheEndOfTheConnectionEnds() {
    var world = ClientWorld.of((server, head) -> server.send("HTTP/1.1 200 OK\r\n\r\nhel"));
    var outcome = world.begin(client -> ClientWorld.exchange(client, world.get("/")));
    world.simulation.runFor(10 * ClientWorld.MILLI);
    world.there.execute(() -> {
      var transport = world.connections.getFirst().transport;
      assertThat(transport).isNotNull();
      world.simulation.reset(transport);
    });
    world.simulation.runUntil(() -> outcome[0] != null);
    assertThat(outcome[0]).as("a body cut by a reset").isEqualTo("BROKEN");
  }

  @Test
  void interimResponsesAreNotTheAnswer() {
    String interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    assertThat(answered("HTTP/1.1 100 Continue\r\n\r\n" + interim + LENGTH)).isEqualTo("200 hello");
    assertThat(answered(interim.repeat(100) + LENGTH)).isEqualTo("MALFORMED");
  }

  @Test
  void switchThatNobodyAskedForIsMalformed() {
    assertThat(answered("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"))
        .isEqualTo("MALFORMED");
  }

  @Test
  void headAndNoContentHaveNoBodyWhateverTheySay() {
    var world =
        ClientWorld.of((server, head) ->
            server.send(
                head.startsWith("HEAD")
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                    : "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"));
    assertThat(world.ask(ClientRequest.of("HEAD", world.uri("/")))).isEqualTo("200 ");
    assertThat(world.ask(world.get("/"))).isEqualTo("304 ");
    assertThat(world.connections).hasSize(1);
  }

  @Test
  void connectionWithBytesBehindAResponseIsDropped() {
    String poison = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    Simulation.forSeeds(
        1,
        50,
        simulation -> {
          var world =
              new ClientWorld(
                  simulation,
                  (server, head) -> server.send(server.heads == 1 ? LENGTH : LENGTH + poison));
          var link = new Simulation.Link(ClientWorld.MILLI, ClientWorld.MILLI, 9999, 9999);
          simulation.link(world.here, world.there, link);
          assertThat(world.ask(world.get("/1"))).isEqualTo("200 hello");
          var heard = new ArrayList<String>();
          world.onClient(() -> {
            var connection = world.pool().take();
            assertThat(connection).isNotNull();
            var fields = new Headers().add("Host", "a");
            connection.begin("GET", "/2", fields, 0, Long.MAX_VALUE, new Heard(heard));
          });
          simulation.runFor(10 * ClientWorld.MILLI);
          assertThat(heard).containsExactly("end");
          world.onClient(() ->
              assertThat(world.pool().open())
                  .as("connections kept, after one brought two answers to one request")
                  .isZero());
        });
  }

  @Test
  void bytesOnAnIdleConnectionAreNotTheNextResponse() {
    var world = ClientWorld.of((server, head) -> server.answer("asked"));
    assertThat(world.ask(world.get("/"))).isEqualTo("200 asked");
    world.there.execute(() -> world.connections.getFirst().answer("unasked"));
    world.simulation.runFor(10 * ClientWorld.MILLI);
    world.onClient(
        () -> assertThat(world.pool().idle()).as("idle, after bytes nobody asked for").isZero());
    assertThat(world.ask(world.get("/"))).isEqualTo("200 asked");
  }

  @Test
  void closeAndHttp10AreNotKept() {
    for (String head : List.of("HTTP/1.1 200 OK\r\nConnection: close", "HTTP/1.0 200 OK")) {
      var world =
          ClientWorld.of((server, request) -> server.send(head + "\r\nContent-Length: 0\r\n\r\n"));
      assertThat(world.ask(world.get("/"))).isEqualTo("200 ");
      assertThat(world.ask(world.get("/"))).isEqualTo("200 ");
      assertThat(world.connections).as(head).hasSize(2);
    }
  }

  @Test
  void trailersComeBehindTheBody() {
    var world =
        ClientWorld.of(
            (server, head) -> server.send(CHUNKS.replace("0\r\n\r\n", "0\r\nDigest: x\r\n\r\n")));
    var heard = new ArrayList<String>();
    world.onClient(() ->
        world
            .client()
            .send(world.get("/"))
            .whenDone((response, failure) -> {
              assertThat(response).isNotNull();
              response.readBody(new Heard(heard));
            }));
    world.simulation.runUntil(() -> heard.contains("end"));
    assertThat(heard).contains("Digest: x");
  }

  @Test
  void bodyWaitsUntilSomebodyAsksForIt() {
    int bytes = 1 << 20;
    var world = ClientWorld.of((server, head) -> server.answer("x".repeat(bytes)));
    var got = new @Nullable ClientResponse[1];
    world.onClient(() ->
        world.client().send(world.get("/")).whenDone((response, failure) -> got[0] = response));
    world.simulation.runFor(5 * ClientWorld.SECOND);
    var transport = world.connections.getFirst().transport;
    assertThat(transport).isNotNull();
    assertThat(transport.queuedBytes()).as("bytes the server keeps").isGreaterThan(bytes / 2);
    var response = got[0];
    assertThat(response).isNotNull();
    String text = world.outcome(client -> response.text(2 * bytes));
    assertThat(text).as("no time runs while nobody reads").hasSize(bytes);
  }

  @Test
  void bodyLongerThanWantedIsNotCollected() {
    var world = ClientWorld.of((server, head) -> server.answer("x".repeat(100)));
    String outcome =
        world.outcome(
            client -> client.send(world.get("/")).flatMap(response -> response.readBody(99)));
    assertThat(outcome).isEqualTo("MALFORMED");
    world.onClient(() -> assertThat(world.pool().open()).isZero());
  }

  /** Writes down what a body brings. */
  private record Heard(List<String> heard) implements ResponseReader {
    @Override
    public void head(int status, Headers headers, long bodyLength) {}

    @Override
    public void data(byte[] bytes, int from, int to) {}

    @Override
    public void end(Headers trailers) {
      trailers.forEach((name, value) -> heard.add(name + ": " + value));
      heard.add("end");
    }

    @Override
    public void failed(@Nullable Throwable cause) {
      heard.add("failed");
    }
  }
}
