package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.http.BodyReader;
import systems.net.http.Headers;
import systems.net.loop.Transport;

/** However large a body is, the proxy holds a few windows of it. */
@Tag("phase-7")
class BackpressureTest {
  private static final int BYTES = 4 << 20;

  /** Four windows of the simulated network, two queues, and what one read brings, with room. */
  private static final int HELD_MAX = 1 << 20;

  @Test
  void slowClientStopsTheUpstream() {
    var world = ProxyWorld.of(ProxyWorld.ONE);
    world.script(9001, (upstream, head) -> upstream.answer("x".repeat(BYTES)));
    RawClient client = world.connect(ProxyWorld.request("GET", "/"));
    client.counts = true;
    world.simulation.runUntil(() -> client.count > 0);
    world.clients.execute(() -> client.transport().pauseReading());
    world.simulation.runFor(ProxyWorld.SECOND);
    Transport upstream = world.connections.getFirst().transport;
    assertThat(upstream).isNotNull();
    assertThat(upstream.queuedBytes())
        .as("bytes that wait at the upstream while the client does not read")
        .isGreaterThan(BYTES - HELD_MAX);
    world.clients.execute(() -> client.transport().resumeReading());
    world.simulation.runUntil(client::isOver);
    assertThat(client.count).isGreaterThan(BYTES);
  }

  @Test
  void slowUpstreamStopsTheClient() {
    var got = new AtomicLong();
    var world = ProxyWorld.of(ProxyWorld.ONE);
    world.server(
        9001,
        (request, response) -> {
          request.readBody(
              new BodyReader() {
                @Override
                public void data(byte[] bytes, int from, int to) {
                  got.addAndGet(to - from);
                }

                @Override
                public void end(Headers trailers) {
                  response.send("got " + got.get());
                }

                @Override
                public void failed(@Nullable Throwable cause) {}
              });
          request.pauseBody();
          request.loop().schedule(2 * ProxyWorld.SECOND, request::resumeBody);
        });
    RawClient client =
        world.connect(
            "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
                + BYTES
                + "\r\n\r\n"
                + "x".repeat(BYTES));
    world.simulation.runFor(ProxyWorld.SECOND);
    assertThat(client.transport().queuedBytes())
        .as("bytes that wait at the client while the upstream does not read")
        .isGreaterThan(BYTES - HELD_MAX);
    world.simulation.runUntil(client::isOver);
    assertThat(client.received).endsWith("got " + BYTES);
  }

  @Test
  void streamThatStartsIsSeenAtOnce() {
    var world = ProxyWorld.of(ProxyWorld.ONE);
    world.script(
        9001,
        (upstream, head) -> {
          upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          upstream.loop().schedule(ProxyWorld.SECOND, () -> upstream.send("1\r\nx\r\n0\r\n\r\n"));
        });
    RawClient client = world.connect(ProxyWorld.request("GET", "/"));
    world.simulation.runFor(100 * ProxyWorld.MILLI);
    assertThat(client.received).as("the head, before the body has begun").contains("chunked");
    world.simulation.runUntil(client::isOver);
    assertThat(client.received).endsWith("1\r\nx\r\n0\r\n\r\n");
  }
}
