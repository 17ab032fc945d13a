package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** The wheel against a list that is sorted anew for each question. */
@Tag("phase-2")
class TimerWheelProperties {
  private static final long TICK = 1L << TimerWheel.TICK_SHIFT;

  /** A timer as the model has it. */
  private record Waiting(long tick, int number, Timer timer) {}

  private static final class Model {
    final long start;
    final TimerWheel wheel;
    final Random random;
    final List<Waiting> waiting = new ArrayList<>();
    final List<Integer> ran = new ArrayList<>();
    long now;
    int count;

    Model(long seed) {
      random = new Random(seed);
      start = random.nextLong() / 4;
      now = start;
      wheel = new TimerWheel(start);
    }

    /** Mostly near, sometimes in the past, sometimes centuries away. */
    long span() {
      long span = random.nextLong() >>> 1 + random.nextInt(62);
      return random.nextInt(8) == 0 ? -span / 4 : span / 4;
    }

    void schedule() {
      long deadline = now + span();
      int number = count++;
      long asked = Math.floorDiv(now - start, TICK);
      long tick = Math.max(Math.ceilDiv(deadline - start, TICK), asked + 1);
      Timer timer = wheel.schedule(deadline, () -> ran.add(number));
      waiting.add(new Waiting(tick, number, timer));
    }

    void cancel() {
      if (!waiting.isEmpty()) {
        Waiting some = waiting.remove(random.nextInt(waiting.size()));
        assertThat(some.timer.cancel()).as("timer %s is taken back", some.number).isTrue();
        assertThat(some.timer.cancel()).as("timer %s is taken back again", some.number).isFalse();
      }
    }

    void advance() {
      long by = random.nextLong() >>> 2 + random.nextInt(60);
      now += Math.min(by, (Long.MAX_VALUE - (now - start)) / 2);
      long asked = Math.floorDiv(now - start, TICK);
      List<Waiting> due =
          waiting.stream()
              .filter(each -> each.tick <= asked)
              .sorted(Comparator.comparingLong(Waiting::tick).thenComparingInt(Waiting::number))
              .toList();
      waiting.removeAll(due);
      ran.clear();
      wheel.advance(now);
      assertThat(ran)
          .as("tasks that ran up to tick %s", asked)
          .isEqualTo(due.stream().map(Waiting::number).toList());
    }

    void check() {
      assertThat(wheel.size()).isEqualTo(waiting.size());
      long next = wheel.nextDeadline();
      if (waiting.isEmpty()) {
        assertThat(next).as("next deadline of an empty wheel").isEqualTo(Long.MAX_VALUE);
        return;
      }
      long soonest = waiting.stream().mapToLong(Waiting::tick).min().orElseThrow();
      assertThat(next - start).as("next deadline").isLessThanOrEqualTo(soonest * TICK);
      assertThat(next - now).as("next deadline from now").isPositive();
    }
  }

  @Property(tries = 300)
  void theWheelRunsWhatASortedListRuns(@ForAll long seed) {
    var model = new Model(seed);
    for (int i = 0; i < 150; i++) {
      switch (model.random.nextInt(5)) {
        case 0, 1 -> model.schedule();
        case 2 -> model.cancel();
        default -> model.advance();
      }
      model.check();
    }
  }

  @Property(tries = 100)
  void whoeverSleepsUntilTheNextDeadlineMissesNothing(@ForAll long seed) {
    var model = new Model(seed);
    for (int i = 0; i < 30; i++) {
      model.schedule();
    }
    int turns = 0;
    while (model.wheel.size() > 0) {
      long next = model.wheel.nextDeadline();
      model.wheel.advance(next);
      turns++;
      assertThat(turns).as("turns for 30 timers").isLessThanOrEqualTo(30 * 8);
    }
    assertThat(model.ran).hasSize(30);
  }
}
