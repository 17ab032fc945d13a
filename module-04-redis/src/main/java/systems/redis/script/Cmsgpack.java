package systems.redis.script;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** The library {@code cmsgpack}: MessagePack, by its specification of 2013. */
final class Cmsgpack {
  private static final int DEPTH_MAX = 16;

  private Cmsgpack() {}

  static LuaTable table() {
    var t = new LuaTable();
    t.set("pack", Libraries.function(Cmsgpack::pack));
    t.set("unpack", Libraries.function(args -> unpack(args, 0, 0, false)));
    t.set("unpack_one", Libraries.function(args -> unpack(args, 1, args.optint(2, 0), true)));
    t.set(
        "unpack_limit",
        Libraries.function(args -> unpack(args, args.checkint(2), args.optint(3, 0), true)));
    t.set("_NAME", LuaValue.valueOf("cmsgpack"));
    t.set("_VERSION", LuaValue.valueOf("lua-cmsgpack 0.4.0"));
    return t;
  }

  // ---- packing

  private static Varargs pack(Varargs args) {
    if (args.narg() == 0) {
      throw new LuaError("bad argument #0: MessagePack pack needs input.");
    }
    var out = new ByteArrayOutputStream();
    for (int i = 1; i <= args.narg(); i++) {
      pack(args.arg(i), out, 0);
    }
    return LuaString.valueUsing(out.toByteArray());
  }

  private static void big(ByteArrayOutputStream out, int head, long value, int width) {
    out.write(head);
    for (int i = width - 1; i >= 0; i--) {
      out.write((int) (value >>> 8 * i));
    }
  }

  private static void pack(LuaValue value, ByteArrayOutputStream out, int depth) {
    switch (value.type()) {
      case LuaValue.TSTRING -> string(Values.bytes(value), out);
      case LuaValue.TBOOLEAN -> out.write(value.toboolean() ? 0xc3 : 0xc2);
      case LuaValue.TNUMBER -> number(value.todouble(), out);
      case LuaValue.TTABLE -> {
        if (depth == DEPTH_MAX) {
          out.write(0xc0);
        } else {
          table(value.checktable(), out, depth + 1);
        }
      }
      default -> out.write(0xc0);
    }
  }

  private static void string(byte[] text, ByteArrayOutputStream out) {
    int n = text.length;
    if (n < 32) {
      out.write(0xa0 | n);
    } else if (n < 256) {
      big(out, 0xd9, n, 1);
    } else if (n < 65536) {
      big(out, 0xda, n, 2);
    } else {
      big(out, 0xdb, n, 4);
    }
    out.writeBytes(text);
  }

  private static void number(double value, ByteArrayOutputStream out) {
    //> phase 6: the shortest form that holds the number; which of them are floats?
    if (value != Math.rint(value) || value >= 0x1p63 || value < -0x1p63) {
      float f = (float) value;
      if (f == value) {
        big(out, 0xca, Float.floatToIntBits(f), 4);
      } else {
        big(out, 0xcb, Double.doubleToLongBits(value), 8);
      }
      return;
    }
    long n = (long) value;
    if (n >= 0) {
      if (n < 128) { //~ wideSmall: if (n < 127) {
        out.write((int) n);
      } else if (n < 256) {
        big(out, 0xcc, n, 1);
      } else if (n < 65536) {
        big(out, 0xcd, n, 2);
      } else if (n < 1L << 32) {
        big(out, 0xce, n, 4);
      } else {
        big(out, 0xcf, n, 8);
      }
    } else if (n >= -32) {
      out.write((int) n);
    } else if (n >= -128) {
      big(out, 0xd0, n, 1);
    } else if (n >= -32768) {
      big(out, 0xd1, n, 2);
    } else if (n >= -(1L << 31)) {
      big(out, 0xd2, n, 4);
    } else {
      big(out, 0xd3, n, 8);
    }
    //< phase 6
  }

  private static void table(LuaTable table, ByteArrayOutputStream out, int depth) {
    LuaValue[] keys = table.keys();
    int length = table.length();
    boolean isArray = length == keys.length;
    int n = keys.length;
    if (n < 16) {
      out.write((isArray ? 0x90 : 0x80) | n);
    } else if (n < 65536) {
      big(out, isArray ? 0xdc : 0xde, n, 2);
    } else {
      big(out, isArray ? 0xdd : 0xdf, n, 4);
    }
    if (isArray) {
      for (int i = 1; i <= n; i++) {
        pack(table.rawget(i), out, depth);
      }
      return;
    }
    for (LuaValue key : keys) {
      pack(key, out, depth);
      pack(table.rawget(key), out, depth);
    }
  }

