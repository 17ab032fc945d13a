package systems.net.balance;

/**
 * So many requests a second, with a burst, without a timer.
 *
 * <pre>
 *   level   0 ............................. burst * 10^9
 *           each nanosecond adds  perSecond          up to the brim
 *           each request takes    10^9               or is refused
 * </pre>
 *
 * <p>A level counts billionths of a token: in one nanosecond a rate of r tokens a second adds r of
 * them. All numbers are whole, whatever the rate, and nothing is ever rounded: after a year the
 * bucket has let through what it should have, to one. The usual ways drift: with an interval of
 * {@code 10^9 / rate} nanoseconds 600 million a second become a billion, and adding {@code seconds
 * * rate} as a double loses bits at each small step. A timer that adds tokens every 10 ms wakes an
 * idle server up a hundred times a second.
 *
 * <p>Invariants: (1) {@code 0 <= level <= burst * 10^9}, so idle time is saved up to a burst and no
 * further; (2) between two moments no more pass than {@code burst + rate * time}, and as many do if
 * they come early enough; (3) no product overflows: rate and burst are at most a billion, and time
 * beyond that which fills the bucket is not multiplied.
 */
public final class TokenBucket {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final long perSecond;
  private final long brim;
  private long level;
  private long lastNanos;

  /**
   * Full at first.
   *
   * @param perSecond 1 to a billion
   * @param burst requests that may come at once; 1 to a billion
   */
  public TokenBucket(long perSecond, long burst, long nowNanos) {
    if (perSecond < 1 || perSecond > NANOS_PER_SECOND || burst < 1 || burst > NANOS_PER_SECOND) {
      throw new IllegalArgumentException(
          "a rate and a burst of 1 to a billion, not " + perSecond + " and " + burst);
    }
    this.perSecond = perSecond;
    brim = burst * NANOS_PER_SECOND;
    level = brim;
    lastNanos = nowNanos;
  }

  /** Whether one more may pass now; then it is counted. */
  public boolean tryTake(long nowNanos) {
    fill(nowNanos);
    if (level < NANOS_PER_SECOND) {
      return false;
    }
    level -= NANOS_PER_SECOND;
    assert level >= 0;
    return true;
  }

  /** Nanoseconds until one may pass; 0 for now. */
  public long waitNanos(long nowNanos) {
    fill(nowNanos);
    //> phase 7: up, not down, or the one who waits comes a nanosecond too early
    long missing = Math.max(0, NANOS_PER_SECOND - level);
    return Math.ceilDiv(missing, perSecond); //~ tooEarly: return missing / perSecond;
    //< phase 7
  }

  private void fill(long nowNanos) {
    //> phase 7: how much came in since the last time, and what must not overflow?
    long passed = Math.max(0, nowNanos - lastNanos);
    long toBrim = Math.ceilDiv(brim - level, perSecond);
    boolean isFull = passed >= toBrim; //~ savesForEver: boolean isFull = false;
    if (isFull) {
      level = brim;
    } else {
      long gained = passed * perSecond; //~ drifts: long gained = passed / 1000 * 1000 * perSecond;
      level += gained;
    }
    lastNanos = nowNanos - lastNanos > 0 ? nowNanos : lastNanos;
    assert level >= 0 && level <= brim : "level " + level;
    //< phase 7
  }
}
