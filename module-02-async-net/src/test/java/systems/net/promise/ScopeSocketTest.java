package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.loop.EventLoop;
import systems.net.loop.Loop;
import systems.net.loop.LoopSettings;
import systems.net.loop.Network;
import systems.net.loop.Simulation;
import systems.net.loop.Transport;

/** Cancellation arrives at connections, simulated ones and real ones. */
@Tag("phase-2")
class ScopeSocketTest {
  private static final long MILLI = 1_000_000;
  private static final long TIMEOUT_NANOS = 1000 * MILLI;

  /** A client with a scope, and a server that only listens. */
  private static final class Pair {
    final Simulation simulation;
    final Loop clientLoop;
    final Loop serverLoop;
    final Noting client = new Noting();
    final Noting server = new Noting();
    final Scope scope;
    final Network.Listener listener;
    final List<Future<Transport>> connected = new ArrayList<>();

    Pair(Simulation simulation) {
      this.simulation = simulation;
      clientLoop = simulation.loop("client");
      serverLoop = simulation.loop("server");
      scope = Scope.open(clientLoop, "visit");
      listener =
          simulation
              .network(serverLoop)
              .listen(new InetSocketAddress("10.0.0.2", 80), () -> server);
    }

    Pair connect() {
      clientLoop.execute(() ->
          connected.add(
              scope.connect(
                  simulation.network(clientLoop), listener.address(), TIMEOUT_NANOS, client)));
      return this;
    }

    /** Closes the scope and says how it ended. */
    String end() {
      var how = new ArrayList<String>();
      clientLoop.execute(() -> {
        var unused =
            scope.close().whenDone((value, cause) -> how.add(cause == null ? "well" : "" + cause));
        assertThat(unused).isNotNull();
      });
      simulation.runUntil(() -> !how.isEmpty());
      return how.getFirst();
    }
  }

  @Test
  void cancellingTheScopeAbortsItsConnections() {
    var pair = new Pair(new Simulation(1)).connect();
    pair.simulation.run();
    assertThat(pair.connected.getFirst().isSucceeded()).isTrue();
    assertThat(pair.client.heard).containsExactly("connected");
    pair.clientLoop.execute(() -> pair.scope.cancel("enough"));
    pair.simulation.run();
    assertThat(pair.client.heard)
        .containsExactly("connected", "closed: scope visit was cancelled: enough");
    assertThat(pair.server.heard).contains("inputEnded");
  }

  @Test
  void theDeadlineAbortsThem() {
    var pair = new Pair(new Simulation(1)).connect();
    pair.clientLoop.execute(() -> {
      pair.scope.deadline(20 * MILLI);
      assertThat(pair.scope.delay(500 * MILLI).isDone()).isFalse();
    });
    assertThat(pair.end()).contains("TimeoutException").contains("20.0 ms of scope visit");
    pair.simulation.run();
    assertThat(pair.client.heard).last().asString().contains("deadline of 20.0 ms");
    assertThat(pair.simulation.now()).as("the end of all that happened").isLessThan(100 * MILLI);
  }

  @Test
  void aConnectionThatCannotBeMadeFailsTheScope() {
    var pair = new Pair(new Simulation(1));
    pair.simulation.refuse(pair.serverLoop, true);
    pair.connect();
    assertThat(pair.end()).contains("Connection refused");
    assertThat(pair.client.heard).hasSize(1).first().asString().contains("Connection refused");
  }

  @Test
  void aConnectionThatComesTooLateIsAborted() {
    Simulation.forSeeds(
        0,
        Effort.of(50, 10),
        simulation -> {
          var pair = new Pair(simulation);
          simulation.partition(pair.clientLoop, pair.serverLoop);
          pair.connect();
          pair.clientLoop.execute(
              () -> pair.clientLoop.schedule(MILLI, () -> pair.scope.cancel("no")));
          assertThat(pair.end()).contains("scope visit was cancelled: no");
          simulation.heal(pair.clientLoop, pair.serverLoop);
          simulation.run();
          assertThat(pair.client.heard)
              .as("what its protocol hears")
              .containsExactly("closed: scope visit was cancelled: no");
          assertThat(pair.server.heard).as("what the server hears").hasSizeGreaterThan(1);
        });
  }

  @Test
  void anEndedConnectionIsForgotten() {
    var pair = new Pair(new Simulation(1)).connect();
    pair.simulation.run();
    pair.simulation.reset(pair.connected.getFirst().value());
    pair.simulation.run();
    assertThat(pair.client.heard).containsExactly("connected", "closed: Connection reset");
    assertThat(pair.end()).as("the end of a scope whose connection ended before").isEqualTo("well");
  }

  @Test
  void aRealSocketIsAbortedToo() throws Exception {
    try (var loop = EventLoop.start("loop");
        var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var scope = new CompletableFuture<Scope>();
      var end = new CompletableFuture<String>();
      server.setSoTimeout(Effort.seconds() * 1000);
      loop.execute(() -> scope.complete(begin(loop, server, end)));
      try (var peer = server.accept()) {
        peer.setSoTimeout(Effort.seconds() * 1000);
        loop.execute(() -> scope.join().cancel("enough"));
        assertThat(readToEnd(peer.getInputStream())).isEqualTo("ends");
        assertThat(end.get(Effort.seconds(), TimeUnit.SECONDS))
            .contains("scope real was cancelled: enough");
      }
    }
  }

  @Test
  void aCoroutineMayConnectAndCancelThoughItHasItsOwnThread() throws Exception {
    var failures = new CopyOnWriteArrayList<String>();
    var settings = LoopSettings.USUAL.withFailures((where, cause) -> failures.add("" + cause));
    try (var loop = EventLoop.start(settings, "loop");
        var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var client = new Noting();
      var done = new CompletableFuture<String>();
      loop.execute(() -> {
        var coroutine =
            Await.run(
                loop,
                () -> {
                  Scope scope = Scope.open(loop, "own thread");
                  Await.await(
                      scope.connect(loop, server.getLocalSocketAddress(), TIMEOUT_NANOS, client));
                  scope.cancel("enough");
                  return scope.live() + " live";
                });
        var same =
            coroutine.whenDone((value, cause) -> done.complete(cause == null ? value : "" + cause));
        assert same == coroutine;
      });
      assertThat(done.get(Effort.seconds(), TimeUnit.SECONDS)).isEqualTo("0 live");
      try (var peer = server.accept()) {
        peer.setSoTimeout(Effort.seconds() * 1000);
        assertThat(readToEnd(peer.getInputStream())).isEqualTo("ends");
      }
    }
    assertThat(failures).isEmpty();
  }

  private static Scope begin(EventLoop loop, ServerSocket server, CompletableFuture<String> end) {
    Scope scope = Scope.open(loop, "real");
    var connected =
        scope.connect(loop, server.getLocalSocketAddress(), TIMEOUT_NANOS, new Noting());
    var pause = scope.delay(3_600_000 * MILLI);
    var closed = scope.close().whenDone((value, cause) -> end.complete("" + cause));
    assertThat(List.of(connected.isDone(), pause.isDone(), closed.isDone())).doesNotContain(true);
    return scope;
  }

  private static String readToEnd(java.io.InputStream in) {
    try {
      return in.read() < 0 ? "ends" : "goes on";
    } catch (IOException reset) {
      return "ends";
    }
  }
}
