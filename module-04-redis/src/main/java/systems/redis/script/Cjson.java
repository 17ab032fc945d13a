package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;
import systems.redis.resp.Doubles;

/** The library {@code cjson}, with lua-cjson's settings and error texts. */
final class Cjson {
  private static final LuaValue NULL =
      LuaValue.userdataOf(
          new Object() {
            @Override
            public String toString() {
              return "userdata: (nil)";
            }
          });

  private boolean convertSparse;
  private int sparseRatio = 2;
  private int sparseSafe = 10;
  private int encodeDepth = 1000;
  private int decodeDepth = 1000;
  private int precision = 14;
  private boolean encodeInvalid;
  private boolean encodeAsNull;
  private boolean decodeInvalid = true;

  private Cjson() {}

  static LuaTable table() {
    var json = new Cjson();
    var t = new LuaTable();
    t.set("encode", Libraries.function(json::encode));
    t.set("decode", Libraries.function(json::decode));
    t.set("null", NULL);
    t.set("_NAME", LuaValue.valueOf("cjson"));
    t.set("_VERSION", LuaValue.valueOf("2.1.0"));
    t.set("encode_sparse_array", Libraries.function(json::sparse));
    t.set(
        "encode_max_depth",
        Libraries.function(args -> {
          json.encodeDepth = setting(args, json.encodeDepth, Integer.MAX_VALUE);
          return LuaValue.valueOf(json.encodeDepth);
        }));
    t.set(
        "decode_max_depth",
        Libraries.function(args -> {
          json.decodeDepth = setting(args, json.decodeDepth, Integer.MAX_VALUE);
          return LuaValue.valueOf(json.decodeDepth);
        }));
    t.set(
        "encode_number_precision",
        Libraries.function(args -> {
          json.precision = setting(args, json.precision, 14);
          return LuaValue.valueOf(json.precision);
        }));
    t.set("encode_keep_buffer", Libraries.function(_ -> LuaValue.TRUE));
    t.set(
        "encode_invalid_numbers",
        Libraries.function(args -> {
          if (args.arg1().type() == LuaValue.TSTRING) {
            json.encodeAsNull = option(args);
          }
          json.encodeInvalid = args.narg() > 0 ? args.arg1().toboolean() : json.encodeInvalid;
          return LuaValue.valueOf(json.encodeInvalid);
        }));
    t.set(
        "decode_invalid_numbers",
        Libraries.function(args -> {
          json.decodeInvalid = args.narg() > 0 ? args.arg1().toboolean() : json.decodeInvalid;
          return LuaValue.valueOf(json.decodeInvalid);
        }));
    return t;
  }

  private static boolean option(Varargs args) {
    String text = args.arg1().tojstring();
    if (!text.equals("null") && !text.equals("on") && !text.equals("off")) {
      throw new LuaError("bad argument #1: invalid option '" + text + "'");
    }
    return text.equals("null");
  }

  private static int setting(Varargs args, int now, int max) {
    if (args.narg() == 0) {
      return now;
    }
    int value = args.checkint(1);
    if (value < 1 || value > max) {
      throw new LuaError("bad argument #1: expected integer between 1 and " + max);
    }
    return value;
  }

  private Varargs sparse(Varargs args) {
    if (args.narg() > 3) {
      throw new LuaError("bad argument #4: found too many arguments");
    }
    if (args.narg() > 0 && !args.arg1().isnil()) {
      convertSparse = args.arg1().toboolean();
    }
    sparseRatio = args.optint(2, sparseRatio);
    sparseSafe = args.optint(3, sparseSafe);
    return LuaValue.varargsOf(
        LuaValue.valueOf(convertSparse),
        LuaValue.valueOf(sparseRatio),
        LuaValue.valueOf(sparseSafe));
  }

  // ---- encoding

  private Varargs encode(Varargs args) {
    if (args.narg() != 1) {
      throw new LuaError("bad argument #1 to 'encode' (expected 1 argument)");
    }
    var out = new ByteArrayOutputStream();
    encode(args.arg1(), out, 0);
    return LuaString.valueUsing(out.toByteArray());
  }

