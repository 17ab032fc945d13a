package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.client.Script;

/** A route takes so many requests in a second, and so many at once. */
@Tag("phase-7")
class GateTest {
  @Test
  void bucketRefillsAndDoesNotOverflow() {
    var world = ProxyWorld.of(ProxyWorld.ONE + "    rate: {per-second: 2, burst: 3}\n");
    world.script(9001, (upstream, head) -> upstream.answer("in"));
    world.simulation.runFor(100 * ProxyWorld.SECOND);
    var statuses = new ArrayList<Integer>();
    for (int i = 0; i < 4; i++) {
      statuses.add(ProxyWorld.status(world.get("/")));
    }
    assertThat(statuses).as("a burst after a long rest").containsExactly(200, 200, 200, 429);
    assertThat(world.get("/")).contains("Retry-After: 1\r\n");
    world.simulation.runFor(ProxyWorld.SECOND / 2);
    assertThat(ProxyWorld.status(world.get("/"))).isEqualTo(200);
    assertThat(ProxyWorld.status(world.get("/"))).isEqualTo(429);
  }

  @Test
  void requestsAtOnceAreBounded() {
    var held = new ArrayList<Script>();
    var world = ProxyWorld.of(ProxyWorld.ONE + "    concurrency: 2\n");
    world.script(9001, (upstream, head) -> held.add(upstream));
    var inside =
        List.of(
            world.connect(ProxyWorld.request("GET", "/1")),
            world.connect(ProxyWorld.request("GET", "/2")));
    world.simulation.runUntil(() -> held.size() == 2);
    String refused = world.get("/3");
    assertThat(ProxyWorld.status(refused)).as("one too many").isEqualTo(503);
    assertThat(refused).contains("Retry-After: 1\r\n");
    world.machines.get(9001).execute(() -> held.forEach(upstream -> upstream.answer("in")));
    world.simulation.runUntil(() -> inside.stream().allMatch(RawClient::isOver));
    RawClient next = world.connect(ProxyWorld.request("GET", "/4"));
    world.simulation.runUntil(() -> held.size() == 3);
    assertThat(next.isOver()).isFalse();
  }
}
