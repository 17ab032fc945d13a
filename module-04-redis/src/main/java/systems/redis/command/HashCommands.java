package systems.redis.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.HashValue;

/** Hashes. */
final class HashCommands {
  private HashCommands() {}

  static void register(CommandTable table) {
    table.on("hset", call -> set(call, false));
    table.on("hmset", call -> set(call, true));
    table.on("hsetnx", HashCommands::setNx);
    table.on("hget", HashCommands::get);
    table.on("hmget", HashCommands::getMany);
    table.on("hdel", HashCommands::delete);
    table.on("hlen", HashCommands::length);
    table.on("hstrlen", HashCommands::valueLength);
    table.on("hexists", HashCommands::exists);
    table.on("hincrby", HashCommands::add);
    table.on("hincrbyfloat", HashCommands::addFloat);
    table.on("hkeys", call -> all(call, true, false));
    table.on("hvals", call -> all(call, false, true));
    table.on("hgetall", call -> all(call, true, true));
    table.on("hrandfield", HashCommands::random);
    table.on("hscan", HashCommands::scan);
  }

  private static HashValue forWrite(Call call) {
    HashValue hash = call.db().hashForWrite(call.arg(1));
    return hash == null ? new HashValue(call.limits()) : hash;
  }

  private static void store(Call call, HashValue hash, boolean isNew) {
    if (isNew) {
      call.db().add(call.arg(1), hash);
    }
    call.db().changed(call.arg(1));
  }

  private static void set(Call call, boolean oldForm) {
    if (call.count() % 2 != 0) {
      throw call.wrongArity();
    }
    HashValue hash = forWrite(call);
    boolean isNew = hash.size() == 0;
    hash.makeRoomFor(call.args(), 2);
    int created = 0;
    for (int i = 2; i < call.count(); i += 2) {
      created += hash.set(call.arg(i), call.arg(i + 1)) ? 1 : 0;
    }
    store(call, hash, isNew);
    call.changed((call.count() - 2) / 2);
    call.event('h', "hset", call.arg(1));
    if (oldForm) {
      call.reply().ok();
    } else {
      call.reply().integer(created);
    }
  }

  private static void setNx(Call call) {
    HashValue hash = forWrite(call);
    boolean isNew = hash.size() == 0;
    if (!isNew && hash.contains(call.arg(2))) {
      call.reply().integer(0);
      return;
    }
    hash.makeRoomFor(call.args(), 2);
    hash.set(call.arg(2), call.arg(3));
    store(call, hash, isNew);
    call.changed(1);
    call.event('h', "hset", call.arg(1));
    call.reply().integer(1);
  }

  private static void get(Call call) {
    HashValue hash = call.db().hash(call.arg(1));
    if (hash == null) {
      call.reply().nil();
    } else {
      hash.reply(call.arg(2), call.reply());
    }
  }

