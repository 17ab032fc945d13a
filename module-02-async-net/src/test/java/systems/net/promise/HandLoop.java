package systems.net.promise;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/** A loop that a test turns by hand; the test itself runs on it. */
final class HandLoop implements Loop {
  private final class Waiting implements Timer {
    final long nanos;
    final long number = made++;
    final Runnable task;

    Waiting(long nanos, Runnable task) {
      this.nanos = nanos;
      this.task = task;
    }

    @Override
    public boolean cancel() {
      return timers.remove(this);
    }
  }

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Waiting> timers =
      new PriorityQueue<>(
          Comparator.<Waiting>comparingLong(each -> each.nanos)
              .thenComparingLong(each -> each.number));

  /** What tasks threw. */
  final List<Throwable> thrown = new ArrayList<>();

  /** Set to false to act as another thread. */
  boolean inside = true;

  private long now;
  private long made;

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public boolean inLoop() {
    return inside;
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    var timer = new Waiting(now + delayNanos, task);
    timers.add(timer);
    return timer;
  }

  int timers() {
    return timers.size();
  }

  /** Runs tasks until there are none. */
  void turn() {
    while (!tasks.isEmpty()) {
      try {
        tasks.remove().run();
      } catch (Throwable failure) {
        thrown.add(failure);
      }
    }
  }

  /** Lets time pass, with all that is due in it. */
  void pass(long nanos) {
    long end = now + nanos;
    turn();
    while (!timers.isEmpty() && timers.peek().nanos <= end) {
      Waiting next = timers.remove();
      now = Math.max(now, next.nanos);
      next.task.run();
      turn();
    }
    now = end;
  }
}
