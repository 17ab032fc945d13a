package systems.redis.db;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.types.Aggregate;
import systems.redis.types.Dict;
import systems.redis.types.GrowingString;
import systems.redis.types.HashValue;
import systems.redis.types.ListValue;
import systems.redis.types.SetValue;
import systems.redis.types.StreamValue;
import systems.redis.types.ZsetValue;

/**
 * One database: keys, their values, and when some of them expire.
 *
 * <pre>
 *   keys      key -> value, with a mark of the last use or of the uses
 *   expires   key -> milliseconds, only of keys that expire; the same key arrays
 * </pre>
 *
 * <p>A key whose time has come is gone for whoever looks: a look takes it out and tells {@link
 * KeyEvents}, which sends the deletion to replicas and files. A replica does not take keys out by
 * itself, it only hides them, and waits for the deletion from its primary; except for those that a
 * client has written on a replica which takes writes, as no primary knows of them.
 *
 * <p>Values are changed in place by commands. Who changes one says so: {@link #forWrite} gives the
 * value and lets a running snapshot save it first; {@link #changed} tells watchers afterwards. An
 * aggregate that became empty must be {@link #removed}. Command thread only.
 */
public final class Database {
  private static final int OWN_BUCKETS_A_TICK = 400;

  private final int index;
  private final Clock clock;
  private final Frequency frequency;
  private KeyEvents events;
  private Dict<Object> keys = Dict.marked();
  private Dict<Long> expires = Dict.map();
  private final SplittableRandom random = new SplittableRandom();
  private boolean replica; // hides what has expired, and leaves it there
  private boolean expiryPaused;
  private boolean obeying; // runs what the primary sends
  private Dict<Boolean> ownExpiring = Dict.map(); // a replica's: no primary deletes them
  private long ownCursor;
  private boolean keepsExpired;
  private boolean untouched; // CLIENT NO-TOUCH and commands that only inspect
  private double averageTtlMillis;

  Database(int index, Clock clock, Frequency frequency, KeyEvents events) {
    this.index = index;
    this.clock = clock;
    this.frequency = frequency;
    this.events = events;
  }

  public int index() {
    return index;
  }

  public Clock clock() {
    return clock;
  }

  public Frequency frequency() {
    return frequency;
  }

  public int size() {
    return keys.size();
  }

  public int expiring() {
    return expires.size();
  }

  public Dict<Object> keys() {
    return keys;
  }

  public Dict<Long> expires() {
    return expires;
  }

  void obey(boolean yes) {
    obeying = yes;
  }

  void replica(boolean yes) {
    replica = yes;
    ownExpiring.clear();
  }

  /** Takes out those of a replica's own keys whose time has come: a few buckets of them. */
  void expireOwn() {
    if (ownExpiring.isEmpty()) {
      return;
    }
    var done = new ArrayList<byte[]>();
    int buckets = 0;
    do {
      ownCursor = ownExpiring.scan(ownCursor, (key, _) -> endOwn(key, done));
    } while (ownCursor != 0 && ++buckets < OWN_BUCKETS_A_TICK);
    done.forEach(ownExpiring::remove);
  }

  private void endOwn(byte[] key, List<byte[]> done) {
    if (isExpired(key)) {
      expire(key);
    }
    if (expiresAt(key) < 0) {
      done.add(key);
    }
  }

  void forgetOwn() {
    ownExpiring.clear();
  }

  int ownExpiring() {
    return ownExpiring.size();
  }

  /** While a load or a script is running, nothing expires. */
  public void pauseExpiry(boolean yes) {
    expiryPaused = yes;
  }

  /** While clients are paused, what has expired is hidden and stays. */
  void keepsExpired(boolean yes) {
    keepsExpired = yes;
  }

  public void untouched(boolean yes) {
    untouched = yes;
  }

  public double averageTtlMillis() {
    return averageTtlMillis;
  }

  void averageTtlMillis(double millis) {
    averageTtlMillis = millis;
  }

  // ---- looking

  /** The value for a command that reads, or null. Counts a hit or a miss. */
  public @Nullable Object forRead(byte[] key) {
    Object value = peek(key);
    events.lookedUp(value != null);
    if (value != null && !untouched) {
      keys.mark(frequency.used(keys.mark(), clock.millis()));
    }
    return value;
  }

