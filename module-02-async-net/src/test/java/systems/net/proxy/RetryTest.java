package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.client.Script;
import systems.net.loop.Loop;
import systems.net.loop.Simulation;
import systems.net.loop.Transport;

/** What goes wrong behind the proxy, what is tried again, and what the client hears. */
@Tag("phase-7")
class RetryTest {
  private static final int SEEDS = Effort.of(100, 10);
  private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";

  /** One that does this, and one that answers. */
  private static ProxyWorld with(Script.Step broken) {
    return with(new Simulation(7), broken);
  }

  private static ProxyWorld with(Simulation simulation, Script.Step broken) {
    return new ProxyWorld(simulation, ProxyWorld.TWO)
        .script(9001, broken)
        .script(9002, (upstream, head) -> upstream.answer("well"));
  }

  private static int put(ProxyWorld world, String body) {
    return ProxyWorld.status(world.ask(putRequest("PUT", body)));
  }

  private static String putRequest(String method, String body) {
    return "%s / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(method, body.length(), body);
  }

  @Test
  void refusedConnectionIsNoErrorForAnyMethod() {
    for (String method : List.of("GET", "POST")) {
      ProxyWorld world =
          ProxyWorld.of(ProxyWorld.TWO).script(9002, (upstream, head) -> upstream.answer("well"));
      for (int i = 0; i < 4; i++) {
        String answer = world.ask(putRequest(method, "body"));
        assertThat(ProxyWorld.status(answer)).as("%s number %d", method, i).isEqualTo(200);
      }
    }
  }

  @Test
  void connectionThatDiesBeforeTheResponseIsRepeatedIfTheMethodAllows() {
    isRepeatedIfTheMethodAllows("b");
    isRepeatedIfTheMethodAllows("");
  }

  private static void isRepeatedIfTheMethodAllows(String body) {
    for (String method : List.of("GET", "PUT", "DELETE", "POST", "PATCH")) {
      var broken = new ArrayList<String>();
      ProxyWorld world =
          with((upstream, head) -> {
            broken.add(head);
            upstream.abort();
          });
      var statuses = new ArrayList<Integer>();
      for (int i = 0; i < 2; i++) {
        statuses.add(ProxyWorld.status(world.ask(putRequest(method, body))));
      }
      boolean repeats = !method.startsWith("P") || method.equals("PUT");
      assertThat(broken).as("requests that died").isNotEmpty();
      assertThat(statuses).as(method).containsExactlyInAnyOrder(200, repeats ? 200 : 502);
    }
  }

  @Test
  void bodyIsSentAgainWhereItIsSmall() {
    var bodies = new ArrayList<String>();
    var world =
        ProxyWorld.of(ProxyWorld.TWO)
            .script(
                9001,
                (upstream, head) -> upstream.loop().schedule(ProxyWorld.MILLI, upstream::abort))
            .server(
                9002,
                (request, response) ->
                    request.readBody(
                        1 << 20,
                        body -> {
                          bodies.add(
                              new String(body, java.nio.charset.StandardCharsets.ISO_8859_1));
                          response.send();
                        }));
    assertThat(put(world, "small")).isEqualTo(200);
    assertThat(put(world, "small")).isEqualTo(200);
    assertThat(bodies).containsExactly("small", "small");
  }

  @Test
  void bodyThatWasNotKeptIsNotSentAgain() {
    String large = "x".repeat(65 << 10);
    ProxyWorld world = with((upstream, head) -> upstream.abort());
    var statuses = List.of(put(world, large), put(world, large));
    assertThat(statuses).containsExactlyInAnyOrder(200, 502);
  }

