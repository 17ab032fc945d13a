package systems.net.balance;

/**
 * How many requests may be in flight, found out by trying.
 *
 * <pre>
 *   latency |                    /         in flight = rate * latency  (Little 1961)
 *           |                  /
 *           |________________/             beyond what the servers can do at a time, one more
 *           +---------------+------ in     request only waits: latency grows, the rate does not
 *                        the knee  flight
 * </pre>
 *
 * <p>A fixed limit is wrong as soon as the servers become slower or fewer: it was measured on a
 * good day. Two rules look for the knee:
 *
 * <p>{@link Aimd}: a latency that is too long is given. In time: {@code limit += 1 / limit}, which
 * is one more for each round of requests. Late: {@code limit *= 0.9}, once a round, since the
 * others that are late now were sent under the same limit. That is how TCP shares a line (Chiu and
 * Jain 1989), with lateness in place of loss.
 *
 * <p>{@link Gradient}: only how much longer than without load is given. Each window of requests has
 * a mean latency; {@code limit *= base / mean} brings the queue down to nothing, and {@code +
 * sqrt(limit)} leaves room for a small one, so that more is tried. The base is what the latency was
 * while hardly anything was in flight. It changes with the servers, so now and then the limit drops
 * to the least one for a window, to measure it anew. That is what Envoy's adaptive concurrency
 * filter documents; TCP Vegas (Brakmo and Peterson 1995) is the ancestor.
 *
 * <p>Invariants: (1) {@code min <= limit <= max}; (2) it is raised only while it is used up by
 * half, else an idle night would raise it without end, and the morning would find no limit; (3)
 * what was cancelled says nothing, nor does an error: it may come soon from a server that has no
 * strength left; (4) {@code inFlight >= 0}, and may be above a limit that fell.
 */
public final class ConcurrencyLimit {
  /** How the limit is found. */
  public sealed interface Rule permits Aimd, Gradient {}

  /**
   * A bit more while answers are in time, less at once when they are late.
   *
   * @param slowNanos a latency that is too long
   * @param keptPercent of the limit after a late one; 50 to 99
   */
  public record Aimd(long slowNanos, int keptPercent) implements Rule {
    public Aimd {
      if (slowNanos < 1 || keptPercent < 50 || keptPercent > 99) {
        throw new IllegalArgumentException("a positive latency, and 50 to 99 percent to be kept");
      }
    }
  }

  /**
   * As much as keeps the latency near that of an idle server.
   *
   * @param tolerancePercent of the base latency that is still fine; 100 to 1000
   * @param windowRequests whose mean is compared
   * @param windowsPerMeasure windows from one measurement of the base to the next
   */
  public record Gradient(int tolerancePercent, int windowRequests, int windowsPerMeasure)
      implements Rule {
    public static final Gradient USUAL = new Gradient(150, 50, 50);

    public Gradient {
      if (tolerancePercent < 100 || tolerancePercent > 1000) {
        throw new IllegalArgumentException(
            "a tolerance from 100 to 1000 percent, not " + tolerancePercent);
      }
      if (windowRequests < 1 || windowsPerMeasure < 2) {
        throw new IllegalArgumentException("at least one request in a window, and two windows");
      }
    }
  }

  private static final int FIRST = 20;
  private static final int KEPT_PERCENT = 90;
  private static final double SMOOTHING = 0.2;
  private static final double STEEPEST = 0.5;

  private final int min;
  private final int max;
  private final Rule rule;
  private double limit;
  private int inFlight;

  /** Those in flight that were sent under a limit that is no more. */
  private int outdated;

  // of the gradient
  private double baseNanos;
  private double sumNanos;
  private int answers;
  private int windowsLeft; // 0: the base is being measured
  private boolean used;
  private double limitBefore;

