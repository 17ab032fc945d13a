package systems.net.loop;

import java.util.concurrent.Executor;

/**
 * One thread's view of time and order: whatever runs on a loop runs one after the other.
 *
 * <p>{@link EventLoop} is the real one. {@link Simulation} makes loops of virtual time whose order
 * comes from a seed, and the engines that bring their own threads make theirs. State that belongs
 * to a loop needs no lock; from anywhere else one says {@link #execute}.
 */
public interface Loop extends Executor {
  /**
   * Runs the task on this loop, later, in the order of the calls that one thread makes. May be
   * called from any thread; never runs the task before it returns, not even on the loop itself.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the loop has ended, or if its queue
   *     is full
   */
  @Override
  void execute(Runnable task);

  /** Whether the caller runs on this loop. */
  boolean inLoop();

  /** Nanoseconds of this loop's clock, read once a turn; only differences mean something. */
  long nanoTime();

  /**
   * Runs the task once the delay has passed, not earlier, on this loop. Only on the loop.
   *
   * @param delayNanos 0 or less: in the next turn
   */
  Timer schedule(long delayNanos, Runnable task);

  /**
   * Runs the task once this time of {@link #nanoTime} has come, which may be past. Only on the
   * loop. For timeouts that are set all the time: they begin with the turn that sets them, so no
   * clock is read for them, which would cost as much as the timer itself.
   *
   * @param nanos at most 73 years from now, what is later is taken for that
   */
  default Timer at(long nanos, Runnable task) {
    return schedule(nanos - nanoTime(), task);
  }
}
