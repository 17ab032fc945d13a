package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import systems.core.Effort;

class BlockingRingTest {
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  /** Sleeps at once and for long: a signal that is lost is a thread that stays. */
  private static final WaitStrategy DEEP_SLEEP = new WaitStrategy.Park(0, 0, HOUR, HOUR);

  static Stream<WaitStrategy> strategies() {
    return Stream.of(
        new WaitStrategy.Yield(0),
        new WaitStrategy.Yield(100),
        new WaitStrategy.Park(),
        DEEP_SLEEP);
  }

  @ParameterizedTest
  @MethodSource("strategies")
  @Tag("phase-4")
  void everythingThatIsPutIsTaken(WaitStrategy strategy) throws Exception {
    int each = Effort.of(20_000, 5_000);
    var ring = new BlockingRing<Integer>(new MpmcRing<>(4), strategy);
    var sum = new AtomicLong();
    var takers = new Crew();
    for (int t = 0; t < 2; t++) {
      takers.add(() -> {
        for (Integer element; (element = ring.take()) != null; ) {
          sum.addAndGet(element);
        }
      });
    }
    try (var putters = new Crew()) {
      for (int p = 0; p < 2; p++) {
        putters.add(() -> {
          for (int i = 1; i <= each; i++) {
            ring.put(i);
          }
        });
      }
      var taking = CompletableFuture.runAsync(() -> end(takers), task -> new Thread(task).start());
      putters.run("a put sleeps although there is room: nobody has woken it");
      ring.close();
      taking.get(30, TimeUnit.SECONDS);
    }
    assertThat(sum.get()).isEqualTo((long) each * (each + 1));
  }

  private static void end(Crew crew) {
    try {
      crew.run("a take sleeps although there is an element, or the end: nobody has woken it");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * There and back. The answer comes at once, from a thread that never sleeps, so it often comes
   * when the other one has just found nothing and is about to sleep.
   */
  @Test
  @Tag("phase-4")
  void noWakeUpIsLost() throws Exception {
    int turns = Effort.of(60_000, 40_000);
    var there = new BlockingRing<Integer>(new SpscRing<>(2), new WaitStrategy.Yield(50));
    var back = new BlockingRing<Integer>(new SpscRing<>(2), DEEP_SLEEP);
    try (var crew = new Crew()) {
      crew.add(() -> {
        for (int i = 0; i < turns; i++) {
          there.put(i);
          for (int k = i % 200; k > 0; k--) {
            Thread.onSpinWait(); // another moment each time
          }
          assertThat(back.take()).isEqualTo(i);
        }
      });
      crew.add(() -> {
        for (int i = 0; i < turns; i++) {
          back.put(taken(there));
        }
      });
      crew.run("a thread sleeps although an element is there: a wake-up was lost");
    }
  }

  private static Integer taken(BlockingRing<Integer> ring) throws InterruptedException {
    Integer element = ring.take();
    assertThat(element).as("an element of an open ring").isNotNull();
    return element == null ? -1 : element;
  }

  /** A call that has begun to sleep. */
  private record Sleeper<T>(Thread thread, CompletableFuture<T> result) {
    static <T> Sleeper<T> in(Callable<T> call) {
      var result = new CompletableFuture<T>();
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try {
                  result.complete(call.call());
                } catch (Exception e) {
                  result.completeExceptionally(e);
                }
              });
      while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait(); // the test's own limit ends this
      }
      return new Sleeper<>(thread, result);
    }

    T get() throws Exception {
      try {
        return result.get(10, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new AssertionError("the thread sleeps on: nobody has woken it", e);
      }
    }
  }

  @Test
  @Tag("phase-4")
  void aTakerThatSleepsIsWokenByAPut() throws Exception {
    var ring = new BlockingRing<String>(new MpscRing<>(2), DEEP_SLEEP);
    var taken = Sleeper.in(ring::take);
    ring.put("a");
    assertThat(taken.get()).isEqualTo("a");
  }

