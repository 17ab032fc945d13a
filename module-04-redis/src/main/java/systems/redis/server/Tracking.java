package systems.redis.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients that cache values when these have changed.
 *
 * <pre>
 *   default      key -> clients that have read it, told once and then forgotten
 *   broadcast    prefix -> clients; what changed is collected until the command is through
 * </pre>
 *
 * <p>In the default mode the server remembers who read what, up to {@code tracking-table-max-keys};
 * beyond it invents changes to forget. A message goes to the client itself as a push of RESP3, or
 * to another connection that subscribes to {@code __redis__:invalidate}. The message about a
 * client's own command comes behind its reply.
 */
final class Tracking {
  /** What a client asked for. */
  static final class State {
    private static final int PREFIX_BYTES = 96; // beside the prefix; about

    private boolean on;
    private boolean broadcast;
    boolean optIn;
    boolean optOut;
    boolean noLoop;
    boolean caching; // what CLIENT CACHING said about the next command
    private boolean broken; // the connection that gets the messages has gone
    long redirect; // 0: none
    List<byte[]> prefixes = new ArrayList<>();

    boolean isOn() {
      return on;
    }

    long prefixBytes() {
      long sum = 0;
      for (byte[] prefix : prefixes) {
        sum += prefix.length + PREFIX_BYTES;
      }
      return sum;
    }

    boolean isBroadcast() {
      return on && broadcast;
    }

    boolean isBroken() {
      return broken;
    }
  }

  private final Server server;
  private final Map<Bytes, Set<Long>> readers = new LinkedHashMap<>();
  private final TreeMap<byte[], Set<Client>> prefixes =
      new TreeMap<>(java.util.Arrays::compareUnsigned);
  private final Map<Bytes, Map<Bytes, Client>> collected = new HashMap<>(); // prefix -> key -> by
  private final List<Runnable> postponed = new ArrayList<>();
  private int clients;
  private long items;
  long keysMax = 1_000_000;

  Tracking(Server server) {
    this.server = server;
  }

  int clients() {
    return clients;
  }

  long items() {
    return items;
  }

  int keys() {
    return readers.size();
  }

  int prefixCount() {
    return prefixes.size();
  }

  void enable(Client client, State wanted, boolean broadcast) {
    //> phase 3: what does a prefix add, and who counts as tracked?
    State state = client.tracking;
    if (!state.on) {
      clients++;
    }
    state.on = true;
    state.broadcast = broadcast;
    state.broken = false;
    state.optIn = wanted.optIn;
    state.optOut = wanted.optOut;
    state.noLoop = wanted.noLoop;
    state.redirect = wanted.redirect;
    if (broadcast) {
      List<byte[]> added =
          wanted.prefixes.isEmpty() && state.prefixes.isEmpty()
              ? List.of(new byte[0])
              : wanted.prefixes;
      for (byte[] prefix : added) {
        if (prefixes.computeIfAbsent(prefix, _ -> new LinkedHashSet<>()).add(client)) {
          state.prefixes.add(prefix);
        }
      }
    }
    //< phase 3
  }

  void disable(Client client) {
    State state = client.tracking;
    if (!state.on) {
      return;
    }
    for (byte[] prefix : state.prefixes) {
      Set<Client> all = prefixes.get(prefix);
      if (all != null) {
        all.remove(client);
        if (all.isEmpty()) {
          prefixes.remove(prefix);
          collected.remove(new Bytes(prefix));
        }
      }
    }
    clients--;
    assert clients >= 0 : "switched off more often than on";
    state.on = false;
    state.broadcast = false;
    state.broken = false;
    state.optIn = false;
    state.optOut = false;
    state.noLoop = false;
    state.caching = false;
    state.redirect = 0;
    state.prefixes = new ArrayList<>();
  }

  /** A prefix that one of these begins with, or that begins with one of these; or null. */
  static byte @Nullable [][] overlap(List<byte[]> there, List<byte[]> wanted) {
    //> phase 3: a prefix of a prefix: which of the two is the longer one?
    for (int i = 0; i < wanted.size(); i++) {
      for (byte[] old : there) {
        if (startsWith(old, wanted.get(i)) || startsWith(wanted.get(i), old)) {
          return new byte[][] {wanted.get(i), old};
        }
      }
      for (int j = i + 1; j < wanted.size(); j++) {
        if (startsWith(wanted.get(j), wanted.get(i)) || startsWith(wanted.get(i), wanted.get(j))) {
          return new byte[][] {wanted.get(i), wanted.get(j)};
        }
      }
    }
    return null;
    //< phase 3
  }

