package systems.redis.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import systems.redis.db.Database;
import systems.redis.db.Databases;

/**
 * Who watches which key. A change of a key makes the transactions of its watchers fail.
 *
 * <p>A key that had expired but was still stored when the watch began may be taken out without
 * making anything fail: its watcher saw no value, and there is none afterwards.
 */
final class Watchers {
  /** A key of a database, by its bytes. */
  record Key(int db, Bytes name) {}

  /** One client's watch. */
  static final class Watch {
    final Key key;
    final Client client;
    boolean wasExpired;

    Watch(Key key, Client client, boolean wasExpired) {
      this.key = key;
      this.client = client;
      this.wasExpired = wasExpired;
    }
  }

  /** What a watch takes beside its key; about. */
  static final int WATCH_BYTES = 96;

  private final Map<Key, List<Watch>> watches = new HashMap<>();

  boolean isEmpty() {
    return watches.isEmpty();
  }

  void watch(Client client, byte[] name) {
    //> phase 3: two databases can have a key of the same name; what if it had expired?
    int db = client.db().index(); //~ watchesDatabaseZero: int db = 0;
    var key = new Key(db, new Bytes(name));
    for (Watch watch : client.transaction.watches) {
      if (watch.key.equals(key)) {
        return;
      }
    }
    var watch = new Watch(key, client, client.db().isGone(name) && stored(client.db(), name));
    client.transaction.watches.add(watch);
    watches.computeIfAbsent(key, _ -> new ArrayList<>()).add(watch);
    //< phase 3
  }

  private static boolean stored(Database db, byte[] name) {
    return db.keys().contains(name);
  }

  void unwatch(Client client) {
    for (Watch watch : client.transaction.watches) {
      List<Watch> all = watches.get(watch.key);
      if (all != null) {
        all.remove(watch);
        if (all.isEmpty()) {
          watches.remove(watch.key);
        }
      }
    }
    client.transaction.watches.clear();
  }

  void changed(Database db, byte[] name) {
    if (watches.isEmpty()) {
      return;
    }
    //> phase 3: who watches it, and for whom has nothing changed?
    List<Watch> all = watches.get(new Key(db.index(), new Bytes(name)));
    if (all != null) {
      for (Watch watch : all) {
        if (watch.wasExpired && !stored(db, name)) { //~ expiredAlready: if (all.isEmpty()) {
          continue; // it was not there for its watcher, and it is not now
        }
        watch.client.transaction.dirty();
      }
    }
    //< phase 3
  }

  /** A database loses all its keys, or gets those of another one. */
  void flushed(Database db, Database incoming) {
    //> phase 3: which keys go, which come, and who had seen them?
    watches.forEach((key, all) -> {
      if (key.db() != db.index()) {
        return;
      }
      byte[] name = key.name().bytes();
      boolean comes = incoming != db && incoming.keys().contains(name);
      boolean isSeen = comes && !incoming.isGone(name);
      for (Watch watch : all) {
        boolean wasSeen = db.keys().contains(name) && !watch.wasExpired;
        if (wasSeen || isSeen) {
          watch.client.transaction.dirty();
        }
        watch.wasExpired = comes && !isSeen;
      }
    });
    //< phase 3 with: assert db.size() >= 0 && incoming.size() >= 0;
  }

  /** Whether a watched key has expired since: then EXEC fails too. */
  boolean hasExpired(Client client, Databases databases) {
    //> phase 3: nobody has taken the key away yet; why must EXEC refuse all the same?
    for (Watch watch : client.transaction.watches) {
      Database db = databases.get(watch.key.db());
      byte[] name = watch.key.name().bytes();
      boolean gone = db.isGone(name) && stored(db, name); //~ expiresUnseen: boolean gone = false;
      if (gone && !watch.wasExpired) {
        return true;
      }
    }
    return false;
    //< phase 3
  }

  int clients() {
    return (int)
        watches.values().stream().flatMap(List::stream).map(w -> w.client).distinct().count();
  }
}
