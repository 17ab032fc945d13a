package systems.benchmarks.kvstore;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import systems.benchmarks.figure.Metric;

/**
 * A loop that is measured once its rate no longer rises.
 *
 * <pre>
 *   rate   ^            . . . .|. . . . . . .
 *          |        .          |
 *          |   .               |  measured
 *          | .   warm-up       |
 *          +-------------------+-------------> windows of 250 ms
 * </pre>
 *
 * Warm-up ends when the last four windows lie within four per cent of each other, or when the time
 * for it is over. Both systems are warmed up the same way; a Java one needs it for the compiler, a
 * native one for its caches.
 */
final class SteadyLoop {
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int WINDOWS = 4;
  private static final double STEADY = 1.04;

  /** A number of operations, as many as take well under a window. */
  interface Body {
    void run(int operations) throws IOException;
  }

  private final Body body;
  private final int batch;

  /**
   * @param batch operations between two looks at the clock
   */
  SteadyLoop(int batch, Body body) {
    this.batch = batch;
    this.body = body;
  }

  /** Runs until the rate is steady, at most for a time. */
  SteadyLoop warm(long millisMax) throws IOException {
    double[] newest = new double[WINDOWS];
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millisMax);
    for (int window = 0; System.nanoTime() < deadline; window++) {
      newest[window % WINDOWS] = ratePerNano(WINDOW_NANOS);
      if (window >= 2 * WINDOWS && isSteady(newest)) {
        return this;
      }
    }
    return this;
  }

  static boolean isSteady(double[] rates) {
    double least = Double.MAX_VALUE;
    double most = 0;
    for (double rate : rates) {
      least = Math.min(least, rate);
      most = Math.max(most, rate);
    }
    return most <= least * STEADY;
  }

  private double ratePerNano(long nanos) throws IOException {
    long start = System.nanoTime();
    long operations = 0;
    long now;
    do {
      body.run(batch);
      operations += batch;
      now = System.nanoTime();
    } while (now - start < nanos);
    return (double) operations / (now - start);
  }

  /** Rate and CPU of a time. */
  Measurement measure(Workload workload, long millis) throws IOException {
    Meter start = Meter.now();
    long operations = 0;
    do {
      body.run(batch);
      operations += batch;
    } while (System.nanoTime() - start.wallNanos() < TimeUnit.MILLISECONDS.toNanos(millis));
    Meter passed = Meter.now().since(start);
    return Measurement.of(workload)
        .with(Metric.RATE, passed.perSecond(operations))
        .with(Metric.CPU, passed.cpuPer(operations));
  }
}
