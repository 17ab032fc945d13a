package systems.redis.script;

import java.util.function.IntBinaryOperator;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;

/** The library {@code bit}: operations on 32 bits, as in Mike Pall's BitOp. */
final class Bits {
  /** 2^52 + 2^51: added to a number, it moves the whole part into the low bits, rounded. */
  private static final double BIAS = 6755399441055744.0;

  private Bits() {}

  static LuaTable table() {
    var t = new LuaTable();
    t.set("tobit", Libraries.function(args -> number(bits(args, 1))));
    t.set("tohex", Libraries.function(Bits::hex));
    t.set("bnot", Libraries.function(args -> number(~bits(args, 1))));
    t.set("band", Libraries.function(args -> fold(args, (a, b) -> a & b)));
    t.set("bor", Libraries.function(args -> fold(args, (a, b) -> a | b)));
    t.set("bxor", Libraries.function(args -> fold(args, (a, b) -> a ^ b)));
    t.set("lshift", Libraries.function(args -> number(bits(args, 1) << (bits(args, 2) & 31))));
    t.set("rshift", Libraries.function(args -> number(bits(args, 1) >>> (bits(args, 2) & 31))));
    t.set("arshift", Libraries.function(args -> number(bits(args, 1) >> (bits(args, 2) & 31))));
    t.set(
        "rol",
        Libraries.function(args -> number(Integer.rotateLeft(bits(args, 1), bits(args, 2)))));
    t.set(
        "ror",
        Libraries.function(args -> number(Integer.rotateRight(bits(args, 1), bits(args, 2)))));
    t.set("bswap", Libraries.function(args -> number(Integer.reverseBytes(bits(args, 1)))));
    return t;
  }

  private static LuaValue number(int value) {
    return LuaValue.valueOf(value);
  }

  private static int bits(Varargs args, int index) {
    //> phase 6: 2^52 + 2^51 added leaves a rounded whole number in the low bits; why no cast?
    double value = Libraries.number(args, index);
    double shifted = value + BIAS; //~ cutsBits: double shifted = Math.floor(value) + BIAS;
    // BIAS;
    return (int) Double.doubleToRawLongBits(shifted);
    //< phase 6
  }

  private static LuaValue fold(Varargs args, IntBinaryOperator operator) {
    int value = bits(args, 1);
    for (int i = 2; i <= args.narg(); i++) {
      value = operator.applyAsInt(value, bits(args, i));
    }
    return number(value);
  }

  private static LuaValue hex(Varargs args) {
    int value = bits(args, 1);
    int digits = args.narg() < 2 ? 8 : bits(args, 2);
    boolean upper = digits < 0;
    int n = Math.min(8, Math.abs(digits));
    String text = String.format("%08x", value).substring(8 - n);
    return LuaValue.valueOf(upper ? text.toUpperCase(java.util.Locale.ROOT) : text);
  }
}
