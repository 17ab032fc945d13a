package systems.net.balance;

import java.util.List;

/**
 * Passive outlier detection: who fails much more than the others is left out for a while, by what
 * real requests show.
 *
 * <pre>
 *   at once            5 failures in a row, or so many in a row without any answer
 *   each 10 s          success rate &lt; mean - 1.9 * standard deviation, with enough requests
 *
 *              out 30 s      in     out 60 s          in      out 90 s               in
 *   ----x======|-------------|======|-----------------|=======|----------------------|====
 *                                            each quiet interval takes one step back
 * </pre>
 *
 * <p>Active checks ask one page, which may work while the rest does not, and only every few
 * seconds; requests know at once. Out does not mean asked no more for good: after its time it is
 * tried by requests again, and one that is still sick is out for longer each time.
 *
 * <p>The rate is compared with the others', not with a number: if all fail because a database
 * behind them is down, nobody is an outlier, and to eject one after the other would leave the load
 * to ever fewer. With few servers a standard deviation says little: among three, one can be at most
 * 1.41 of them below the mean, so 1.9 never finds it; the row of failures has to.
 *
 * <p>Invariants: (1) at most {@code percentMax} of all are out at a time, though one may always be;
 * (2) out for {@code base * n}, n the number of times so far, at most {@code mostNanos}; (3) what
 * was sent before it was put out does not count when it comes back.
 *
 * <p>The criteria follow Envoy's documentation of outlier detection; there the defaults are 10
 * percent and 5 hosts.
 */
public final class Ejection {
  /**
   * When somebody is left out, and for how long.
   *
   * @param consecutiveFailures at once out after so many in a row
   * @param gatewayFailures at once out after so many in a row without an answer
   * @param intervalNanos between two looks at the success rates
   * @param baseNanos out for so long the first time
   * @param mostNanos out for so long at most
   * @param percentMax of all upstreams that may be out at a time; one may always be, unless it is 0
   * @param requestsMin in an interval, for the success rate to mean something
   * @param upstreamsMin with so many requests, for a mean to mean something
   * @param deviations below the mean that are too many
   */
  public record Settings(
      int consecutiveFailures,
      int gatewayFailures,
      long intervalNanos,
      long baseNanos,
      long mostNanos,
      int percentMax,
      int requestsMin,
      int upstreamsMin,
      double deviations) {
    private static final long SECOND_NANOS = 1_000_000_000L;

    public static final Settings USUAL =
        new Settings(5, 10 * SECOND_NANOS, 30 * SECOND_NANOS, 50, 100, 3, 1.9);

    public Settings {
      if (consecutiveFailures < 1 || gatewayFailures < 1 || requestsMin < 1 || upstreamsMin < 1) {
        throw new IllegalArgumentException("numbers of failures, requests and upstreams from 1");
      }
      if (intervalNanos < 1 || baseNanos < 1 || mostNanos < baseNanos) {
        throw new IllegalArgumentException(
            "an interval, a time to be out, and a longest one that is not shorter");
      }
      if (percentMax < 0 || percentMax > 100) {
        throw new IllegalArgumentException("a share from 0 to 100 percent, not " + percentMax);
      }
      if (!(deviations > 0)) {
        throw new IllegalArgumentException("deviations above 0, not " + deviations);
      }
    }

    /** Ten times the base as the longest time, and any failure alike. */
    public Settings(
        int consecutiveFailures,
        long intervalNanos,
        long baseNanos,
        int percentMax,
        int requestsMin,
        int upstreamsMin,
        double deviations) {
      this(
          consecutiveFailures,
          consecutiveFailures,
          intervalNanos,
          baseNanos,
          Math.multiplyExact(baseNanos, 10L),
          percentMax,
          requestsMin,
          upstreamsMin,
          deviations);
    }
  }

  /** What is remembered of one upstream. */
  static final class Record {
    private int failuresInARow;
    private int unansweredInARow;
    private int successes;
    private int requests;
    private int ejections;
    private long outUntilNanos;
    private boolean out;

    /** In since the interval began. */
    private boolean wasIn = true;

    boolean isEjected(long nowNanos) {
      return out && nowNanos - outUntilNanos < 0;
    }

    private void comeBack() {
      out = false;
      wasIn = false;
      failuresInARow = 0;
      unansweredInARow = 0;
      successes = 0;
      requests = 0;
    }
  }

