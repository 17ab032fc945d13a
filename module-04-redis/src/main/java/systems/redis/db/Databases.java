package systems.redis.db;

import java.util.Arrays;
import java.util.List;

/** All databases of a server. Command thread only. */
public final class Databases {
  private final Database[] all;
  private final Clock clock;
  private final Frequency frequency = new Frequency();

  public Databases(int count, Clock clock, KeyEvents events) {
    this.clock = clock;
    all = new Database[count];
    for (int i = 0; i < count; i++) {
      all[i] = new Database(i, clock, frequency, events);
    }
  }

  public int count() {
    return all.length;
  }

  public Database get(int index) {
    return all[index];
  }

  /** In the order of their numbers. */
  public List<Database> all() {
    return List.of(all);
  }

  public Clock clock() {
    return clock;
  }

  public Frequency frequency() {
    return frequency;
  }

  /** Exchanges two databases under their clients. */
  public void swap(int a, int b) {
    all[a].swap(all[b]);
  }

  public void clearAll() {
    for (Database db : all) {
      if (db.size() > 0) {
        db.clear();
      }
    }
  }

  /** While the primary's commands run: what it has not deleted is there. */
  public void obey(boolean yes) {
    for (Database db : all) {
      db.obey(yes);
    }
  }

  /** On a replica that takes writes: ends the keys that clients have written here. */
  public void expireOwn() {
    for (Database db : all) {
      db.expireOwn();
    }
  }

  /** A primary's snapshot was loaded: nothing in it is a replica's own. */
  public void forgetOwn() {
    for (Database db : all) {
      db.forgetOwn();
    }
  }

  /** Keys that {@link #expireOwn} looks at. */
  public int ownExpiring() {
    return Arrays.stream(all).mapToInt(Database::ownExpiring).sum();
  }

  public void replica(boolean yes) {
    for (Database db : all) {
      db.replica(yes);
    }
  }

  public void pauseExpiry(boolean yes) {
    for (Database db : all) {
      db.pauseExpiry(yes);
    }
  }

  /** Hides what has expired instead of taking it out. */
  public void keepExpired(boolean yes) {
    for (Database db : all) {
      db.keepsExpired(yes);
    }
  }

  public long totalKeys() {
    long sum = 0;
    for (Database db : all) {
      sum += db.size();
    }
    return sum;
  }

  /** Whether a change of size is going on somewhere that idle time could finish. */
  public void moveBuckets(int count) {
    for (Database db : all) {
      db.keys().moveBuckets(count);
      db.expires().moveBuckets(count);
    }
  }
}
