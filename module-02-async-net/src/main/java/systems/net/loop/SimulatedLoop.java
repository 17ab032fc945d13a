package systems.net.loop;

import java.util.ArrayDeque;
import java.util.Objects;

/**
 * A loop whose turns the {@link Simulation} gives, in the order of an {@link EventLoop}'s turn:
 * arrivals and reads, timers, tasks, deferred. The timers are in the same wheel.
 */
final class SimulatedLoop implements Loop {
  /** The seed chooses up to so many, so that another loop may come between two tasks. */
  private static final int TASKS_PER_TURN_MAX = 8;

  private final Simulation simulation;
  private final String name;
  private final int number;
  private final long originNanos;
  private final TimerWheel timers;
  private final ArrayDeque<Runnable> arrivals = new ArrayDeque<>();
  private final ArrayDeque<SimulatedTransport> readable = new ArrayDeque<>();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final ArrayDeque<Runnable> deferred = new ArrayDeque<>();

  /** Whether new connections are refused. */
  boolean refuses;

  SimulatedLoop(Simulation simulation, String name, int number, long originNanos) {
    this.simulation = simulation;
    this.name = name;
    this.number = number;
    this.originNanos = originNanos;
    timers = new TimerWheel(originNanos + simulation.now());
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(Objects.requireNonNull(task));
  }

  /** Also true for a coroutine that has the loop's turn, on its own thread. */
  @Override
  public boolean inLoop() {
    return simulation.isRunning(this);
  }

  @Override
  public long nanoTime() {
    return originNanos + simulation.now();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    requireInLoop();
    return at(nanoTime() + Math.clamp(delayNanos, 0, EventLoop.DELAY_NANOS_MAX), task);
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    requireInLoop();
    return timers.schedule(nanos, () -> run("timer", task));
  }

  void requireInLoop() {
    if (!inLoop()) {
      throw new IllegalStateException("only on the loop; from elsewhere use execute");
    }
  }

  boolean isReady() {
    return !arrivals.isEmpty()
        || !readable.isEmpty()
        || !tasks.isEmpty()
        || !deferred.isEmpty()
        || (timers.size() > 0 && nextTimer() <= simulation.now());
  }

  /** The time of the simulation at which the wheel wants to be looked at. */
  long nextTimer() {
    if (timers.size() == 0) {
      return Long.MAX_VALUE;
    }
    long wait = timers.nextDeadline() - nanoTime();
    long now = simulation.now();
    return wait > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + wait;
  }

  void arrived(Runnable arrival) {
    arrivals.add(arrival);
  }

  void turn() {
    //> phase 2: the steps of a real loop's turn; what of it does the seed choose?
    for (int n = arrivals.size(); n > 0; n--) {
      arrivals.remove().run();
    }
    for (int n = readable.size(); n > 0; n--) {
      readable.remove().read();
    }
    timers.advance(nanoTime());
    int most = 1 + simulation.random().nextInt(TASKS_PER_TURN_MAX);
    for (int n = Math.min(most, tasks.size()); n > 0; n--) {
      run("task", tasks.remove()); //~ lastComeFirstServed: run("task", tasks.removeLast());
    }
    for (int n = deferred.size(); n > 0; n--) {
      deferred.remove().run();
    }
    //< phase 2
  }

  private void run(String what, Runnable task) {
    simulation.note(this, what);
    try {
      task.run();
    } catch (Throwable thrown) {
      failed("a " + what + " threw", thrown);
    }
  }

  void readable(SimulatedTransport transport) {
    readable.add(transport);
  }

  /** At the end of this turn, or of the next one if this is said at the end. */
  void defer(Runnable what) {
    deferred.add(what);
  }

  void failed(String where, Throwable cause) {
    simulation.failed(this, where, cause);
  }

  void note(String what) {
    simulation.note(this, what);
  }

  Simulation simulation() {
    return simulation;
  }

  String name() {
    return name;
  }

  int number() {
    return number;
  }

  @Override
  public String toString() {
    return name;
  }
}
