package systems.redis.script;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import org.luaj.vm2.Buffer;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * Strings and numbers as C prints them. LuaJ's {@code format} knows Java's forms only, and its
 * other functions see a number as Java would print it.
 */
final class Strings {
  private static final int REPEATED_BYTES_MAX = 512 << 20;

  private Strings() {}

  static void install(LuaTable strings) {
    for (String name :
        new String[] {
          "len", "sub", "upper", "lower", "reverse", "byte", "find", "match", "gmatch", "gsub"
        }) {
      LuaValue original = strings.get(name);
      strings.set(name, Libraries.function(args -> matched(name, original, textFirst(args))));
    }
    strings.set("format", Libraries.function(Strings::format));
    strings.set("rep", Libraries.function(Strings::repeat));
    strings.set("gfind", strings.get("gmatch"));
    strings.set(
        "dump",
        Libraries.function(args -> {
          args.checkfunction(1);
          return LuaValue.valueOf("\u001bLua"); // compiled code that nobody can load, as there
        }));
    strings.set("pack", LuaValue.NIL);
  }

  private static Varargs matched(String name, LuaValue original, Varargs args) {
    LuaValue by = args.arg(3);
    if (name.equals("gsub") && !by.isstring() && !by.istable() && !by.isfunction()) {
      throw new LuaError("bad argument #3: string/function/table expected");
    }
    try {
      return original.invoke(args);
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new LuaError("malformed pattern (missing ']')"); // LuaJ reads past the end
    }
  }

  private static Varargs textFirst(Varargs args) {
    LuaValue first = args.arg1();
    LuaString text = first.type() == LuaValue.TNUMBER ? Values.text(first) : null;
    return text == null ? args : LuaValue.varargsOf(text, args.subargs(2));
  }

  private static Varargs repeat(Varargs args) {
    LuaString text = textFirst(args).checkstring(1);
    long count = Math.max(0, (long) Libraries.number(args, 2));
    if (count * text.m_length > REPEATED_BYTES_MAX) {
      throw new LuaError("not enough memory");
    }
    byte[] all = new byte[(int) count * text.m_length];
    for (int at = 0; at < all.length; at += text.m_length) {
      System.arraycopy(text.m_bytes, text.m_offset, all, at, text.m_length);
    }
    return LuaString.valueUsing(all);
  }

  /** {@code table.concat}. */
  static Varargs join(Varargs args) {
    LuaTable table = args.checktable(1);
    LuaString between =
        args.isnil(2) ? LuaValue.EMPTYSTRING : textFirst(args.subargs(2)).checkstring(1);
    int from = args.optint(3, 1);
    int to = args.isnil(4) ? table.length() : args.checkint(4);
    var out = new Buffer();
    for (int i = from; i <= to; i++) {
      LuaValue value = table.rawget(i);
      LuaString text = Values.text(value);
      if (text == null) {
        throw new LuaError(
            "invalid value (" + value.typename() + ") at index " + i + " in table for 'concat'");
      }
      out.append(text);
      if (i < to) {
        out.append(between);
      }
    }
    return out.tostring();
  }

  // ---- format

  private static Varargs format(Varargs args) {
    byte[] pattern = Values.bytes(args.checkstring(1));
    var out = new ByteArrayOutputStream();
    int argument = 1;
    for (int at = 0; at < pattern.length; at++) {
      if (pattern[at] != '%') {
        out.write(pattern[at]);
      } else if (at + 1 < pattern.length && pattern[at + 1] == '%') {
        out.write('%');
        at++;
      } else {
        var directive = new Directive(pattern, at + 1);
        argument++;
        if (argument > args.narg()) {
          throw new LuaError("bad argument #" + argument + ": no value");
        }
        directive.write(args, argument, out);
        at = directive.end;
      }
    }
    return LuaString.valueUsing(out.toByteArray());
  }

  /** {@code %-08.3f} */
  private static final class Directive {
    private String flags = "";
    private int width;
    private int precision = -1;
    private int at;
    final char kind;
    final int end;

    Directive(byte[] pattern, int from) {
      at = from;
      while (at < pattern.length && "-+ #0".indexOf(pattern[at]) >= 0) {
        flags += (char) pattern[at++];
      }
      if (flags.length() > 5) {
        throw new LuaError("invalid format (repeated flags)");
      }
      width = digits(pattern);
      if (at < pattern.length && pattern[at] == '.') {
        at++;
        precision = digits(pattern);
      }
      if (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
        throw new LuaError("invalid format (width or precision too long)");
      }
      kind = at < pattern.length ? (char) (pattern[at] & 0xff) : 0;
      end = at;
    }

    private int digits(byte[] pattern) {
      int n = 0;
      for (int i = 0;
          i < 2 && at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9';
          i++) {
        n = n * 10 + pattern[at++] - '0';
      }
      return n;
    }

