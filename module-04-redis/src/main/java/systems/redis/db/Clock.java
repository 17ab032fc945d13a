package systems.redis.db;

/**
 * The time as commands see it: read once and then standing still while a command, a transaction or
 * a script runs, so that no key expires between two of its looks.
 */
public final class Clock {
  private long nowMillis = System.currentTimeMillis();
  private int held;

  /** Milliseconds since 1970. */
  public long millis() {
    return nowMillis;
  }

  /** Reads the time, unless it is held. */
  public void advance() {
    if (held == 0) {
      nowMillis = System.currentTimeMillis();
    }
  }

  public void hold() {
    held++;
  }

  public void release() {
    assert held > 0 : "released more often than held";
    held--;
  }
}
