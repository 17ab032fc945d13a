package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The wheel on the real loop: that it sleeps until the next deadline, and not longer. */
@Tag("phase-2")
class LoopTimersTest {
  private static final long MILLI = 1_000_000;

  @Test
  void aTimerIsNotEarlyAndTheLoopSleepsForIt() {
    try (var loop = EventLoop.start("loop")) {
      assertThatThrownBy(() -> loop.schedule(1, () -> {}))
          .as("from another thread")
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("only on the loop");
      var fired = new CompletableFuture<Long>();
      long begun = System.nanoTime();
      loop.execute(() -> loop.schedule(20 * MILLI, () -> fired.complete(System.nanoTime())));
      long ticks = loop.stats().ticks();
      long late = Await.value("the timer", fired) - begun - 20 * MILLI;
      assertThat(late).as("nanoseconds after its time").isNotNegative();
      assertThat(loop.stats().ticks() - ticks).as("turns until it came").isLessThan(50);
    }
  }

  @Test
  void aTimerWithoutDelayRunsInTheNextTurn() {
    try (var loop = EventLoop.start("loop")) {
      var order = new CopyOnWriteArrayList<String>();
      var fired = new CompletableFuture<Boolean>();
      loop.execute(() -> {
        loop.schedule(
            -5,
            () -> {
              order.add("timer");
              fired.complete(true);
            });
        order.add("task");
      });
      Await.value("the timer", fired);
      assertThat(order).containsExactly("task", "timer");
    }
  }

  @Test
  void aCancelledTimerDoesNotRun() {
    try (var loop = EventLoop.start("loop")) {
      var ran = new CopyOnWriteArrayList<String>();
      var later = new CompletableFuture<Boolean>();
      loop.execute(() -> {
        Timer timer = loop.schedule(2 * MILLI, () -> ran.add("cancelled"));
        ran.add("cancel: " + timer.cancel() + ", again: " + timer.cancel());
        loop.schedule(8 * MILLI, () -> later.complete(true));
      });
      Await.value("a later timer", later);
      assertThat(ran).containsExactly("cancel: true, again: false");
    }
  }

  @Test
  void whatATimerThrowsIsReportedAndOthersStillRun() {
    var failures = new CopyOnWriteArrayList<String>();
    var settings =
        LoopSettings.USUAL.withFailures((where, cause) -> failures.add(cause.getMessage()));
    try (var loop = EventLoop.start(settings, "loop")) {
      var fired = new CompletableFuture<Boolean>();
      loop.execute(() -> {
        loop.schedule(
            0,
            () -> {
              throw new IllegalStateException("boom");
            });
        loop.schedule(0, () -> fired.complete(true));
      });
      Await.value("the second timer", fired);
      assertThat(failures).containsExactly("boom");
    }
  }

  @Test
  void connectGivesUpAfterItsTimeout() throws IOException {
    // a listener whose backlog is full answers nobody
    try (var loop = EventLoop.start("loop");
        var full = new ServerSocket(0, 1, Peer.anyPort().getAddress())) {
      var fillers = new ArrayList<Recorder>();
      for (int i = 0; i < 4; i++) {
        var filler = new Recorder();
        fillers.add(filler);
        Await.runOnLoop(
            loop, () -> loop.connect(full.getLocalSocketAddress(), Long.MAX_VALUE, filler));
      }
      var late = new Recorder();
      Await.runOnLoop(loop, () -> loop.connect(full.getLocalSocketAddress(), 50 * MILLI, late));
      assertThat(Await.value("closed", late.closed))
          .contains("SocketTimeoutException")
          .contains("within 50 ms");
      assertThat(late.calls).containsExactly("closed");
      assertThat(fillers).hasSize(4);
    }
  }
}
