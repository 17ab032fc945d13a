package systems.net.balance;

/**
 * How many requests may be sent a second time: a share of the first ones, over the last seconds.
 *
 * <pre>
 *   servers that fail      load with 3 retries each      with a budget of 20 %
 *   1 of 10                     1.1                            1.1
 *   all                         4.0   and they stay down       1.2
 * </pre>
 *
 * <p>A number of retries for each request is no problem while one server of ten fails, and turns a
 * brown-out of all servers into a black-out: the load quadruples just when there is no strength
 * left, and with three layers that each retry three times it grows by 64. A share cannot multiply.
 * A few a second are free, so that a quiet service can repeat at all.
 *
 * <p>Invariant: in any window, {@code retries <= max(share * requests, perSecondMin * seconds)}.
 * The retry itself is no request: else each would earn a fifth of the next.
 *
 * <p>The idea is that of Finagle's RetryBudget, where the free ones come on top; here they are a
 * floor, as in Envoy's retry budget, so that a busy service has its share and nothing else. gRPC's
 * retry throttling (gRFC A6) is the same in other units: a bucket that failures drain and successes
 * fill; it has no window, so a good hour does not pay for a bad minute there either, since the
 * bucket is small.
 */
public final class RetryBudget {
  private static final long MILLION = 1_000_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long WINDOW_NANOS_MAX = 3600 * NANOS_PER_SECOND;

  private final long shareMillionths; // whole numbers, since 0.29 * 100 is 28.999999999999996
  private final long free;
  private final SlidingCount requests;
  private final SlidingCount retries;

  /**
   * One that is whole at first.
   *
   * @param share of the requests in the window, 0 to 1
   * @param perSecondMin retries that are free
   * @param windowNanos over which it counts; a microsecond to an hour
   */
  public RetryBudget(double share, int perSecondMin, long windowNanos, long nowNanos) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share of retries from 0 to 1, not " + share);
    }
    if (perSecondMin < 0 || windowNanos < 1000 || windowNanos > WINDOW_NANOS_MAX) {
      throw new IllegalArgumentException(
          "free retries from 0, a window from a microsecond to an hour");
    }
    shareMillionths = Math.round(share * MILLION);
    free = perSecondMin * (windowNanos / 1000) / MILLION;
    requests = new SlidingCount(windowNanos, nowNanos);
    retries = new SlidingCount(windowNanos, nowNanos);
  }

  /** A request is sent for the first time. */
  public void request(long nowNanos) {
    requests.add(nowNanos);
  }

  /** Retries that are left now. */
  public long left(long nowNanos) {
    //> phase 7: what was asked in the window, what was repeated, and what is free?
    long earned = requests.sum(nowNanos) * shareMillionths / MILLION;
    long spent = retries.sum(nowNanos); //~ noBudget: long spent = 0;
    long floor = free; //~ quietServiceNeverRetries: long floor = 0;
    return Math.max(earned, floor) - spent;
    //< phase 7
  }

  /** Whether one more retry fits; then it is counted. */
  public boolean tryRetry(long nowNanos) {
    if (left(nowNanos) <= 0) {
      return false;
    }
    retries.add(nowNanos);
    assert left(nowNanos) >= 0 : "spent more than there was";
    return true;
  }
}