  private final Settings settings;
  private final List<Upstream> upstreams;
  private final long slowStartNanos;
  private long compareAtNanos;
  private long total;

  Ejection(Settings settings, List<Upstream> upstreams, long slowStartNanos, long nowNanos) {
    this.settings = settings;
    this.upstreams = upstreams;
    this.slowStartNanos = slowStartNanos;
    compareAtNanos = nowNanos + settings.intervalNanos;
  }

  /** Ejections so far. */
  long total() {
    return total;
  }

  void finished(Upstream upstream, Outcome outcome, long nowNanos) {
    look(nowNanos);
    Record record = upstream.record;
    if (outcome == Outcome.CANCELLED || record.out) {
      return;
    }
    //> phase 7: which outcomes count, and what makes a row of failures end?
    record.requests++;
    if (!outcome.isFailure()) {
      record.successes++;
      record.failuresInARow = 0; //~ rowNeverEnds: record.failuresInARow += 0;
    } else {
      record.failuresInARow++;
    }
    boolean unanswered = outcome.isGatewayFailure();
    record.unansweredInARow = unanswered ? record.unansweredInARow + 1 : 0;
    if (record.failuresInARow >= settings.consecutiveFailures
        || record.unansweredInARow >= settings.gatewayFailures) {
      eject(upstream, nowNanos);
    }
    //< phase 7
  }

  /** Compares success rates when an interval is over, and lets those back whose time is over. */
  void look(long nowNanos) {
    if (nowNanos - compareAtNanos >= 0) {
      compareAtNanos = nowNanos + settings.intervalNanos;
      compare(nowNanos);
      beginInterval();
    }
    for (int i = 0; i < upstreams.size(); i++) {
      Upstream upstream = upstreams.get(i);
      if (upstream.record.out && !upstream.record.isEjected(nowNanos)) {
        upstream.record.comeBack();
        upstream.beginSlowStart(nowNanos, slowStartNanos);
      }
    }
  }

  private void beginInterval() {
    //> phase 7: who behaved is forgiven step by step; and what is counted anew?
    for (Upstream upstream : upstreams) {
      Record record = upstream.record;
      boolean behaved = !record.out && record.wasIn; //~ neverForgives: boolean behaved = false;
      if (behaved && record.ejections > 0) {
        record.ejections--;
      }
      record.wasIn = !record.out;
      record.requests = 0;
      record.successes = 0; //~ countsForEver: record.successes += 0;
    }
    //< phase 7
  }

  private void compare(long nowNanos) {
    //> phase 7: among those with enough requests: whose success rate lies too far below the mean?
    List<Upstream> measured =
        upstreams.stream()
            .filter(u -> !u.record.out && u.record.requests >= settings.requestsMin)
            .toList();
    if (measured.size() < settings.upstreamsMin) {
      return;
    }
    double mean = measured.stream().mapToDouble(Ejection::rate).average().orElseThrow();
    double variance =
        measured.stream().mapToDouble(u -> Math.pow(rate(u) - mean, 2)).average().orElseThrow();
    double deviation = Math.sqrt(variance); //~ meanIsEnough: double deviation = 0;
    for (Upstream upstream : measured) {
      if (rate(upstream) < mean - settings.deviations * deviation) {
        eject(upstream, nowNanos);
      }
    }
    //< phase 7
  }

  private static double rate(Upstream upstream) {
    assert upstream.record.successes <= upstream.record.requests : "of another interval";
    return (double) upstream.record.successes / upstream.record.requests;
  }

  private void eject(Upstream upstream, long nowNanos) {
    Record record = upstream.record;
    assert !record.out;
    if (isFull()) {
      return;
    }
    //> phase 7: how long, the first time and the third time?
    record.out = true;
    record.ejections++;
    int times = record.ejections; //~ sameTimeEachTime: int times = 1;
    long most = settings.mostNanos / settings.baseNanos;
    record.outUntilNanos = nowNanos + settings.baseNanos * Math.min(times, most);
    record.ejections = (int) Math.min(record.ejections, most);
    total++;
    assert record.isEjected(nowNanos);
    //< phase 7
  }

  private boolean isFull() {
    long out = upstreams.stream().filter(upstream -> upstream.record.out).count();
    long most = Math.max(1, (long) upstreams.size() * settings.percentMax / 100);
    return settings.percentMax == 0 || out >= most; //~ phase 7 ejectsEverybody: return false;
  }
}
