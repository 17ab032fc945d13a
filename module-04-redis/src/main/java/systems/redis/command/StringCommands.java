package systems.redis.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.GrowingString;

/** Strings: GET, SET and all that works on a value as a whole or as a number. */
final class StringCommands {
  private StringCommands() {}

  static void register(CommandTable table) {
    table.on("get", StringCommands::get);
    table.on("set", StringCommands::set);
    table.on("setnx", StringCommands::setNx);
    table.on("setex", call -> setFor(call, 1000));
    table.on("psetex", call -> setFor(call, 1));
    table.on("getset", StringCommands::getSet);
    table.on("getdel", StringCommands::getDel);
    table.on("getex", StringCommands::getEx);
    table.on("mget", StringCommands::mget);
    table.on("mset", StringCommands::mset);
    table.on("msetnx", StringCommands::msetNx);
    table.on("append", StringCommands::append);
    table.on("strlen", StringCommands::strlen);
    table.on("setrange", StringCommands::setRange);
    table.on("getrange", StringCommands::getRange);
    table.on("substr", StringCommands::getRange);
    table.on("incr", call -> add(call, 1));
    table.on("decr", call -> add(call, -1));
    table.on("incrby", call -> add(call, call.integer(2)));
    table.on("decrby", StringCommands::decrBy);
    table.on("incrbyfloat", StringCommands::incrByFloat);
    table.on("lcs", Lcs::command);
  }

  private static void get(Call call) {
    Object value = call.db().forRead(call.arg(1));
    reply(call.reply(), value);
  }

  private static void reply(Reply reply, @Nullable Object value) {
    switch (value) {
      case null -> reply.nil();
      case byte[] bytes -> reply.bulk(bytes);
      case Long number -> reply.bulk(number);
      case GrowingString string -> reply.bulk(string.array(), 0, string.length());
      default -> throw ErrorReply.wrongType();
    }
  }

  // ---- SET

  /** The options of SET and GETEX. */
  private static final class Options {
    boolean nx;
    boolean xx;
    boolean get;
    boolean keepTtl;
    boolean persist;
    long expiresAt = -1;
    private int expiries;

    /** Reads options from an index on. */
    static Options parse(Call call, int from, boolean ofSet) {
      //> phase 1: which options exclude each other?
      var options = new Options();
      for (int i = from; i < call.count(); i++) {
        boolean more = i + 1 < call.count();
        if (ofSet && call.is(i, "NX")) {
          options.nx = true;
        } else if (ofSet && call.is(i, "XX")) {
          options.xx = true;
        } else if (ofSet && call.is(i, "GET")) {
          options.get = true;
        } else if (ofSet && call.is(i, "KEEPTTL")) {
          options.keepTtl = true;
          options.expiries++;
        } else if (!ofSet && call.is(i, "PERSIST")) {
          options.persist = true;
          options.expiries++;
        } else if (more && isExpiry(call, i)) {
          options.expiries++;
          if (options.expiries > 1) {
            throw call.syntax();
          }
          options.expiresAt = expiry(call, i);
          i++;
        } else {
          throw call.syntax();
        }
      }
      if (options.expiries > 1 || options.nx && options.xx) {
        throw call.syntax();
      }
      return options;
      //< phase 1
    }

    private static boolean isExpiry(Call call, int i) {
      return call.is(i, "EX") || call.is(i, "PX") || call.is(i, "EXAT") || call.is(i, "PXAT");
    }

    private static long expiry(Call call, int i) {
      boolean seconds = call.is(i, "EX") || call.is(i, "EXAT");
      boolean relative = call.is(i, "EX") || call.is(i, "PX");
      return Expiry.at(call, i + 1, seconds ? 1000 : 1, relative);
    }
  }

  private static void set(Call call) {
    //> phase 1: what is the answer if a condition does not hold, and what with GET?
    if (call.count() == 3) {
      call.db().set(call.arg(1), Strings.encode(call.arg(2)));
      call.changed(1);
      call.event('$', "set", call.arg(1));
      call.reply().ok();
      return;
    }
    Options options = Options.parse(call, 3, true);
    byte[] key = call.arg(1);
    Object old = options.get ? call.db().forRead(key) : null;
    if (old != null && ValueType.of(old) != ValueType.STRING) {
      throw ErrorReply.wrongType();
    }
    boolean there = options.nx || options.xx ? call.db().exists(key) : false;
    if (options.nx && there || options.xx && !there) { //~ ignoresXx: if (options.nx && there) {
      if (options.get) {
        reply(call.reply(), old);
      } else {
        call.reply().nil();
      }
      return;
    }
    if (options.get) {
      reply(call.reply(), old);
    } else {
      call.reply().ok();
    }
    put(call, key, call.arg(2), options.expiresAt, options.keepTtl);
    if (options.expiresAt >= 0) {
      call.rewrite("SET", key, call.arg(2), "PXAT", options.expiresAt);
    } else if (options.get) {
      call.rewrite(withoutGet(call));
    }
    //< phase 1
  }

