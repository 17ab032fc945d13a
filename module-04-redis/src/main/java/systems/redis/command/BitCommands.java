package systems.redis.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.GrowingString;

/** Strings as arrays of bits; the highest bit of a byte comes first. */
final class BitCommands {
  private static final String BAD_OFFSET = "ERR bit offset is not an integer or out of range";

  private BitCommands() {}

  static void register(CommandTable table) {
    table.on("setbit", BitCommands::set);
    table.on("getbit", BitCommands::get);
    table.on("bitcount", BitCommands::count);
    table.on("bitpos", BitCommands::position);
    table.on("bitop", BitCommands::operate);
    table.on("bitfield", call -> field(call, false));
    table.on("bitfield_ro", call -> field(call, true));
  }

  private static long offset(Call call, byte[] arg, int width) {
    boolean scaled = width > 0 && arg.length > 0 && arg[0] == '#';
    byte[] digits = scaled ? java.util.Arrays.copyOfRange(arg, 1, arg.length) : arg;
    long offset = Numbers.parse(digits, 0, Long.MAX_VALUE, BAD_OFFSET);
    if (scaled) {
      if (offset > Long.MAX_VALUE / width) {
        throw new ErrorReply(BAD_OFFSET);
      }
      offset *= width;
    }
    if (offset >> 3 >= call.server().bulkBytesMax()) {
      throw new ErrorReply(BAD_OFFSET);
    }
    return offset;
  }

  private static byte[] view(@Nullable Object value) {
    return value == null ? new byte[0] : Strings.view(value);
  }

  private static int length(@Nullable Object value) {
    return value == null ? 0 : Strings.length(value);
  }

  /** The string of the key, as long as a bit needs; made if it is not there. */
  private static GrowingString reach(Call call, byte[] key, long lastBit) {
    assert lastBit >> 3 < Integer.MAX_VALUE : "an offset that nobody has bounded";
    Object value = call.db().forWrite(key);
    int bytes = (int) (lastBit >> 3) + 1;
    if (value == null) {
      var string = new GrowingString(new byte[0]);
      string.reach(bytes);
      call.db().add(key, string);
      return string;
    }
    Strings.length(value);
    GrowingString string = Strings.growing(call.db(), key, value);
    string.reach(bytes);
    return string;
  }

  private static void set(Call call) {
    //> phase 2: which bit of a byte is the first one?
    long offset = offset(call, call.arg(2), 0);
    long bit = Numbers.parse(call.arg(3), 0, 1, "ERR bit is not an integer or out of range");
    byte[] key = call.arg(1);
    Object there = call.db().peek(key);
    int before = there != null && isString(there) ? Strings.length(there) : 0;
    GrowingString string = reach(call, key, offset);
    int at = (int) (offset >> 3);
    int mask = 0x80 >> (offset & 7); //~ lowestBitFirst: int mask = 1 << (offset & 7);
    int old = (string.array()[at] & mask) != 0 ? 1 : 0;
    if (old != bit || string.length() > before) {
      if (bit == 1) {
        string.array()[at] |= (byte) mask;
      } else {
        string.array()[at] &= (byte) ~mask;
      }
      call.touched(key);
      call.event('$', "setbit", key);
    }
    call.reply().integer(old);
    //< phase 2
  }

  private static boolean isString(Object value) {
    return systems.redis.db.ValueType.of(value) == systems.redis.db.ValueType.STRING;
  }

  private static void get(Call call) {
    long offset = offset(call, call.arg(2), 0);
    Object value = call.db().forRead(call.arg(1));
    int length = length(value);
    int at = (int) (offset >> 3);
    call.reply().integer(at < length && (view(value)[at] & 0x80 >> (offset & 7)) != 0 ? 1 : 0);
  }

  // ---- counting and finding

  private static long clamp(long index, long size) {
    return Math.max(0, index < 0 ? index + size : index);
  }