  private static void ascii(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(ISO_8859_1));
  }

  private void encode(LuaValue value, ByteArrayOutputStream out, int depth) {
    switch (value.type()) {
      case LuaValue.TSTRING -> string(Values.bytes(value), out);
      case LuaValue.TNUMBER -> ascii(out, number(value.todouble()));
      case LuaValue.TBOOLEAN -> ascii(out, value.toboolean() ? "true" : "false");
      case LuaValue.TNIL -> ascii(out, "null");
      case LuaValue.TTABLE -> table(value.checktable(), out, depth + 1);
      default -> {
        if (value != NULL) {
          throw new LuaError("Cannot serialise " + value.typename() + ": type not supported");
        }
        ascii(out, "null");
      }
    }
  }

  private String number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      if (!encodeInvalid) {
        throw new LuaError("Cannot serialise number: must not be NaN or Inf");
      }
      return encodeAsNull ? "null" : Values.fourteen(value);
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e14) {
      return Long.toString((long) value);
    }
    return Doubles.text(value, precision);
  }

  private static void string(byte[] text, ByteArrayOutputStream out) {
    out.write('"');
    for (byte b : text) {
      switch (b) {
        case '"' -> ascii(out, "\\\"");
        case '\\' -> ascii(out, "\\\\");
        case '/' -> ascii(out, "\\/");
        case '\b' -> ascii(out, "\\b");
        case '\f' -> ascii(out, "\\f");
        case '\n' -> ascii(out, "\\n");
        case '\r' -> ascii(out, "\\r");
        case '\t' -> ascii(out, "\\t");
        default -> {
          if (b >= 0 && b < 32 || b == 127) {
            ascii(out, String.format("\\u%04x", (int) b));
          } else {
            out.write(b);
          }
        }
      }
    }
    out.write('"');
  }

  private void table(LuaTable table, ByteArrayOutputStream out, int depth) {
    if (depth > encodeDepth) {
      throw new LuaError("Cannot serialise, excessive nesting (" + depth + ")");
    }
    LuaValue[] keys = table.keys();
    int length = arrayLength(keys);
    if (length > 0) {
      out.write('[');
      for (int i = 1; i <= length; i++) {
        if (i > 1) {
          out.write(',');
        }
        encode(table.rawget(i), out, depth);
      }
      out.write(']');
      return;
    }
    out.write('{');
    boolean first = true;
    for (LuaValue key : keys) {
      if (!first) {
        out.write(',');
      }
      first = false;
      if (key.type() == LuaValue.TNUMBER) {
        ascii(out, "\"" + number(key.todouble()) + "\"");
      } else if (key.type() == LuaValue.TSTRING) {
        string(Values.bytes(key), out);
      } else {
        throw new LuaError(
            "Cannot serialise " + key.typename() + ": table key must be a number or string");
      }
      out.write(':');
      encode(table.rawget(key), out, depth);
    }
    out.write('}');
  }

  /** The largest index of a table whose keys are positive integers; -1 if it is none. */
  private int arrayLength(LuaValue[] keys) {
    long max = 0;
    for (LuaValue key : keys) {
      double d = key.type() == LuaValue.TNUMBER ? key.todouble() : -1;
      if (d < 1 || d != Math.rint(d)) {
        return -1;
      }
      max = Math.max(max, (long) d);
    }
    if (sparseRatio > 0 && max > (long) keys.length * sparseRatio && max > sparseSafe) {
      if (!convertSparse) {
        throw new LuaError("Cannot serialise table: excessively sparse array");
      }
      return -1;
    }
    return (int) max;
  }

  // ---- decoding

  private Varargs decode(Varargs args) {
    if (args.narg() != 1) {
      throw new LuaError("bad argument #1 to 'decode' (expected 1 argument)");
    }
    var parser = new Parser(Values.bytes(args.checkstring(1)));
    LuaValue value = parser.value(0);
    parser.space();
    if (parser.at < parser.b.length) {
      throw parser.error("the end");
    }
    return value;
  }

  private final class Parser {
    final byte[] b;
    int at;

    Parser(byte[] b) {
      this.b = b;
    }

    void space() {
      while (at < b.length && (b[at] == ' ' || b[at] == '\t' || b[at] == '\n' || b[at] == '\r')) {
        at++;
      }
    }

    LuaError error(String expected) {
      space();
      return error(expected, token());
    }

    private LuaError error(String expected, String found) {
      return new LuaError(
          "Expected " + expected + " but found " + found + " at character " + (at + 1));
    }

    /** What begins here, by lua-cjson's name. */
    private String token() {
      if (at >= b.length) {
        return "T_END";
      }
      return switch (b[at]) {
        case '{' -> "T_OBJ_BEGIN";
        case '}' -> "T_OBJ_END";
        case '[' -> "T_ARR_BEGIN";
        case ']' -> "T_ARR_END";
        case ':' -> "T_COLON";
        case ',' -> "T_COMMA";
        case '"' -> "T_STRING";
        case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> "T_NUMBER";
        case '-' -> at + 1 < b.length ? "T_NUMBER" : "invalid number";
        case 't', 'f' -> word("true") || word("false") ? back("T_BOOLEAN") : "invalid token";
        case 'n' -> word("null") ? back("T_NULL") : "invalid token";
        default -> "invalid token";
      };
    }

    private String back(String token) {
      at -= token.equals("T_BOOLEAN") && b[at - 4] != 't' ? 5 : 4;
      return token;
    }

    private boolean word(String word) {
      byte[] w = word.getBytes(ISO_8859_1);
      if (at + w.length <= b.length
          && java.util.Arrays.equals(b, at, at + w.length, w, 0, w.length)) {
        at += w.length;
        return true;
      }
      return false;
    }

    LuaValue value(int depth) {
      space();
      if (at >= b.length) {
        throw error("value");
      }
      return switch (b[at]) {
        case '{' -> object(depth + 1);
        case '[' -> array(depth + 1);
        case '"' -> string();
        case 't' -> word("true") ? LuaValue.TRUE : number();
        case 'f' -> word("false") ? LuaValue.FALSE : number();
        case 'n' -> word("null") ? NULL : number();
        default -> number();
      };
    }

    private LuaValue number() {
      int from = at;
      while (at < b.length && "+-0123456789.eExXabcdefABCDEFinfINFnaNAtyTY".indexOf(b[at]) >= 0) {
        at++;
      }
      String text = new String(b, from, at - from, ISO_8859_1);
      boolean plain = text.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");
      if (!plain) {
        double odd = decodeInvalid ? Doubles.parseOrNaN(text.getBytes(ISO_8859_1)) : Double.NaN;
        boolean nan = decodeInvalid && text.equalsIgnoreCase("nan");
        if (text.isEmpty() || text.startsWith(".") || Double.isNaN(odd) && !nan) {

          at = from;
          throw error("value");
        }
        return LuaValue.valueOf(nan ? Values.PLAIN_NAN : odd);
      }
      return LuaValue.valueOf(Double.parseDouble(text));
    }

    private void enter(int depth) {
      if (depth > decodeDepth) {
        throw new LuaError(
            "Found too many nested data structures (" + depth + ") at character " + (at + 1));
      }
      at++;
      space();
    }

    private LuaValue object(int depth) {
      enter(depth);
      var table = new LuaTable();
      if (at < b.length && b[at] == '}') {
        at++;
        return table;
      }
      while (true) {
        space();
        if (at >= b.length || b[at] != '"') {
          throw error("object key string");
        }
        LuaValue key = string();
        space();
        if (at >= b.length || b[at] != ':') {
          throw error("colon");
        }
        at++;
        table.rawset(key, value(depth));
        space();
        if (at < b.length && b[at] == '}') {
          at++;
          return table;
        }
        if (at >= b.length || b[at] != ',') {
          throw error("comma or object end");
        }
        at++;
      }
    }

    private LuaValue array(int depth) {
      enter(depth);
      var table = new LuaTable();
      if (at < b.length && b[at] == ']') {
        at++;
        return table;
      }
      for (int i = 1; ; i++) {
        table.rawset(i, value(depth));
        space();
        if (at < b.length && b[at] == ']') {
          at++;
          return table;
        }
        if (at >= b.length || b[at] != ',') {
          throw error("comma or array end");
        }
        at++;
      }
    }

    private LuaValue string() {
      at++;
      var out = new ByteArrayOutputStream();
      while (true) {
        if (at >= b.length) {
          throw error("value", "unexpected end of string");
        }
        byte c = b[at++];
        if (c == '"') {
          return LuaString.valueUsing(out.toByteArray());
        }
        if (c == '\\') {
          escape(out);
        } else {
          out.write(c);
        }
      }
    }

    private void escape(ByteArrayOutputStream out) {
      if (at >= b.length) {
        throw error("value", "unexpected end of string");
      }
      byte c = b[at++];
      switch (c) {
        case '"', '\\', '/' -> out.write(c);
        case 'b' -> out.write('\b');
        case 'f' -> out.write('\f');
        case 'n' -> out.write('\n');
        case 'r' -> out.write('\r');
        case 't' -> out.write('\t');
        case 'u' -> unicode(out);
        default -> {
          at -= 2;
          throw error("value", "invalid escape code");
        }
      }
    }

    private void unicode(ByteArrayOutputStream out) {
      int from = at - 2;
      int code = hex4(from);
      if (Character.isHighSurrogate((char) code)) {
        int low = word("\\u") ? hex4(from) : 0;
        if (!Character.isLowSurrogate((char) low)) {
          throw badUnicode(from);
        }
        code = Character.toCodePoint((char) code, (char) low);
      } else if (Character.isLowSurrogate((char) code)) {
        throw badUnicode(from);
      }
      out.writeBytes(new String(Character.toChars(code)).getBytes(UTF_8));
    }

    private LuaError badUnicode(int from) {
      at = from;
      return error("value", "invalid unicode escape code");
    }

    private int hex4(int from) {
      int code = 0;
      for (int i = 0; i < 4; i++) {
        int digit = at < b.length ? Character.digit(b[at], 16) : -1;
        if (digit < 0) {
          throw badUnicode(from);
        }
        code = code << 4 | digit;
        at++;
      }
      return code;
    }
  }
}
