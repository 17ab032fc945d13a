package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

@Tag("phase-1")
class EventLoopTest {
  private static LoopSettings reportingTo(List<String> failures) {
    return LoopSettings.USUAL.withFailures(
        (where, cause) -> failures.add(where + ": " + cause.getMessage()));
  }

  @Test
  void tasksRunOnTheLoopInTheOrderOfTheirThread() {
    try (var loop = EventLoop.start("loop")) {
      var ran = new ArrayList<Integer>();
      for (int n = 0; n < 1000; n++) {
        int number = n;
        loop.execute(() -> ran.add(loop.inLoop() ? number : -1));
      }
      var seen = Await.onLoop(loop, () -> List.copyOf(ran));
      assertThat(seen).hasSize(1000).isSorted().doesNotContain(-1);
      assertThat(loop.inLoop()).as("of the test's thread").isFalse();
    }
  }

  @Test
  void aTaskOfferedOnTheLoopRunsLaterAndNotInside() {
    try (var loop = EventLoop.start("loop")) {
      var order = new CopyOnWriteArrayList<String>();
      var done = new CompletableFuture<Boolean>();
      loop.execute(() -> {
        loop.execute(() -> {
          order.add("inner");
          done.complete(true);
        });
        order.add("end of outer");
      });
      Await.value("the inner task", done);
      assertThat(order).containsExactly("end of outer", "inner");
    }
  }

  @Test
  void aSleepingLoopIsWokenByATask() {
    try (var loop = EventLoop.start("loop")) {
      for (int i = 0; i < 200; i++) {
        long ticks = loop.stats().ticks();
        Await.onLoop(loop, () -> true);
        assertThat(loop.stats().ticks()).as("turns").isGreaterThanOrEqualTo(ticks);
      }
    }
  }

  @Test
  void noTaskIsSleptThrough() {
    try (var loop = EventLoop.start("loop")) {
      var ran = new AtomicInteger();
      int rounds = Effort.of(20_000, 4_000);
      for (int n = 1; n <= rounds; n++) {
        loop.execute(ran::incrementAndGet);
        int expected = n;
        if (n % 3 != 0) { // so that tasks meet the loop awake, asleep, and in between
          spinUntil("a task of a loop that nothing else wakes", () -> ran.get() == expected);
        }
      }
      Await.until("all tasks", () -> ran.get() == rounds);
    }
  }

  private static void spinUntil(String what, BooleanSupplier condition) {
    for (int i = 0; i < 2_000; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      Thread.onSpinWait();
    }
    Await.until(what, condition);
  }

  @Test
  void anAwakeLoopIsNotWoken() {
    try (var loop = EventLoop.start("loop")) {
      var entered = new CountDownLatch(1);
      var leave = new CountDownLatch(1);
      loop.execute(() -> {
        entered.countDown();
        Await.forLatch(leave);
      });
      Await.forLatch(entered);
      long before = loop.stats().wakeups();
      for (int i = 0; i < 10_000; i++) {
        loop.execute(() -> {});
      }
      assertThat(loop.stats().wakeups() - before)
          .as("wake-ups of a loop that was awake")
          .isLessThanOrEqualTo(1);
      leave.countDown();
    }
  }

  @Test
  void aSleepIsEndedByOneWakeUp() {
    try (var loop = EventLoop.start("loop")) {
      Await.onLoop(loop, () -> true);
      LoopStats before = loop.stats();
      for (int burst = 0; burst < 200; burst++) {
        for (int i = 0; i < 100; i++) {
          loop.execute(() -> {}); // the loop needs longer to wake up than this thread to go on
        }
        Await.onLoop(loop, () -> true);
      }
      LoopStats after = loop.stats();
      assertThat(after.wakeups() - before.wakeups())
          .as("wake-ups, beside the turns that they led to")
          .isLessThanOrEqualTo(after.ticks() - before.ticks() + 1);
    }
  }

  @Test
  void aLoopThatHasNothingToDoSleeps() {
    try (var loop = EventLoop.start("loop")) {
      assertThat(Await.turnsWhileIdle(loop)).as("turns of a loop without work").isLessThan(10);
    }
  }

  @Test
  void whatATaskThrowsIsReportedAndTheLoopGoesOn() {
    var failures = new CopyOnWriteArrayList<String>();
    try (var loop = EventLoop.start(reportingTo(failures), "loop")) {
      loop.execute(() -> {
        throw new IllegalStateException("first");
      });
      loop.execute(() -> {
        throw new AssertionError("second");
      });
      assertThat(Await.onLoop(loop, () -> "alive")).isEqualTo("alive");
      assertThat(failures).containsExactly("a task threw: first", "a task threw: second");
    }
  }

  @Test
  void aTaskThatOffersItselfForEverLeavesTurnsToOthers() {
    try (var loop = EventLoop.start(LoopSettings.USUAL.withTasksPerTick(16), "loop");
        var server = loop.listen(Peer.anyPort(), Echo::new)) {
      var over = new AtomicBoolean();
      loop.execute(
          new Runnable() {
            @Override
            public void run() {
              if (!over.get()) {
                loop.execute(this);
              }
            }
          });
      try (var peer = Peer.connect(server.address())) {
        long turns = loop.stats().ticks();
        Await.until(
            "two turns of a loop whose task offers itself for ever",
            () -> loop.stats().ticks() - turns > 2);
        peer.send("still there?");
        assertThat(peer.readText(12)).isEqualTo("still there?");
      } finally {
        over.set(true);
      }
    }
  }

