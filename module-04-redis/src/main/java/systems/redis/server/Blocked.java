package systems.redis.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.db.ValueType;

/**
 * Clients that wait for keys, in the order in which they came.
 *
 * <pre>
 *   BLPOP a b 0      waiting:  a -> [c1, c7]   b -> [c1]
 *   LPUSH a 1        ready:    a               served after the command that pushed, c1 first
 * </pre>
 *
 * <p>Both orders, by arrival and by deadline, are trees: of ten thousand who wait for one key each
 * push serves the first, and finds and removes it in a few steps. A client that blocks again while
 * others are served arrives anew, behind all of them.
 *
 * <p>Nothing is served in the middle of a command, a transaction or a script: they make keys ready,
 * and the dispatcher calls {@link #serveReady} when it is through. Serving may make further keys
 * ready (BLMOVE), so this goes on until none is.
 */
final class Blocked {
  private static final Comparator<Waiting> ARRIVAL = Comparator.comparingLong(w -> w.arrival);
  private static final TreeSet<Waiting> NOBODY = new TreeSet<>(ARRIVAL);
  private static final String STREAM_GONE = "UNBLOCKED the stream key no longer exists";

  private final Server server;
  private final Map<Watchers.Key, TreeSet<Waiting>> waiting = new HashMap<>();
  private final LinkedHashMap<Watchers.Key, Boolean> ready = new LinkedHashMap<>();
  private final TreeSet<Waiting> deadlines =
      new TreeSet<>(
          Comparator.<Waiting>comparingLong(w -> w.deadlineMillis).thenComparing(ARRIVAL));
  private long arrived;
  private int clients;
  private int needing; // of them, those who get an error when their key goes away

  Blocked(Server server) {
    this.server = server;
  }

  int clients() {
    return clients;
  }

  void block(Waiting w) {
    //> phase 2: where is it found again: by key, by client, by time?
    assert w.client.waiting == null : "a client waits for one thing at a time";
    w.client.waiting = w;
    w.arrival = ++arrived;
    w.startNanos = System.nanoTime();
    clients++;
    needing += w.needsKey ? 1 : 0;
    for (byte[] key : w.keys) {
      waiting
          .computeIfAbsent(new Watchers.Key(w.db, new Bytes(key)), _ -> new TreeSet<>(ARRIVAL))
          .add(w);
    }
    if (w.deadlineMillis > 0) {
      deadlines.add(w);
      server.wakeAt(w.deadlineMillis);
    }
    //< phase 2
  }

  /** The client waits no more; the caller replies. */
  void unblock(Client client) {
    Waiting w = client.waiting;
    if (w == null) {
      return;
    }
    client.waiting = null;
    clients--;
    needing -= w.needsKey ? 1 : 0;
    assert clients >= 0 && needing >= 0 && needing <= clients : "unblocked more than blocked";
    for (byte[] key : w.keys) {
      var name = new Watchers.Key(w.db, new Bytes(key));
      TreeSet<Waiting> all = waiting.get(name);
      if (all != null) {
        all.remove(w);
        if (all.isEmpty()) {
          waiting.remove(name);
        }
      }
    }
    if (w.deadlineMillis > 0) {
      deadlines.remove(w);
    }
    assert deadlines.size() <= clients : "a deadline of somebody who does not wait";
    server.resumeLater(client);
  }

  /** A key with a value that somebody may wait for has come to be, or got more. */
  void signal(Database db, byte[] key) {
    if (waiting.isEmpty()) {
      return;
    }
    var name = new Watchers.Key(db.index(), new Bytes(key));
    if (waiting.containsKey(name)) {
      ready.put(name, true);
    }
  }

  /** A key has changed, and may be gone. */
  void changed(Database db, byte[] key) {
    if (needing > 0) {
      signal(db, key);
    }
  }

  boolean hasReady() {
    return !ready.isEmpty();
  }

  /** Serves whom it can. */
  void serveReady() {
    while (!ready.isEmpty()) {
      List<Watchers.Key> now = new ArrayList<>(ready.keySet());
      ready.clear();
      for (Watchers.Key key : now) {
        serve(key);
      }
    }
  }

  private void serve(Watchers.Key key) {
    //> phase 2: who is first, and how long is there something to give?
    TreeSet<Waiting> all = waiting.getOrDefault(key, NOBODY);
    Database db = server.databases().get(key.db());
    for (Waiting w = all.isEmpty() ? null : all.first(); w != null; w = all.higher(w)) {
      Object value = db.peek(key.name().bytes());
      if (value == null) {
        endThoseWhoNeed(all);
        return;
      }
      if (w.needsKey && ValueType.of(value) != ValueType.STREAM) {
        end(w, STREAM_GONE);
        continue;
      }
      if (w.type == ValueType.of(value)) { //~ servesAnyType: if (w.type != ValueType.STREAM) {
        serve(w, key.name().bytes(), value);
      }
    }
    //< phase 2
  }

  private void endThoseWhoNeed(TreeSet<Waiting> all) {
    for (Waiting w : new ArrayList<>(all)) {
      if (w.needsKey) {
        end(w, STREAM_GONE);
      }
    }
  }

  /** The client waits no more, and gets an error. */
  void end(Waiting w, String error) {
    unblock(w.client);
    w.command.failed++;
    server.stats().error(error);
    server.replyLater(w.client, reply -> reply.error(error));
  }

  private void serve(Waiting w, byte[] key, @Nullable Object value) {
    Waiting.Attempt attempt = w.attempt;
    assert attempt != null && value != null : "who waits for no key is in no queue";
    server.dispatcher().serveBlocked(w, () -> attempt.serve(key, value));
  }

  /** Ends those whose time has come; returns when the next one's does, or 0. */
  long expire(long nowMillis) {
    while (true) {
      if (deadlines.isEmpty()) {
        return 0;
      }
      Waiting w = deadlines.first();
      if (w.deadlineMillis > nowMillis) {
        return w.deadlineMillis;
      }
      timeOut(w);
    }
  }

  void timeOut(Waiting w) {
    unblock(w.client);
    w.onTimeout.run();
    server.flushLater(w.client);
  }

  /** Those who wait for a database's keys when two databases are exchanged. */
  void signalAll(Database db) {
    for (Watchers.Key key : new ArrayList<>(waiting.keySet())) {
      if (key.db() == db.index()) {
        ready.put(key, true);
      }
    }
  }

  /** All clients that wait. */
  List<Client> all() {
    return server.clients().stream().filter(Client::isBlocked).toList();
  }

  /** {@code blocking keys, of them with a client that needs the key} for DEBUG and INFO. */
  int keys() {
    return waiting.size();
  }
}
