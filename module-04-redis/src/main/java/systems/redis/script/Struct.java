package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/**
 * The library {@code struct}, after Roberto Ierusalimschy's: values in C's layout.
 *
 * <pre>
 *   &lt; &gt; =  little, big, native order   !n  alignment      x  a byte of padding
 *   b B h H l L T i[n] I[n]            integers of 1, 2, 8, 8 and n bytes
 *   f d   floating point   s  string to a zero   c[n]  string of n bytes
 * </pre>
 */
final class Struct {
  private static final int INTEGER_BYTES_MAX = 32;

  private Struct() {}

  static LuaTable table() {
    var t = new LuaTable();
    t.set("pack", Libraries.function(args -> new Format(args).pack()));
    t.set("unpack", Libraries.function(args -> new Format(args).unpack()));
    t.set("size", Libraries.function(args -> new Format(args).size()));
    return t;
  }

  private static final class Format {
    private final Varargs args;
    private final String format;
    private int at;
    private boolean little = true;
    private int align = 1;

    Format(Varargs args) {
      this.args = args;
      format = new String(Values.bytes(args.checkstring(1)), ISO_8859_1);
    }

    private int number(int missing) {
      int from = at;
      while (at < format.length() && Character.isDigit(format.charAt(at))) {
        at++;
      }
      if (from == at) {
        return missing;
      }
      try {
        return Integer.parseInt(format.substring(from, at));
      } catch (NumberFormatException e) {
        throw new LuaError("integral size overflow");
      }
    }

    private int sizeOf(char option) {
      return switch (option) {
        case 'b', 'B', 'x' -> 1;
        case 'h', 'H' -> 2;
        case 'l', 'L', 'T', 'd' -> 8;
        case 'f' -> 4;
        case 'c' -> number(1);
        case 'i', 'I' -> {
          int n = number(4);
          if (n > INTEGER_BYTES_MAX) {
            throw new LuaError(
                "integral size " + n + " is larger than limit of " + INTEGER_BYTES_MAX);
          }
          yield n;
        }
        default -> 0;
      };
    }

    private int padding(int length, char option, int size) {
      //> phase 6: how many zeros before a value of this size?
      if (size == 0 || option == 'c' || option == 's' || option == 'x') {
        return 0;
      }
      int a = Math.min(size, align);
      return a > 1 ? a - (length & a - 1) & a - 1 : 0;
      //< phase 6
    }

    private static LuaError unknown(char option) {
      return new LuaError("bad argument #1: invalid format option '" + option + "'");
    }

    /** Whether the letter says something about those that follow. */
    private boolean control(char option) {
      switch (option) {
        case ' ' -> {}
        case '<' -> little = true;
        case '>' -> little = false;
        case '!' -> {
          align = number(8);
          if (Integer.bitCount(align) != 1) {
            throw new LuaError("alignment " + align + " is not a power of 2");
          }
        }
        default -> {
          return false;
        }
      }
      return true;
    }

    Varargs pack() {
      var out = new ByteArrayOutputStream();
      int arg = 2;
      while (at < format.length()) {
        char option = format.charAt(at++);
        if (control(option)) {
          continue;
        }
        int size = sizeOf(option);
        for (int i = padding(out.size(), option, size); i > 0; i--) {
          out.write(0);
        }
        switch (option) {
          case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' ->
              integer(out, (long) Libraries.number(args, arg++), size);
          case 'x' -> out.write(0);
          case 'f' ->
              integer(
                  out,
                  Float.floatToIntBits((float) Libraries.number(args, arg++)) & 0xffffffffL,
                  4);
          case 'd' -> integer(out, Double.doubleToLongBits(Libraries.number(args, arg++)), 8);
          case 'c', 's' -> {
            byte[] text = Values.bytes(Libraries.string(args, arg++));
            int length = option == 's' || size == 0 ? text.length : size;
            if (text.length < length) {
              throw new LuaError("bad argument #" + arg + ": string too short");
            }
            out.write(text, 0, length);
            if (option == 's') {
              out.write(0);
            }
          }
          default -> throw unknown(option);
        }
      }
      return LuaString.valueUsing(out.toByteArray());
    }