  private static byte[][] withoutGet(Call call) {
    return java.util.stream.IntStream.range(0, call.count())
        .filter(i -> i < 3 || !call.is(i, "GET"))
        .mapToObj(call::arg)
        .toArray(byte[][]::new);
  }

  private static void put(Call call, byte[] key, byte[] value, long expiresAt, boolean keepTtl) {
    if (keepTtl) {
      call.db().setKeepingTtl(key, Strings.encode(value));
    } else {
      call.db().set(key, Strings.encode(value));
    }
    call.changed(1);
    call.event('$', "set", key);
    if (expiresAt >= 0) {
      call.db().expireAt(key, expiresAt);
      call.event('g', "expire", key);
    }
  }

  private static void setNx(Call call) {
    if (call.db().exists(call.arg(1))) {
      call.reply().integer(0);
      return;
    }
    put(call, call.arg(1), call.arg(2), -1, false);
    call.reply().integer(1);
  }

  private static void setFor(Call call, int unitMillis) {
    long at = Expiry.at(call, 2, unitMillis, true);
    put(call, call.arg(1), call.arg(3), at, false);
    call.rewrite("SET", call.arg(1), call.arg(3), "PXAT", at);
    call.reply().ok();
  }

  private static void getSet(Call call) {
    byte[] old = call.db().string(call.arg(1));
    if (old == null) {
      call.reply().nil();
    } else {
      call.reply().bulk(old);
    }
    put(call, call.arg(1), call.arg(2), -1, false);
    call.rewrite("SET", call.arg(1), call.arg(2));
  }

  private static void getDel(Call call) {
    byte[] key = call.arg(1);
    byte[] value = call.db().string(key);
    if (value == null) {
      call.reply().nil();
      return;
    }
    call.reply().bulk(value);
    call.db().removed(key);
    call.changed(1);
    call.event('g', "del", key);
    call.rewrite("DEL", key);
  }

  private static void getEx(Call call) {
    Options options = Options.parse(call, 2, false);
    byte[] key = call.arg(1);
    byte[] value = call.db().string(key);
    if (value == null) {
      call.reply().nil();
      return;
    }
    call.reply().bulk(value);
    if (options.expiresAt >= 0 && options.expiresAt < call.nowMillis()) {
      call.db().removed(key);
      call.changed(1);
      call.rewrite("DEL", key);
      call.event('g', "del", key);
    } else if (options.expiresAt >= 0) {
      call.db().expireAt(key, options.expiresAt);
      call.touched(key);
      call.rewrite("PEXPIREAT", key, options.expiresAt);
      call.event('g', "expire", key);
    } else if (options.persist && call.db().persist(key)) {
      call.touched(key);
      call.rewrite("PERSIST", key);
      call.event('g', "persist", key);
    }
  }

  // ---- several

  private static void mget(Call call) {
    call.reply().array(call.count() - 1);
    for (int i = 1; i < call.count(); i++) {
      Object value = call.db().forRead(call.arg(i));
      if (value == null || ValueType.of(value) != ValueType.STRING) {
        call.reply().nil();
      } else {
        reply(call.reply(), value);
      }
    }
  }

  private static void mset(Call call) {
    checkPairs(call);
    putAll(call);
    call.reply().ok();
  }

  private static void checkPairs(Call call) {
    if (call.count() % 2 == 0) {
      throw call.wrongArity();
    }
  }

  private static void putAll(Call call) {
    for (int i = 1; i < call.count(); i += 2) {
      put(call, call.arg(i), call.arg(i + 1), -1, false);
    }
  }

  private static void msetNx(Call call) {
    //> phase 1: all or nothing
    checkPairs(call);
    for (int i = 1; i < call.count(); i += 2) {
      if (call.db().exists(call.arg(i))) {
        call.reply().integer(0);
        return;
      }
    }
    putAll(call);
    call.reply().integer(1);
    //< phase 1
  }

