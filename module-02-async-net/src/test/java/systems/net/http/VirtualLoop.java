package systems.net.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/** A loop of the thread that calls it, whose time passes when a test says so. */
public final class VirtualLoop implements Loop {
  private static final class Alarm implements Timer {
    final long nanos;
    final Runnable task;
    boolean isDone;

    Alarm(long nanos, Runnable task) {
      this.nanos = nanos;
      this.task = task;
    }

    @Override
    public boolean cancel() {
      boolean waits = !isDone;
      isDone = true;
      return waits;
    }
  }

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(Comparator.comparingLong((Alarm alarm) -> alarm.nanos));
  private final List<MemoryTransport> transports = new ArrayList<>();

  /** Not zero: whoever forgets to ask for the time is found out. */
  private long nanos = 1_000_000_000_000L;

  void add(MemoryTransport transport) {
    transports.add(transport);
  }

  /** Runs what waits, until nothing does. */
  public void run() {
    boolean goesOn = true;
    while (goesOn) {
      goesOn = !tasks.isEmpty();
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
      }
      for (int i = 0; i < transports.size(); i++) {
        goesOn |= transports.get(i).turn();
      }
    }
  }

  /** Lets time pass; what is due on the way happens at its time. */
  public void advance(long byNanos) {
    long end = nanos + byNanos;
    run();
    while (next() <= end) {
      nanos = Math.max(nanos, next());
      ring();
      run();
    }
    nanos = end;
    run();
  }

  private long next() {
    long first = alarms.isEmpty() ? Long.MAX_VALUE : alarms.peek().nanos;
    for (MemoryTransport transport : transports) {
      first = Math.min(first, transport.wakeNanos());
    }
    return first;
  }

  private void ring() {
    while (!alarms.isEmpty() && alarms.peek().nanos <= nanos) {
      Alarm alarm = alarms.poll();
      if (alarm.cancel()) {
        alarm.task.run();
      }
    }
    for (int i = 0; i < transports.size(); i++) {
      transports.get(i).ring(nanos);
    }
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public boolean inLoop() {
    return true;
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    var alarm = new Alarm(nanos + Math.max(0, delayNanos), task);
    alarms.add(alarm);
    return alarm;
  }
}