  @Test
  void aFullQueueRefuses() {
    try (var loop = EventLoop.start(LoopSettings.USUAL.withTasksMax(8), "loop")) {
      var entered = new CountDownLatch(1);
      var leave = new CountDownLatch(1);
      loop.execute(() -> {
        entered.countDown();
        Await.forLatch(leave);
      });
      Await.forLatch(entered);
      for (int i = 0; i < 8; i++) {
        loop.execute(() -> {});
      }
      assertThatThrownBy(() -> loop.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("8 tasks wait already");
      leave.countDown();
    }
  }

  @Test
  void closeRunsWhatWasAcceptedAndRefusesTheRest() {
    var ran = new AtomicLong();
    var loop = EventLoop.start("loop");
    var leave = new CountDownLatch(1);
    loop.execute(() -> {
      Await.forLatch(leave);
      loop.close(); // from here on there is no other turn, and more tasks wait than one has
    });
    for (int i = 0; i < 5_000; i++) {
      loop.execute(ran::incrementAndGet);
    }
    leave.countDown();
    loop.close();
    assertThat(ran.get() == 5_000).as("all tasks that were accepted have run").isTrue();
    assertThatThrownBy(() -> loop.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("loop has ended");
    loop.close();
  }

  @Test
  void closeMayComeFromTheLoopItself() {
    var loop = EventLoop.start("loop");
    var thread = Await.onLoop(loop, Thread::currentThread);
    loop.execute(() -> {
      loop.close();
      loop.close();
    });
    Await.until("the end of the loop's thread", () -> !thread.isAlive());
    loop.close();
  }

  @Test
  void closeWakesASleepingLoop() {
    var loop = EventLoop.start("loop");
    var thread = Await.onLoop(loop, Thread::currentThread);
    Await.until("the loop sleeps", () -> thread.getState() == Thread.State.RUNNABLE);
    var closer = Thread.ofPlatform().daemon().start(loop::close);
    Await.until("the end of the loop", () -> !closer.isAlive());
    assertThat(thread.isAlive()).as("the loop's thread after close").isFalse();
  }

  @Test
  void closeAbortsTheConnections() {
    var protocol = new Recorder();
    var loop = EventLoop.start("loop");
    var server = loop.listen(Peer.anyPort(), () -> protocol);
    try (var peer = Peer.connect(server.address())) {
      protocol.transport();
      loop.close();
      assertThat(Await.value("closed", protocol.closed)).contains("the loop loop was closed");
      assertThat(peer.ending()).as("what the peer sees").isNotEqualTo("");
      assertThat(loop.stats().open()).isZero();
    }
  }

  @Test
  void anInterruptDoesNotHarmTheLoop() {
    try (var loop = EventLoop.start("loop");
        var server = loop.listen(Peer.anyPort(), Echo::new)) {
      Await.onLoop(loop, Thread::currentThread).interrupt();
      try (var peer = Peer.connect(server.address())) {
        peer.send("abc");
        assertThat(peer.readText(3)).isEqualTo("abc");
      }
    }
  }

  @Test
  void tasksOfOtherThreadsAllocateNothingOnTheLoop() {
    try (var loop = EventLoop.start("loop")) {
      Runnable task = () -> {};
      Runnable round =
          () -> {
            for (int i = 0; i < 20_000; i++) {
              while (true) {
                try {
                  loop.execute(task);
                  break;
                } catch (RejectedExecutionException full) {
                  LockSupport.parkNanos(1_000);
                }
              }
            }
          };
      round.run();
      long before = Await.onLoop(loop, Allocation::soFar);
      round.run();
      long bytes = Await.onLoop(loop, Allocation::soFar) - before;
      assertThat(bytes).as("bytes for 20,000 tasks").isLessThan(40_000);
    }
  }

  @Test
  void whoIsCalledBecauseTheLoopEndsCannotKeepItAlive() {
    var tries = new CopyOnWriteArrayList<String>();
    var loop = EventLoop.start("loop");
    var server = loop.listen(Peer.anyPort(), Echo::new);
    var again =
        new Recorder() {
          @Override
          void onClosed(@Nullable Throwable cause) {
            try {
              loop.connect(server.address(), Long.MAX_VALUE, this);
            } catch (RejectedExecutionException refused) {
              tries.add(String.valueOf(refused.getMessage()));
            }
          }
        };
    Await.runOnLoop(loop, () -> loop.connect(server.address(), Long.MAX_VALUE, again));
    again.transport();
    loop.close();
    assertThat(tries).containsExactly("loop has ended");
    assertThat(loop.stats().open()).isZero();
  }

  @Test
  void aNumberOutOfBoundsIsRefusedWhereItIsGiven() {
    assertThatThrownBy(() -> EventLoop.start(LoopSettings.USUAL.withTasksMax(100), "loop"))
        .hasMessage("tasksMax is no power of two: 100");
    assertThatThrownBy(() -> EventLoop.start(LoopSettings.USUAL.withReadBytes(10), "loop"))
        .hasMessage("readBytes below 1024: 10");
    try (var loop = EventLoop.start(LoopSettings.USUAL.withTasksMax(1), "loop")) {
      assertThat(Await.onLoop(loop, () -> "a queue of one")).isEqualTo("a queue of one");
    }
  }
}