  private static void count(Call call) {
    long start = 0;
    long end = -1;
    boolean bits = false;
    if (call.count() >= 4) {
      start = call.integer(2);
      end = call.integer(3);
      if (call.count() == 5) {
        bits = isBit(call, 4);
      } else if (call.count() > 5) {
        throw call.syntax();
      }
    } else if (call.count() != 2) {
      throw call.syntax();
    }
    Object value = call.db().forRead(call.arg(1));
    int length = length(value);
    if (value == null || start < 0 && end < 0 && start > end) {
      call.reply().integer(0);
      return;
    }
    long size = bits ? length * 8L : length;
    long from = clamp(start, size);
    long to = Math.min(size - 1, clamp(end, size));
    if (from > to) {
      call.reply().integer(0);
      return;
    }
    call.reply()
        .integer(
            bits ? countBits(view(value), from, to) : countBits(view(value), from * 8, to * 8 + 7));
  }

  private static boolean isBit(Call call, int index) {
    if (call.is(index, "BIT")) {
      return true;
    }
    if (call.is(index, "BYTE")) {
      return false;
    }
    throw call.syntax();
  }

  private static final java.lang.invoke.VarHandle LONGS =
      java.lang.invoke.MethodHandles.byteArrayViewVarHandle(
          long[].class, java.nio.ByteOrder.LITTLE_ENDIAN);

  private static long countBits(byte[] b, long from, long to) {
    int first = (int) (from >> 3);
    int last = (int) (to >> 3);
    int headMask = 0xff >> (from & 7);
    int tailMask = 0xff << (7 - (to & 7)) & 0xff;
    assert from <= to && last < b.length : "no such bits";
    if (first == last) {
      return Integer.bitCount(b[first] & headMask & tailMask);
    }
    long n = Integer.bitCount(b[first] & headMask);
    n += Integer.bitCount(b[last] & tailMask);
    int i = first + 1;
    for (; i + 8 <= last; i += 8) {
      n += Long.bitCount((long) LONGS.get(b, i));
    }
    for (; i < last; i++) {
      n += Integer.bitCount(b[i] & 0xff);
    }
    return n;
  }

  private static void position(Call call) {
    long bit = Numbers.parse(call.arg(2), 0, 1, "ERR The bit argument must be 1 or 0.");
    if (call.count() > 6) {
      throw call.syntax();
    }
    long start = call.count() > 3 ? call.integer(3) : 0;
    boolean endGiven = call.count() > 4;
    long end = endGiven ? call.integer(4) : -1;
    boolean bits = call.count() == 6 && isBit(call, 5);
    Object value = call.db().forRead(call.arg(1));
    int length = length(value);
    if (value == null) {
      call.reply().integer(bit == 1 ? -1 : 0);
      return;
    }
    long size = bits ? length * 8L : length;
    long from = clamp(start, size);
    long to = Math.min(size - 1, clamp(end, size));
    if (from > to) {
      call.reply().integer(-1);
      return;
    }
    long firstBit = bits ? from : from * 8;
    long lastBit = bits ? to : to * 8 + 7;
    long found = find(view(value), firstBit, lastBit, bit == 1);
    if (found < 0 && bit == 0 && !endGiven) {
      found = length * 8L; // behind the end everything is zero
    }
    call.reply().integer(found);
  }

  private static long find(byte[] b, long from, long to, boolean one) {
    //> phase 2: whole bytes can be passed over
    byte skip = (byte) (one ? 0 : 0xff);
    long i = from;
    while (i <= to) {
      int at = (int) (i >> 3);
      if ((i & 7) == 0 && b[at] == skip) {
        i += 8;
        continue;
      }
      if ((b[at] & 0x80 >> (i & 7)) != 0 == one) {
        return i;
      }
      i++;
    }
    return -1;
    //< phase 2
  }

  // ---- BITOP

