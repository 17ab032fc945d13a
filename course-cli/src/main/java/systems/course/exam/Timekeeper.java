package systems.course.exam;

import java.time.Duration;

/**
 * Calls when nothing has happened for too long.
 *
 * <p>It does not interrupt: a loop that never looks would not notice. Whoever is called ends the
 * JVM. A thread of its own, started once; {@link #beat} is cheap and for any thread.
 */
final class Timekeeper {
  private static final long LOOK_NANOS = 20_000_000;

  private final long limitNanos;
  private final Runnable call;
  private volatile long lastBeat;
  private volatile boolean running;

  Timekeeper(Duration limit, Runnable call) {
    this.limitNanos = limit.toNanos();
    this.call = call;
    Thread.ofPlatform().daemon().name("timekeeper").start(this::watch);
  }

  void start() {
    beat();
    running = true;
  }

  void beat() {
    lastBeat = System.nanoTime();
  }

  void stop() {
    running = false;
  }

  private void watch() {
    while (true) {
      try {
        Thread.sleep(Duration.ofNanos(LOOK_NANOS));
      } catch (InterruptedException e) {
        return;
      }
      if (running && System.nanoTime() - lastBeat > limitNanos) {
        running = false;
        call.run();
      }
    }
  }
}
