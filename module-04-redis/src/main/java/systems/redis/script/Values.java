package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaNumber;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import systems.redis.resp.Doubles;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;

/**
 * Values across the border, as Redis documents it.
 *
 * <pre>
 *   reply -> Lua   integer number, bulk string, nil false, array table, status {ok=}, error {err=}
 *                  RESP3: map {map=}, set {set=}, double {double=}, big {big_number=},
 *                  verbatim {verbatim_string={format=,string=}}, true/false, null nil
 *   Lua -> reply   number integer (cut), string bulk, true 1, false nil, table array up to a nil
 * </pre>
 */
final class Values {
  private static final int DEPTH_MAX = 64;

  /**
   * C prints the sign of a NaN. What a division makes has it set on the usual machine and may lose
   * it on a Java one, so that the others are marked instead.
   */
  private static final long NAN_MARK = 1;

  static final double PLAIN_NAN = Double.longBitsToDouble(0x7ff8000000000000L | NAN_MARK);

  private Values() {}

  // ---- replies to Lua

  static double negativeNan(double nan) {
    return Double.longBitsToDouble(Double.doubleToRawLongBits(nan) ^ NAN_MARK);
  }

  static LuaValue parse(byte[] reply) {
    return new Parser(reply).value();
  }

  private static final class Parser {
    private final byte[] b;
    private int at;

    Parser(byte[] b) {
      this.b = b;
    }

    private String line() {
      int from = at;
      while (b[at] != '\r') {
        at++;
      }
      String line = new String(b, from, at - from, ISO_8859_1);
      at += 2;
      return line;
    }

    private LuaValue bytes(int length) {
      LuaString s = LuaString.valueOf(b, at, length);
      at += length + 2;
      return s;
    }

    LuaValue value() {
      byte kind = b[at++];
      String line = line();
      return switch (kind) {
        case ':' -> LuaValue.valueOf((double) Long.parseLong(line));
        case '$' -> line.equals("-1") ? LuaValue.FALSE : bytes(Integer.parseInt(line));
        case '*' -> line.equals("-1") ? LuaValue.FALSE : array(Integer.parseInt(line));
        case '+' -> pair("ok", LuaString.valueOf(line.getBytes(ISO_8859_1)));
        case '-' -> error(line);
        case '_' -> LuaValue.NIL;
        case '#' -> LuaValue.valueOf(line.equals("t"));
        case ',' -> pair("double", LuaValue.valueOf(Doubles.parseOrNaN(line.getBytes(ISO_8859_1))));
        case '(' -> pair("big_number", LuaValue.valueOf(line));
        case '=' -> verbatim(Integer.parseInt(line));
        case '%' -> map(Integer.parseInt(line));
        case '~' -> set(Integer.parseInt(line));
        case '|' -> behindAttribute(Integer.parseInt(line));
        default -> throw new AssertionError("not a reply: " + (char) kind);
      };
    }

    private LuaValue array(int count) {
      //> phase 6: a reply that is a list becomes a table; where does Lua begin to count?
      var table = new LuaTable(count, 0);
      for (int i = 1; i <= count; i++) {
        table.rawset(i, value()); //~ countsFromZero: table.rawset(i - 1, value());
      }
      return table;
      //< phase 6
    }

    private LuaValue verbatim(int length) {
      var inside = new LuaTable();
      inside.set("format", LuaString.valueOf(b, at, 3));
      inside.set("string", LuaString.valueOf(b, at + 4, length - 4));
      at += length + 2;
      return pair("verbatim_string", inside);
    }

    private LuaValue map(int pairs) {
      var inside = new LuaTable();
      for (int i = 0; i < pairs; i++) {
        LuaValue key = value();
        inside.rawset(key, value());
      }
      return pair("map", inside);
    }

    /** Scripts do not see attributes. */
    private LuaValue behindAttribute(int pairs) {
      for (int i = 0; i < pairs * 2; i++) {
        value();
      }
      return value();
    }

    private LuaValue set(int count) {
      var inside = new LuaTable();
      for (int i = 0; i < count; i++) {
        inside.rawset(value(), LuaValue.TRUE);
      }
      return pair("set", inside);
    }
  }

  private static LuaTable pair(String name, LuaValue value) {
    var table = new LuaTable();
    table.set(name, value);
    return table;
  }

  static LuaTable error(String text) {
    LuaTable table = pair("err", LuaString.valueOf(text.getBytes(ISO_8859_1)));
    table.set("ignore_error_stats_update", LuaValue.TRUE);
    return table;
  }

  // ---- Lua to replies

  /** The text of an error that the script made itself, or null. */
  static @Nullable String uncountedError(LuaValue result) {
    if (!result.istable() || result.checktable().rawget("err").type() != LuaValue.TSTRING) {
      return null;
    }
    LuaTable table = result.checktable();
    return table.rawget("ignore_error_stats_update").toboolean()
        ? null
        : latin(table.rawget("err"));
  }

  /**
   * @param booleans whether the script has asked for RESP3, which has them
   */
  static void reply(LuaValue value, Reply out, boolean booleans) {
    reply(value, out, booleans, 0);
  }

