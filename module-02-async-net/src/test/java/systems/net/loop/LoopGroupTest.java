package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("phase-1")
class LoopGroupTest {
  @Test
  void loopsComeInTurn() {
    try (var group = LoopGroup.start(3, "loop")) {
      var loops = group.loops();
      assertThat(loops).hasSize(3).doesNotHaveDuplicates();
      for (int i = 0; i < 7; i++) {
        assertThat(group.next()).as("call %d", i).isSameAs(loops.get(i % 3));
      }
      assertThat(Await.onLoop(loops.get(2), () -> Thread.currentThread().getName()))
          .isEqualTo("loop-2");
    }
    assertThatThrownBy(() -> LoopGroup.start(0, "none"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(LoopGroup.Sharing.class)
  void allLoopsServeOneAddress(LoopGroup.Sharing sharing) {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    try (var group = LoopGroup.start(2, "loop");
        var server =
            group.listen(
                Peer.anyPort(),
                loop ->
                    () -> {
                      threads.add(Thread.currentThread().getName() + ", inLoop " + loop.inLoop());
                      return new Echo();
                    },
                sharing)) {
      var peers = new ArrayList<Peer>();
      try {
        for (int i = 0; i < 64; i++) {
          var peer = Peer.connect(server.address());
          peers.add(peer);
          peer.send("number " + i % 10);
          assertThat(peer.readText(8)).isEqualTo("number " + i % 10);
        }
        assertThat(threads)
            .as("who made protocols, for whom")
            .containsExactlyInAnyOrder("loop-0, inLoop true", "loop-1, inLoop true");
        assertThat(group.stats().accepted()).isEqualTo(64);
        assertThat(group.stats().open()).isEqualTo(64);
        assertThat(group.loops().get(1).stats().open()).as("of the second loop").isPositive();
      } finally {
        peers.forEach(Peer::close);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(LoopGroup.Sharing.class)
  void aClosedListenerFreesItsAddress(LoopGroup.Sharing sharing) {
    try (var group = LoopGroup.start(2, "loop")) {
      var server = group.listen(Peer.anyPort(), loop -> Echo::new, sharing);
      server.close();
      Await.until("connections are refused", () -> isRefused(server));
    }
  }

  private static boolean isRefused(Network.Listener server) {
    try (var late = Peer.connect(server.address())) {
      return late.ending().contains("reset");
    } catch (UncheckedIOException refused) {
      return true;
    }
  }

  @Test
  void closeEndsAllLoops() {
    var group = LoopGroup.start(2, "loop");
    group.close();
    for (EventLoop loop : group.loops()) {
      assertThatThrownBy(() -> loop.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
    }
    assertThatThrownBy(() -> group.listen(Peer.anyPort(), loop -> Echo::new))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void loopsThatCloseTheirGroupAtOnceDoNotWaitForEachOther() {
    for (int round = 0; round < 20; round++) {
      var group = LoopGroup.start(2, "loop");
      var both = new CountDownLatch(2);
      for (EventLoop loop : group.loops()) {
        loop.execute(() -> {
          both.countDown();
          Await.forLatch(both);
          group.close();
        });
      }
      group.close();
      for (EventLoop loop : group.loops()) {
        assertThatThrownBy(() -> loop.execute(() -> {}))
            .as("a task for a loop that was closed")
            .isInstanceOf(RejectedExecutionException.class);
      }
    }
  }
}
