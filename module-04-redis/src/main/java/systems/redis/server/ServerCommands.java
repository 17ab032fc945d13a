package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;

/** Commands about the server as a whole. */
final class ServerCommands {
  private final Server server;

  ServerCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("info", server.info()::command);
    table.on("time", this::time);
    table.on("monitor", this::monitor);
    table.on("flushdb", call -> flush(call, false));
    table.on("flushall", call -> flush(call, true));
    table.on("dbsize", call -> call.reply().integer(call.db().size()));
    table.on("memory|usage", this::memoryUsage);
    table.on("memory|doctor", call -> call.reply().verbatim(doctor()));
    table.on("memory|stats", this::memoryStats);
    table.on(
        "memory|malloc-stats", call -> call.reply().verbatim("Memory is managed by the JVM.\n"));
    table.on(
        "memory|purge",
        call -> {
          call.reply().ok();
        });
    table.on("memory|help", Help::reply);
    table.on("lolwut", this::lolwut);
    table.on("module|list", call -> call.reply().array(0));
    table.on("module|help", Help::reply);
    table.clusterDisabled();
    server.shutdown().register(table);
  }

  private void time(Call call) {
    long micros = server.nowMicros();
    call.reply().array(2);
    call.reply().bulk(micros / 1_000_000);
    call.reply().bulk(micros % 1_000_000);
  }

  private void monitor(Call call) {
    if (call.mustNotWait()) {
      throw ErrorReply.err("MONITOR isn't allowed for DENY BLOCKING client");
    }
    server.monitor().add(call.client());
    call.reply().ok();
  }

  private void flush(Call call, boolean all) {
    if (call.count() > 2 || call.count() == 2 && !call.is(1, "ASYNC") && !call.is(1, "SYNC")) {
      throw call.syntax();
    }
    if (all) {
      long keys = 0;
      for (int i = 0; i < server.databases().count(); i++) {
        keys += clear(call, server.databases().get(i));
      }
      call.changed(server.persistence().flushedAll() ? 0 : keys);
    } else {
      call.changed(clear(call, call.db()));
    }
    server.tracking().flushed(false);
    call.propagateAlways();
    call.reply().ok();
  }

  /** Returns how many keys there were. */
  private int clear(Call call, Database db) {
    boolean lazy =
        call.count() == 2 ? call.is(1, "ASYNC") : server.config().yes("lazyfree-lazy-user-flush");
    server.stats().lazilyFreed += lazy ? db.size() : 0;
    int keys = db.size();
    db.clear();
    return keys;
  }

  // ---- MEMORY

  private void memoryUsage(Call call) {
    for (int i = 3; i < call.count(); i++) {
      if (call.is(i, "SAMPLES") && i + 1 < call.count()) {
        if (call.integer(++i) < 0) {
          throw call.syntax();
        }
      } else {
        throw call.syntax();
      }
    }
    Object value = call.db().peek(call.arg(2));
    if (value == null) {
      call.reply().nil();
    } else {
      call.reply().integer(Memory.entryBytes(call.arg(2), value));
    }
  }

  private String doctor() {
    long used = Memory.heapUsed();
    return used > server.memory().heapMax() * 9 / 10
        ? "The heap is nearly full: raise -Xmx, or set maxmemory below it.\n"
        : "No memory problem was found in this instance.\n";
  }

  private void memoryStats(Call call) {
    Reply reply = call.reply();
    int dbs = 0;
    for (int i = 0; i < server.databases().count(); i++) {
      dbs += server.databases().get(i).size() > 0 ? 1 : 0;
    }
    reply.map(11 + dbs);
    long clients = 0;
    for (Client client : server.clients()) {
      clients += server.memoryOf(client);
    }
    stat(reply, "peak.allocated", server.stats().peakMemory);
    stat(reply, "total.allocated", server.memory().used());
    stat(reply, "startup.allocated", 1 << 20);
    stat(reply, "replication.backlog", server.replicationBufferBytes());
    stat(reply, "clients.slaves", 0);
    stat(reply, "clients.normal", clients);
    stat(reply, "aof.buffer", 0);
    stat(reply, "overhead.total", clients);
    stat(reply, "keys.count", server.databases().totalKeys());
    long keys = Math.max(1, server.databases().totalKeys());
    stat(reply, "keys.bytes-per-key", server.memory().used() / keys);
    stat(reply, "dataset.bytes", server.memory().used());
    for (int i = 0; i < server.databases().count(); i++) {
      Database db = server.databases().get(i);
      if (db.size() > 0) {
        reply.bulk("db." + i);
        reply.map(2);
        stat(reply, "overhead.hashtable.main", db.keys().overheadBytes());
        stat(reply, "overhead.hashtable.expires", db.expires().overheadBytes());
      }
    }
  }

  private static void stat(Reply reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private void lolwut(Call call) {
    int width = 40;
    var text = new StringBuilder();
    for (int row = 0; row < 8; row++) {
      for (int column = 0; column < width; column++) {
        double wave = Math.sin(column / 4.0 + row) + Math.cos(row / 2.0 - column / 9.0);
        text.append(wave > 0.8 ? '#' : wave > 0 ? '+' : wave > -0.8 ? '.' : ' ');
      }
      text.append('\n');
    }
    call.reply().verbatim(text + "\nRedis ver. " + Server.VERSION + "\n");
  }

  // ---- DEBUG: see command.DebugCommands for what looks at keys

  /** Holds the command thread. */
  static void sleep(Call call) {
    double seconds = Doubles.parse(call.arg(2));
    long until = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
    call.reply().ok();
  }

  static String typeName(Object value) {
    return ValueType.of(value).text();
  }

  static String lower(byte[] arg) {
    return new String(arg, ISO_8859_1).toLowerCase(Locale.ROOT);
  }
}
