package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.http.Handler;
import systems.net.loop.Protocol;
import systems.net.loop.Simulation;
import systems.net.loop.Transport;

/** A switch of protocols, and bytes in both directions after it. */
@Tag("phase-7")
class TunnelTest {
  static final String TOY = ProxyWorld.ONE + "    upgrade: [toy]\n";
  private static final int BYTES = 1 << 20;

  /** Answers with the bytes in upper case, and says goodbye when the client has ended. */
  private static final class Shouting implements Protocol {
    private @Nullable Transport transport;

    @Override
    public void connected(Transport given) {
      transport = given;
      say("welcome ");
    }

    private void say(String text) {
      byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      if (transport != null) {
        transport.write(bytes, 0, bytes.length);
        transport.flush();
      }
    }

    @Override
    public int receive(byte[] bytes, int from, int to) {
      say(
          new String(bytes, from, to - from, java.nio.charset.StandardCharsets.ISO_8859_1)
              .toUpperCase(java.util.Locale.ROOT));
      return to - from;
    }

    @Override
    public void inputEnded() {
      say(" goodbye");
      if (transport != null) {
        transport.finish();
      }
    }

    @Override
    public void writable() {}

    @Override
    public void wake(long nowNanos) {}

    @Override
    public void closed(@Nullable Throwable cause) {}
  }

  static final Handler SHOUTS =
      (request, response) -> {
        if (request.headers().containsToken("Connection", "upgrade")) {
          response.header("Upgrade", "toy").upgrade(new Shouting());
        } else {
          response.send("no upgrade");
        }
      };

  static String upgrade(String protocol) {
    return "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: " + protocol + "\r\n\r\n";
  }

  @Test
  void bytesGoBothWaysAndEachWayEndsForItself() {
    Simulation.forSeeds(
        1,
        Effort.of(100, 10),
        simulation -> {
          var world = new ProxyWorld(simulation, TOY).server(9001, SHOUTS);
          RawClient client = world.connect(upgrade("toy") + "early ");
          simulation.runUntil(() -> client.received.indexOf("EARLY") > 0);
          world.clients.execute(() -> {
            client.send("late");
            client.transport().finish();
          });
          simulation.runUntil(client::isOver);
          String all = client.received.toString();
          assertThat(all).startsWith("HTTP/1.1 101 ").contains("Upgrade: toy\r\n");
          assertThat(ProxyWorld.body(all)).isEqualTo("welcome EARLY LATE goodbye");
        });
  }

  @Test
  void protocolThatTheRouteDoesNotKnowIsNotSwitchedTo() {
    var world = ProxyWorld.of(TOY).server(9001, SHOUTS);
    for (String protocol : new String[] {"h2c", "toy, h2c", "websocket"}) {
      RawClient client = world.connect(upgrade(protocol));
      world.simulation.runUntil(() -> client.received.indexOf("no upgrade") > 0);
      assertThat(client.received).as(protocol).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void refusedSwitchIsAnAnswerLikeOthers() {
    var world = ProxyWorld.of(TOY).script(9001, (upstream, head) -> upstream.answer("not today"));
    RawClient client = world.connect(upgrade("toy") + ProxyWorld.request("GET", "/"));
    world.simulation.runUntil(client::isOver);
    assertThat(client.received.toString().replaceAll("(?s)HTTP.*?\r\n\r\n", ""))
        .isEqualTo("not todaynot today");
  }

  @Test
  void whoDoesNotReadStopsTheOtherEnd() {
    var world = ProxyWorld.of(TOY);
    world.script(
        9001,
        (upstream, head) -> {
          upstream.send("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: toy\r\n\r\n");
          upstream.send("x".repeat(BYTES));
        });
    RawClient client = world.connect(upgrade("toy"));
    world.simulation.runUntil(() -> client.received.length() > 0);
    world.clients.execute(() -> client.transport().pauseReading());
    world.simulation.runFor(ProxyWorld.SECOND);
    Transport upstream = world.connections.getFirst().transport;
    assertThat(upstream).isNotNull();
    assertThat(upstream.queuedBytes())
        .as("bytes that stay at the upstream while the client does not read")
        .isGreaterThan(BYTES / 2);
    world.clients.execute(() -> client.transport().resumeReading());
    world.simulation.runUntil(() -> client.count > BYTES);
  }

  @Test
  void brokenEndBreaksTheOther() {
    var world = ProxyWorld.of(TOY).server(9001, SHOUTS);
    RawClient client = world.connect(upgrade("toy"));
    world.simulation.runUntil(() -> client.received.indexOf("welcome") > 0);
    world.proxy.reload(ProxyWorld.config(TOY.replace("edge", "other")));
    world.simulation.runFor(ProxyWorld.SECOND);
    assertThat(client.isOver()).as("a reload leaves tunnels alone").isFalse();
    world.simulation.runFor(100 * ProxyWorld.SECOND);
    assertThat(client.isOver()).as("a tunnel in which nothing moves").isTrue();
  }
}
