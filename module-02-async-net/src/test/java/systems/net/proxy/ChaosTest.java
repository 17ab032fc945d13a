package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.client.Script;
import systems.net.loop.Loop;
import systems.net.loop.Simulation;
import systems.net.loop.Transport;

/**
 * Upstreams that fail in every way the seed can think of, and what must hold all the same: an
 * answer that is whole is the right one, one that is not whole does not look so, and what may not
 * be done twice is not.
 */
@Tag("phase-7")
class ChaosTest {
  private static final int SEEDS = Effort.of(150, 15);
  private static final int CLIENTS = 12;
  private static final int REQUESTS = 4;
  private static final String TWICE = ProxyWorld.TWO + "    retries: 2\n";

  /** One run. */
  private static final class Run {
    final Simulation simulation;
    final SplittableRandom random;
    final ProxyWorld world;

    /** How often a request has reached an upstream. */
    final Map<String, Integer> done = new HashMap<>();

    Run(Simulation simulation) {
      this.simulation = simulation;
      random = new SplittableRandom(simulation.seed());
      world =
          new ProxyWorld(simulation, TWICE)
              .script(9001, this::misbehave)
              .script(9002, this::misbehave);
    }

    private void misbehave(Script upstream, String head) {
      String what = head.substring(0, head.indexOf(" HTTP/"));
      done.merge(what, 1, Integer::sum);
      upstream.loop().schedule(random.nextLong(2 * ProxyWorld.MILLI), () -> act(upstream, what));
    }

    private void act(Script upstream, String what) {
      if (upstream.closed) {
        return;
      }
      String body = what + ".".repeat(random.nextInt(2000)) + "end";
      String whole =
          random.nextBoolean()
              ? "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body
              : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + Integer.toHexString(body.length())
                  + "\r\n"
                  + body
                  + "\r\n0\r\n\r\n";
      switch (random.nextInt(10)) {
        case 0 -> upstream.abort();
        case 1 -> upstream.send(whole.substring(0, random.nextInt(whole.length()))).abort();
        case 2 -> upstream.send(whole.substring(0, random.nextInt(whole.length()))).finish();
        case 3 -> upstream.send(whole).finish();
        case 4 -> reset(upstream);
        default -> upstream.send(whole);
      }
    }

    private void reset(Script upstream) {
      Transport transport = upstream.transport;
      if (transport != null) {
        simulation.reset(transport);
      }
    }

    private String requests(int client) {
      var text = new StringBuilder();
      for (int i = 0; i < REQUESTS; i++) {
        text.append(i % 2 == 0 ? "GET" : "DELETE".equals(kind(client)) ? "DELETE" : "POST")
            .append(" /%d/%d HTTP/1.1\r\nHost: a\r\n".formatted(client, i))
            .append(i == REQUESTS - 1 ? "Connection: close\r\n\r\n" : "\r\n");
      }
      return text.toString();
    }

    private static String kind(int client) {
      return client % 3 == 0 ? "DELETE" : "POST";
    }

    void go() {
      var clients = new ArrayList<RawClient>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(world.connect(requests(i)));
        simulation.runFor(random.nextLong(ProxyWorld.MILLI));
      }
      Loop victim = world.machines.get(9001);
      simulation.partition(world.middle, victim);
      simulation.runFor(random.nextLong(20 * ProxyWorld.MILLI));
      simulation.heal(world.middle, victim);
      simulation.runUntil(() -> clients.stream().allMatch(RawClient::isOver));
      for (int i = 0; i < CLIENTS; i++) {
        check(i, clients.get(i).received.toString());
      }
      done.forEach((what, times) -> {
        if (what.startsWith("POST")) {
          assertThat(times).as("times that %s was done", what).isEqualTo(1);
        }
      });
    }

    /** Each answer that is whole belongs to its request; behind one that is not nothing comes. */
    private static void check(int client, String all) {
      List<String> answers = List.of(all.split("(?=HTTP/1\\.1 [0-9]{3} )"));
      for (int i = 0; i < answers.size() && !answers.get(i).isEmpty(); i++) {
        String answer = answers.get(i);
        boolean whole = isWhole(answer);
        assertThat(whole || i == answers.size() - 1)
            .as("an answer behind half an answer: %s", all)
            .isTrue();
        if (whole && ProxyWorld.status(answer) == 200) {
          assertThat(content(answer))
              .as("answer %d of client %d", i, client)
              .contains(" /" + client + "/" + i)
              .endsWith("end");
        }
      }
    }

    /** The body, without the lines of the chunks' sizes. */
    private static String content(String answer) {
      String body = ProxyWorld.body(answer);
      if (!answer.contains("Transfer-Encoding: chunked")) {
        return body;
      }
      var content = new StringBuilder();
      int at = 0;
      int size = -1;
      while (size != 0) {
        int line = body.indexOf("\r\n", at);
        size = Integer.parseInt(body.substring(at, line), 16);
        content.append(body, line + 2, line + 2 + size);
        at = line + size + 4;
      }
      return content.toString();
    }

    private static boolean isWhole(String answer) {
      int end = answer.indexOf("\r\n\r\n");
      if (end < 0) {
        return false;
      }
      if (answer.contains("Transfer-Encoding: chunked")) {
        return answer.endsWith("\r\n0\r\n\r\n");
      }
      int length = Integer.parseInt(answer.replaceAll("(?s).*Content-Length: ([0-9]+).*", "$1"));
      return answer.length() - end - 4 == length;
    }
  }

  @Test
  void wholeAnswersAreRightAndHalfOnesAreSeen() {
    Simulation.forSeeds(1, SEEDS, simulation -> new Run(simulation).go());
  }
}