  private static boolean startsWith(byte[] text, byte[] prefix) {
    return text.length >= prefix.length
        && java.util.Arrays.equals(text, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** A client has run a command that reads. */
  void read(Client client, Command command, byte[][] args) {
    //> phase 3: which reads are remembered: all, those asked for, or all but those?
    State state = client.tracking;
    if (state.optIn && !state.caching || state.optOut && state.caching) {
      return;
    }
    List<Keys.Key> keys = Keys.of(command.spec(), args);
    if (keys == null) {
      return;
    }
    for (Keys.Key key : keys) {
      Set<Long> ids =
          readers.computeIfAbsent(new Bytes(args[key.index()]), _ -> new LinkedHashSet<>());
      if (ids.add(client.id())) {
        items++;
      }
    }
    //< phase 3
  }

  /** A key was changed, by a client or by nobody. */
  void changed(@Nullable Client by, byte[] key) {
    if (!prefixes.isEmpty()) {
      collect(by, key);
    }
    if (readers.isEmpty()) {
      return;
    }
    //> phase 3: who has read it, who need not hear of it, and when is a client told of itself?
    var name = new Bytes(key);
    Set<Long> ids = readers.remove(name); //~ tellsAgain: Set<Long> ids = readers.get(name);
    if (ids == null) {
      return;
    }
    items -= ids.size();
    for (long id : ids) {
      Client client = server.client(id);
      if (client == null || !client.tracking.isOn() || client.tracking.broadcast) {
        continue;
      }
      if (client.tracking.noLoop && client == by) { //~ tellsTheSender: if (client.closed) {
        continue;
      }
      if (client == by && server.dispatcher().isRunning()) { //~ ownFirst: if (client.closed) {
        postponed.add(() -> send(client, List.of(key)));
      } else {
        send(client, List.of(key));
      }
    }
    //< phase 3
  }

  private void collect(@Nullable Client by, byte[] key) {
    //> phase 3: a key can be under several prefixes; who has changed it last?
    prefixes.forEach((prefix, _) -> {
      if (startsWith(key, prefix)) {
        collected
            .computeIfAbsent(new Bytes(prefix), _ -> new LinkedHashMap<>())
            .put(new Bytes(key), by == null ? server.nobody() : by);
      }
    });
    //< phase 3
  }

  /** All keys have gone. */
  void flushed(boolean async) {
    if (clients == 0 && readers.isEmpty()) {
      return;
    }
    //> phase 3: how is a client told that all keys have gone, and when the one that asked for it?
    for (Client client : server.clients()) {
      if (client.tracking.isOn()) {
        if (client == server.dispatcher().current()) {
          postponed.add(() -> sendAll(client));
        } else {
          sendAll(client);
        }
      }
    }
    readers.clear();
    items = 0;
    //< phase 3
  }

  /** After the reply of a command: what had to come behind it. */
  void commandEnded() {
    if (!postponed.isEmpty()) {
      List<Runnable> now = new ArrayList<>(postponed);
      postponed.clear();
      now.forEach(Runnable::run);
    }
  }

  /** Before the loop sleeps: broadcasts, and what is beyond the limit. */
  void beforeSleep() {
    if (!collected.isEmpty()) {
      broadcast();
    }
    while (keysMax > 0 && readers.size() > keysMax) { //~ phase 3 hoards: while (keysMax < 0) {
      Bytes first = readers.keySet().iterator().next();
      changed(null, first.bytes());
    }
  }

  private void broadcast() {
    //> phase 3: one message a prefix; what of the client that made the change?
    collected.forEach((prefix, keys) -> {
      Set<Client> all = prefixes.get(prefix.bytes());
      if (all == null) {
        return;
      }
      for (Client client : all) {
        List<byte[]> told =
            keys.entrySet().stream()
                .filter(e -> !(client.tracking.noLoop && e.getValue() == client))
                .map(e -> e.getKey().bytes())
                .toList();
        if (!told.isEmpty()) {
          send(client, told);
        }
      }
    });
    collected.clear();
    //< phase 3
  }

  private void sendAll(Client client) {
    send(client, null);
  }

  private void send(Client client, @Nullable List<byte[]> keys) {
    Client target = client;
    if (client.tracking.redirect != 0) {
      Client other = server.client(client.tracking.redirect);
      if (other == null) {
        redirectIsBroken(client);
        return;
      }
      target = other;
    }
    if (target.reply().version() == 3) {
      server.push(
          target,
          reply -> {
            reply.push(2);
            reply.bulk("invalidate");
            names(reply, keys);
          });
    } else if (client.tracking.redirect != 0 && target.subscriptions.count() > 0) {
      server.push(
          target,
          reply -> {
            reply.push(3);
            reply.bulk("message");
            reply.bulk("__redis__:invalidate");
            names(reply, keys);
          });
    }
  }

  /** Who was to get the messages has gone. */
  private void redirectIsBroken(Client client) {
    client.tracking.broken = true;
    if (client.reply().version() == 3) {
      server.push(
          client,
          reply -> {
            reply.push(2);
            reply.bulk("tracking-redir-broken");
            reply.integer(client.tracking.redirect);
          });
    }
  }

  private static void names(systems.redis.resp.Reply reply, @Nullable List<byte[]> keys) {
    if (keys == null) {
      reply.nilArray();
      return;
    }
    reply.array(keys.size());
    keys.forEach(reply::bulk);
  }
}
