package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

@Tag("phase-2")
class SimulationTest {
  private static final long MILLI = 1_000_000;
  private static final long HOUR = 3600 * 1000 * MILLI;
  private static final long TIMEOUT_NANOS = 500 * MILLI;
  private static final int SEEDS = Effort.of(200, 40);

  /** Two machines and a connection between them. */
  private static final class Pair {
    final Simulation simulation;
    final Loop clientLoop;
    final Loop serverLoop;
    final Recorder client = new Recorder();
    final Recorder server;
    final Network.Listener listener;

    Pair(Simulation simulation, Recorder server, Simulation.Link link) {
      this.simulation = simulation;
      this.server = server;
      clientLoop = simulation.loop("client");
      serverLoop = simulation.loop("server");
      simulation.link(clientLoop, serverLoop, link);
      listener =
          simulation.network(serverLoop).listen(new InetSocketAddress("10.0.0.2", 0), () -> server);
    }

    Pair(long seed) {
      this(new Simulation(seed), new Recorder(), Simulation.Link.USUAL);
    }

    void connect() {
      clientLoop.execute(
          () -> simulation.network(clientLoop).connect(listener.address(), TIMEOUT_NANOS, client));
    }

    Pair connected() {
      connect();
      simulation.runUntil(() -> client.connected.isDone() && server.connected.isDone());
      return this;
    }

    void send(String text) {
      clientLoop.execute(() -> {
        client.own().write(text.getBytes(StandardCharsets.ISO_8859_1), 0, text.length());
        client.own().flush();
      });
    }
  }

  /** A conversation with enough in it to go differently. */
  private static String conversation(long seed) {
    var pair = new Pair(new Simulation(seed), new Echo(), Simulation.Link.USUAL).connected();
    for (int i = 0; i < 20; i++) {
      pair.send("message " + i);
      pair.serverLoop.execute(() -> {});
    }
    pair.clientLoop.execute(() -> pair.clientLoop.schedule(MILLI, () -> pair.send("late")));
    pair.simulation.run();
    assertThat(pair.client.text()).startsWith("message 0").contains("message 19").contains("late");
    return pair.simulation.trace();
  }

  private static final class Echo extends Recorder {
    @Override
    int onReceive(byte[] bytes, int from, int to) {
      own().write(bytes, from, to);
      own().flush();
      return to - from;
    }
  }

  @Test
  void equalSeedsGiveEqualTraces() {
    for (long seed = 0; seed < Effort.of(20, 5); seed++) {
      assertThat(conversation(seed)).isEqualTo(conversation(seed));
    }
  }

  @Test
  void differentSeedsGiveDifferentTraces() {
    var traces = new HashSet<String>();
    for (long seed = 0; seed < 20; seed++) {
      String trace = conversation(seed);
      traces.add(trace.substring(trace.indexOf('\n')));
    }
    assertThat(traces).hasSize(20);
  }

  /** Two clients add one each, by reading, thinking, and writing back. The server has no lock. */
  private static int additions(Simulation simulation) {
    Loop server = simulation.loop("server");
    var value = new int[1];
    for (String name : List.of("a", "b")) {
      Loop client = simulation.loop(name);
      client.execute(() ->
          server.execute(() -> {
            int seen = value[0];
            client.execute(() -> server.execute(() -> value[0] = seen + 1));
          }));
    }
    simulation.run();
    return value[0];
  }

  @Test
  void aRaceThatSomeSeedsShowIsFoundAndRepeated() {
    var outcomes = new TreeMap<Integer, List<Long>>();
    for (long seed = 0; seed < SEEDS; seed++) {
      outcomes
          .computeIfAbsent(additions(new Simulation(seed)), each -> new ArrayList<>())
          .add(seed);
    }
    assertThat(outcomes.keySet()).as("sums that some seed leads to").containsExactly(1, 2);
    long losing = outcomes.get(1).getFirst();
    var again = new Simulation(losing);
    assertThat(additions(again)).as("the sum of seed %s, again", losing).isEqualTo(1);
    var third = new Simulation(losing);
    additions(third);
    assertThat(third.trace()).isEqualTo(again.trace());
  }

  @Test
  void aTestThatFailsSaysItsSeed() {
    assertThatThrownBy(() ->
            Simulation.forSeeds(
                0, SEEDS, simulation -> assertThat(additions(simulation)).isEqualTo(2)))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching("(?s)seed \\d+, after .* ms: the test failed: .*")
        .hasCauseInstanceOf(AssertionError.class);
  }