  /** Something is put just when a taker has found nothing and has not yet said so. */
  @Test
  @Tag("phase-4")
  void whatComesBetweenALookAndTheAnnouncementIsNotSleptOver() throws Exception {
    var late =
        new EventCount() {
          private Runnable before = () -> {};

          @Override
          long announce() {
            before.run();
            return super.announce();
          }
        };
    var ring = new BlockingRing<String>(new SpscRing<>(2), DEEP_SLEEP, late);
    late.before =
        () -> {
          late.before = () -> {};
          try {
            ring.put("a"); // and nobody is there to be woken
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    var taken = new AtomicReference<@Nullable String>();
    try (var crew = new Crew()) {
      crew.add(() -> taken.set(ring.take()));
      crew.run("a taker sleeps although an element came before it announced itself");
    }
    assertThat(taken.get()).isEqualTo("a");
  }

  @Test
  @Tag("phase-4")
  void anInterruptEndsAWaitAndTakesNothing() throws Exception {
    var ring = new BlockingRing<String>(new MpscRing<>(2), DEEP_SLEEP);
    var taken = Sleeper.in(ring::take);
    taken.thread.interrupt();
    assertThatThrownBy(taken::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    ring.put("a");
    assertThat(ring.take()).as("what comes after the interrupt is still there").isEqualTo("a");
  }

  @Test
  @Tag("phase-4")
  void anInterruptDoesNotEndACallThatNeedNotWait() throws Exception {
    var ring = new BlockingRing<String>(new MpscRing<>(2), new WaitStrategy.Spin());
    Thread.currentThread().interrupt();
    try {
      ring.put("a");
      assertThat(ring.take()).isEqualTo("a");
    } finally {
      assertThat(Thread.interrupted()).as("the interrupt is still there").isTrue();
    }
  }

  @Test
  @Tag("phase-4")
  void theEndWakesWhoWaitsAndLeavesWhatIsThere() throws Exception {
    var ring = new BlockingRing<Integer>(new SpscRing<>(2), DEEP_SLEEP);
    var taken = Sleeper.in(ring::take);
    ring.close();
    assertThat(taken.get()).as("what the end gives a taker").isNull();

    var full = new BlockingRing<Integer>(new SpscRing<>(2), DEEP_SLEEP);
    full.put(1);
    full.put(2);
    var put =
        Sleeper.in(() -> {
          full.put(3);
          return 3;
        });
    full.close();
    assertThatThrownBy(put::get).hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> full.put(4)).isInstanceOf(IllegalStateException.class);
    List<@Nullable Integer> left = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      left.add(full.take());
    }
    assertThat(left).containsExactly(1, 2, null);
  }

  @Test
  @Tag("phase-4")
  void aStrategySpinsThenYieldsThenSleepsLongerAndLonger() {
    var park = new WaitStrategy.Park(2, 1, 1000, 5000);
    assertThat(Stream.iterate(0, r -> r + 1).limit(5).map(park::step))
        .containsExactly(
            WaitStrategy.Step.SPIN,
            WaitStrategy.Step.SPIN,
            WaitStrategy.Step.YIELD,
            WaitStrategy.Step.SLEEP,
            WaitStrategy.Step.SLEEP);
    assertThat(Stream.iterate(3, r -> r + 1).limit(5).map(park::sleepNanosMax))
        .as("how long the sleeps are at most, one after the other")
        .containsExactly(1000L, 2000L, 4000L, 5000L, 5000L);
    for (int round : new int[] {40, 64, 70, 1000, Integer.MAX_VALUE}) {
      assertThat(park.sleepNanosMax(round))
          .as("the bound of the sleep in round %d", round)
          .isEqualTo(5000);
    }
    assertThat(new WaitStrategy.Yield(3).step(3)).isEqualTo(WaitStrategy.Step.YIELD);
    assertThat(new WaitStrategy.Spin().step(1_000_000)).isEqualTo(WaitStrategy.Step.SPIN);
  }

  @Test
  @Tag("given")
  void sleepsHaveABound() {
    assertThatThrownBy(() -> new WaitStrategy.Park(1, 1, 0, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new WaitStrategy.Park(1, 1, 6, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