  private static void operate(Call call) {
    String op = call.text(1).toUpperCase(Locale.ROOT);
    if (!List.of("AND", "OR", "XOR", "NOT").contains(op)) {
      throw call.syntax();
    }
    if (op.equals("NOT") && call.count() != 4) {
      throw ErrorReply.err("BITOP NOT must be called with a single source key.");
    }
    var sources = new ArrayList<Object>();
    int longest = 0;
    for (int i = 3; i < call.count(); i++) {
      Object value = call.db().forRead(call.arg(i));
      int length = length(value);
      longest = Math.max(longest, length);
      sources.add(value == null ? new byte[0] : value);
    }
    byte[] key = call.arg(2);
    if (longest == 0) {
      if (call.db().remove(key)) {
        call.changed(1);
        call.event('g', "del", key);
      }
      call.reply().integer(0);
      return;
    }
    byte[] result = combine(op, sources, longest);
    call.db().set(key, result);
    call.changed(1);
    call.event('$', "set", key);
    call.reply().integer(longest);
  }

  private static byte[] combine(String op, List<Object> sources, int longest) {
    //> phase 2: what follows the end of a shorter string?
    byte[] result = new byte[longest];
    Object first = sources.getFirst();
    System.arraycopy(view(first), 0, result, 0, length(first));
    if (op.equals("NOT")) {
      for (int i = 0; i < longest; i++) {
        result[i] = (byte) ~result[i];
      }
      return result;
    }
    for (Object source : sources.subList(1, sources.size())) {
      byte[] bytes = view(source);
      int length = length(source);
      for (int i = 0; i < longest; i++) {
        int b = i < length ? bytes[i] : 0;
        result[i] =
            (byte)
                switch (op) {
                  case "AND" -> result[i] & b;
                  case "OR" -> result[i] | b;
                  default -> result[i] ^ b;
                };
      }
    }
    return result;
    //< phase 2
  }

  // ---- BITFIELD

  private enum Overflow {
    WRAP,
    SAT,
    FAIL
  }

  private enum Kind {
    GET,
    SET,
    INCRBY
  }

  private record Step(
      Kind kind, boolean signed, int width, long offset, long value, Overflow overflow) {}

  private static void field(Call call, boolean readOnly) {
    List<Step> steps = steps(call, readOnly);
    byte[] key = call.arg(1);
    long lastBit = -1;
    for (Step step : steps) {
      if (step.kind != Kind.GET) {
        lastBit = Math.max(lastBit, step.offset + step.width - 1);
      }
    }
    byte[] bits;
    int length;
    GrowingString string = null;
    Object there = lastBit >= 0 ? call.db().peek(key) : null;
    int before = there != null && isString(there) ? Strings.length(there) : 0;
    if (lastBit >= 0) {
      string = reach(call, key, lastBit);
      bits = string.array();
      length = string.length();
    } else {
      Object value = call.db().forRead(key);
      length = length(value);
      bits = view(value);
    }
    call.reply().array(steps.size());
    int changes = 0;
    for (Step step : steps) {
      changes += run(call, step, bits, length) ? 1 : 0;
    }
    if (changes == 0 && string != null && string.length() > before) {
      changes = 1; // zeros were added
    }
    if (string != null && changes > 0) {
      call.db().changed(key);
      call.changed(changes);
      call.event('$', "setbit", key);
    }
  }

  private static List<Step> steps(Call call, boolean readOnly) {
    var steps = new ArrayList<Step>();
    Overflow overflow = Overflow.WRAP;
    for (int i = 2; i < call.count(); ) {
      int left = call.count() - i - 1;
      if (call.is(i, "OVERFLOW") && left >= 1) {
        overflow = overflow(call, i + 1);
        if (readOnly) {
          throw ErrorReply.err("BITFIELD_RO only supports the GET subcommand");
        }
        i += 2;
        continue;
      }
      Kind kind;
      if (call.is(i, "GET") && left >= 2) {
        kind = Kind.GET;
      } else if (call.is(i, "SET") && left >= 3) {
        kind = Kind.SET;
      } else if (call.is(i, "INCRBY") && left >= 3) {
        kind = Kind.INCRBY;
      } else {
        throw call.syntax();
      }
      steps.add(step(call, i, kind, overflow));
      i += kind == Kind.GET ? 3 : 4;
    }
    if (readOnly && steps.stream().anyMatch(s -> s.kind != Kind.GET)) {
      throw ErrorReply.err("BITFIELD_RO only supports the GET subcommand");
    }
    return steps;
  }