    void write(Varargs args, int index, ByteArrayOutputStream out) {
      switch (kind) {
        case 'c' -> out.write((int) Libraries.number(args, index));
        case 'd', 'i' -> pad(whole(Libraries.number(args, index)), true, out);
        case 'u' ->
            pad(precise(Long.toUnsignedString((long) Libraries.number(args, index))), true, out);
        case 'o' ->
            pad(precise(Long.toOctalString((long) Libraries.number(args, index))), true, out);
        case 'x' -> pad(hex((long) Libraries.number(args, index)), true, out);
        case 'X' ->
            pad(hex((long) Libraries.number(args, index)).toUpperCase(Locale.ROOT), true, out);
        case 'e', 'f', 'g' -> pad(real(Libraries.number(args, index)), true, out);
        case 'E', 'G' ->
            pad(real(Libraries.number(args, index)).toUpperCase(Locale.ROOT), true, out);
        case 'q' -> quoted(Values.bytes(textFirst(args.subargs(index)).checkstring(1)), out);
        case 's' -> text(args, index, out);
        default ->
            throw new LuaError("invalid option '%" + (kind == 0 ? "" : kind) + "' to 'format'");
      }
    }

    private String precise(String digits) {
      if (precision == 0 && digits.equals("0")) {
        return "";
      }
      return "0".repeat(Math.max(0, precision - digits.length())) + digits;
    }

    private String sign(boolean negative) {
      return negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    }

    private String whole(double value) {
      long n = (long) value;
      String digits = Long.toString(n);
      return sign(n < 0) + precise(n < 0 ? digits.substring(1) : digits);
    }

    private String hex(long n) {
      return (flags.contains("#") && n != 0 ? "0x" : "") + precise(Long.toHexString(n));
    }

    private String real(double value) {
      boolean negative = Double.doubleToRawLongBits(value) < 0;
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        return sign(negative) + (Double.isNaN(value) ? "nan" : "inf");
      }
      int digits = precision < 0 ? 6 : precision;
      var exact = new BigDecimal(Math.abs(value));
      return sign(negative)
          + switch (Character.toLowerCase(kind)) {
            case 'f' -> exact.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
            case 'e' -> exponential(exact, digits);
            default -> general(exact, Math.max(1, digits));
          };
    }

    private static String exponential(BigDecimal exact, int digits) {
      BigDecimal rounded = exact.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
      String all = rounded.unscaledValue().toString();
      int exponent = exact.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
      all += "0".repeat(Math.max(0, digits + 1 - all.length()));
      String tail = digits == 0 ? "" : "." + all.substring(1, digits + 1);
      int size = Math.abs(exponent);
      return all.charAt(0)
          + tail
          + "e"
          + (exponent < 0 ? "-" : "+")
          + (size < 10 ? "0" : "")
          + size;
    }

    private static String general(BigDecimal exact, int digits) {
      return exact.signum() == 0
          ? "0"
          : systems.redis.resp.Doubles.text(exact.doubleValue(), digits);
    }

    private void text(Varargs args, int index, ByteArrayOutputStream out) {
      LuaValue value = args.arg(index);
      LuaString string = Values.text(value);
      if (string == null) {
        throw new LuaError("bad argument #" + index + ": string expected, got " + value.typename());
      }
      byte[] bytes = Values.bytes(string);
      int length = precision >= 0 ? Math.min(precision, bytes.length) : bytes.length;
      pad(Values.latin(LuaString.valueOf(bytes, 0, length)), false, out);
    }

    private void pad(String text, boolean numeric, ByteArrayOutputStream out) {
      int blanks = Math.max(0, width - text.length());
      boolean left = flags.contains("-");
      boolean integral = "diuoxX".indexOf(kind) >= 0;
      boolean zeros = numeric && !left && flags.contains("0") && !(integral && precision >= 0);
      int prefix = zeros && !text.isEmpty() && "+- ".indexOf(text.charAt(0)) >= 0 ? 1 : 0;
      String padding = (zeros ? "0" : " ").repeat(blanks);
      String all =
          left
              ? text + padding
              : text.substring(0, prefix).concat(padding) + text.substring(prefix);
      out.writeBytes(all.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    private static void quoted(byte[] text, ByteArrayOutputStream out) {
      out.write('"');
      for (byte b : text) {
        switch (b) {
          case '"', '\\', '\n' -> {
            out.write('\\');
            out.write(b);
          }
          case '\r' -> out.writeBytes(new byte[] {'\\', 'r'});
          case 0 -> out.writeBytes(new byte[] {'\\', '0', '0', '0'});
          default -> out.write(b);
        }
      }
      out.write('"');
    }
  }
}
