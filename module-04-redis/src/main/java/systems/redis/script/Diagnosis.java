package systems.redis.script;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Lua;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Varargs;

/**
 * What went wrong, in the words of Lua 5.1: {@code attempt to index local 'x' (a nil value)}.
 *
 * <p>Nothing is written down while a script runs. When an instruction fails, it is read again: its
 * operands say which value was wrong, and the instruction before it that filled the register says
 * what the script calls that value.
 */
final class Diagnosis {
  /** A value that an operation cannot use. */
  static final class Culprit extends LuaError {
    private static final long serialVersionUID = 1;

    private final String verb;
    private final transient LuaValue value;

    Culprit(String verb, LuaValue value) {
      super(verb);
      this.verb = verb;
      this.value = value;
    }
  }

  private static final Pattern BAD_ARGUMENT =
      Pattern.compile(
          "bad argument(?: #(\\d+)| (\\d+))?(?: to '[^']*')?:? \\(?(.*?)\\)?", Pattern.DOTALL);
  private static final Pattern EXPECTED = Pattern.compile("(\\w+) expected(?:, got (.*))?");

  private final Prototype p;
  private final int pc;
  private final LuaValue[] stack;

  private Diagnosis(Prototype p, int pc, LuaValue[] stack) {
    this.p = p;
    this.pc = pc;
    this.stack = stack;
  }

  static Raised of(LuaError e, Machine.Frame f, LuaValue[] stack) {
    LuaValue object = e.getMessageObject();
    if (object != null && !object.isstring()) {
      return new Raised(object, f);
    }
    boolean called = isCall(f.prototype().code[f.pc]);
    if (called && e instanceof LuaJ.ReadOnly || called && plain(e).contains("attempt to compare")) {
      return new Raised(Values.string(comparison(plain(e))), f);
    }
    String text = new Diagnosis(f.prototype(), f.pc, stack).text(e);
    return new Raised(Values.string(f.position() + text), f);
  }

  private static boolean isCall(int instruction) {
    int opcode = instruction & 0x3f;
    return opcode == Lua.OP_CALL || opcode == Lua.OP_TAILCALL;
  }

  /** Raised inside of a library's function, which has no line. */
  private static String comparison(String plain) {
    int from = plain.indexOf("attempt to compare");
    if (from < 0) {
      return plain;
    }
    int end = plain.indexOf(" expected, got");
    return plain.substring(from, end < 0 ? plain.length() : end);
  }

  private String text(LuaError e) {
    int i = p.code[pc];
    int a = i >> 6 & 0xff;
    int b = i >>> 23;
    int c = i >> 14 & 0x1ff;
    String plain = plain(e);
    return switch (i & 0x3f) {
      case Lua.OP_GETTABLE, Lua.OP_SELF -> indexed(b, plain);
      case Lua.OP_SETTABLE -> plain.contains("table index") ? badKey(value(b)) : indexed(a, plain);
      case Lua.OP_ADD, Lua.OP_SUB, Lua.OP_MUL, Lua.OP_DIV, Lua.OP_MOD, Lua.OP_POW ->
          arithmetic(b, c, plain);
      case Lua.OP_UNM -> arithmetic(b, b, plain);
      case Lua.OP_LEN -> named("get length of", b);
      case Lua.OP_CONCAT -> e instanceof Culprit x ? concatenated(x, b, c) : plain;
      case Lua.OP_LT, Lua.OP_LE -> compared(value(b), value(c));
      case Lua.OP_CALL, Lua.OP_TAILCALL ->
          stack[a].isfunction() ? argument(plain, a, b) : called(a, plain);
      case Lua.OP_TFORCALL ->
          stack[a].isfunction() ? plain : "attempt to call a " + stack[a].typename() + " value";
      default -> plain;
    };
  }

  static String plain(LuaError e) {
    LuaValue object = e.getMessageObject();
    String text = object == null ? "?" : Values.latin(object);
    int trace = text.indexOf("\nstack traceback");
    return trace >= 0 ? text.substring(0, trace) : text;
  }

  private LuaValue value(int rk) {
    return rk > 0xff ? p.k[rk & 0xff] : stack[rk];
  }

  // ---- operands

  private String indexed(int register, String plain) {
    LuaValue value = stack[register];
    return value.istable() || value.type() == LuaValue.TSTRING ? plain : named("index", register);
  }

  private String arithmetic(int b, int c, String plain) {
    boolean first = value(b).tonumber().isnil();
    if (!first && !value(c).tonumber().isnil()) {
      return plain;
    }
    return named("perform arithmetic on", first ? b : c);
  }

  private String concatenated(Culprit culprit, int b, int c) {
    for (int n = b; n <= c; n++) {
      if (stack[n] == culprit.value) {
        return named(culprit.verb, n);
      }
    }
    return "attempt to " + culprit.verb + " a " + culprit.value.typename() + " value";
  }

  private static String badKey(LuaValue key) {
    return key.isnil() ? "table index is nil" : "table index is NaN";
  }

  private static String compared(LuaValue left, LuaValue right) {
    String l = left.typename();
    String r = right.typename();
    return l.equals(r)
        ? "attempt to compare two " + l + " values"
        : "attempt to compare " + l + " with " + r;
  }

  private String called(int register, String plain) {
    return stack[register].istable() && !stack[register].metatag(LuaValue.CALL).isnil()
        ? plain
        : named("call", register);
  }

  private String named(String verb, int rk) {
    String type = value(rk).typename();
    String name = rk > 0xff ? null : name(rk);
    return name == null
        ? "attempt to " + verb + " a " + type + " value"
        : "attempt to " + verb + " " + name + " (a " + type + " value)";
  }