  @Test
  void aTaskThatThrowsEndsTheRunWithTheSeed() {
    var simulation = new Simulation(77);
    Loop loop = simulation.loop("loop");
    loop.execute(() -> {
      throw new IllegalStateException("boom");
    });
    assertThatThrownBy(simulation::run)
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "seed 77, after 0.0 ms: loop: a task threw: java.lang.IllegalStateException: boom");
  }

  @Test
  void hoursPassAtOnce() {
    var simulation = new Simulation(1);
    Loop loop = simulation.loop("loop");
    var heard = new ArrayList<String>();
    loop.execute(() -> {
      long begun = loop.nanoTime();
      loop.schedule(HOUR, () -> heard.add("late by " + (loop.nanoTime() - begun - HOUR) / MILLI));
    });
    simulation.run();
    assertThat(heard).containsExactly("late by 0");
    assertThat(simulation.now()).isBetween(HOUR, HOUR + 2 * MILLI);
  }

  @Test
  void runForLeavesTheClockAtItsEnd() {
    var simulation = new Simulation(1);
    Loop loop = simulation.loop("loop");
    var heard = new ArrayList<String>();
    loop.execute(() -> loop.schedule(10 * MILLI, () -> heard.add("timer")));
    simulation.runFor(9 * MILLI);
    assertThat(simulation.now()).isEqualTo(9 * MILLI);
    assertThat(heard).isEmpty();
    simulation.runFor(3 * MILLI);
    assertThat(simulation.now()).isEqualTo(12 * MILLI);
    assertThat(heard).containsExactly("timer");
  }

  @Test
  void whatNeverComesIsNotWaitedFor() {
    assertThatThrownBy(() -> new Simulation(3).runUntil(() -> false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed 3")
        .hasMessageContaining("nothing is left to do");
  }

  @Test
  void loopsOfAnotherWorldAreRefused() {
    var other = new Pair(1).connected();
    var own = new Pair(1).connected();
    assertThatThrownBy(() -> own.simulation.partition(own.clientLoop, other.clientLoop))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> own.simulation.network(other.clientLoop))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPortIsBoundOnce() {
    var pair = new Pair(1);
    Network network = pair.simulation.network(pair.serverLoop);
    assertThatThrownBy(() -> network.listen(pair.listener.address(), Recorder::new))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot listen");
    pair.listener.close();
    var again = new Recorder();
    assertThat(network.listen(pair.listener.address(), () -> again).address())
        .isEqualTo(pair.listener.address());
    pair.connect();
    pair.simulation.run();
    assertThat(again.calls).as("whom the second listener lets in").containsExactly("connected");
  }

  @Test
  void whatAPartitionHoldsUpArrivesInOrderWhenItHeals() {
    Simulation.forSeeds(
        0,
        SEEDS,
        simulation -> {
          var pair = new Pair(simulation, new Recorder(), Simulation.Link.USUAL).connected();
          pair.send("before ");
          simulation.runFor(simulation.seed() * 10_000); // some of it is on the way
          simulation.partition(pair.clientLoop, pair.serverLoop);
          pair.send("between ");
          simulation.run();
          assertThat(pair.server.text()).as("during the partition").doesNotContain("between");
          simulation.heal(pair.clientLoop, pair.serverLoop);
          pair.send("after");
          simulation.run();
          assertThat(pair.server.text()).isEqualTo("before between after");
        });
  }

  @Test
  void connectingThroughAPartitionTimesOut() {
    var pair = new Pair(5);
    pair.simulation.partition(pair.clientLoop, pair.serverLoop);
    pair.connect();
    pair.simulation.run();
    assertThat(pair.client.calls).containsExactly("closed");
    assertThat(pair.client.closed.join()).contains("SocketTimeoutException").contains("500 ms");
    pair.simulation.heal(pair.clientLoop, pair.serverLoop);
    pair.simulation.run();
    assertThat(pair.client.calls).as("the client after its timeout").containsExactly("closed");
    assertThat(pair.server.closed.join()).as("the server's end of it").contains("reset");
  }

  @Test
  void aMachineThatRefusesRefuses() {
    var pair = new Pair(5);
    pair.simulation.refuse(pair.serverLoop, true);
    pair.connect();
    pair.simulation.run();
    assertThat(pair.client.closed.join()).contains("Connection refused");
    pair.simulation.refuse(pair.serverLoop, false);
    assertThat(new Pair(6).connected().client.calls).containsExactly("connected");
  }

  @Test
  void aResetIsSeenAtBothEnds() {
    var pair = new Pair(5).connected();
    pair.simulation.reset(pair.client.own());
    pair.simulation.run();
    assertThat(pair.client.closed.join()).contains("Connection reset");
    assertThat(pair.server.closed.join()).contains("Connection reset");
  }

  @Test
  void aSlowLinkTakesAWindowARoundTrip() {
    var link = new Simulation.Link(10 * MILLI, 10 * MILLI, 1000, 0);
    var pair = new Pair(new Simulation(5), new Recorder(), link).connected();
    long begun = pair.simulation.now();
    pair.send("x".repeat(10_000));
    pair.simulation.runUntil(() -> pair.server.taken.size() == 10_000);
    long trips = (pair.simulation.now() - begun) / (20 * MILLI);
    assertThat(trips).as("round trips for ten windows").isBetween(9L, 11L);
  }

  @Test
  void aReaderThatPausesStopsItsWriterAtTheWindow() {
    var link = new Simulation.Link(MILLI, 2 * MILLI, 5000, 0);
    var pair = new Pair(new Simulation(5), new Recorder(), link).connected();
    pair.serverLoop.execute(() -> pair.server.own().pauseReading());
    pair.simulation.run();
    pair.send("x".repeat(20_000));
    pair.simulation.run();
    assertThat(pair.client.own().queuedBytes()).isEqualTo(15_000);
  }

  @Test
  void whatIsNotFlushedIsNotSent() {
    var pair = new Pair(5).connected();
    pair.clientLoop.execute(() -> pair.client.own().write(new byte[10], 0, 10));
    pair.simulation.run();
    assertThat(pair.server.taken.size()).isZero();
    assertThat(pair.client.own().queuedBytes()).isEqualTo(10);
  }

  @Test
  void seedsCutBytesInDifferentPlaces() {
    var calls = new HashSet<Integer>();
    for (long seed = 0; seed < 30; seed++) {
      var pair = new Pair(seed).connected();
      pair.send("x".repeat(500));
      pair.simulation.run();
      assertThat(pair.server.taken.size()).isEqualTo(500);
      calls.add(pair.server.calls.size() - 1);
    }
    assertThat(calls).as("numbers of receive calls for 500 bytes").hasSizeGreaterThan(5);
  }
}
