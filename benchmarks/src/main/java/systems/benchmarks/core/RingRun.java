package systems.benchmarks.core;

import java.util.Arrays;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;
import systems.core.concurrent.RingKernel;

/**
 * {@code RingRun CONTESTANT PRODUCERS CONSUMERS}: messages a second, the best of five rounds. Two
 * threads that wait for each other on two cores are at the scheduler's mercy, and what disturbs
 * them only makes them slower.
 */
final class RingRun {
  private static final int ROUNDS = 5;
  private static final int MESSAGES = 5_000_000;

  private RingRun() {}

  public static void main(String[] arguments) throws Exception {
    int messages = Effort.here().of(MESSAGES, MESSAGES, MESSAGES / 500);
    double[] nanos =
        RingKernel.nanosPerMessage(
            arguments[0],
            Integer.parseInt(arguments[1]),
            Integer.parseInt(arguments[2]),
            messages,
            ROUNDS);
    double best = Arrays.stream(nanos).min().orElseThrow();
    new Outcome().with(Metric.RATE, 1e9 / best).tell();
  }
}
