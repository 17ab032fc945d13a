package systems.redis.db;

import java.util.SplittableRandom;

/**
 * What a key's mark says about its use, by the eviction policy: when it was used last, or how
 * often.
 *
 * <pre>
 *   LRU   [ - ][ seconds, 24 bits                 ]     goes round in 194 days
 *   LFU   [ - ][ minutes of the last fall, 16 ][ logarithm of the uses, 8 ]
 * </pre>
 *
 * <p>The counter of 8 bits goes up with a chance of 1 / ((counter - 5) * factor + 1), so that 255
 * means about a million uses with the usual factor of 10, and falls by one for each {@code
 * lfu-decay-time} minutes without. After Redis' {@code evict.c}.
 */
public final class Frequency {
  private static final int SECONDS_MASK = (1 << 24) - 1;
  private static final int MINUTES_MASK = (1 << 16) - 1;
  private static final int NEW = 5;

  private final SplittableRandom random = new SplittableRandom();
  private boolean counts;
  public int logFactor = 10;
  public int decayMinutes = 1;

  /** Whether the marks count uses, not their times. */
  public boolean counts() {
    return counts;
  }

  public void counts(boolean yes) {
    counts = yes;
  }

  /** The mark of a new key. */
  public int fresh(long nowMillis) {
    return counts ? minutes(nowMillis) << 8 | NEW : seconds(nowMillis);
  }

  /** The mark after one more use. */
  public int used(int mark, long nowMillis) {
    if (!counts) {
      return seconds(nowMillis);
    }
    return minutes(nowMillis) << 8 | increment(decayed(mark, nowMillis));
  }

  private int increment(int counter) {
    assert counter >= 0 && counter <= 255 : "eight bits";
    if (counter == 255) {
      return 255;
    }
    double base = Math.max(0, counter - NEW);
    return random.nextDouble() < 1.0 / (base * logFactor + 1) ? counter + 1 : counter;
  }

  /** The counter as it is now. */
  public int decayed(int mark, long nowMillis) {
    int counter = mark & 255;
    int passed = minutes(nowMillis) - (mark >>> 8 & MINUTES_MASK) & MINUTES_MASK;
    int falls = decayMinutes == 0 ? 0 : passed / decayMinutes;
    return Math.max(0, counter - falls);
  }

  /** Milliseconds since the last use. */
  public long idleMillis(int mark, long nowMillis) {
    return (seconds(nowMillis) - mark & SECONDS_MASK) * 1000L;
  }

  public int markOfIdle(long idleSeconds, long nowMillis) {
    return (int) (seconds(nowMillis) - idleSeconds) & SECONDS_MASK;
  }

  public int markOfCounter(int counter, long nowMillis) {
    assert counter >= 0 && counter <= 255 : "it would run into the minutes";
    return minutes(nowMillis) << 8 | counter;
  }

  private static int seconds(long nowMillis) {
    return (int) (nowMillis / 1000) & SECONDS_MASK;
  }

  private static int minutes(long nowMillis) {
    return (int) (nowMillis / 60_000) & MINUTES_MASK;
  }
}
