package systems.redis.persist;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.Limits;

/**
 * DUMP and RESTORE: one value as bytes.
 *
 * <pre>
 *   [ type:1 ][ value, as in RDB ][ version:2 ][ crc:8 ]
 * </pre>
 */
final class DumpCommands {
  private static final int FOOT = 10;

  private DumpCommands() {}

  static void register(CommandTable table) {
    table.on("dump", DumpCommands::dump);
    table.on("restore", DumpCommands::restore);
    table.on("restore-asking", DumpCommands::restore);
  }

  private static void dump(Call call) {
    Object value = call.db().forRead(call.arg(1));
    if (value == null) {
      call.reply().nil();
    } else {
      call.reply().bulk(payload(value));
    }
  }

  static byte[] payload(Object value) {
    var out = new RdbOutput(true);
    out.u8(RdbValues.type(value));
    RdbValues.write(out, value);
    return finish(out);
  }

  /** Adds version and checksum. */
  static byte[] finish(RdbOutput out) {
    //> phase 4: what stands behind the value, and what does the checksum cover?
    out.little(RdbFormat.VERSION, 2);
    out.little(Crc64.update(0, out.array(), 0, out.size()), 8);
    return out.toBytes();
    //< phase 4
  }

  /** Whether version and checksum are right. */
  static boolean isIntact(byte[] payload) {
    //> phase 4: which versions can be read, and what does a checksum of zero say?
    if (payload.length < FOOT) {
      return false;
    }
    int foot = payload.length - FOOT;
    int version = payload[foot] & 0xff | (payload[foot + 1] & 0xff) << 8;
    long stored = 0;
    for (int i = 7; i >= 0; i--) {
      stored = stored << 8 | payload[foot + 2 + i] & 0xff;
    }
    return version <= RdbFormat.VERSION //~ anyVersion: return version >= 0
        && (stored == 0 || stored == Crc64.update(0, payload, 0, payload.length - 8));
    //< phase 4
  }

  static Object parse(byte[] payload, Limits limits) throws DamagedException {
    //> phase 4: is it one value and nothing else?
    int length = payload.length - FOOT;
    var in = new RdbInput(new ByteArrayInputStream(payload, 0, length), length);
    try {
      Object value = RdbValues.read(in, in.u8(), limits);
      if (value == null || in.offset() != length) { //~ ignoresTheRest: if (value == null) {
        throw new DamagedException("an empty value, or bytes behind it");
      }
      return value;
    } catch (IOException e) {
      throw new DamagedException("unreadable", e);
    }
    //< phase 4
  }

  private static void restore(Call call) {
    //> phase 4: which options are there, and which two exclude each other?
    boolean replace = false;
    boolean absolute = false;
    long idle = -1;
    long frequency = -1;
    for (int i = 4; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (call.is(i, "REPLACE")) {
        replace = true;
      } else if (call.is(i, "ABSTTL")) {
        absolute = true;
      } else if (call.is(i, "IDLETIME") && more && frequency < 0) {
        idle =
            Numbers.parse(
                call.arg(++i), 0, Long.MAX_VALUE, "ERR Invalid IDLETIME value, must be >= 0");
      } else if (call.is(i, "FREQ") && more && idle < 0) {
        frequency =
            Numbers.parse(call.arg(++i), 0, 255, "ERR Invalid FREQ value, must be >= 0 and <= 255");
      } else {
        throw call.syntax();
      }
    }
    byte[] key = call.arg(1);
    if (!replace && call.db().exists(key)) {
      throw new ErrorReply("BUSYKEY Target key name already exists.");
    }
    long ttl = call.integer(2);
    if (ttl < 0) {
      throw ErrorReply.err("Invalid TTL value, must be >= 0");
    }
    store(call, key, value(call), ttl, absolute, replace, idle, frequency);
    //< phase 4
  }

  private static Object value(Call call) {
    byte[] payload = call.arg(3);
    boolean unchecked = call.server().persistence().skipsChecksums && payload.length > FOOT;
    if (!unchecked && !isIntact(payload)) {
      throw ErrorReply.err("DUMP payload version or checksum are wrong");
    }
    call.server().persistence().countSanitized();
    try {
      return parse(payload, call.limits());
    } catch (DamagedException e) {
      call.server().log().warn("RESTORE: " + e.getMessage() + ": integrity check failed");
      throw ErrorReply.err("Bad data format");
    }
  }

  private static void store(
      Call call,
      byte[] key,
      Object value,
      long ttl,
      boolean absolute,
      boolean replace,
      long idle,
      long frequency) {
    //> phase 4: what if its time is over already, and what do replicas hear?
    boolean deleted = replace && call.db().remove(key);
    long expiresAt = ttl == 0 ? -1 : absolute ? ttl : call.nowMillis() + ttl;
    if (expiresAt >= 0 && expiresAt <= call.nowMillis() && !call.isFromPrimary()) {
      if (deleted) {
        call.rewrite(call.server().deleteCommand(), key);
        call.event('g', "del", key);
        call.changed(1);
      }
      call.reply().ok();
      return;
    }
    call.db().add(key, value);
    long now = call.nowMillis();
    if (frequency >= 0 && call.db().frequency().counts()) {
      call.db().keys().mark(call.db().frequency().markOfCounter((int) frequency, now));
    } else if (idle >= 0 && !call.db().frequency().counts()) {
      call.db().keys().mark(call.db().frequency().markOfIdle(idle, now));
    }
    if (expiresAt >= 0) {
      call.db().expireAt(key, expiresAt);
      if (!absolute) {
        rewriteAbsolute(call, expiresAt);
      }
    }
    call.touched(key);
    call.event('g', "restore", key);
    call.reply().ok();
    //< phase 4
  }

  private static void rewriteAbsolute(Call call, long expiresAt) {
    byte[][] words = java.util.Arrays.copyOf(call.args(), call.count() + 1);
    words[2] = Numbers.toBytes(expiresAt);
    words[call.count()] = "ABSTTL".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    call.rewrite(words);
  }
}