  @Test
  void chunkedBodyIsKeptUpToTheBoundToo() {
    for (int chunks : List.of(2, 9)) {
      ProxyWorld world =
          with(
              (upstream, head) -> upstream.loop().schedule(50 * ProxyWorld.MILLI, upstream::abort));
      String request =
          "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
              + ("2000\r\n" + "x".repeat(0x2000) + "\r\n").repeat(chunks)
              + "0\r\n\r\n";
      var statuses =
          List.of(ProxyWorld.status(world.ask(request)), ProxyWorld.status(world.ask(request)));
      assertThat(statuses)
          .as("%d chunks of 8 KiB", chunks)
          .containsExactlyInAnyOrder(200, chunks == 2 ? 200 : 502);
    }
  }

  @Test
  void halfAnAnswerIsNotRepeatedAndNotWhole() {
    for (String half :
        List.of(HALF, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")) {
      var world = ProxyWorld.of(ProxyWorld.ONE);
      world.script(9001, (upstream, head) -> upstream.send(half).finish());
      RawClient client = world.connect(ProxyWorld.request("GET", "/"));
      world.simulation.runUntil(client::isOver);
      assertThat(client.received).contains("half").doesNotContain("0\r\n\r\n");
      assertThat(world.connections).hasSize(1);
    }
  }

  @Test
  void eachFaultHasItsStatus() {
    assertThat(status((upstream, head) -> upstream.send("HTTP/1.1 999 X\r\n\r\n"))).isEqualTo(502);
    assertThat(status((upstream, head) -> upstream.send("nonsense\r\n\r\n"))).isEqualTo(502);
    assertThat(status((upstream, head) -> upstream.abort())).isEqualTo(502);
    assertThat(status((upstream, head) -> {})).as("silence").isEqualTo(504);
    assertThat(ProxyWorld.status(ProxyWorld.of(ProxyWorld.ONE).get("/"))).isEqualTo(502);
    var cut = ProxyWorld.of(ProxyWorld.ONE).script(9001, (upstream, head) -> {});
    cut.simulation.partition(cut.middle, cut.machines.get(9001));
    assertThat(ProxyWorld.status(cut.get("/"))).as("no way there").isEqualTo(504);
    var nowhere = ProxyWorld.of(ProxyWorld.ONE.replace("path: /", "path: /only"));
    assertThat(ProxyWorld.status(nowhere.get("/"))).isEqualTo(404);
  }

  private static int status(Script.Step broken) {
    return ProxyWorld.status(ProxyWorld.of(ProxyWorld.ONE).script(9001, broken).get("/"));
  }

  @Test
  void proxysOwnAnswersSayWhyInPlainText() {
    String answer = ProxyWorld.of(ProxyWorld.ONE).get("/");
    assertThat(answer).contains("Content-Type: text/plain");
    assertThat(ProxyWorld.body(answer)).startsWith("502 Bad Gateway: ").doesNotContain("\tat ");
  }

  @Test
  void connectionThatWasKeptTooLongCostsNoRetry() {
    var world = ProxyWorld.of(ProxyWorld.ONE.replace("timeout: 5s", "timeout: 5s\n    retries: 0"));
    world.script(
        9001,
        (upstream, head) -> {
          if (upstream.heads == 2) {
            upstream.abort();
          } else {
            upstream.answer("well");
          }
        });
    for (int i = 0; i < 4; i++) {
      assertThat(ProxyWorld.status(world.get("/"))).isEqualTo(200);
    }
    assertThat(world.connections).hasSizeGreaterThan(2);
  }

  @Test
  void retriesStayWithinTheBudgetWhenAllFail() {
    var world =
        ProxyWorld.of(
            ProxyWorld.TWO.replace(
                "connect-timeout: 1s", "connect-timeout: 1s\n    eject: {failures: 0}"));
    var reached = new int[1];
    for (int port : new int[] {9001, 9002}) {
      world.script(
          port,
          (upstream, head) -> {
            reached[0]++;
            upstream.abort();
          });
    }
    int requests = 300;
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < requests; i++) {
      clients.add(world.connect(ProxyWorld.request("GET", "/")));
    }
    world.simulation.runUntil(() -> clients.stream().allMatch(RawClient::isOver));
    int free = 100;
    assertThat(reached[0] - requests)
        .as("requests sent a second time while both upstreams fail")
        .isBetween(free / 2, free);
  }