  private static void getMany(Call call) {
    HashValue hash = call.db().hash(call.arg(1));
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      if (hash == null) {
        call.reply().nil();
      } else {
        hash.reply(call.arg(i), call.reply());
      }
    }
  }

  private static void delete(Call call) {
    byte[] key = call.arg(1);
    HashValue hash = call.db().hashForWrite(key);
    int deleted = 0;
    if (hash != null) {
      for (int i = 2; i < call.count() && hash.size() > 0; i++) {
        deleted += hash.remove(call.arg(i)) ? 1 : 0;
      }
      if (deleted > 0) {
        call.changed(deleted);
        call.event('h', "hdel", key);
        if (call.db().removeIfEmpty(key, hash)) {
          call.event('g', "del", key);
        }
      }
    }
    call.reply().integer(deleted);
  }

  private static void length(Call call) {
    HashValue hash = call.db().hash(call.arg(1));
    call.reply().integer(hash == null ? 0 : hash.size());
  }

  private static void valueLength(Call call) {
    HashValue hash = call.db().hash(call.arg(1));
    byte[] value = hash == null ? null : hash.get(call.arg(2));
    call.reply().integer(value == null ? 0 : value.length);
  }

  private static void exists(Call call) {
    HashValue hash = call.db().hash(call.arg(1));
    call.reply().integer(hash != null && hash.contains(call.arg(2)) ? 1 : 0);
  }

  private static void add(Call call) {
    //> phase 2: what if the value is no number, or the sum leaves 64 bits?
    long by = call.integer(3);
    HashValue hash = forWrite(call);
    boolean isNew = hash.size() == 0;
    byte[] old = isNew ? null : hash.get(call.arg(2));
    if (old != null && !Numbers.isLong(old)) {
      throw ErrorReply.err("hash value is not an integer");
    }
    long value = old == null ? 0 : Numbers.toLong(old);
    long sum = value + by;
    if (((value ^ sum) & (by ^ sum)) < 0) {
      throw ErrorReply.err("increment or decrement would overflow");
    }
    hash.set(call.arg(2), Numbers.toBytes(sum));
    store(call, hash, isNew);
    call.changed(1);
    call.event('h', "hincrby", call.arg(1));
    call.reply().integer(sum);
    //< phase 2
  }

  private static void addFloat(Call call) {
    if (LongDouble.isInfinite(call.arg(3))) {
      throw ErrorReply.err("value is NaN or Infinity");
    }
    LongDouble.parse(call.arg(3), "ERR value is not a valid float");
    HashValue hash = forWrite(call);
    boolean isNew = hash.size() == 0;
    byte[] old = isNew ? null : hash.get(call.arg(2));
    String sum = LongDouble.add(old, call.arg(3), "ERR hash value is not a float");
    byte[] text = sum.getBytes(ISO_8859_1);
    hash.set(call.arg(2), text);
    store(call, hash, isNew);
    call.changed(1);
    call.event('h', "hincrbyfloat", call.arg(1));
    call.reply().bulk(text);
    call.rewrite("HSET", call.arg(1), call.arg(2), text);
  }

  private static void all(Call call, boolean fields, boolean values) {
    HashValue hash = call.db().hash(call.arg(1));
    Reply reply = call.reply();
    long size = hash == null ? 0 : hash.size();
    if (fields && values) {
      reply.map(size);
    } else {
      reply.array(size);
    }
    if (hash != null) {
      hash.forEach((field, value) -> {
        if (fields) {
          reply.bulk(field);
        }
        if (values) {
          reply.bulk(value);
        }
      });
    }
  }

  private static void random(Call call) {
    HashValue hash;
    if (call.count() == 2) {
      hash = call.db().hash(call.arg(1));
      if (hash == null) {
        call.reply().nil();
      } else {
        call.reply().bulk(hash.random(Draw.RANDOM)[0]);
      }
      return;
    }
    long count = call.integer(2);
    boolean withValues = call.count() == 4 && call.is(3, "WITHVALUES");
    if (call.count() > 4 || call.count() == 4 && !withValues) {
      throw call.syntax();
    }
    if (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2) {
      throw ErrorReply.err("value is out of range");
    }
    hash = call.db().hash(call.arg(1));
    if (hash == null || count == 0) {
      call.reply().array(0);
      return;
    }
    List<byte[][]> chosen = new ArrayList<>();
    if (count < 0) {
      begin(call.reply(), -count, withValues);
      for (long i = 0; i < -count && !call.reply().isFull(); i++) {
        pair(call.reply(), hash.random(Draw.RANDOM), withValues);
      }
      return;
    }
    hash.forEach((field, value) -> chosen.add(new byte[][] {field, value}));
    int n = (int) Math.min(count, chosen.size());
    begin(call.reply(), n, withValues);
    if (n == chosen.size()) {
      chosen.forEach(p -> pair(call.reply(), p, withValues));
      return;
    }
    for (int index : Draw.distinct(n, chosen.size())) {
      pair(call.reply(), chosen.get(index), withValues);
    }
  }

  private static void begin(Reply reply, long count, boolean withValues) {
    reply.array(withValues && reply.version() == 2 ? count * 2 : count);
  }

  private static void pair(Reply reply, byte[][] pair, boolean withValues) {
    if (withValues && reply.version() == 3) {
      reply.array(2);
    }
    reply.bulk(pair[0]);
    if (withValues) {
      reply.bulk(pair[1]);
    }
  }

  private static void scan(Call call) {
    Scan scan = Scan.parse(call, 2, false);
    HashValue hash = call.db().hash(call.arg(1));
    List<byte[]> found = new ArrayList<>();
    long next = 0;
    if (hash != null && hash.pack() != null) {
      hash.forEach((field, value) -> addIfMatches(scan, field, value, found));
    } else if (hash != null) {
      next = scan.walk(hash.table(), (field, value) -> addIfMatches(scan, field, value, found));
    }
    Scan.reply(call.reply(), next, found);
  }

  private static void addIfMatches(Scan scan, byte[] field, byte[] value, List<byte[]> found) {
    if (scan.matches(field)) {
      found.add(field);
      found.add(value);
    }
  }
}