  private static Overflow overflow(Call call, int index) {
    for (Overflow o : Overflow.values()) {
      if (call.is(index, o.name())) {
        return o;
      }
    }
    throw ErrorReply.err("Invalid OVERFLOW type specified");
  }

  private static Step step(Call call, int i, Kind kind, Overflow overflow) {
    String type = call.text(i + 1);
    boolean signed = type.startsWith("i");
    byte[] digits =
        type.isEmpty()
            ? new byte[0]
            : java.util.Arrays.copyOfRange(call.arg(i + 1), 1, call.arg(i + 1).length);
    String message =
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            + " i64 is.";
    if (!signed && !type.startsWith("u")) {
      throw new ErrorReply(message);
    }
    int width = (int) Numbers.parse(digits, 1, signed ? 64 : 63, message);
    long offset = offset(call, call.arg(i + 2), width);
    if (kind != Kind.GET && offset + width - 1 >> 3 >= call.server().bulkBytesMax()) {
      throw new ErrorReply(BAD_OFFSET);
    }
    long value = kind == Kind.GET ? 0 : call.integer(i + 3);
    return new Step(kind, signed, width, offset, value, overflow);
  }

  private static long read(byte[] b, int length, long offset, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      long bit = offset + i;
      int at = (int) (bit >> 3);
      int set = at < length && (b[at] & 0x80 >> (bit & 7)) != 0 ? 1 : 0;
      value = value << 1 | set;
    }
    return value;
  }

  private static void write(byte[] b, long offset, int width, long value) {
    for (int i = 0; i < width; i++) {
      long bit = offset + i;
      int mask = 0x80 >> (bit & 7);
      if ((value >>> (width - 1 - i) & 1) != 0) {
        b[(int) (bit >> 3)] |= (byte) mask;
      } else {
        b[(int) (bit >> 3)] &= (byte) ~mask;
      }
    }
  }

  private static long signExtended(long raw, int width) {
    int shift = 64 - width;
    return raw << shift >> shift;
  }

  /** Whether it wrote. */
  private static boolean run(Call call, Step s, byte[] bits, int length) {
    long raw = read(bits, length, s.offset, s.width);
    long old = s.signed ? signExtended(raw, s.width) : raw;
    if (s.kind == Kind.GET) {
      call.reply().integer(old);
      return false;
    }
    long base = s.kind == Kind.SET ? s.value : old;
    long by = s.kind == Kind.SET ? 0 : s.value;
    Long result = s.signed ? addSigned(base, by, s) : addUnsigned(base, by, s);
    if (result == null) {
      call.reply().nil();
      return false;
    }
    write(bits, s.offset, s.width, result);
    call.reply().integer(s.kind == Kind.SET ? old : result);
    return old != result;
  }

  private static @Nullable Long addSigned(long value, long by, Step s) {
    //> phase 2: three ways to overflow
    long max = s.width == 64 ? Long.MAX_VALUE : (1L << s.width - 1) - 1;
    long min = -max - 1;
    long sum = value + by;
    boolean wrapped = ((value ^ sum) & (by ^ sum)) < 0;
    boolean above = wrapped ? by > 0 : sum > max;
    boolean below = wrapped ? by < 0 : sum < min;
    if (!above && !below) {
      return sum;
    }
    return switch (s.overflow) {
      case WRAP -> signExtended(sum, s.width);
      case SAT -> above ? max : min;
      case FAIL -> null;
    };
    //< phase 2
  }

  private static @Nullable Long addUnsigned(long value, long by, Step s) {
    //> phase 2: three ways to overflow
    long max = s.width == 64 ? -1 : (1L << s.width) - 1;
    long sum = value + by;
    boolean above = Long.compareUnsigned(value, max) > 0 || by > 0 && by > max - value;
    boolean below = !above && by < 0 && sum < 0;
    if (!above && !below) {
      return sum;
    }
    return switch (s.overflow) {
      case WRAP -> sum & max;
      case SAT -> above ? max : 0L;
      case FAIL -> null;
    };
    //< phase 2
  }
}