  @Test
  void upstreamThatOnlyFailsIsLeftOut() {
    var world =
        ProxyWorld.of(
            ProxyWorld.TWO.replace(
                "connect-timeout: 1s", "connect-timeout: 1s\n    eject: {failures: 3, for: 1m}"));
    var broken = new int[1];
    world
        .script(
            9001,
            (upstream, head) -> {
              broken[0]++;
              upstream.send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
            })
        .script(9002, (upstream, head) -> upstream.answer("well"));
    for (int i = 0; i < 20; i++) {
      world.get("/");
    }
    assertThat(broken[0]).as("requests to the upstream that fails").isEqualTo(3);
  }

  @Test
  void sickUpstreamIsNotAskedUntilItIsWellAgain() {
    var sick = new boolean[] {true};
    var asked = new int[1];
    var world =
        ProxyWorld.of(
            ProxyWorld.TWO.replace(
                "connect-timeout: 1s",
                "connect-timeout: 1s\n    health: {path: /up, interval: 1s, timeout: 500ms}"));
    world
        .script(
            9001,
            (upstream, head) -> {
              if (head.startsWith("GET /up")) {
                upstream.send(
                    sick[0]
                        ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
                        : "HTTP/1.1 204 Yes\r\n\r\n");
              } else {
                asked[0]++;
                upstream.answer("well");
              }
            })
        .script(9002, (upstream, head) -> upstream.answer("well"));
    world.simulation.runFor(10 * ProxyWorld.SECOND);
    for (int i = 0; i < 6; i++) {
      assertThat(world.get("/")).endsWith("well");
    }
    assertThat(asked[0]).as("requests to the sick one").isZero();
    sick[0] = false;
    world.simulation.runFor(10 * ProxyWorld.SECOND);
    for (int i = 0; i < 6; i++) {
      world.get("/");
    }
    assertThat(asked[0]).as("requests when it is well again").isEqualTo(3);
  }

  @Test
  void nobodyWorksForAClientThatHasGone() {
    var world = ProxyWorld.of(ProxyWorld.ONE).script(9001, (upstream, head) -> {});
    RawClient client = world.connect(ProxyWorld.request("GET", "/"));
    world.simulation.runUntil(() -> !world.connections.isEmpty());
    world.simulation.runFor(10 * ProxyWorld.MILLI);
    world.clients.execute(() -> world.simulation.reset(client.transport()));
    world.simulation.runFor(100 * ProxyWorld.MILLI);
    Script upstream = world.connections.getFirst();
    assertThat(upstream.closed || upstream.inputEnded)
        .as("the upstream has been told that nobody waits")
        .isTrue();
  }

  @Test
  void killedUpstreamIsNotSeenByWhoeverAsksForWhatMayBeRepeated() {
    Simulation.forSeeds(1, SEEDS, RetryTest::killWhileAsked);
  }

  private static void killWhileAsked(Simulation simulation) {
    var world = with(simulation, (upstream, head) -> upstream.answer("well"));
    Loop victim = world.machines.get(9001);
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 20; i++) {
      clients.add(world.connect(ProxyWorld.request("GET", "/")));
      simulation.runFor(simulation.seed() % 7 * 50_000);
      if (i == 10) {
        kill(world, victim);
      }
    }
    simulation.runUntil(() -> clients.stream().allMatch(RawClient::isOver));
    for (RawClient client : clients) {
      assertThat(ProxyWorld.status(client.received.toString()))
          .as("a GET while an upstream is killed: %s", client.received)
          .isEqualTo(200);
    }
  }

  /** As kill -9: all connections are reset, and nobody listens any more. */
  private static void kill(ProxyWorld world, Loop victim) {
    world.simulation.refuse(victim, true);
    for (Script connection : world.connections) {
      Transport transport = connection.transport;
      if (transport != null && transport.loop().equals(victim) && !connection.closed) {
        world.simulation.reset(transport);
      }
    }
  }
}
