package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.client.Script;
import systems.net.loop.Simulation;

/** Another configuration, while requests run. */
@Tag("phase-7")
class ReloadTest {
  private static final String OTHER = ProxyWorld.ONE.replace("9001", "9002");

  @Test
  void newRequestsGoByTheNewConfigurationAndRunningOnesEndByTheOld() {
    var held = new ArrayList<Script>();
    var world =
        ProxyWorld.of(ProxyWorld.ONE)
            .script(9001, (upstream, head) -> held.add(upstream))
            .script(9002, (upstream, head) -> upstream.answer("new"));
    RawClient old = world.connect(ProxyWorld.request("GET", "/"));
    world.simulation.runUntil(() -> !held.isEmpty());
    world.proxy.reload(ProxyWorld.config(OTHER));
    assertThat(world.get("/")).endsWith("new");
    world.machines.get(9001).execute(() -> held.getFirst().answer("old"));
    world.simulation.runUntil(old::isOver);
    assertThat(old.received).endsWith("old");
    world.simulation.runFor(ProxyWorld.SECOND);
    assertThat(held.getFirst().inputEnded || held.getFirst().closed)
        .as("the connection to an upstream that is no longer there is closed after its use")
        .isTrue();
  }

  @Test
  void whatHasNotChangedIsKept() {
    var world =
        ProxyWorld.of(ProxyWorld.ONE).script(9001, (upstream, head) -> upstream.answer("kept"));
    assertThat(world.get("/")).endsWith("kept");
    world.proxy.reload(ProxyWorld.config(ProxyWorld.ONE.replace("edge", "other")));
    assertThat(world.get("/")).contains("Via: 1.1 other").endsWith("kept");
    String more =
        ProxyWorld.TWO.replace(
            "connect-timeout: 1s", "connect-timeout: 1s\n    balance: least-requests");
    for (String next : List.of(more, ProxyWorld.ONE)) {
      world.proxy.reload(ProxyWorld.config(next));
      world.simulation.runFor(ProxyWorld.MILLI);
    }
    assertThat(world.get("/")).endsWith("kept");
    assertThat(world.connections).as("connections to the upstream that stayed").hasSize(1);
  }

  @Test
  void whatIsKnownOfAnUpstreamIsNotForgotten() {
    String checked =
        ProxyWorld.TWO.replace(
            "connect-timeout: 1s",
            "connect-timeout: 1s\n    health: {path: /up, interval: 1s, timeout: 500ms}");
    var asked = new int[1];
    var world =
        ProxyWorld.of(checked)
            .script(
                9001,
                (upstream, head) -> {
                  asked[0] += head.startsWith("GET /up") ? 0 : 1;
                  upstream.send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                })
            .script(9002, (upstream, head) -> upstream.answer("well"));
    world.simulation.runFor(10 * ProxyWorld.SECOND);
    world.proxy.reload(ProxyWorld.config(checked.replace("500ms", "400ms")));
    for (int i = 0; i < 6; i++) {
      assertThat(world.get("/")).endsWith("well");
    }
    assertThat(asked[0]).as("requests to an upstream that was known to be sick").isZero();
  }

  @Test
  void reloadsUnderLoadAreNotSeen() {
    Simulation.forSeeds(
        1,
        Effort.of(50, 5),
        simulation -> {
          var world =
              new ProxyWorld(simulation, ProxyWorld.ONE)
                  .script(9001, (upstream, head) -> upstream.answer("x"))
                  .script(9002, (upstream, head) -> upstream.answer("x"));
          var clients = new ArrayList<RawClient>();
          for (int i = 0; i < 40; i++) {
            clients.add(
                world.connect(
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + ProxyWorld.request("GET", "/2")));
            simulation.runFor(simulation.seed() % 5 * 40_000);
            if (i % 4 == 0) {
              world.proxy.reload(
                  ProxyWorld.config(List.of(ProxyWorld.ONE, OTHER, ProxyWorld.TWO).get(i / 4 % 3)));
            }
          }
          simulation.runUntil(() -> clients.stream().allMatch(RawClient::isOver));
          for (RawClient client : clients) {
            assertThat(client.received.toString().split("HTTP/1.1 200", -1))
                .as("two answers of 200 in %s", client.received)
                .hasSize(3);
          }
        });
  }
}