  /** The value, or null; does not count as a use. */
  public @Nullable Object peek(byte[] key) {
    if (isExpired(key)) {
      expireNow(key);
      return null;
    }
    return keys.get(key);
  }

  /** The value for a command that may change it in place, or null. */
  public @Nullable Object forWrite(byte[] key) {
    if (isExpired(key)) {
      if (!keepsExpired) {
        expire(key); // also on a replica: who may write there begins anew
      }
      return null;
    }
    Object value = keys.get(key);
    if (value != null) {
      keys.mark(frequency.used(keys.mark(), clock.millis()));
      keys.beforeChange(key);
    }
    return value;
  }

  public boolean exists(byte[] key) {
    return peek(key) != null;
  }

  private boolean isExpired(byte[] key) {
    //> phase 1: whose time has come, and for whom does it not count?
    if (expires.isEmpty()) {
      return false;
    }
    Long at = expires.get(key);
    return at != null && clock.millis() > at && !expiryPaused && !obeying;
    //< phase 1
  }

  private void expireNow(byte[] key) {
    if (!replica && !keepsExpired) {
      expire(key);
    }
  }

  /** Takes out a key whose time has come. */
  public void expire(byte[] key) {
    drop(key);
    events.expired(this, key);
    events.changed(this, key);
  }

  /** Whether the key is there though its time has come; only on a replica. */
  public boolean isHidden(byte[] key) {
    return isExpired(key) && keys.contains(key);
  }

  // ---- values of a kind

  public @Nullable ListValue list(byte[] key) {
    return cast(forRead(key), ListValue.class);
  }

  public @Nullable SetValue set(byte[] key) {
    return cast(forRead(key), SetValue.class);
  }

  public @Nullable ZsetValue zset(byte[] key) {
    return cast(forRead(key), ZsetValue.class);
  }

  public @Nullable HashValue hash(byte[] key) {
    return cast(forRead(key), HashValue.class);
  }

  public @Nullable StreamValue stream(byte[] key) {
    return cast(forRead(key), StreamValue.class);
  }

  public @Nullable ListValue listForWrite(byte[] key) {
    return cast(forWrite(key), ListValue.class);
  }

  public @Nullable SetValue setForWrite(byte[] key) {
    return cast(forWrite(key), SetValue.class);
  }

  public @Nullable ZsetValue zsetForWrite(byte[] key) {
    return cast(forWrite(key), ZsetValue.class);
  }

  public @Nullable HashValue hashForWrite(byte[] key) {
    return cast(forWrite(key), HashValue.class);
  }

  public @Nullable StreamValue streamForWrite(byte[] key) {
    return cast(forWrite(key), StreamValue.class);
  }

  /** The value as what it must be. */
  public static <T> @Nullable T cast(@Nullable Object value, Class<T> type) {
    if (value != null && !type.isInstance(value)) {
      throw ErrorReply.wrongType();
    }
    return type.cast(value);
  }

  /** A string's bytes, which must not be changed, or null if there is no such key. */
  public byte @Nullable [] string(byte[] key) {
    Object value = forRead(key);
    return value == null ? null : stringOf(value);
  }

  public static byte[] stringOf(Object value) {
    return switch (value) {
      case byte[] bytes -> bytes;
      case Long number -> systems.redis.resp.Numbers.toBytes(number);
      case GrowingString string -> string.toBytes();
      default -> throw ErrorReply.wrongType();
    };
  }

  // ---- changing

  /** Adds a key that is not there. */
  public void add(byte[] key, Object value) {
    assert !(value instanceof Aggregate aggregate) || aggregate.size() > 0 || isStream(value);
    Object old = keys.put(key, value);
    assert old == null : "the key was there";
    keys.mark(frequency.fresh(clock.millis()));
    events.added(this, key, value);
  }

  private static boolean isStream(Object value) {
    return value instanceof StreamValue;
  }

  /** Sets the key to the value; a time of expiry goes away. */
  public void set(byte[] key, Object value) {
    set(key, value, false);
  }

  public void setKeepingTtl(byte[] key, Object value) {
    set(key, value, true);
  }

