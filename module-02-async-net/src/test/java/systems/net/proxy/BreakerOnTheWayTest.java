package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cluster that fails is left alone for a while, and one request finds out whether it is well. */
@Tag("phase-7")
class BreakerOnTheWayTest {
  private static final String CONFIG =
      ProxyWorld.ONE.replace(
          "    upstreams:",
          "    eject: {failures: 0}\n"
              + "    break: {failure-percent: 50, requests: 4, window: 10s, open: 5s}\n"
              + "    upstreams:");

  private boolean isWell;

  private ProxyWorld world() {
    return ProxyWorld.of(CONFIG)
        .script(
            9001,
            (upstream, head) -> {
              if (isWell) {
                upstream.answer("well");
              } else {
                upstream.abort();
              }
            });
  }

  private static int post(ProxyWorld world) {
    return ProxyWorld.status(
        world.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  }

  private static void open(ProxyWorld world) {
    for (int i = 0; i < 8 && post(world) != 503; i++) {
      assertThat(i).as("failures before it opens").isLessThan(7);
    }
  }

  @Test
  void whileItIsOpenNobodyIsAsked() {
    ProxyWorld world = world();
    open(world);
    int asked = world.connections.size();
    assertThat(post(world)).as("refused by the proxy").isEqualTo(503);
    assertThat(world.connections).as("connections to the upstream").hasSize(asked);
  }

  @Test
  void afterItsTimeOneRequestFindsOut() {
    ProxyWorld world = world();
    open(world);
    isWell = true;
    assertThat(post(world)).as("still open").isEqualTo(503);
    world.simulation.runFor(6 * ProxyWorld.SECOND);
    assertThat(post(world)).as("the probe").isEqualTo(200);
    assertThat(post(world)).as("closed again").isEqualTo(200);
  }

  @Test
  void aProbeThatFailsOpensItAgain() {
    ProxyWorld world = world();
    open(world);
    world.simulation.runFor(6 * ProxyWorld.SECOND);
    assertThat(post(world)).as("the probe").isEqualTo(502);
    assertThat(post(world)).as("open again").isEqualTo(503);
  }
}
