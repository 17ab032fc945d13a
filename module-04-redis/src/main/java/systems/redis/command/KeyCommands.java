package systems.redis.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.server.Glob;

/** Keys of any type: existence, names, expiry, walks. */
final class KeyCommands {
  private KeyCommands() {}

  static void register(CommandTable table) {
    table.on(
        "del", call -> delete(call, call.server().setting("lazyfree-lazy-user-del").equals("yes")));
    table.on("unlink", call -> delete(call, true));
    table.on("exists", KeyCommands::exists);
    table.on("touch", KeyCommands::touch);
    table.on("type", KeyCommands::type);
    table.on("keys", KeyCommands::keys);
    table.on("scan", KeyCommands::scan);
    table.on("randomkey", KeyCommands::randomKey);
    table.on("rename", call -> rename(call, false));
    table.on("renamenx", call -> rename(call, true));
    table.on("move", KeyCommands::move);
    table.on("copy", KeyCommands::copy);
    table.on("expire", call -> expire(call, 1000, true));
    table.on("pexpire", call -> expire(call, 1, true));
    table.on("expireat", call -> expire(call, 1000, false));
    table.on("pexpireat", call -> expire(call, 1, false));
    table.on("ttl", call -> ttl(call, 1000, true));
    table.on("pttl", call -> ttl(call, 1, true));
    table.on("expiretime", call -> ttl(call, 1000, false));
    table.on("pexpiretime", call -> ttl(call, 1, false));
    table.on("persist", KeyCommands::persist);
  }

  private static void delete(Call call, boolean lazily) {
    int deleted = 0;
    for (int i = 1; i < call.count(); i++) {
      Object value = lazily ? call.db().peek(call.arg(i)) : null;
      if (call.db().remove(call.arg(i))) {
        if (value != null) {
          call.server().leftToCollector(value);
        }
        deleted++;
        call.changed(1);
        call.event('g', "del", call.arg(i));
      }
    }
    call.reply().integer(deleted);
  }

  /** Not a use of the keys. */
  private static void exists(Call call) {
    int found = 0;
    for (int i = 1; i < call.count(); i++) {
      boolean there = call.db().exists(call.arg(i));
      call.db().events().lookedUp(there);
      found += there ? 1 : 0;
    }
    call.reply().integer(found);
  }

  private static void touch(Call call) {
    int found = 0;
    for (int i = 1; i < call.count(); i++) {
      found += call.db().forRead(call.arg(i)) != null ? 1 : 0;
    }
    call.reply().integer(found);
  }

  private static void type(Call call) {
    Object value = call.db().peek(call.arg(1));
    call.reply().status(value == null ? "none" : ValueType.of(value).text());
  }

  private static void keys(Call call) {
    byte[] pattern = call.arg(1);
    boolean all = pattern.length == 1 && pattern[0] == '*';
    List<byte[]> found = new ArrayList<>();
    for (byte[] key : call.db().allKeys()) {
      if (all || Glob.matches(pattern, key)) {
        found.add(key);
      }
    }
    call.reply().array(found.size());
    found.forEach(call.reply()::bulk);
  }

  private static void scan(Call call) {
    Scan scan = Scan.parse(call, 1, true);
    List<byte[]> seen = new ArrayList<>();
    long next =
        scan.walk(
            call.db().keys(),
            (key, value) -> {
              boolean typed = scan.type == null || ValueType.of(value).text().equals(scan.type);
              if (typed && scan.matches(key)) {
                seen.add(key);
              }
            });
    seen.removeIf(key -> isGone(call.db(), key));
    Scan.reply(call.reply(), next, seen);
  }

  /** A walk meets keys whose time has come, and takes them out. */
  private static boolean isGone(Database db, byte[] key) {
    return db.peek(key) == null;
  }

  private static void randomKey(Call call) {
    byte[] key = call.db().randomKey();
    if (key == null) {
      call.reply().nil();
    } else {
      call.reply().bulk(key);
    }
  }

  private static void rename(Call call, boolean onlyIfFree) {
    //> phase 1: what comes along, and what if both names are the same?
    byte[] from = call.arg(1);
    byte[] to = call.arg(2);
    Database db = call.db();
    Object value = db.forWrite(from);
    if (value == null) {
      throw ErrorReply.err("no such key");
    }
    if (java.util.Arrays.equals(from, to)) {
      if (onlyIfFree) {
        call.reply().integer(0);
      } else {
        call.reply().ok();
      }
      return;
    }
    long expires = db.expiresAt(from); //~ losesTheTime: long expires = -1;
    if (db.exists(to)) {
      if (onlyIfFree) {
        call.reply().integer(0);
        return;
      }
      db.removed(to);
    }
    db.removed(from);
    db.add(to, value);
    db.changed(to);
    if (expires >= 0) {
      db.expireAt(to, expires);
    }
    call.changed(1);
    call.event('g', "rename_from", from);
    call.event('g', "rename_to", to);
    if (onlyIfFree) {
      call.reply().integer(1);
    } else {
      call.reply().ok();
    }
    //< phase 1
  }