    private void integer(ByteArrayOutputStream out, long value, int size) {
      for (int i = 0; i < size; i++) {
        int byteAt = little ? i : size - 1 - i;
        out.write(byteAt < 8 ? (int) (value >>> 8 * byteAt) : value < 0 ? 0xff : 0);
      }
    }

    Varargs unpack() {
      byte[] data = Values.bytes(args.checkstring(2));
      long from = args.optlong(3, 1) - 1;
      if (from < 0) {
        throw new LuaError("bad argument #3 to 'unpack' (offset must be 1 or greater)");
      }
      int pos = (int) Math.min(from, Integer.MAX_VALUE);
      List<LuaValue> values = new ArrayList<>();
      while (at < format.length()) {
        char option = format.charAt(at++);
        if (control(option)) {
          continue;
        }
        int size = sizeOf(option);
        pos += padding(pos, option, size);
        if (size > data.length || pos > data.length - size) {
          throw new LuaError("bad argument #2: data string too short");
        }
        switch (option) {
          case 'b', 'h', 'l', 'i' ->
              values.add(LuaValue.valueOf((double) integer(data, pos, size, true)));
          case 'B', 'H', 'L', 'T', 'I' ->
              values.add(unsigned(integer(data, pos, size, false), size));
          case 'x' -> {}
          case 'f' ->
              values.add(
                  LuaValue.valueOf(
                      (double) Float.intBitsToFloat((int) integer(data, pos, 4, false))));
          case 'd' ->
              values.add(LuaValue.valueOf(Double.longBitsToDouble(integer(data, pos, 8, false))));
          case 'c' -> {
            int length = size;
            if (size == 0) {
              if (values.isEmpty() || !values.getLast().isnumber()) {
                throw new LuaError("format 'c0' needs a previous size");
              }
              length = values.removeLast().toint();
              if (length < 0 || length > data.length - pos) {
                throw new LuaError("bad argument #2: data string too short");
              }
            }
            values.add(LuaString.valueOf(data, pos, length));
            size = length;
          }
          case 's' -> {
            int end = pos;
            while (end < data.length && data[end] != 0) {
              end++;
            }
            if (end == data.length) {
              throw new LuaError("unfinished string in data");
            }
            values.add(LuaString.valueOf(data, pos, end - pos));
            size = end - pos + 1;
          }
          default -> throw unknown(option);
        }
        pos += size;
      }
      values.add(LuaValue.valueOf(pos + 1));
      return LuaValue.varargsOf(values.toArray(new LuaValue[0]));
    }

    private long integer(byte[] data, int pos, int size, boolean signed) {
      long value = 0;
      for (int i = 0; i < Math.min(size, 8); i++) {
        int byteAt = little ? i : size - 1 - i;
        value |= (data[pos + byteAt] & 0xffL) << 8 * i;
      }
      if (signed && size < 8 && size > 0) {
        int shift = 64 - 8 * size;
        value = value << shift >> shift;
      }
      return value;
    }

    private static LuaValue unsigned(long value, int size) {
      return LuaValue.valueOf(size >= 8 && value < 0 ? value + 0x1p64 : (double) value);
    }

    Varargs size() {
      int total = 0;
      while (at < format.length()) {
        char option = format.charAt(at++);
        if (control(option)) {
          continue;
        }
        int size = sizeOf(option);
        if (option == 's' || option == 'c' && size == 0) {
          throw new LuaError(
              "bad argument #1: option '"
                  + option
                  + (option == 'c' ? "0" : "")
                  + "' has no fixed size");
        }
        total += padding(total, option, size) + size;
      }
      return LuaValue.valueOf(total);
    }
  }
}
