package systems.redis.command;

import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;

/** OBJECT: how a value is kept, and how it was used. */
final class ObjectCommands {
  private ObjectCommands() {}

  static void register(CommandTable table) {
    table.on("object|encoding", ObjectCommands::encoding);
    table.on("object|refcount", ObjectCommands::referenceCount);
    table.on("object|idletime", ObjectCommands::idleTime);
    table.on("object|freq", ObjectCommands::frequency);
    table.on("object|help", call -> call.server().help(call));
  }

  /** Small numbers are shared there and in a word of their own here: clients see the same. */
  private static final int SHARED_MAX = 10_000;

  private static void encoding(Call call) {
    Object value = call.db().peek(call.arg(2));
    if (value == null) {
      call.reply().nil();
    } else {
      call.reply().bulk(ValueType.encoding(value));
    }
  }

  private static void referenceCount(Call call) {
    Object value = call.db().peek(call.arg(2));
    if (value == null) {
      call.reply().nil();
    } else {
      boolean shared =
          value instanceof Long number
              && number >= 0
              && number < SHARED_MAX
              && !call.server().marksEachKey();
      call.reply().integer(shared ? Integer.MAX_VALUE : 1);
    }
  }

  private static void idleTime(Call call) {
    Database db = call.db();
    if (db.peek(call.arg(2)) == null) {
      call.reply().nil();
      return;
    }
    if (db.frequency().counts()) {
      throw ErrorReply.err(
          "An LFU maxmemory policy is selected, idle time not tracked. Please note that when"
              + " switching between policies at runtime LRU and LFU data will take some time to"
              + " adjust.");
    }
    call.reply().integer(db.frequency().idleMillis(db.keys().mark(), call.nowMillis()) / 1000);
  }

  private static void frequency(Call call) {
    Database db = call.db();
    if (db.peek(call.arg(2)) == null) {
      call.reply().nil();
      return;
    }
    if (!db.frequency().counts()) {
      throw ErrorReply.err(
          "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that"
              + " when switching between policies at runtime LRU and LFU data will take some time"
              + " to adjust.");
    }
    call.reply().integer(db.frequency().decayed(db.keys().mark(), call.nowMillis()));
  }
}
