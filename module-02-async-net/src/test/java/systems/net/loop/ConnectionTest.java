package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;

/** Sockets on a loop, with messages that a socket takes whole. */
@Tag("phase-1")
class ConnectionTest {
  private final CopyOnWriteArrayList<String> failures = new CopyOnWriteArrayList<>();
  private final EventLoop loop =
      EventLoop.start(
          LoopSettings.USUAL.withFailures(
              (where, cause) -> failures.add(where + ": " + cause.getMessage())),
          "loop");

  @AfterEach
  void endTheLoop() {
    loop.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private Peer peerOf(Protocol protocol) {
    return Peer.connect(loop.listen(Peer.anyPort(), () -> protocol).address());
  }

  @Test
  void echoAnswersOneClient() {
    try (var peer = peerOf(new Echo())) {
      peer.send("hello");
      assertThat(peer.readText(5)).isEqualTo("hello");
      peer.send("again");
      assertThat(peer.readText(5)).isEqualTo("again");
      peer.endOutput();
      assertThat(peer.readToEnd()).as("after the last echo").isEmpty();
    }
  }

  @Test
  void aThousandClientsTalkAtOnce() {
    var server = loop.listen(Peer.anyPort(), Echo::new);
    int count = Effort.of(1_000, 200);
    var peers = new ArrayList<Peer>();
    try {
      for (int i = 0; i < count; i++) {
        peers.add(Peer.connect(server.address()));
      }
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < count; i++) {
          peers.get(i).send("client %05d round %d".formatted(i, round));
        }
        for (int i = 0; i < count; i++) {
          assertThat(peers.get(i).readText(20))
              .isEqualTo("client %05d round %d".formatted(i, round));
        }
      }
      assertThat(loop.stats().accepted()).isEqualTo(count);
      assertThat(loop.stats().open()).isEqualTo(count);
      assertThat(loop.stats().bytesIn()).isEqualTo(60L * count);
      assertThat(loop.stats().bytesOut()).isIn(0L, 60L * count); // not counted before phase 3
    } finally {
      peers.forEach(Peer::close);
    }
    Await.until("all connections ended", () -> loop.stats().open() == 0);
  }

  @Test
  void theProtocolIsToldInOrderAndTheEndOnce() {
    var protocol =
        new Recorder() {
          @Override
          void onInputEnded() {
            own().finish();
          }
        };
    try (var peer = peerOf(protocol)) {
      peer.send("abc");
      Await.until("the bytes", () -> protocol.text().equals("abc"));
      peer.endOutput();
      assertThat(peer.readToEnd()).isEmpty();
      assertThat(Await.value("closed", protocol.closed)).as("cause").isEqualTo("null");
      assertThat(protocol.calls).containsExactly("connected", "receive", "inputEnded", "closed");
    }
  }

  @Test
  void theEndOfInputIsToldOnceAndDoesNotSpin() {
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      peer.endOutput();
      Await.until("the end of input", () -> protocol.calls.contains("inputEnded"));
      assertThat(Await.turnsWhileIdle(loop)).as("turns after the end of input").isLessThan(10);
      assertThat(protocol.calls).containsExactly("connected", "inputEnded");
      Await.runOnLoop(loop, () -> protocol.own().write(bytes("tail"), 0, 4));
      Await.runOnLoop(loop, () -> protocol.own().finish());
      assertThat(peer.readToEnd()).as("written after the peer had ended").isEqualTo("tail");
    }
  }

  @Test
  void whoFinishesStillReceives() {
    var protocol =
        new Recorder() {
          @Override
          void onConnected() {
            own().finish();
          }
        };
    try (var peer = peerOf(protocol)) {
      assertThat(peer.readToEnd()).isEmpty();
      peer.send("late");
      Await.until("bytes after finish", () -> protocol.text().equals("late"));
      peer.endOutput();
      assertThat(Await.value("closed", protocol.closed)).isEqualTo("null");
    }
  }

  @Test
  void aResetOfThePeerIsACause() {
    var protocol = new Recorder();
    var peer = peerOf(protocol);
    peer.send("abc");
    Await.until("the bytes", () -> protocol.text().equals("abc"));
    peer.reset();
    assertThat(Await.value("closed", protocol.closed)).contains("reset");
    assertThat(protocol.calls).containsExactly("connected", "receive", "closed");
    assertThat(loop.stats().open()).isZero();
  }

  @Test
  void whatAProtocolThrowsResetsItsConnectionOnly() {
    var other = new Recorder();
    try (var bystander = peerOf(other)) {
      other.transport();
      var protocol =
          new Recorder() {
            @Override
            int onReceive(byte[] bytes, int from, int to) {
              throw new IllegalArgumentException("no such message");
            }
          };
      try (var peer = peerOf(protocol)) {
        peer.send("x");
        assertThat(Await.value("closed", protocol.closed)).contains("no such message");
        assertThat(peer.ending()).as("what the peer sees").contains("reset");
        assertThat(failures).singleElement().asString().contains("no such message");
      }
      bystander.send("fine");
      Await.until("bytes of another connection", () -> other.text().equals("fine"));
    }
  }

  @Test
  void aThrowInConnectedOrClosedIsContainedToo() {
    var protocol =
        new Recorder() {
          @Override
          void onConnected() {
            throw new IllegalArgumentException("not today");
          }

          @Override
          void onClosed(@Nullable Throwable cause) {
            throw new IllegalArgumentException("nor ever");
          }
        };
    var server = loop.listen(Peer.anyPort(), () -> protocol);
    assertThat(isRefused(server.address())).as("whether the peer was reset").isTrue();
    Await.until("both are reported", () -> failures.size() == 2);
    assertThat(failures.get(1)).isEqualTo("a protocol's closed threw: nor ever");
    assertThat(Await.onLoop(loop, () -> true)).isTrue();
  }

  @Test
  void aCountOfBytesThatNobodyHasIsRefused() {
    var protocol =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            return to - from + 1;
          }
        };
    try (var peer = peerOf(protocol)) {
      peer.send("abc");
      assertThat(Await.value("closed", protocol.closed)).contains("took 4 of 3 bytes");
    }
  }

  @Test
  void abortTellsTheProtocolLaterAndOnce() {
    var protocol =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            own().abort();
            own().abort();
            calls.add("after abort");
            own().write(bytes, from, to);
            own().flush();
            own().finish();
            return to - from;
          }
        };
    try (var peer = peerOf(protocol)) {
      peer.send("x");
      assertThat(Await.value("closed", protocol.closed)).isEqualTo("null");
      assertThat(protocol.calls).containsExactly("connected", "receive", "after abort", "closed");
      assertThat(peer.ending()).isEqualTo("end");
    }
  }

  @Test
  void aConnectionOfOneSocketMayEndAnotherInTheSameTurn() throws Exception {
    var all = new ArrayList<Recorder>();
    var server =
        loop.listen(
            Peer.anyPort(),
            () -> {
              var each =
                  new Recorder() {
                    @Override
                    int onReceive(byte[] bytes, int from, int to) {
                      all.forEach(one -> one.own().abort());
                      return to - from;
                    }
                  };
              all.add(each);
              return each;
            });
    var entered = new CompletableFuture<Boolean>();
    var leave = new CompletableFuture<Boolean>();
    try (var first = Peer.connect(server.address());
        var second = Peer.connect(server.address())) {
      Await.until("two connections", () -> loop.stats().open() == 2);
      loop.execute(() -> {
        entered.complete(true);
        leave.join();
      });
      entered.get();
      first.send("1"); // both are ready when the loop looks next
      second.send("2");
      leave.complete(true);
      Await.until("both ended", () -> loop.stats().open() == 0);
      assertThat(failures).isEmpty();
      var receives =
          all.stream().flatMap(one -> one.calls.stream()).filter("receive"::equals).count();
      assertThat(receives).as("receive calls, one of which ended both").isEqualTo(1);
    }
  }

  @Test
  void connectHandsTheConnectionToItsProtocol() {
    var server = loop.listen(Peer.anyPort(), Echo::new);
    var client =
        new Recorder() {
          @Override
          void onConnected() {
            own().write(bytes("ping"), 0, 4);
            own().flush();
          }
        };
    Await.runOnLoop(
        loop,
        () -> {
          loop.connect(server.address(), Long.MAX_VALUE, client);
          assertThat(client.calls).as("inside connect").isEmpty();
        });
    Await.until("the echo", () -> client.text().equals("ping"));
    assertThat(client.transport().remote()).isEqualTo(server.address());
    assertThat(((InetSocketAddress) client.transport().local()).getPort()).isPositive();
    Await.runOnLoop(loop, () -> client.own().finish());
    assertThat(Await.value("closed", client.closed)).isEqualTo("null");
  }

  @Test
  void aRefusedConnectIsClosedWithTheReasonAndNothingElse() {
    var server = loop.listen(Peer.anyPort(), Echo::new);
    server.close();
    server.close();
    var client = new Recorder();
    Await.runOnLoop(loop, () -> loop.connect(server.address(), Long.MAX_VALUE, client));
    assertThat(Await.value("closed", client.closed)).contains("refused");
    assertThat(client.calls).containsExactly("closed");
  }

  @Test
  void anAddressThatNobodyCanResolveIsClosedWithTheReason() {
    var client = new Recorder();
    var nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
    Await.runOnLoop(
        loop,
        () -> {
          loop.connect(nowhere, Long.MAX_VALUE, client);
          assertThat(client.calls).as("inside connect").isEmpty();
        });
    assertThat(Await.value("closed", client.closed))
        .isEqualTo("java.net.UnknownHostException: nowhere.invalid");
    assertThat(client.calls).containsExactly("closed");
  }

  @Test
  void aClosedListenerLetsStandingConnectionsGoOn() {
    var server = loop.listen(Peer.anyPort(), Echo::new);
    try (var peer = Peer.connect(server.address())) {
      peer.send("a");
      assertThat(peer.readText(1)).isEqualTo("a");
      server.close();
      peer.send("b");
      assertThat(peer.readText(1)).isEqualTo("b");
      Await.until("new ones are refused", () -> isRefused(server.address()));
    }
  }

  /** Whether a connection is refused, or reset at once. */
  private static boolean isRefused(SocketAddress at) {
    try (var late = Peer.connect(at)) {
      return late.ending().contains("reset");
    } catch (UncheckedIOException refused) {
      return true;
    }
  }

  @Test
  void anAddressInUseIsRefused() {
    var server = loop.listen(Peer.anyPort(), Echo::new);
    assertThatThrownBy(() -> loop.listen(server.address(), Echo::new))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("cannot listen at /127.0.0.1:");
  }

  @Test
  void aSupplierThatThrowsDropsTheConnectionOnly() {
    var asked = new AtomicInteger();
    var server =
        loop.listen(
            Peer.anyPort(),
            () -> {
              if (asked.getAndIncrement() == 0) {
                throw new IllegalStateException("no protocol today");
              }
              return new Echo();
            });
    try (var first = Peer.connect(server.address());
        var second = Peer.connect(server.address())) {
      assertThat(first.readToEnd()).isEmpty();
      second.send("x");
      assertThat(second.readText(1)).isEqualTo("x");
      assertThat(failures).containsExactly("an accepted connection was dropped: no protocol today");
    }
  }

  @Test
  void theEndIsToldTheSameTurnAndNotInsideAnotherCall() {
    var order = new CopyOnWriteArrayList<String>();
    var protocol =
        new Recorder() {
          @Override
          void onClosed(@Nullable Throwable cause) {
            order.add("closed");
          }
        };
    try (var peer = peerOf(protocol)) {
      protocol.transport();
      Await.runOnLoop(
          loop,
          () -> {
            protocol.own().abort();
            order.add("after abort");
            loop.execute(() -> order.add("a task"));
          });
      Await.until("all three", () -> order.size() == 3);
      assertThat(order.getFirst()).isEqualTo("after abort");
      assertThat(peer.ending()).isEqualTo("end");
    }
  }

  @Test
  void aFileOfAnEndedConnectionIsClosed(@TempDir Path folder) throws IOException {
    FileChannel file = FileChannel.open(Files.write(folder.resolve("file"), new byte[1_000]));
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      protocol.transport();
      Await.runOnLoop(
          loop,
          () -> {
            protocol.own().abort();
            protocol.own().writeFile(file, 0, 1_000);
          });
      assertThat(file.isOpen()).isFalse();
      assertThat(peer.ending()).isEqualTo("end");
    }
  }

  @Test
  void whatTheOldProtocolLeftIsTheNewOnesFirstInput() {
    var next = new Recorder();
    var first =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            int taken = super.onReceive(bytes, from, from + 7);
            own().become(next);
            return taken;
          }
        };
    try (var peer = peerOf(first)) {
      peer.send("upgrade and more");
      Await.until("the rest", () -> next.text().equals(" and more"));
      peer.send(", later");
      Await.until("what came later", () -> next.text().equals(" and more, later"));
      peer.reset();
      Await.value("closed", next.closed);
      assertThat(first.text()).isEqualTo("upgrade");
      assertThat(first.calls).containsExactly("connected", "receive");
      assertThat(next.calls).containsExactly("connected", "receive", "receive", "closed");
    }
  }
}