  // ---- unpacking

  private static Varargs unpack(Varargs args, int limit, int offset, boolean withOffset) {
    byte[] bytes = Values.bytes(args.checkstring(1));
    if (offset < 0 || limit < 0) {
      throw new LuaError(
          "Invalid request to unpack with offset of "
              + offset
              + " and limit of "
              + bytes.length
              + ".");
    }
    if (offset > bytes.length) {
      throw new LuaError(
          "Start offset " + offset + " greater than input length " + bytes.length + ".");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    in.position(offset);
    List<LuaValue> values = new ArrayList<>();
    try {
      while (in.hasRemaining() && (limit == 0 || values.size() < limit)) {
        values.add(value(in, 0));
      }
    } catch (java.nio.BufferUnderflowException e) {
      throw new LuaError("Missing bytes in input.");
    }
    if (withOffset && limit > 0) {
      values.addFirst(LuaValue.valueOf(in.hasRemaining() ? in.position() : -1));
    }
    return LuaValue.varargsOf(values.toArray(new LuaValue[0]));
  }

  private static LuaValue value(ByteBuffer in, int depth) {
    if (depth > 200) {
      throw new LuaError("Bad data format in input.");
    }
    int head = in.get() & 0xff;
    if (head < 0x80) {
      return LuaValue.valueOf(head);
    }
    if (head >= 0xe0) {
      return LuaValue.valueOf((byte) head);
    }
    if (head < 0x90) {
      return map(in, head & 15, depth);
    }
    if (head < 0xa0) {
      return array(in, head & 15, depth);
    }
    if (head < 0xc0) {
      return bytes(in, head & 31);
    }
    return switch (head) {
      case 0xc0 -> LuaValue.NIL;
      case 0xc2 -> LuaValue.FALSE;
      case 0xc3 -> LuaValue.TRUE;
      case 0xc4, 0xd9 -> bytes(in, in.get() & 0xff);
      case 0xc5, 0xda -> bytes(in, in.getShort() & 0xffff);
      case 0xc6, 0xdb -> bytes(in, in.getInt());
      case 0xca -> LuaValue.valueOf((double) in.getFloat());
      case 0xcb -> LuaValue.valueOf(in.getDouble());
      case 0xcc -> LuaValue.valueOf(in.get() & 0xff);
      case 0xcd -> LuaValue.valueOf(in.getShort() & 0xffff);
      case 0xce -> LuaValue.valueOf((double) (in.getInt() & 0xffffffffL));
      case 0xcf -> LuaValue.valueOf((double) in.getLong());
      case 0xd0 -> LuaValue.valueOf(in.get());
      case 0xd1 -> LuaValue.valueOf(in.getShort());
      case 0xd2 -> LuaValue.valueOf(in.getInt());
      case 0xd3 -> LuaValue.valueOf((double) in.getLong());
      case 0xdc -> array(in, in.getShort() & 0xffff, depth);
      case 0xdd -> array(in, in.getInt(), depth);
      case 0xde -> map(in, in.getShort() & 0xffff, depth);
      case 0xdf -> map(in, in.getInt(), depth);
      default -> throw new LuaError("Bad data format in input.");
    };
  }

  private static LuaValue bytes(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new LuaError("Missing bytes in input.");
    }
    byte[] text = new byte[length];
    in.get(text);
    return LuaString.valueUsing(text);
  }

  private static LuaValue array(ByteBuffer in, int count, int depth) {
    var table = new LuaTable();
    for (int i = 1; i <= (count & 0xffffffffL); i++) {
      table.rawset(i, value(in, depth + 1));
    }
    return table;
  }

  private static LuaValue map(ByteBuffer in, int pairs, int depth) {
    var table = new LuaTable();
    for (long i = 0; i < (pairs & 0xffffffffL); i++) {
      LuaValue key = value(in, depth + 1);
      LuaValue value = value(in, depth + 1);
      if (key.isnil()) {
        throw new LuaError("Bad data format in input.");
      }
      table.rawset(key, value);
    }
    return table;
  }
}