  /**
   * With a rule.
   *
   * @param min that it never falls below
   * @param max that it never rises above; equal to min for a fixed limit
   */
  public ConcurrencyLimit(int min, int max, Rule rule) {
    if (min < 1 || max < min) {
      throw new IllegalArgumentException(
          "limits from 1 up, and the lower one first, not " + min + " and " + max);
    }
    this.min = min;
    this.max = max;
    this.rule = rule;
    limitBefore = bounded(FIRST);
    limit = max == min || rule instanceof Aimd ? limitBefore : min;
  }

  /** With additive increase and multiplicative decrease around a latency. */
  public ConcurrencyLimit(int min, int max, long slowNanos) {
    this(min, max, new Aimd(slowNanos, KEPT_PERCENT));
  }

  private double bounded(double value) {
    return Math.min(max, Math.max(min, value));
  }

  public int limit() {
    return (int) limit;
  }

  public int inFlight() {
    return inFlight;
  }

  /** Whether one more may enter; then it has. */
  public boolean tryEnter() {
    if (inFlight >= (int) limit) {
      return false;
    }
    inFlight++;
    return true;
  }

  /** Once for each that has entered. */
  public void leave(Outcome outcome, long latencyNanos) {
    assert inFlight > 0 : "more have left than entered";
    int half = inFlight * 2; //~ phase 7 growsWhileIdle: int half = max;
    boolean isUsed = half >= (int) limit;
    inFlight--;
    boolean isOutdated = outdated > 0;
    outdated -= isOutdated ? 1 : 0;
    boolean tells = outcome == Outcome.SUCCESS || outcome == Outcome.TIMEOUT;
    if (!tells || min == max) {
      return;
    }
    switch (rule) {
      case Aimd aimd -> aimd(aimd, outcome, latencyNanos, isUsed, isOutdated);
      case Gradient gradient -> gradient(gradient, latencyNanos, isUsed, isOutdated);
    }
    assert limit >= min && limit <= max : "limit " + limit;
  }

  private void aimd(
      Aimd aimd, Outcome outcome, long latencyNanos, boolean isUsed, boolean isOutdated) {
    //> phase 7: late: less, but once for all that were sent together; in time: 1 more in a round
    boolean isLate = outcome == Outcome.TIMEOUT || latencyNanos > aimd.slowNanos;
    if (isLate && !isOutdated) { //~ panics: if (isLate) {
      limit = bounded(limit * aimd.keptPercent / 100);
      outdated = inFlight;
    } else if (!isLate && isUsed) {
      double more = 1 / limit; //~ growsTooFast: double more = 1;
      limit = bounded(limit + more);
    }
    //< phase 7
  }

  private void gradient(Gradient gradient, long latencyNanos, boolean isUsed, boolean isOutdated) {
    //> phase 7: what was sent under another limit says nothing about this one
    if (isOutdated) { //~ measuresTheQueue: if (isOutdated && outdated < 0) {
      return;
    }
    sumNanos += latencyNanos;
    used |= isUsed;
    answers++;
    if (answers >= gradient.windowRequests) {
      double mean = Math.max(1, sumNanos / answers);
      limit = windowsLeft == 0 ? measured(gradient, mean) : compared(gradient, mean);
      outdated = inFlight;
      sumNanos = 0;
      answers = 0;
      used = false;
    }
    //< phase 7
  }

  //> phase 7 only
  private double measured(Gradient gradient, double mean) {
    baseNanos = mean;
    windowsLeft = gradient.windowsPerMeasure;
    return limitBefore;
  }

  private double compared(Gradient gradient, double mean) {
    double ratio = gradient.tolerancePercent / 100.0 * baseNanos / mean;
    double slope = Math.max(STEEPEST, Math.min(1, ratio)); //~ neverFalls: double slope = 1;
    double next = limit * slope + Math.sqrt(limit);
    double smooth = limit * (1 - SMOOTHING) + next * SMOOTHING;
    limitBefore = bounded(used ? smooth : Math.min(limit, smooth));
    windowsLeft--;
    return windowsLeft == 0 ? min : limitBefore;
  }
  //< phase 7
}
