package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.server.Server;

/**
 * MIGRATE: keys move to another server, and leave this one when the other has confirmed them.
 *
 * <pre>
 *   MIGRATE host port "" 9 1000 KEYS a b c
 *
 *      here                            there
 *      AUTH .., SELECT 9   ------->
 *                          <-------    +OK +OK
 *      RESTORE a .., b, c  ------->
 *                          <-------    +OK -BUSYKEY +OK
 *      DEL a c   to replicas and the file
 *      -ERR Target instance replied with error: BUSYKEY ...
 * </pre>
 *
 * <ol>
 *   <li>The command thread waits for the other server, and nobody else is served: no client ever
 *       sees a key on both sides, or on none. That is what MIGRATE promises, and why its timeout
 *       bounds each wait.
 *   <li>A key is deleted only after its own confirmation. When the connection ends earlier, a key
 *       may be on both sides; it is never on none.
 *   <li>Rights and database are confirmed before the first value leaves. Redis sends all at once
 *       and would restore into the wrong database where SELECT is refused.
 *   <li>Connections are kept for the next call, up to 64 of them, for ten seconds of rest. One that
 *       was kept may have been closed by the other side meanwhile: then, and only then, the order
 *       is tried once more.
 * </ol>
 *
 * <p>Command thread only.
 */
final class Migration {
  private static final int TARGETS_MAX = 64;
  private static final long REST_MILLIS_MAX = 10_000;
  private static final int TIMEOUT_MILLIS = 1000; // where none, or no sensible one, is given

  private final Server server;
  private final Map<String, MigrationTarget> targets = new LinkedHashMap<>(); // oldest first

  Migration(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("migrate", this::migrate);
  }

  int sockets() {
    return targets.size();
  }

  /** Closes what nobody has used for a while. */
  void tick() {
    long now = server.clock().millis();
    targets
        .values()
        .removeIf(target -> {
          boolean rests = now - target.usedMillis > REST_MILLIS_MAX;
          if (rests) {
            target.close();
          }
          return rests;
        });
  }

  private void migrate(Call call) {
    Order order = Order.parse(call);
    List<Parcel> parcels = parcels(call, order);
    if (parcels.isEmpty()) {
      call.reply().status("NOKEY");
      return;
    }
    var confirmed = new ArrayList<byte[]>();
    String error = send(order, parcels, confirmed);
    if (!order.copies) {
      deleteHere(call, confirmed);
    }
    if (error != null) {
      throw new ErrorReply(error); // what was confirmed is gone all the same
    }
    call.reply().ok();
  }

  /** A key and the request that makes it on the other side. */
  private record Parcel(byte[] key, byte[] request) {}

  private static List<Parcel> parcels(Call call, Order order) {
    var parcels = new ArrayList<Parcel>();
    for (byte[] key : order.keys) {
      Object value = call.db().forRead(key);
      if (value != null) {
        long expiresAt = call.db().expiresAt(key);
        long ttl = expiresAt < 0 ? 0 : Math.max(1, expiresAt - call.nowMillis());
        byte[] payload = DumpCommands.payload(value);
        parcels.add(
            new Parcel(
                key,
                order.replaces
                    ? request("RESTORE", key, ttl, payload, "REPLACE")
                    : request("RESTORE", key, ttl, payload)));
      }
    }
    return parcels;
  }

  private static byte[] request(Object... words) {
    var encoder = new Reply();
    encoder.array(words.length);
    for (byte[] word : Call.words(words)) {
      encoder.bulk(word);
    }
    return encoder.toBytes();
  }

  private static void deleteHere(Call call, List<byte[]> keys) {
    if (keys.isEmpty()) {
      return;
    }
    var words = new ArrayList<Object>();
    words.add("DEL");
    for (byte[] key : keys) {
      if (call.db().removed(key)) {
        call.event('g', "del", key);
        call.changed(1);
        words.add(key);
      }
    }
    call.rewrite(words.toArray());
  }

  // ---- the other side

  /** Sends all; returns the error for our own client, or null. */
  private @Nullable String send(Order order, List<Parcel> parcels, List<byte[]> confirmed) {
    MigrationTarget kept = targets.get(order.address());
    try {
      return kept == null
          ? exchange(connect(order), order, parcels, confirmed)
          : exchange(kept, order, parcels, confirmed);
    } catch (SocketTimeoutException e) {
      return e.getMessage();
    } catch (IOException e) {
      boolean mayRetry = kept != null && confirmed.isEmpty();
      return mayRetry ? send(order, parcels, confirmed) : e.getMessage();
    }
  }