  // ---- arguments of a library's function

  private String argument(String plain, int a, int b) {
    Varargs args = b == 0 ? null : LuaValue.varargsOf(stack, a + 1, b - 1);
    String called = name(a);
    return argument(plain, args, called);
  }

  /** {@code bad argument #1 to 'insert' (table expected, got nil)} from LuaJ's shorter words. */
  static String argument(String plain, @Nullable Varargs args, @Nullable String called) {
    if (plain.contains("attempt to compare")) {
      return comparison(plain);
    }
    Matcher bad = BAD_ARGUMENT.matcher(plain);
    if (!bad.matches()) {
      return plain;
    }
    String rest = bad.group(3);
    String number = bad.group(1) != null ? bad.group(1) : bad.group(2);
    int index = number == null ? 0 : Integer.parseInt(number);
    Matcher expected = EXPECTED.matcher(rest);
    if (rest.startsWith("value")) {
      rest = "value expected";
      index = Math.max(index, 1);
    } else if (expected.matches()) {
      String got = expected.group(2) == null ? "nil" : expected.group(2);
      index = index == 0 ? indexOf(got, args) : index;
      boolean missing = args != null && index > args.narg();
      rest = type(expected.group(1)) + " expected, got " + (missing ? "no value" : got);
    }
    boolean method = called != null && called.startsWith("method");
    index = (number == null ? Math.max(index, 1) : index) - (method ? 1 : 0);
    String name =
        called == null ? "?" : called.substring(called.indexOf('\'') + 1, called.length() - 1);
    return index == 0 && method
        ? "calling '" + name + "' on bad self (" + rest + ")"
        : "bad argument #" + index + " to '" + name + "' (" + rest + ")";
  }

  private static String type(String luaj) {
    return switch (luaj) {
      case "int", "integer", "long", "double" -> "number";
      default -> luaj;
    };
  }

  private static int indexOf(String type, @Nullable Varargs args) {
    for (int i = 1; args != null && i <= args.narg() + 1; i++) {
      if (args.arg(i).typename().equals(type)) {
        return i;
      }
    }
    return 1;
  }

  // ---- names

  /** {@code local 'x'}, {@code global 'x'}, {@code field 'x'}, ...; null if it has none. */
  private @Nullable String name(int register) {
    return name(register, pc);
  }

  /** What the caller calls a function by, or null: it has no name there, or was called by Java. */
  static @Nullable String calledAs(Machine.Frame f) {
    Machine.Frame caller = f.caller;
    if (caller == null || !caller.isLua() || !isCall(caller.prototype().code[caller.pc])) {
      return null;
    }
    int register = caller.prototype().code[caller.pc] >> 6 & 0xff;
    LuaValue called = caller.stack()[register];
    if (!(called instanceof Machine.Closure c) || c.p != f.prototype()) {
      return null; // by a tail call, or through a function of a library
    }
    String name = new Diagnosis(caller.prototype(), caller.pc, caller.stack()).name(register);
    return name == null ? null : name.substring(name.indexOf('\'') + 1, name.length() - 1);
  }

  private @Nullable String name(int register, int at) {
    LuaString local = p.getlocalname(register + 1, at);
    if (local != null) {
      return "local '" + local.tojstring() + "'";
    }
    int set = setter(register, at);
    if (set < 0) {
      return null;
    }
    int i = p.code[set];
    int b = i >>> 23;
    int c = i >> 14 & 0x1ff;
    return switch (i & 0x3f) {
      case Lua.OP_MOVE -> b < (i >> 6 & 0xff) ? name(b, set) : null;
      case Lua.OP_GETTABUP -> kind(b, c);
      case Lua.OP_GETTABLE -> "field " + key(c);
      case Lua.OP_SELF -> "method " + key(c);
      case Lua.OP_GETUPVAL -> "upvalue '" + upvalue(b) + "'";
      default -> null;
    };
  }

  private String kind(int up, int key) {
    return (upvalue(up).equals("_ENV") ? "global " : "field ") + key(key);
  }

  private String upvalue(int index) {
    LuaString name = p.upvalues[index].name;
    return name == null ? "?" : name.tojstring();
  }

  private String key(int rk) {
    return rk > 0xff && p.k[rk & 0xff].type() == LuaValue.TSTRING
        ? "'" + p.k[rk & 0xff].tojstring() + "'"
        : "'?'";
  }

  /** The last instruction before that filled the register, or -1 if it is not certain. */
  private int setter(int register, int before) {
    int set = -1;
    int jump = 0;
    for (int at = 0; at < before; at++) {
      int i = p.code[at];
      int a = i >> 6 & 0xff;
      boolean changes =
          switch (i & 0x3f) {
            case Lua.OP_LOADNIL -> a <= register && register <= a + (i >>> 23);
            case Lua.OP_TFORCALL -> register >= a + 2;
            case Lua.OP_CALL, Lua.OP_TAILCALL -> register >= a;
            case Lua.OP_SELF -> register == a || register == a + 1;
            case Lua.OP_JMP -> {
              int target = at + 1 + (i >>> 14) - 0x1ffff;
              jump = target <= before && target > jump ? target : jump;
              yield false;
            }
            case Lua.OP_SETTABUP,
                Lua.OP_SETUPVAL,
                Lua.OP_SETTABLE,
                Lua.OP_EQ,
                Lua.OP_LT,
                Lua.OP_LE,
                Lua.OP_TEST,
                Lua.OP_RETURN,
                Lua.OP_SETLIST,
                Lua.OP_EXTRAARG ->
                false;
            default -> a == register;
          };
      if (changes) {
        set = at < jump ? -1 : at;
      }
    }
    return set;
  }
}
