package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import systems.redis.resp.Doubles;

/**
 * Values and replies as a debugger shows them, on one line.
 *
 * <pre>
 *   Lua    1.5   "text\n"   true   nil   {1; 2; 3}   {["x"]=5}   "function@0x1f"
 *   reply  7   "text"   "+OK"   "-ERR no"   NULL   [1,"a"]
 *          {"f" => 1}   ~("m")   (double) 1.5   #true   (null)
 * </pre>
 *
 * <p>Text is Latin-1: a character is a byte. Nobody waits for the end of a table of millions, or of
 * one that holds itself: what is longer than {@code max} is cut there, at least, and tables are
 * shown ten levels deep. A table's keys that are no list come in the order of {@code pairs}, which
 * is LuaJ's.
 */
final class Shown {
  private static final int DEPTH_MAX = 10;
  private static final String TOO_DEEP = "<max recursion level reached! Nested table?>";
  private static final int DIGITS = 6;

  private final StringBuilder out = new StringBuilder();
  private final int max;

  private Shown(int max) {
    this.max = max;
  }

  /** So long at least, or all of it. */
  static String value(LuaValue value, int max) {
    var shown = new Shown(max);
    shown.append(value, 0);
    return shown.out.toString();
  }

  static String reply(byte[] reply, int max) {
    var shown = new Shown(max);
    shown.append(reply, 0);
    return shown.out.toString();
  }

  private boolean isFull() {
    return out.length() > max;
  }

  // ---- values

  private void append(LuaValue value, int depth) {
    if (depth == DEPTH_MAX) {
      out.append(TOO_DEEP);
      return;
    }
    switch (value) {
      case LuaTable table -> table(table, depth);
      case LuaString s -> quoted(s.m_bytes, s.m_offset, s.m_length);
      default -> {
        switch (value.type()) {
          case LuaValue.TNIL, LuaValue.TBOOLEAN -> out.append(value.tojstring());
          case LuaValue.TNUMBER, LuaValue.TINT -> out.append(number(value.todouble()));
          default -> out.append('"').append(identity(value)).append('"');
        }
      }
    }
  }

  private static String identity(LuaValue value) {
    return value.typename() + "@0x" + Integer.toHexString(System.identityHashCode(value));
  }

  /** As C's {@code %g}. */
  private static String number(double value) {
    boolean plain = Double.isNaN(value) || Double.isInfinite(value) || value == 0;
    return plain ? Values.fourteen(value) : Doubles.text(value, DIGITS);
  }

  private void table(LuaTable table, int depth) {
    //> phase 6: when is a table a list, and how deep is deep enough?
    LuaValue[] keys = table.keys();
    boolean isList = isList(table, keys.length);
    out.append('{');
    for (int i = 0; i < keys.length && !isFull(); i++) {
      out.append(i == 0 ? "" : "; ");
      if (!isList) {
        out.append('[');
        append(keys[i], depth + 1);
        out.append("]=");
      }
      LuaValue key = isList ? LuaValue.valueOf(i + 1) : keys[i];
      append(table.rawget(key), depth + 1); //~ digsForEver: append(table.rawget(key), depth);
    }
    out.append('}');
    //< phase 6
  }

  private static boolean isList(LuaTable table, int count) {
    for (int i = 1; i <= count; i++) {
      if (table.rawget(i).isnil()) {
        return false;
      }
    }
    return true;
  }

  private void quoted(byte[] b, int from, int length) {
    out.append('"');
    for (int i = from; i < from + length && !isFull(); i++) {
      switch (b[i]) {
        case '\\', '"' -> out.append('\\').append((char) b[i]);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case 7 -> out.append("\\a");
        case '\b' -> out.append("\\b");
        default -> {
          if (b[i] >= ' ' && b[i] < 127) {
            out.append((char) b[i]);
          } else {
            out.append(String.format("\\x%02x", b[i]));
          }
        }
      }
    }
    out.append('"');
  }

  // ---- replies

  /** Appends the reply that begins there; where the next one begins. */
  private int append(byte[] b, int from) {
    int end = from;
    while (b[end] != '\r') {
      end++;
    }
    String head = new String(b, from + 1, end - from - 1, ISO_8859_1);
    int next = end + 2;
    return switch (b[from]) {
      case ':' -> line(head, next);
      case ',' -> line("(double) " + head, next);
      case '#' -> line(head.equals("t") ? "#true" : "#false", next);
      case '_' -> line("(null)", next);
      case '+', '-' -> {
        quoted(b, from, end - from);
        yield next;
      }
      case '$' -> bulk(b, Integer.parseInt(head), next);
      case '*' -> nested(b, next, Integer.parseInt(head), "[", ",", "]");
      case '~' -> nested(b, next, Integer.parseInt(head), "~(", ",", ")");
      case '%' -> nested(b, next, 2 * Integer.parseInt(head), "{", " => ", "}");
      case '=' -> next + Integer.parseInt(head) + 2; // this and the others are not shown
      default -> next;
    };
  }

  private int line(String text, int next) {
    out.append(text);
    return next;
  }

  private int bulk(byte[] b, int length, int from) {
    if (length < 0) {
      return line("NULL", from);
    }
    quoted(b, from, length);
    return from + length + 2;
  }

  /** With two signs between the elements in turn: a comma, and for a pair the arrow. */
  private int nested(byte[] b, int from, int count, String open, String between, String close) {
    if (count < 0) {
      return line("NULL", from);
    }
    out.append(open);
    int at = from;
    for (int i = 0; i < count && !isFull(); i++) {
      out.append(i == 0 ? "" : i % 2 == 0 ? "," : between);
      at = append(b, at);
    }
    out.append(close);
    return at;
  }
}