  private static Database database(Call call, byte[] index) {
    long n =
        Numbers.parse(
            index,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            "ERR value is not an integer or out of range");
    if (n < 0 || n >= call.server().databases().count()) {
      throw ErrorReply.err("DB index is out of range");
    }
    return call.server().databases().get((int) n);
  }

  private static void move(Call call) {
    byte[] key = call.arg(1);
    Database to = database(call, call.arg(2));
    Database from = call.db();
    if (to == from) {
      throw ErrorReply.err("source and destination objects are the same");
    }
    Object value = from.forWrite(key);
    if (value == null || to.exists(key)) {
      call.reply().integer(0);
      return;
    }
    long expires = from.expiresAt(key);
    from.removed(key);
    to.add(key, value);
    to.changed(key);
    if (expires >= 0) {
      to.expireAt(key, expires);
    }
    call.changed(1);
    call.event('g', "move_from", key);
    call.server().notifications().event('g', "move_to", key, to.index());
    call.reply().integer(1);
  }

  private static void copy(Call call) {
    Database to = call.db();
    boolean replace = false;
    for (int i = 3; i < call.count(); i++) {
      if (call.is(i, "REPLACE")) {
        replace = true;
      } else if (call.is(i, "DB") && i + 1 < call.count()) {
        to = database(call, call.arg(++i));
      } else {
        throw call.syntax();
      }
    }
    byte[] source = call.arg(1);
    byte[] target = call.arg(2);
    if (to == call.db() && java.util.Arrays.equals(source, target)) {
      throw ErrorReply.err("source and destination objects are the same");
    }
    Object value = call.db().forRead(source);
    if (value == null) {
      call.reply().integer(0);
      return;
    }
    long expires = call.db().expiresAt(source);
    if (to.exists(target)) {
      if (!replace) {
        call.reply().integer(0);
        return;
      }
      to.removed(target);
    }
    to.add(target, ValueType.copy(value));
    to.changed(target);
    if (expires >= 0) {
      to.expireAt(target, expires);
    }
    call.changed(1);
    call.server().notifications().event('g', "copy_to", target, to.index());
    call.reply().integer(1);
  }

  // ---- expiry

  private record Conditions(boolean nx, boolean xx, boolean gt, boolean lt) {
    static Conditions parse(Call call) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int i = 3; i < call.count(); i++) {
        switch (call.text(i).toUpperCase(Locale.ROOT)) {
          case "NX" -> nx = true;
          case "XX" -> xx = true;
          case "GT" -> gt = true;
          case "LT" -> lt = true;
          default -> throw ErrorReply.err("Unsupported option " + call.text(i));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw ErrorReply.err("NX and XX, GT or LT options at the same time are not compatible");
      }
      if (gt && lt) {
        throw ErrorReply.err("GT and LT options at the same time are not compatible");
      }
      return new Conditions(nx, xx, gt, lt);
    }

    /** A key without a time lives for ever: longer than any. */
    boolean allow(long now, long wanted) {
      //> phase 1: how long does a key without a time live?
      boolean has = now >= 0;
      if (nx && has || xx && !has) {
        return false;
      }
      if (gt && (!has || wanted <= now)) {
        return false;
      }
      return !lt || !has || wanted < now; //~ forEverIsShort: return !lt || wanted < now;
      //< phase 1
    }
  }

  private static void expire(Call call, long unitMillis, boolean relative) {
    //> phase 1: what if the time is over already?
    byte[] key = call.arg(1);
    Conditions conditions = Conditions.parse(call);
    long at = Expiry.absolute(call, call.integer(2), unitMillis, relative);
    Database db = call.db();
    if (db.forWrite(key) == null || !conditions.allow(db.expiresAt(key), at)) {
      call.reply().integer(0);
      return;
    }
    if (at <= call.nowMillis() && !call.server().isLoading() && !call.isFromPrimary()) {
      db.removed(key); //~ staysThere: db.exists(key);
      call.changed(1);
      call.rewrite(call.server().deleteCommand(), key);
      call.event('g', "del", key);
    } else {
      db.expireAt(key, at);
      call.touched(key);
      call.rewrite("PEXPIREAT", key, at);
      call.event('g', "expire", key);
    }
    call.reply().integer(1);
    //< phase 1
  }

  private static void ttl(Call call, long unitMillis, boolean relative) {
    //> phase 1: no key, no time, or how long?
    byte[] key = call.arg(1);
    if (call.db().peek(key) == null) {
      call.reply().integer(-2);
      return;
    }
    long at = call.db().expiresAt(key);
    if (at < 0) {
      call.reply().integer(-1);
      return;
    }
    long millis = relative ? Math.max(0, at - call.nowMillis()) : at;
    call.reply().integer(unitMillis == 1 ? millis : (millis + 500) / 1000);
    //< phase 1
  }

  private static void persist(Call call) {
    byte[] key = call.arg(1);
    if (call.db().forWrite(key) == null || !call.db().persist(key)) {
      call.reply().integer(0);
      return;
    }
    call.touched(key);
    call.event('g', "persist", key);
    call.reply().integer(1);
  }
}
