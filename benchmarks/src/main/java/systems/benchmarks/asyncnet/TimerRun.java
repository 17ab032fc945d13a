package systems.benchmarks.asyncnet;

import com.sun.management.ThreadMXBean;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import io.netty.util.concurrent.ScheduledFuture;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;
import systems.net.loop.EventLoop;
import systems.net.loop.Timer;

/**
 * {@code TimerRun OURS|WHEEL|LOOP}: 10,000 timeouts stand, of up to a minute; again and again the
 * oldest is taken back and a new one is scheduled, as a server does with each request. None runs
 * out.
 *
 * <pre>
 *   OURS    on an event loop, a thousand a turn, between turns the loop advances its wheel; by
 *           deadlines from the turn's time, as our connections set theirs
 *   LOOP    the same on one of Netty's loops, which keep their timers in a heap
 *   WHEEL   Netty's HashedWheelTimer; its own thread takes what was scheduled and taken back from
 *           queues and puts it into the wheel
 * </pre>
 *
 * <p>CPU and allocation are those of the whole process. Netty's wheel has ticks of 10 ms and a
 * round of 82 s, longer than any of the timeouts. With the 100 ms that it comes with, so much that
 * was taken back waits for its thread that the collector has to move it, and it costs two to four
 * times as much; with a millisecond, which our wheel has, a little more.
 */
final class TimerRun {
  /** Whose timers. */
  enum Contestant {
    OURS,
    LOOP,
    WHEEL
  }

  private static final int STANDING = 10_000;
  private static final int DELAYS = 1 << 12;
  private static final int OPERATIONS = 4_000_000;
  private static final int A_TURN = 1000;
  private static final int WARM_UP_PASSES = 3;
  private static final int PASSES = 3;
  private static final TimerTask NEVER = _ -> {};

  private final long[] delaySeconds = new SplittableRandom(1).longs(DELAYS, 1, 60).toArray();
  private final int operations = Effort.here().of(OPERATIONS, OPERATIONS / 2, OPERATIONS / 100);

  private TimerRun() {}

  /** Takes one back and schedules another one in its place. */
  private interface Swap {
    void at(int place, long seconds);
  }

  public static void main(String[] arguments) throws InterruptedException {
    var run = new TimerRun();
    switch (Contestant.valueOf(arguments[0])) {
      case OURS -> {
        try (EventLoop loop = EventLoop.start("timers")) {
          run.measure(loop, ours(loop));
        }
      }
      case LOOP -> {
        var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        run.measure(group.next(), heap(group));
        System.exit(0); // its thread would go on
      }
      case WHEEL -> {
        var wheel = new HashedWheelTimer(10, TimeUnit.MILLISECONDS, 8192);
        run.measure(Runnable::run, wheel(wheel));
        wheel.stop();
      }
    }
  }

  private static void nothing() {}

  private static Swap ours(EventLoop loop) {
    var timers = new Timer[STANDING];
    return (place, seconds) -> {
      if (timers[place] != null) {
        timers[place].cancel();
      }
      long deadline = loop.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      timers[place] = loop.at(deadline, TimerRun::nothing);
    };
  }

  private static Swap heap(MultiThreadIoEventLoopGroup group) {
    var loop = group.next();
    var timers = new ScheduledFuture<?>[STANDING];
    return (place, seconds) -> {
      if (timers[place] != null) {
        timers[place].cancel(false);
      }
      timers[place] = loop.schedule(TimerRun::nothing, seconds, TimeUnit.SECONDS);
    };
  }

  private static Swap wheel(HashedWheelTimer wheel) {
    var timeouts = new Timeout[STANDING];
    return (place, seconds) -> {
      if (timeouts[place] != null) {
        timeouts[place].cancel();
      }
      timeouts[place] = wheel.newTimeout(NEVER, seconds, TimeUnit.SECONDS);
    };
  }

  private void measure(Executor turns, Swap swap) throws InterruptedException {
    for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
      pass(turns, swap);
    }
    long cpu = Outcome.cpuNanos();
    long allocated = allocatedBytes();
    long begun = System.nanoTime();
    for (int pass = 0; pass < PASSES; pass++) {
      pass(turns, swap);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    double all = (double) operations * PASSES;
    new Outcome()
        .with(Metric.RATE, all / seconds)
        .with(Metric.CPU, (Outcome.cpuNanos() - cpu) / all)
        .with(Metric.ALLOCATION, (allocatedBytes() - allocated) / all)
        .tell();
  }

  /** Of all threads, those that have ended too. */
  private static long allocatedBytes() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
  }

  private void pass(Executor turns, Swap swap) throws InterruptedException {
    var done = new CountDownLatch(operations / A_TURN);
    for (int turn = 0; turn < operations / A_TURN; turn++) {
      int from = turn * A_TURN;
      turns.execute(() -> {
        for (int i = from; i < from + A_TURN; i++) {
          swap.at(i % STANDING, delaySeconds[i & (DELAYS - 1)]);
        }
        done.countDown();
      });
    }
    done.await();
  }
}
