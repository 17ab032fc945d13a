package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-2")
class TimerWheelTest {
  private static final long TICK = 1L << TimerWheel.TICK_SHIFT;

  /** Clocks may begin anywhere, below zero too. */
  private static final long START = -1_234_567_890_123L;

  private final TimerWheel wheel = new TimerWheel(START);
  private final List<String> ran = new ArrayList<>();

  private Timer after(long nanos, String name) {
    return wheel.schedule(START + nanos, () -> ran.add(name));
  }

  @Test
  void anEmptyWheelHasNoDeadline() {
    assertThat(wheel.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    Timer timer = after(5 * TICK, "a");
    assertThat(wheel.nextDeadline()).isEqualTo(START + 5 * TICK);
    assertThat(wheel.size()).isEqualTo(1);
    timer.cancel();
    assertThat(wheel.size()).isZero();
    assertThat(wheel.nextDeadline())
        .as("deadline after the only timer was taken back")
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void noTaskIsEarlyByANanosecond() {
    after(3 * TICK + 1, "just behind a tick");
    wheel.advance(START + 3 * TICK + 1);
    wheel.advance(START + 4 * TICK - 1);
    assertThat(ran).as("run before the tick at or after the deadline").isEmpty();
    wheel.advance(START + 4 * TICK);
    assertThat(ran).containsExactly("just behind a tick");
  }

  @Test
  void tasksOfOneTickRunInTheOrderOfInsertion() {
    long far = 5000 * TICK;
    after(far, "1, from three levels up");
    after(far, "2, beside it");
    wheel.advance(START + far - 30 * TICK);
    after(far, "3, when it was near");
    after(far - TICK, "0, a tick before");
    wheel.advance(START + far);
    assertThat(ran)
        .containsExactly(
            "0, a tick before", "1, from three levels up", "2, beside it", "3, when it was near");
  }

  @Test
  void aTimerIsTakenBackOnce() {
    Timer first = after(2 * TICK, "first");
    Timer second = after(2 * TICK, "second");
    Timer third = after(2 * TICK, "third");
    assertThat(first.cancel()).isTrue();
    assertThat(first.cancel()).as("cancelled again").isFalse();
    wheel.advance(START + 2 * TICK);
    assertThat(ran).containsExactly("second", "third");
    assertThat(second.cancel()).as("cancelled after it ran").isFalse();
    assertThat(third.cancel()).as("cancelled after it ran").isFalse();
    assertThat(wheel.size()).isZero();
  }

  @Test
  void aTaskMayTakeItsNeighbourBack() {
    var later = new Timer[1];
    wheel.schedule(START + TICK, () -> ran.add("cancelled: " + later[0].cancel()));
    later[0] = after(TICK, "the neighbour");
    wheel.advance(START + TICK);
    assertThat(ran).containsExactly("cancelled: true");
  }

  @Test
  void aTaskThatThrowsIsDoneWithAndTheOthersRunNextTime() {
    wheel.schedule(
        START + TICK,
        () -> {
          throw new IllegalStateException("boom");
        });
    after(TICK, "the next");
    assertThatThrownBy(() -> wheel.advance(START + TICK)).hasMessage("boom");
    assertThat(wheel.size()).isEqualTo(1);
    wheel.advance(START + TICK);
    assertThat(ran).containsExactly("the next");
  }

  @Test
  void aTaskThatSchedulesItselfForNowDoesNotKeepAdvanceFromEnding() {
    long now = START + 7 * TICK;
    var again = new Runnable[1];
    again[0] =
        () -> {
          ran.add("again");
          if (ran.size() < 5) {
            wheel.schedule(now, again[0]);
          }
        };
    wheel.schedule(now, again[0]);
    wheel.advance(now);
    assertThat(ran).as("runs within one advance").hasSize(1);
    wheel.advance(now + TICK);
    assertThat(ran).as("runs after the next tick").hasSize(2);
  }

  @Test
  void aYearIsOneJump() {
    long year = 365L * 24 * 3600 * 1_000_000_000;
    for (int i = 0; i < 100; i++) {
      after(i * year, "year " + i);
    }
    int turns = 0;
    for (long next = wheel.nextDeadline(); wheel.size() > 0; next = wheel.nextDeadline()) {
      wheel.advance(next);
      turns++;
    }
    assertThat(ran).hasSize(100).startsWith("year 0", "year 1").endsWith("year 99");
    assertThat(turns).as("turns for 100 timers, at most one a level each").isLessThan(800);
  }

  @Test
  void theFarthestDeadlineIsJustFarAway() {
    var wheel = new TimerWheel(0);
    Timer never = wheel.schedule(Long.MAX_VALUE, () -> ran.add("never"));
    wheel.advance(Long.MAX_VALUE - TICK);
    assertThat(ran).isEmpty();
    assertThat(wheel.nextDeadline()).isPositive();
    assertThat(never.cancel()).isTrue();
    assertThat(wheel.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aDeadlineThatIsPastRunsWithTheNextTick() {
    wheel.advance(START + 1000 * TICK);
    after(-5 * TICK, "past");
    assertThat(wheel.nextDeadline()).isLessThanOrEqualTo(START + 1001 * TICK);
    wheel.advance(START + 1001 * TICK);
    assertThat(ran).containsExactly("past");
  }

  @Test
  void aTimerIsOneObject() {
    Runnable task = () -> ran.add("never");
    int runs = 20_000;
    long bytes =
        Allocation.of(
            runs,
            () -> {
              if (!wheel.schedule(START + 90_000 * TICK, task).cancel()) {
                throw new AssertionError("a timer that waits could not be taken back");
              }
            });
    assertThat(bytes / runs).as("bytes for a timer that is made and taken back").isLessThan(64);
  }
}
