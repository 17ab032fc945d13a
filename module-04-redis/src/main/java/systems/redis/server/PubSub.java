package systems.redis.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import systems.redis.resp.Reply;

/** Channels, patterns of channels, shard channels, and who listens. Command thread only. */
final class PubSub {
  /** What one client listens to, in its order. */
  static final class Subscriptions {
    private static final int SUBSCRIPTION_BYTES = 96; // beside the name; about

    final Set<Bytes> channels = new LinkedHashSet<>();
    final Set<Bytes> patterns = new LinkedHashSet<>();
    final Set<Bytes> shards = new LinkedHashSet<>();

    int count() {
      return channels.size() + patterns.size() + shards.size();
    }

    long bytes() {
      return bytes(channels) + bytes(patterns) + bytes(shards);
    }

    private static long bytes(Set<Bytes> names) {
      long sum = 0;
      for (Bytes name : names) {
        sum += name.bytes().length + SUBSCRIPTION_BYTES;
      }
      return sum;
    }
  }

  /** The three kinds of subscription. */
  enum Kind {
    CHANNEL("subscribe", "unsubscribe"),
    PATTERN("psubscribe", "punsubscribe"),
    SHARD("ssubscribe", "sunsubscribe");

    final String begin;
    final String end;

    Kind(String begin, String end) {
      this.begin = begin;
      this.end = end;
    }
  }

  private final Server server;
  private final Map<Bytes, Set<Client>> channels = new LinkedHashMap<>();
  private final Map<Bytes, Set<Client>> patterns = new LinkedHashMap<>();
  private final Map<Bytes, Set<Client>> shards = new LinkedHashMap<>();

  PubSub(Server server) {
    this.server = server;
  }

  private Map<Bytes, Set<Client>> listeners(Kind kind) {
    return switch (kind) {
      case CHANNEL -> channels;
      case PATTERN -> patterns;
      case SHARD -> shards;
    };
  }

  private static Set<Bytes> own(Client client, Kind kind) {
    return switch (kind) {
      case CHANNEL -> client.subscriptions.channels;
      case PATTERN -> client.subscriptions.patterns;
      case SHARD -> client.subscriptions.shards;
    };
  }

  private static int shown(Client client, Kind kind) {
    //> phase 3: which subscriptions count together?
    return kind == Kind.SHARD
        ? client.subscriptions.shards.size()
        : client.subscriptions.channels.size() + client.subscriptions.patterns.size();
    //< phase 3
  }

  void subscribe(Client client, Kind kind, byte[] name) {
    //> phase 3: who has to know of it: the client, the channel, or both?
    var key = new Bytes(name);
    if (own(client, kind).add(key)) {
      listeners(kind).computeIfAbsent(key, _ -> new LinkedHashSet<>()).add(client);
    }
    Reply reply = client.reply();
    reply.push(3);
    reply.bulk(kind.begin);
    reply.bulk(name);
    reply.integer(shown(client, kind));
    //< phase 3
  }

  void unsubscribe(Client client, Kind kind, byte[] name, boolean tell) {
    //> phase 3: what becomes of a channel that nobody hears?
    var key = new Bytes(name);
    if (own(client, kind).remove(key)) {
      Set<Client> all = listeners(kind).get(key);
      assert all != null : "the client knows of a channel that does not know of it";
      all.remove(client);
      if (all.isEmpty()) { //~ emptyChannelsStay: if (all.isEmpty() && tell) {
        listeners(kind).remove(key);
      }
    }
    if (tell) {
      Reply reply = client.reply();
      reply.push(3);
      reply.bulk(kind.end);
      reply.bulk(name);
      reply.integer(shown(client, kind));
    }
    //< phase 3
  }

  /** All of a kind; a client that has none is told so. */
  void unsubscribeAll(Client client, Kind kind, boolean tell) {
    List<Bytes> all = new ArrayList<>(own(client, kind));
    for (Bytes name : all) {
      unsubscribe(client, kind, name.bytes(), tell);
    }
    if (tell && all.isEmpty()) {
      Reply reply = client.reply();
      reply.push(3);
      reply.bulk(kind.end);
      reply.nil();
      reply.integer(shown(client, kind));
    }
  }

  void forget(Client client) {
    for (Kind kind : Kind.values()) {
      unsubscribeAll(client, kind, false);
    }
    assert client.subscriptions.count() == 0 : "messages would go to who has left";
  }