  private void set(byte[] key, Object value, boolean keepTtl) {
    //> phase 1: what goes away with the old value, and what stays?
    Object old = keys.put(key, value);
    if (old == null) {
      keys.mark(frequency.fresh(clock.millis()));
    } else if (!frequency.counts()) {
      keys.mark(frequency.fresh(clock.millis()));
    }
    if (!keepTtl && !expires.isEmpty()) {
      expires.remove(key); //~ keepsTheTime: assert !keepTtl;
    }
    if (old == null || ValueType.of(old) != ValueType.of(value)) {
      events.added(this, key, value);
    }
    events.changed(this, key);
    //< phase 1
  }

  /** Puts another object in the place of the value, as a change in place. */
  public void replace(byte[] key, Object value) {
    int mark = keys.get(key) == null ? 0 : keys.mark();
    Object old = keys.put(key, value);
    assert old != null : "nothing was there to replace";
    keys.mark(mark);
  }

  /** The value of the key was changed in place. */
  public void changed(byte[] key) {
    events.changed(this, key);
  }

  /** Takes the key out; whether it was there. */
  public boolean remove(byte[] key) {
    if (isExpired(key) && !replica) {
      expireNow(key);
      return false;
    }
    return removed(key);
  }

  /** Takes the key out without a look at its time. */
  public boolean removed(byte[] key) {
    boolean there = drop(key);
    if (there) {
      events.changed(this, key);
    }
    return there;
  }

  private boolean drop(byte[] key) {
    //> phase 1: two dictionaries know the key
    if (keys.remove(key) == null) {
      return false;
    }
    if (!expires.isEmpty()) {
      expires.remove(key); //~ leavesTheTime: expires.get(key);
    }
    return true;
    //< phase 1
  }

  /** Takes out an aggregate that became empty, else tells that it was changed. */
  public boolean removeIfEmpty(byte[] key, Aggregate value) {
    if (value.size() == 0) {
      removed(key);
      return true;
    }
    changed(key);
    return false;
  }

  // ---- expiry

  /** When the key expires, in milliseconds since 1970, or -1. */
  public long expiresAt(byte[] key) {
    Long at = expires.get(key);
    return at == null ? -1 : at;
  }

  /** The key must be there. */
  public void expireAt(byte[] key, long millis) {
    keys.beforeChange(key);
    byte[] stored = keys.storedKey(key);
    assert stored != null : "only a key that is there expires";
    expires.put(stored, millis);
    assert expires.size() <= keys.size() : "a time without a key";
    if (replica && !obeying) {
      ownExpiring.put(stored, true);
    }
  }

  /** Whether it had a time. */
  public boolean persist(byte[] key) {
    keys.beforeChange(key);
    return expires.remove(key) != null;
  }

  // ---- all keys

  public void clear() {
    events.flushed(this);
    ownExpiring.clear();
    keys = Dict.marked();
    expires = Dict.map();
  }

  /** Exchanges what two databases hold. */
  void swap(Database other) {
    assert replica == other.replica && obeying == other.obeying : "one role for all databases";
    Dict<Object> k = keys;
    Dict<Long> e = expires;
    Dict<Boolean> own = ownExpiring;
    double ttl = averageTtlMillis;
    ownExpiring = other.ownExpiring;
    other.ownExpiring = own;
    keys = other.keys;
    expires = other.expires;
    averageTtlMillis = other.averageTtlMillis;
    other.keys = k;
    other.expires = e;
    other.averageTtlMillis = ttl;
  }

  /** A key at random that has not expired, or null. */
  public byte @Nullable [] randomKey() {
    int tries = 100; // on a replica all keys may have expired
    while (keys.size() > 0) {
      byte[] key = keys.randomKey(random);
      if (!isExpired(key)) {
        return key;
      }
      if (replica && --tries == 0) {
        return key;
      }
      expireNow(key);
    }
    return null;
  }

  /** All keys; those that have expired are left out. */
  public List<byte[]> allKeys() {
    var all = new ArrayList<byte[]>(keys.size());
    keys.forEach((key, _) -> {
      if (!isExpired(key)) {
        all.add(key);
      }
    });
    return all;
  }

  /** Whether a walk should leave the key out. */
  public boolean isGone(byte[] key) {
    return isExpired(key);
  }

  public KeyEvents events() {
    return events;
  }
}