  // ---- parts

  private static void append(Call call) {
    byte[] key = call.arg(1);
    Object value = call.db().forWrite(key);
    int length;
    if (value == null) {
      call.db().add(key, Strings.encode(call.arg(2)));
      length = call.arg(2).length;
    } else {
      long sum = (long) Strings.length(value) + call.arg(2).length;
      Strings.checkLength(call, sum);
      Strings.growing(call.db(), key, value).append(call.arg(2));
      length = (int) sum;
    }
    call.touched(key);
    call.event('$', "append", key);
    call.reply().integer(length);
  }

  private static void strlen(Call call) {
    Object value = call.db().forRead(call.arg(1));
    call.reply().integer(value == null ? 0 : Strings.length(value));
  }

  private static void setRange(Call call) {
    //> phase 1: which offsets are refused, and what if there is nothing to write?
    long offset = call.integer(2);
    if (offset < 0) {
      throw ErrorReply.err("offset is out of range");
    }
    byte[] key = call.arg(1);
    byte[] part = call.arg(3);
    Object value = call.db().forWrite(key);
    if (part.length == 0) {
      call.reply().integer(value == null ? 0 : Strings.length(value));
      return;
    }
    if (value != null) {
      Strings.length(value); // of the right type?
    }
    if (offset > Long.MAX_VALUE - part.length) {
      throw ErrorReply.err("string exceeds maximum allowed size (proto-max-bulk-len)");
    }
    Strings.checkLength(call, offset + part.length);
    GrowingString string;
    if (value == null) {
      string = new GrowingString(new byte[0]);
      string.write((int) offset, part);
      call.db().add(key, string);
    } else {
      string = Strings.growing(call.db(), key, value);
      string.write((int) offset, part);
    }
    call.touched(key);
    call.event('$', "setrange", key);
    call.reply().integer(string.length());
    //< phase 1
  }

  private static void getRange(Call call) {
    //> phase 1: which part is meant when an index is negative, or beyond the end?
    long start = call.integer(2);
    long end = call.integer(3);
    Object value = call.db().forRead(call.arg(1));
    if (value == null) {
      call.reply().bulk(new byte[0]);
      return;
    }
    int length = Strings.length(value);
    if (start < 0 && end < 0 && start > end) {
      call.reply().bulk(new byte[0]);
      return;
    }
    long from = Math.max(0, start < 0 ? start + length : start);
    long to = Math.min(length - 1L, Math.max(0, end < 0 ? end + length : end));
    if (from > to || length == 0) {
      call.reply().bulk(new byte[0]);
    } else {
      call.reply().bulk(Strings.view(value), (int) from, (int) to + 1);
    }
    //< phase 1
  }

  // ---- numbers

  private static void decrBy(Call call) {
    long by = call.integer(2);
    if (by == Long.MIN_VALUE) {
      throw ErrorReply.err("decrement would overflow");
    }
    add(call, -by);
  }

  private static void add(Call call, long by) {
    //> phase 1: how does a sum show that it has left 64 bits?
    byte[] key = call.arg(1);
    Object value = call.db().forWrite(key);
    long old = value == null ? 0 : number(value);
    long sum = old + by;
    if (((old ^ sum) & (by ^ sum)) < 0) { //~ wrapsAround: if (sum < old && by > 0 && old < 0) {
      throw ErrorReply.err("increment or decrement would overflow");
    }
    if (value == null) {
      call.db().add(key, sum);
    } else {
      call.db().replace(key, sum);
    }
    call.touched(key);
    call.event('$', "incrby", key);
    call.reply().integer(sum);
    //< phase 1
  }

  private static long number(Object value) {
    return switch (value) {
      case Long number -> number;
      case byte[] bytes -> Numbers.parse(bytes);
      case GrowingString string -> Numbers.parse(string.toBytes());
      default -> throw ErrorReply.wrongType();
    };
  }

  private static void incrByFloat(Call call) {
    byte[] key = call.arg(1);
    Object value = call.db().forWrite(key);
    byte[] old = value == null ? null : Database.stringOf(value);
    String sum = LongDouble.add(old, call.arg(2), "ERR value is not a valid float");
    byte[] text = sum.getBytes(ISO_8859_1);
    call.db().setKeepingTtl(key, text);
    call.changed(1);
    call.event('$', "incrbyfloat", key);
    call.reply().bulk(text);
    call.rewrite("SET", key, text, "KEEPTTL");
  }
}
