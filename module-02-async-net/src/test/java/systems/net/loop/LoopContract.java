package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What every {@link Loop} promises, to be asked of a world. */
final class LoopContract {
  private static final long MILLI = 1_000_000;

  private LoopContract() {}

  static final List<Consumer<World>> ALL =
      List.of(
          LoopContract::tasksOfOneCallerRunInOrder,
          LoopContract::aTaskNeverRunsInsideExecute,
          LoopContract::aTaskThatThrowsIsReportedAndTheNextRuns,
          LoopContract::timersRunInTheOrderOfTheirTimesAndNotEarly,
          LoopContract::aTimerAtATimeOfTheLoopIsNotEarlyAndOneOfThePastRuns,
          LoopContract::aTimerIsTakenBack,
          LoopContract::aTimerThatThrowsIsReportedAndTheNextRuns,
          LoopContract::timersAreForTheLoopOnly);

  static void tasksOfOneCallerRunInOrder(World world) {
    Loop loop = world.loop("loop");
    var ran = new CopyOnWriteArrayList<Integer>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      loop.execute(() -> ran.add(number));
    }
    world.until("a hundred tasks", () -> ran.size() == 100);
    assertThat(ran).isEqualTo(IntStream.range(0, 100).boxed().toList());
  }

  static void aTaskNeverRunsInsideExecute(World world) {
    Loop loop = world.loop("loop");
    var heard = new CopyOnWriteArrayList<String>();
    loop.execute(() -> {
      heard.add("begin " + loop.inLoop());
      loop.execute(() -> heard.add("inner"));
      heard.add("end");
    });
    world.until("the inner task", () -> heard.contains("inner"));
    assertThat(heard).containsExactly("begin true", "end", "inner");
    assertThat(loop.inLoop()).as("the test itself is on the loop").isFalse();
  }

  static void aTaskThatThrowsIsReportedAndTheNextRuns(World world) {
    Loop loop = world.loop("loop");
    loop.execute(() -> {
      throw new IllegalStateException("boom of a task");
    });
    assertThat(world.on(loop, () -> "next")).isEqualTo("next");
    assertThat(world.failures()).containsExactly("boom of a task");
  }

  static void timersRunInTheOrderOfTheirTimesAndNotEarly(World world) {
    Loop loop = world.loop("loop");
    var ran = new CopyOnWriteArrayList<Long>();
    var late = new CopyOnWriteArrayList<Long>();
    loop.execute(() -> {
      for (long delay : new long[] {60, 20, 0, 40, 20}) {
        long deadline = loop.nanoTime() + delay * MILLI;
        loop.schedule(
            delay * MILLI,
            () -> {
              ran.add(delay);
              late.add(loop.nanoTime() - deadline);
            });
      }
    });
    world.until("five timers", () -> ran.size() == 5);
    assertThat(ran).containsExactly(0L, 20L, 20L, 40L, 60L);
    assertThat(late).as("nanoseconds after their times").allMatch(nanos -> nanos >= 0);
  }

  static void aTimerAtATimeOfTheLoopIsNotEarlyAndOneOfThePastRuns(World world) {
    Loop loop = world.loop("loop");
    var heard = new CopyOnWriteArrayList<String>();
    loop.execute(() -> {
      long deadline = loop.nanoTime() + 20 * MILLI;
      loop.at(deadline, () -> heard.add("early: " + (loop.nanoTime() - deadline < 0)));
      loop.at(deadline - 60 * MILLI, () -> heard.add("of the past"));
      Timer never = loop.at(deadline + Long.MAX_VALUE / 2, () -> heard.add("of 146 years"));
      loop.schedule(60 * MILLI, () -> heard.add("taken back: " + never.cancel()));
    });
    world.until("the last timer", () -> heard.size() == 3);
    assertThat(heard).containsExactly("of the past", "early: false", "taken back: true");
  }

  static void aTimerIsTakenBack(World world) {
    Loop loop = world.loop("loop");
    var heard = new CopyOnWriteArrayList<String>();
    loop.execute(() -> {
      Timer timer = loop.schedule(40 * MILLI, () -> heard.add("taken back"));
      loop.schedule(
          MILLI, () -> heard.add("cancels " + timer.cancel() + ", again " + timer.cancel()));
      loop.schedule(60 * MILLI, () -> heard.add("end"));
    });
    world.until("the last timer", () -> heard.contains("end"));
    assertThat(heard).containsExactly("cancels true, again false", "end");
  }

  static void aTimerThatThrowsIsReportedAndTheNextRuns(World world) {
    Loop loop = world.loop("loop");
    var heard = new CopyOnWriteArrayList<String>();
    world.failures().clear();
    loop.execute(() -> {
      loop.schedule(
          MILLI,
          () -> {
            throw new IllegalStateException("boom of a timer");
          });
      loop.schedule(MILLI, () -> heard.add("next"));
    });
    world.until("the next timer", () -> heard.contains("next"));
    assertThat(world.failures()).containsExactly("boom of a timer");
  }

  static void timersAreForTheLoopOnly(World world) {
    Loop loop = world.loop("loop");
    assertThatThrownBy(() -> loop.schedule(0, () -> {})).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> loop.at(0, () -> {})).isInstanceOf(IllegalStateException.class);
  }
}
