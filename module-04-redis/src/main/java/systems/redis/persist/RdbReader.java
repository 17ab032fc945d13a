package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import systems.redis.db.Database;
import systems.redis.db.Databases;
import systems.redis.types.Limits;

/** Loads an RDB file, or the stream of a primary, into the databases. */
final class RdbReader {
  private static final int VERSION_MAX = 10;

  /** What to do about a key that is there already. */
  enum Existing {
    REFUSE,
    REPLACE
  }

  private final RdbInput in;
  private final Databases databases;
  private final Limits limits;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<byte[]> libraries = new ArrayList<>();
  private final boolean keepExpired;
  private Existing existing = Existing.REFUSE;
  private long loaded;
  private long expired;
  private long emptyKeys;
  private Consumer<String> note = _ -> {};
  private BiConsumer<Integer, byte[]> onExpired = (_, _) -> {};
  private long progressBytes = Long.MAX_VALUE;
  private long progressAt = Long.MAX_VALUE;
  private long keyDelayMicros;
  private Runnable progress = () -> {};

  RdbReader(RdbInput in, Databases databases, Limits limits, boolean keepExpired) {
    this.in = in;
    this.databases = databases;
    this.limits = limits;
    this.keepExpired = keepExpired;
  }

  /** Runs the action each time that so many bytes were read; sleeps at each key, for tests. */
  void onProgress(long bytes, long delayMicros, Runnable action) {
    progressBytes = bytes;
    progressAt = bytes;
    keyDelayMicros = delayMicros;
    progress = action;
  }

  private void progress() {
    if (keyDelayMicros > 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(keyDelayMicros * 1000);
    }
    if (in.offset() >= progressAt) {
      progressAt = in.offset() + progressBytes;
      progress.run();
    }
  }

  RdbReader replacing() {
    existing = Existing.REPLACE;
    return this;
  }

  /** Facts about the writer. */
  Map<String, String> facts() {
    return facts;
  }

  List<byte[]> libraries() {
    return libraries;
  }

  long loaded() {
    return loaded;
  }

  long expired() {
    return expired;
  }

  /** Who hears of what is left out. */
  void onNote(Consumer<String> listener) {
    note = listener;
  }

  /** Who hears of the keys whose time is over: their database, and the key. */
  void onExpired(BiConsumer<Integer, byte[]> listener) {
    onExpired = listener;
  }

  long emptyKeys() {
    return emptyKeys;
  }

  void read() throws IOException, DamagedException {
    //> phase 4: what does a byte between two entries say, and for how long does it hold?
    int version = version();
    Database db = databases.get(0);
    long expiresAt = -1;
    long idle = -1;
    long frequency = -1;
    while (true) {
      int op = in.u8();
      switch (op) {
        case RdbFormat.EXPIRES_MILLIS -> expiresAt = in.little(8);
        case RdbFormat.EXPIRES_SECONDS -> expiresAt = in.little(4) * 1000;
        case RdbFormat.IDLE -> idle = in.length();
        case RdbFormat.FREQUENCY -> frequency = in.u8();
        case RdbFormat.AUX ->
            facts.put(new String(in.string(), ISO_8859_1), new String(in.string(), ISO_8859_1));
        case RdbFormat.RESIZE_DB -> expect(db, in.length(), in.length());
        case RdbFormat.SELECT_DB -> db = select(in.length());
        case RdbFormat.FUNCTION_2 -> libraries.add(in.string());
        case RdbFormat.FUNCTION_OLD, RdbFormat.MODULE_AUX ->
            throw new DamagedException(
                "modules and functions of a preview version are not supported");
        case RdbFormat.EOF -> {
          checksum(version);
          return;
        }
        default -> {
          entry(db, op, expiresAt, idle, frequency);
          expiresAt = -1; //~ endsLikeTheLast: assert version > 0;
          idle = -1;
          frequency = -1;
        }
      }
    }
    //< phase 4
  }

  private int version() throws IOException, DamagedException {
    String head = new String(in.raw(9), ISO_8859_1);
    if (!head.matches("REDIS\\d{4}")) {
      throw new DamagedException("Wrong signature trying to load DB from file");
    }
    int version = Integer.parseInt(head.substring(5));
    if (version < 1 || version > VERSION_MAX) {
      throw new DamagedException("Can't handle RDB format version " + version);
    }
    return version;
  }

  private static void expect(Database db, long keys, long expiring) {
    db.keys().expect((int) Math.min(keys, 1 << 24));
    db.expires().expect((int) Math.min(expiring, 1 << 24));
  }

  private Database select(long index) throws DamagedException {
    if (index < 0 || index >= databases.count()) {
      throw new DamagedException(
          "database " + index + " in a file, but this server has " + databases.count());
    }
    return databases.get((int) index);
  }

  private void checksum(int version) throws IOException, DamagedException {
    //> phase 4: what was computed, what is stored, and what if nothing is?
    if (version < 5) {
      return;
    }
    long computed = in.crc();
    long stored = in.little(8);
    if (stored != 0 && stored != computed) { //~ trustsTheFile: if (stored == 1) {
      throw new DamagedException(
          String.format(
              "RDB CRC error: wrong checksum, expected (%016x) but got (%016x)", stored, computed));
    }
    //< phase 4
  }

  private void entry(Database db, int type, long expiresAt, long idle, long frequency)
      throws IOException, DamagedException {
    //> phase 4: what of a key that has expired, one that is there, one without a value?
    progress();
    byte[] key = in.string();
    Object value = RdbValues.read(in, type, limits);
    if (value == null) {
      emptyKeys++;
      note.accept("skipping empty key: " + new String(key, ISO_8859_1));
      return;
    }
    long now = db.clock().millis();
    if (expiresAt >= 0 && expiresAt < now && !keepExpired) {
      expired++;
      onExpired.accept(db.index(), key);
      return;
    }
    if (db.keys().contains(key)) {
      if (existing == Existing.REFUSE) {
        throw new DamagedException("the key " + new String(key, ISO_8859_1) + " comes twice");
      }
      db.removed(key);
    }
    db.add(key, value);
    if (frequency >= 0 && db.frequency().counts()) {
      db.keys().mark(db.frequency().markOfCounter((int) frequency, now));
    } else if (idle >= 0 && !db.frequency().counts()) {
      db.keys().mark(db.frequency().markOfIdle(idle, now));
    }
    if (expiresAt >= 0) {
      db.expireAt(key, expiresAt);
    }
    loaded++;
    //< phase 4
  }
}