  private static void reply(LuaValue value, Reply out, boolean booleans, int depth) {
    switch (value.type()) {
      case LuaValue.TSTRING -> out.bulk(bytes(value));
      case LuaValue.TNUMBER, LuaValue.TINT -> out.integer(whole(value.todouble()));
      case LuaValue.TBOOLEAN -> bool(value.toboolean(), out, booleans);
      case LuaValue.TTABLE -> {
        if (depth == DEPTH_MAX) {
          out.error("ERR reached lua stack limit");
          return;
        }
        table(value.checktable(), out, booleans, depth);
      }
      default -> out.nil();
    }
  }

  private static long whole(double value) {
    //> phase 6: a reply has no fractions; what becomes of them?
    return (long) value; //~ rounds: return Math.round(value);
    //< phase 6
  }

  private static void bool(boolean value, Reply out, boolean booleans) {
    //> phase 6: what is false for a client that has no booleans?
    if (booleans) { //~ asksTheClient: if (out.version() == 3) {
      out.bool(value);
    } else if (value) {
      out.integer(1);
    } else {
      out.nil();
    }
    //< phase 6
  }

  private static void table(LuaTable table, Reply out, boolean booleans, int depth) {
    LuaValue err = table.rawget("err");
    LuaValue ok = table.rawget("ok");
    LuaValue real = table.rawget("double");
    LuaValue map = table.rawget("map");
    LuaValue set = table.rawget("set");
    LuaValue big = table.rawget("big_number");
    LuaValue verbatim = table.rawget("verbatim_string");
    if (err.type() == LuaValue.TSTRING) {
      out.error(new String(bytes(err), ISO_8859_1));
    } else if (ok.type() == LuaValue.TSTRING) {
      out.status(new String(bytes(ok), ISO_8859_1).replaceAll("[\r\n]", " "));
    } else if (real.type() == LuaValue.TNUMBER) {
      out.real(real.todouble());
    } else if (map.istable()) {
      map(map.checktable(), out, booleans, depth);
    } else if (set.istable()) {
      set(set.checktable(), out, booleans, depth);
    } else if (big.type() == LuaValue.TSTRING) {
      out.bigNumber(new String(bytes(big), ISO_8859_1).replaceAll("[\r\n]", " "));
    } else if (verbatim.istable()) {
      LuaValue text = verbatim.get("string");
      LuaValue format = verbatim.get("format");
      out.verbatim(bytes(text), format.tojstring());
    } else {
      array(table, out, booleans, depth);
    }
  }

  private static void array(LuaTable table, Reply out, boolean booleans, int depth) {
    //> phase 6: a table ends at its first nil, as Redis documents it
    int count = 0;
    while (!table.rawget(count + 1).isnil()) { //~ ignoresHoles: while (count < table.keyCount()) {
      count++;
    }
    out.array(count);
    for (int i = 1; i <= count; i++) {
      reply(table.rawget(i), out, booleans, depth + 1);
    }
    //< phase 6
  }

  private static void map(LuaTable map, Reply out, boolean booleans, int depth) {
    LuaValue[] keys = map.keys();
    out.map(keys.length);
    for (LuaValue key : keys) {
      reply(key, out, booleans, depth + 1);
      reply(map.rawget(key), out, booleans, depth + 1);
    }
  }

  private static void set(LuaTable set, Reply out, boolean booleans, int depth) {
    LuaValue[] keys = set.keys();
    out.set(keys.length);
    for (LuaValue key : keys) {
      reply(key, out, booleans, depth + 1);
    }
  }

  // ---- strings and numbers

  static byte[] bytes(LuaValue value) {
    LuaString s = value.strvalue();
    byte[] copy = new byte[s.m_length];
    System.arraycopy(s.m_bytes, s.m_offset, copy, 0, s.m_length);
    return copy;
  }

  /** An argument of a command: strings as they are, numbers with 17 digits; null for others. */
  static byte @Nullable [] argument(LuaValue value) {
    if (value.type() == LuaValue.TNUMBER) {
      double d = value.todouble();
      return d == Math.rint(d) && Math.abs(d) < 1e17 ? Numbers.toBytes((long) d) : Doubles.bytes(d);
    }
    return value.type() == LuaValue.TSTRING ? bytes(value) : null;
  }

  static LuaString string(String latin) {
    return LuaString.valueUsing(latin.getBytes(ISO_8859_1));
  }

  static String latin(LuaValue value) {
    LuaString text = text(value);
    return text == null
        ? value.tojstring()
        : new String(text.m_bytes, text.m_offset, text.m_length, ISO_8859_1);
  }

  /** A string as it is, a number as Lua prints it; null for others. */
  static @Nullable LuaString text(LuaValue value) {
    return switch (value) {
      case LuaString s -> s;
      case LuaNumber n -> string(fourteen(n.todouble()));
      default -> null;
    };
  }

  /** As C's {@code %.14g}, Lua's own form. */
  static String fourteen(double value) {
    //> phase 6: numbers as C prints them with %.14g; which ones would Java print differently?
    if (Double.isNaN(value)) {
      return (Double.doubleToRawLongBits(value) & NAN_MARK) != 0 ? "nan" : "-nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    double plain = 1e14; //~ printsWhole: double plain = 1e17;
    if (value == Math.rint(value) && Math.abs(value) < plain) {
      return value == 0 && 1 / value < 0 ? "-0" : Long.toString((long) value);
    }
    return Doubles.text(value, 14);
    //< phase 6
  }
}
