package systems.redis.db;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds keys whose time has come though nobody looks at them.
 *
 * <p>Ten times a second each database is walked by a cursor over the keys that expire, some buckets
 * at a time, as long as more than a tenth of what it sees has expired and the time is not used up:
 * a quarter of the tick. A tenth is where it stops, and no bound for the share of dead keys: what
 * expires faster than a quarter of the time can take out stays longer. The cost is bounded. A heap
 * ordered by time would find exactly the dead ones, and cost a pointer and a logarithm with every
 * EXPIRE.
 */
public final class ActiveExpiry {
  private static final int KEYS_A_ROUND = 20;
  private static final int BUCKETS_A_ROUND = 400;
  private static final int ROUNDS_BETWEEN_CLOCKS = 16;
  private static final double STALE_SHARE = 0.10;

  private final Databases databases;
  private final long[] cursors;
  private int next;
  private double stalePercent;
  private boolean enabled = true;
  private int effort = 1;
  private long timesCapped;

  public ActiveExpiry(Databases databases) {
    this.databases = databases;
    cursors = new long[databases.count()];
  }

  /** {@code DEBUG SET-ACTIVE-EXPIRE}. */
  public void enabled(boolean yes) {
    enabled = yes;
  }

  public boolean isEnabled() {
    return enabled;
  }

  public void effort(int oneToTen) {
    assert oneToTen >= 1 && oneToTen <= 10 : "the setting has these bounds";
    effort = oneToTen;
  }

  public double stalePercent() {
    return stalePercent;
  }

  public long timesCapped() {
    return timesCapped;
  }

  /** One tick. */
  public void run(long budgetNanos) {
    if (!enabled) {
      return;
    }
    long deadline = System.nanoTime() + budgetNanos;
    long seen = 0;
    long gone = 0;
    for (int i = 0; i < databases.count(); i++) {
      Database db = databases.get(next);
      int at = next;
      next = (next + 1) % databases.count();
      if (db.expiring() == 0) {
        continue;
      }
      int rounds = 0;
      boolean more = true;
      while (more && db.expiring() > 0) {
        var round = new Round(db, databases.clock().millis());
        cursors[at] = round.walk(cursors[at], (KEYS_A_ROUND + KEYS_A_ROUND / 4 * (effort - 1)));
        seen += round.seen;
        gone += round.dead.size();
        more = round.seen == 0 || round.dead.size() > round.seen * STALE_SHARE;
        rounds++;
        if (rounds % ROUNDS_BETWEEN_CLOCKS == 0 && System.nanoTime() > deadline) {
          timesCapped++;
          return;
        }
        if (round.seen == 0 && cursors[at] == 0) {
          break;
        }
      }
    }
    assert gone <= seen : "what went was looked at";
    double percent = seen == 0 ? 0 : 100.0 * gone / seen;
    stalePercent = stalePercent * 0.95 + percent * 0.05;
  }

  private static final class Round {
    final Database db;
    final long now;
    final List<byte[]> dead = new ArrayList<>();
    int seen;
    long ttlSum;

    Round(Database db, long now) {
      this.db = db;
      this.now = now;
    }

    long walk(long from, int keys) {
      //> phase 1: a few buckets; which keys go, and when?
      long cursor = from;
      int buckets = 0;
      do {
        cursor = db.expires().scan(cursor, this::see);
        buckets++;
      } while (cursor != 0 && seen < keys && buckets < BUCKETS_A_ROUND);
      for (byte[] key : dead) {
        db.expire(key);
      }
      int living = seen - dead.size();
      if (living > 0) {
        double average = (double) ttlSum / living;
        double before = db.averageTtlMillis();
        db.averageTtlMillis(before == 0 ? average : before * 0.98 + average * 0.02);
      }
      return cursor;
      //< phase 1
    }

    private void see(byte[] key, Long at) {
      seen++;
      if (now > at) {
        dead.add(key);
      } else {
        ttlSum += at - now;
      }
    }
  }
}
