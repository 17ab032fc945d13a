package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is let in, and what happens when the system itself cannot. */
@Tag("phase-3")
class AcceptTest {
  private static final long MILLI = 1_000_000;

  private final CopyOnWriteArrayList<String> failures = new CopyOnWriteArrayList<>();

  private EventLoop loop(LoopSettings settings) {
    return EventLoop.start(
        settings.withFailures((where, cause) -> failures.add(where + ": " + cause.getMessage())),
        "loop");
  }

  /** Fails so many times, as accept does when the process has no descriptor left. */
  private static Acceptor.Source failing(
      ServerSocketChannel socket, AtomicInteger asked, int fails) {
    return () -> {
      if (asked.incrementAndGet() <= fails) {
        throw new IOException("Too many open files");
      }
      return socket.accept();
    };
  }

  @Test
  void withoutDescriptorsTheListenerRestsAndThenGoesOn() throws IOException {
    try (var loop = loop(LoopSettings.USUAL.withAcceptPauseNanos(5 * MILLI))) {
      var asked = new AtomicInteger();
      var socket = Acceptor.bind(Peer.anyPort(), 16, false);
      loop.listen(socket, failing(socket, asked, 3), loop.to(Echo::new));
      try (var peer = Peer.connect(socket.getLocalAddress())) {
        peer.send("hello");
        assertThat(peer.readText(5)).as("when there are descriptors again").isEqualTo("hello");
        assertThat(loop.stats().acceptPauses()).isEqualTo(3);
        assertThat(failures)
            .hasSize(3)
            .allMatch(
                line -> line.matches("accepting at .* failed; it rests: Too many open files"));
      }
    }
  }

  @Test
  void whileTheListenerRestsTheLoopSleepsAndServesOthers() throws IOException {
    try (var loop = loop(LoopSettings.USUAL.withAcceptPauseNanos(3_600_000 * MILLI))) {
      var standing = loop.listen(Peer.anyPort(), Echo::new);
      var asked = new AtomicInteger();
      var socket = Acceptor.bind(Peer.anyPort(), 16, false);
      loop.listen(socket, failing(socket, asked, Integer.MAX_VALUE), loop.to(Echo::new));
      try (var waiting = Peer.connect(socket.getLocalAddress());
          var served = Peer.connect(standing.address())) {
        Await.until("the first failure", () -> asked.get() > 0);
        served.send("x");
        assertThat(served.readText(1)).isEqualTo("x");
        assertThat(Await.turnsWhileIdle(loop)).as("turns while it rests").isLessThan(10);
        assertThat(asked).as("times that accept was tried").hasValue(1);
        assertThat(waiting.socket.isConnected()).isTrue();
      }
    }
  }

  @Test
  void aListenerThatIsClosedWhileItRestsStaysClosed() throws IOException {
    try (var loop = loop(LoopSettings.USUAL.withAcceptPauseNanos(MILLI))) {
      var asked = new AtomicInteger();
      var socket = Acceptor.bind(Peer.anyPort(), 16, false);
      var listener =
          loop.listen(socket, failing(socket, asked, Integer.MAX_VALUE), loop.to(Echo::new));
      try (var waiting = Peer.connect(socket.getLocalAddress())) {
        Await.until("a rest", () -> loop.stats().acceptPauses() > 0);
        listener.close();
        assertThat(waiting.ending()).as("what the waiting peer sees").contains("reset");
        assertThat(Await.turnsWhileIdle(loop)).as("turns without a listener").isLessThan(10);
      }
    }
  }

  @Test
  void moreThanTheLimitAreClosedAndCounted() {
    var admission = new Admission(3, 100);
    try (var loop = loop(LoopSettings.USUAL.withAdmission(admission));
        var server = loop.listen(Peer.anyPort(), Echo::new)) {
      var peers = new ArrayList<Peer>();
      for (int i = 0; i < 5; i++) {
        peers.add(Peer.connect(server.address()));
      }
      for (int i = 0; i < 3; i++) {
        peers.get(i).send("x");
        assertThat(peers.get(i).readText(1)).as("peer %d", i).isEqualTo("x");
      }
      for (int i = 3; i < 5; i++) {
        assertThat(peers.get(i).ending()).as("peer %d", i).isEqualTo("end");
      }
      assertThat(loop.stats().accepted()).isEqualTo(3);
      assertThat(loop.stats().refused()).isEqualTo(2);
      assertThat(admission.open()).isEqualTo(3);
      peers.getFirst().close();
      Await.until("the place is free", () -> admission.open() == 2);
      try (var next = Peer.connect(server.address())) {
        next.send("y");
        assertThat(next.readText(1)).isEqualTo("y");
      }
      peers.forEach(Peer::close);
      Await.until("all places are free", () -> admission.open() == 0);
    }
  }

  @Test
  void onePeerHasItsShare() {
    var admission = new Admission(100, 2);
    try (var loop = loop(LoopSettings.USUAL.withAdmission(admission));
        var server = loop.listen(Peer.anyPort(), Echo::new);
        var first = Peer.connect(server.address());
        var second = Peer.connect(server.address())) {
      Await.until("two stand", () -> admission.open() == 2);
      try (var third = Peer.connect(server.address())) {
        assertThat(third.ending()).isEqualTo("end");
      }
      first.reset();
      Await.until("the share is free", () -> admission.open() == 1);
      try (var next = Peer.connect(server.address())) {
        next.send("z");
        assertThat(next.readText(1)).isEqualTo("z");
      }
      assertThat(second.socket.isConnected()).isTrue();
    }
  }

  @Test
  void aConnectionThatGetsNoProtocolIsNotCounted() {
    var admission = new Admission(1, 1);
    try (var loop = loop(LoopSettings.USUAL.withAdmission(admission));
        var server =
            loop.listen(
                Peer.anyPort(),
                () -> {
                  throw new IllegalStateException("no protocol");
                })) {
      for (int i = 0; i < 3; i++) {
        try (var peer = Peer.connect(server.address())) {
          assertThat(peer.readToEnd()).isEmpty();
        }
      }
      Await.until("three were dropped", () -> failures.size() == 3);
      assertThat(admission.open()).isZero();
      assertThat(loop.stats().open()).isZero();
      var other = loop.listen(Peer.anyPort(), Echo::new);
      try (var first = Peer.connect(other.address());
          var second = Peer.connect(other.address())) {
        first.send("x");
        assertThat(first.readText(1)).as("of the one that may stand").isEqualTo("x");
        assertThat(second.ending()).as("of the second of one").isEqualTo("end");
      }
    }
  }
}