  /** Sends the message to all who listen; returns to how many. */
  int publish(byte[] channel, byte[] message) {
    //> phase 3: who hears it twice?
    int receivers = 0;
    Set<Client> direct = channels.get(new Bytes(channel));
    if (direct != null) {
      for (Client client : direct) {
        server.push(client, reply -> message(reply, "message", channel, message));
        receivers++;
      }
    }
    for (Map.Entry<Bytes, Set<Client>> entry : patterns.entrySet()) {
      byte[] pattern = entry.getKey().bytes();
      if (Glob.matches(pattern, channel)) {
        for (Client client : entry.getValue()) {
          server.push(client, reply -> patternMessage(reply, pattern, channel, message));
          receivers++;
        }
      }
    }
    return receivers;
    //< phase 3
  }

  int publishToShard(byte[] channel, byte[] message) {
    //> phase 3: is a shard channel a channel?
    var name = new Bytes(channel);
    Set<Client> direct = shards.get(name); //~ mixed: Set<Client> direct = channels.get(name);
    if (direct == null) {
      return 0;
    }
    direct.forEach(
        client -> server.push(client, reply -> message(reply, "smessage", channel, message)));
    return direct.size();
    //< phase 3
  }

  private static void message(Reply reply, String kind, byte[] channel, byte[] message) {
    reply.push(3);
    reply.bulk(kind);
    reply.bulk(channel);
    reply.bulk(message);
  }

  private static void patternMessage(Reply reply, byte[] pattern, byte[] channel, byte[] message) {
    reply.push(4);
    reply.bulk("pmessage");
    reply.bulk(pattern);
    reply.bulk(channel);
    reply.bulk(message);
  }

  int channelCount() {
    return channels.size();
  }

  int patternCount() {
    return patterns.size();
  }

  int shardCount() {
    return shards.size();
  }

  // ---- commands

  void register(CommandTable table) {
    table.on("subscribe", call -> subscribe(call, Kind.CHANNEL));
    table.on("psubscribe", call -> subscribe(call, Kind.PATTERN));
    table.on("ssubscribe", call -> subscribe(call, Kind.SHARD));
    table.on("unsubscribe", call -> unsubscribe(call, Kind.CHANNEL));
    table.on("punsubscribe", call -> unsubscribe(call, Kind.PATTERN));
    table.on("sunsubscribe", call -> unsubscribe(call, Kind.SHARD));
    table.on(
        "publish",
        call -> {
          call.reply().integer(publish(call.arg(1), call.arg(2)));
          call.propagateAlways();
        });
    table.on(
        "spublish",
        call -> {
          call.reply().integer(publishToShard(call.arg(1), call.arg(2)));
          call.propagateAlways();
        });
    table.on("pubsub|channels", call -> names(call, channels));
    table.on("pubsub|shardchannels", call -> names(call, shards));
    table.on("pubsub|numpat", call -> call.reply().integer(patterns.size()));
    table.on("pubsub|numsub", call -> counts(call, channels));
    table.on("pubsub|shardnumsub", call -> counts(call, shards));
    table.on("pubsub|help", Help::reply);
  }

  private void subscribe(Call call, Kind kind) {
    if (call.client().fromScript) {
      throw systems.redis.resp.ErrorReply.err(
          call.command().name().toUpperCase(java.util.Locale.ROOT)
              + " isn't allowed for a DENY BLOCKING client");
    }
    for (int i = 1; i < call.count(); i++) {
      subscribe(call.client(), kind, call.arg(i));
    }
  }

  private void unsubscribe(Call call, Kind kind) {
    if (call.count() == 1) {
      unsubscribeAll(call.client(), kind, true);
    }
    for (int i = 1; i < call.count(); i++) {
      unsubscribe(call.client(), kind, call.arg(i), true);
    }
  }

  private static void names(Call call, Map<Bytes, Set<Client>> listeners) {
    //> phase 3: which of them does a pattern choose?
    if (call.count() > 3) {
      throw call.wrongArity();
    }
    byte[] pattern = call.count() == 3 ? call.arg(2) : null;
    List<byte[]> found =
        listeners.keySet().stream()
            .map(Bytes::bytes)
            .filter(name -> pattern == null || Glob.matches(pattern, name))
            .toList();
    call.reply().array(found.size());
    found.forEach(call.reply()::bulk);
    //< phase 3
  }

  private static void counts(Call call, Map<Bytes, Set<Client>> listeners) {
    //> phase 3: what of a channel that nobody hears?
    call.reply().array((call.count() - 2) * 2L);
    for (int i = 2; i < call.count(); i++) {
      Set<Client> all = listeners.get(new Bytes(call.arg(i)));
      call.reply().bulk(call.arg(i));
      call.reply().integer(all == null ? 0 : all.size());
    }
    //< phase 3
  }
}