  private MigrationTarget connect(Order order) throws IOException {
    if (targets.size() >= TARGETS_MAX) {
      var oldest = targets.values().iterator();
      oldest.next().close();
      oldest.remove();
    }
    var target = MigrationTarget.connect(order.host, order.port, order.timeoutMillis);
    targets.put(order.address(), target);
    assert targets.size() <= TARGETS_MAX : "connections that nobody bounds";
    return target;
  }

  /** A connection that failed, or where rights or database were refused, is not kept. */
  private @Nullable String exchange(
      MigrationTarget target, Order order, List<Parcel> parcels, List<byte[]> confirmed)
      throws IOException {
    boolean usable = false;
    try {
      String refusal = introduce(target, order);
      if (refusal != null) {
        return refused(refusal);
      }
      for (Parcel parcel : parcels) {
        target.write(parcel.request, order.timeoutMillis);
      }
      String error = null;
      for (Parcel parcel : parcels) {
        String line = target.readLine(order.timeoutMillis);
        if (!line.startsWith("-")) {
          confirmed.add(parcel.key);
        } else if (error == null) {
          error = refused(line);
        }
      }
      target.usedMillis = server.clock().millis();
      usable = true;
      return error;
    } finally {
      if (!usable) {
        target.close();
        targets.remove(order.address());
      }
    }
  }

  private static @Nullable String introduce(MigrationTarget target, Order order)
      throws IOException {
    if (!order.credentials.isEmpty()) {
      var words = new ArrayList<Object>(order.credentials);
      words.addFirst("AUTH");
      target.write(request(words.toArray()), order.timeoutMillis);
      String line = target.readLine(order.timeoutMillis);
      if (line.startsWith("-")) {
        return line;
      }
    }
    if (target.selected != order.db) {
      target.write(request("SELECT", order.db), order.timeoutMillis);
      String line = target.readLine(order.timeoutMillis);
      if (line.startsWith("-")) {
        return line;
      }
      target.selected = order.db;
    }
    return null;
  }

  private static String refused(String line) {
    return "ERR Target instance replied with error: " + line.substring(1);
  }

  /** What the client wants. */
  private record Order(
      String host,
      int port,
      List<byte[]> keys,
      long db,
      int timeoutMillis,
      boolean copies,
      boolean replaces,
      List<byte[]> credentials) {

    private static final int OPTIONS = 6;

    String address() {
      return host + ":" + port;
    }

    static Order parse(Call call) {
      boolean copies = false;
      boolean replaces = false;
      List<byte[]> credentials = List.of();
      List<byte[]> keys = List.of(call.arg(3));
      for (int i = OPTIONS; i < call.count(); i++) {
        int more = call.count() - 1 - i;
        if (call.is(i, "COPY")) {
          copies = true;
        } else if (call.is(i, "REPLACE")) {
          replaces = true;
        } else if (call.is(i, "AUTH") && more >= 1) {
          credentials = List.of(call.arg(++i));
        } else if (call.is(i, "AUTH2") && more >= 2) {
          credentials = List.of(call.arg(++i), call.arg(++i));
        } else if (call.is(i, "KEYS")) {
          keys = behind(call, i);
          break;
        } else {
          throw call.syntax();
        }
      }
      long timeout = call.integer(5);
      long db = call.integer(4);
      return new Order(
          new String(call.arg(1), ISO_8859_1),
          port(call),
          keys,
          db,
          timeout <= 0 ? TIMEOUT_MILLIS : (int) Math.min(timeout, Integer.MAX_VALUE),
          copies,
          replaces,
          credentials);
    }

    private static List<byte[]> behind(Call call, int word) {
      if (call.arg(3).length != 0) {
        throw ErrorReply.err(
            "When using MIGRATE KEYS option, the key argument must be set to the empty string");
      }
      return List.of(call.args()).subList(word + 1, call.count());
    }

    /** What is no port is one that nobody can reach. */
    private static int port(Call call) {
      try {
        int port = Integer.parseInt(call.text(2));
        return port < 1 || port > 0xffff ? 0 : port;
      } catch (NumberFormatException e) {
        return 0;
      }
    }
  }
}
