package systems.redis.script;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Lua;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaFunction;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.UpValue;
import org.luaj.vm2.Upvaldesc;
import org.luaj.vm2.Varargs;

/**
 * Runs what LuaJ's compiler made of a script.
 *
 * <pre>
 *   frame        -&gt; caller -&gt; caller        who called whom, and where each stands
 *     prototype     code, constants, lines
 *     pc            written before each call; of a frame that failed, where it did
 *   fuel         goes down at each jump backwards and each call; at zero the server is asked
 * </pre>
 *
 * <p>Why not LuaJ's own interpreter: its only place to look in is a hook before every instruction,
 * it prints a fraction with the digits of a float when it concatenates, and its errors are neither
 * worded nor placed as those of Lua 5.1, which clients compare with. The compiler, the values and
 * the pattern matcher are LuaJ's.
 *
 * <p>Invariants: (1) a loop without end passes through {@link #burn}, since it has to jump back or
 * to call; (2) {@link #frame} is the frame of the innermost function of Lua, also after an error
 * was caught; (3) what leaves {@link #execute} as an error is a {@link Raised}, with its place. One
 * thread at a time; a coroutine of LuaJ is a thread of its own, but only one of them runs.
 */
final class Machine {
  /** Between two looks at the server; some ten microseconds. */
  private static final int FUEL_STEPS = 4096;

  /** Calls within calls; Lua's own limit is 20000, but a Java stack holds fewer. */
  static final int DEPTH_MAX = 1800;

  private static final LuaValue[] NO_VALUES = {};

  /** A function that runs. */
  static final class Frame {
    private final @Nullable Prototype prototype;
    final @Nullable Frame caller;
    final int depth;
    int pc;
    private LuaValue[] stack = NO_VALUES;

    /**
     * @param prototype null for a function of Java that calls, which has no lines
     */
    Frame(@Nullable Prototype prototype, @Nullable Frame caller) {
      this.prototype = prototype;
      this.caller = caller;
      depth = caller == null ? 1 : caller.depth + 1;
    }

    Prototype prototype() {
      assert prototype != null;
      return prototype;
    }

    boolean isLua() {
      return prototype != null;
    }

    /** Its registers, for who looks on: nothing else may write there. */
    LuaValue[] stack() {
      return stack;
    }

    /** The name of a local variable that is in scope, from 1; null if there are fewer. */
    @Nullable String localName(int number) {
      LuaString local = prototype().getlocalname(number, pc);
      return local == null ? null : local.tojstring();
    }

    LuaValue local(int number) {
      assert localName(number) != null;
      return stack[number - 1];
    }

    /** The nearest function of Lua, from here outwards. */
    @Nullable Frame ofLua() {
      Frame f = this;
      while (f != null && f.prototype == null) {
        f = f.caller;
      }
      return f;
    }

    int line() {
      int[] lines = prototype().lineinfo;
      return lines != null && pc < lines.length ? lines[pc] : 0;
    }

    /** With the {@code @} of the chunk's name. */
    String source() {
      return prototype().source.tojstring();
    }

    /** In front of an error's text; empty for Java. */
    String position() {
      return prototype == null ? "" : source().substring(1) + ":" + line() + ": ";
    }
  }

  private final Runnable look;
  private int fuel = FUEL_STEPS;
  @Nullable Frame frame;
  private @Nullable Closure tail;
  private @Nullable Debugger debugger;

  /**
   * @param look called now and then; throws if the script has to end
   */
  Machine(Runnable look) {
    this.look = look;
  }

  /** Looks on from the next function that is called, or nobody does. */
  void debugger(@Nullable Debugger by) {
    debugger = by;
  }

  void burn() {
    //> phase 6: a loop without end must meet the server now and then; how often is cheap enough?
    if (--fuel <= 0) { //~ neverLooks: if (fuel < 0) {
      fuel = FUEL_STEPS;
      look.run();
    }
    //< phase 6 with: return;
  }

  /** A function of the script with what it has captured. */
  final class Closure extends LuaFunction {
    final Prototype p;
    final UpValue[] up;

    Closure(Prototype p, UpValue[] up) {
      this.p = p;
      this.up = up;
    }

    @Override
    public Varargs invoke(Varargs args) {
      Closure running = this;
      Varargs result = args;
      do {
        result = execute(running, result);
        running = tail;
        tail = null;
      } while (running != null);
      return result;
    }

    @Override
    public LuaValue call() {
      return invoke(NONE).arg1();
    }

    @Override
    public LuaValue call(LuaValue a) {
      return invoke(a).arg1();
    }

    @Override
    public LuaValue call(LuaValue a, LuaValue b) {
      return invoke(varargsOf(a, b)).arg1();
    }

    @Override
    public LuaValue call(LuaValue a, LuaValue b, LuaValue c) {
      return invoke(varargsOf(a, b, c)).arg1();
    }
  }

  /** The function that a whole chunk is. */
  Closure chunk(Prototype p, LuaValue environment) {
    return new Closure(p, new UpValue[] {new UpValue(new LuaValue[] {environment}, 0)});
  }

  private Varargs execute(Closure c, Varargs args) {
    Prototype p = c.p;
    Frame caller = frame;
    var f = new Frame(p, caller);
    if (f.depth > DEPTH_MAX) {
      throw new Raised(LuaValue.valueOf(position() + "stack overflow"), caller);
    }
    LuaValue[] stack = new LuaValue[p.maxstacksize];
    for (int i = 0; i < stack.length; i++) {
      stack[i] = i < p.numparams ? args.arg(i + 1) : LuaValue.NIL;
    }
    @Nullable UpValue @Nullable [] open = p.p.length > 0 ? new UpValue[stack.length] : null;
    f.stack = stack;
    frame = f;
    burn();
    try {
      return loop(
          c, f, stack, p.is_vararg != 0 ? args.subargs(p.numparams + 1) : LuaValue.NONE, open);
    } catch (Raised e) {
      throw e;
    } catch (LuaError e) {
      throw Diagnosis.of(e, f, stack);
    } catch (StackOverflowError e) {
      throw new Raised(LuaValue.valueOf(f.position() + "stack overflow"), f);
    } finally {
      frame = caller;
      if (open != null) {
        close(open, 0);
      }
    }
  }

  private String position() {
    return frame == null ? "" : frame.position();
  }

  private static void close(@Nullable UpValue[] open, int from) {
    for (int i = open.length - 1; i >= from; i--) {
      if (open[i] != null) {
        open[i].close();
        open[i] = null;
      }
    }
  }

  private static LuaValue rk(LuaValue[] stack, LuaValue[] k, int index) {
    return index > 0xff ? k[index & 0xff] : stack[index];
  }

  /** The instructions of Lua 5.2, which is what LuaJ compiles to: {@code opcode:6 A:8 C:9 B:9}. */
  private Varargs loop(
      Closure c, Frame f, LuaValue[] stack, Varargs varargs, @Nullable UpValue @Nullable [] open) {
    Prototype p = c.p;
    int[] code = p.code;
    LuaValue[] k = p.k;
    UpValue[] up = c.up;
    Varargs v = LuaValue.NONE; // an open number of values, which begin at a register
    int from = 0;
    int pc = 0;
    Debugger onlooker = debugger;
    while (true) {
      if (onlooker != null) {
        onlooker.at(f, pc);
      }
      f.pc = pc;
      int i = code[pc++];
      int a = i >> 6 & 0xff;
      int b = i >>> 23;
      int cc = i >> 14 & 0x1ff;
      switch (i & 0x3f) {
        case Lua.OP_MOVE -> stack[a] = stack[b];
        case Lua.OP_LOADK -> stack[a] = k[i >>> 14];
        case Lua.OP_LOADKX -> stack[a] = k[code[pc++] >>> 6];
        case Lua.OP_LOADBOOL -> {
          stack[a] = b != 0 ? LuaValue.TRUE : LuaValue.FALSE;
          pc += cc != 0 ? 1 : 0;
        }
        case Lua.OP_LOADNIL -> Arrays.fill(stack, a, a + b + 1, LuaValue.NIL);
        case Lua.OP_GETUPVAL -> stack[a] = up[b].getValue();
        case Lua.OP_GETTABUP -> stack[a] = up[b].getValue().get(rk(stack, k, cc));
        case Lua.OP_GETTABLE -> stack[a] = stack[b].get(rk(stack, k, cc));
        case Lua.OP_SETTABUP -> up[a].getValue().set(rk(stack, k, b), rk(stack, k, cc));
        case Lua.OP_SETUPVAL -> up[b].setValue(stack[a]);
        case Lua.OP_SETTABLE -> stack[a].set(rk(stack, k, b), rk(stack, k, cc));
        case Lua.OP_NEWTABLE -> stack[a] = new LuaTable(b, cc);
        case Lua.OP_SELF -> {
          LuaValue self = stack[b];
          stack[a] = self.get(rk(stack, k, cc));
          stack[a + 1] = self;
        }
        case Lua.OP_ADD -> stack[a] = rk(stack, k, b).add(rk(stack, k, cc));
        case Lua.OP_SUB -> stack[a] = rk(stack, k, b).sub(rk(stack, k, cc));
        case Lua.OP_MUL -> stack[a] = rk(stack, k, b).mul(rk(stack, k, cc));
        case Lua.OP_DIV -> stack[a] = rk(stack, k, b).div(rk(stack, k, cc));
        case Lua.OP_MOD -> stack[a] = rk(stack, k, b).mod(rk(stack, k, cc));
        case Lua.OP_POW -> stack[a] = power(rk(stack, k, b), rk(stack, k, cc));
        case Lua.OP_UNM -> stack[a] = negative(stack[b]);
        case Lua.OP_NOT -> stack[a] = stack[b].not();
        case Lua.OP_LEN -> stack[a] = length(stack[b]);
        case Lua.OP_CONCAT -> stack[a] = concat(stack, b, cc);
        case Lua.OP_JMP -> {
          int offset = (i >>> 14) - 0x1ffff;
          pc += offset;
          if (a > 0 && open != null) {
            close(open, a - 1);
          }
          if (offset < 0) {
            burn();
          }
        }
        case Lua.OP_EQ -> pc += rk(stack, k, b).eq_b(rk(stack, k, cc)) != (a != 0) ? 1 : 0;
        case Lua.OP_LT -> pc += rk(stack, k, b).lt_b(rk(stack, k, cc)) != (a != 0) ? 1 : 0;
        case Lua.OP_LE -> pc += rk(stack, k, b).lteq_b(rk(stack, k, cc)) != (a != 0) ? 1 : 0;
        case Lua.OP_TEST -> pc += stack[a].toboolean() != (cc != 0) ? 1 : 0;
        case Lua.OP_TESTSET -> {
          boolean skips = stack[b].toboolean() != (cc != 0);
          stack[a] = skips ? stack[a] : stack[b];
          pc += skips ? 1 : 0;
        }
        case Lua.OP_CALL -> {
          Varargs results = call(stack[a], values(stack, a + 1, b - 1, v, from));
          if (cc > 0) {
            put(results, stack, a, cc - 1);
          } else {
            v = results;
            from = a;
          }
        }
        case Lua.OP_TAILCALL -> {
          Varargs passed = values(stack, a + 1, b - 1, v, from);
          if (stack[a] instanceof Closure next) {
            tail = next;
            return passed;
          }
          return call(stack[a], passed);
        }
        case Lua.OP_RETURN -> {
          return b == 2 ? stack[a] : values(stack, a, b - 1, v, from);
        }
        case Lua.OP_FORLOOP -> {
          if (countOn(stack, a)) {
            pc += (i >>> 14) - 0x1ffff;
            burn();
          }
        }
        case Lua.OP_FORPREP -> {
          beginToCount(stack, a);
          pc += (i >>> 14) - 0x1ffff;
        }
        case Lua.OP_TFORCALL ->
            put(call(stack[a], LuaValue.varargsOf(stack[a + 1], stack[a + 2])), stack, a + 3, cc);
        case Lua.OP_TFORLOOP -> {
          if (!stack[a + 1].isnil()) {
            stack[a] = stack[a + 1];
            pc += (i >>> 14) - 0x1ffff;
            burn();
          }
        }
        case Lua.OP_SETLIST -> {
          int block = cc == 0 ? code[pc++] >>> 6 : cc;
          int offset = (block - 1) * 50; // Lua's LFIELDS_PER_FLUSH
          setList(stack[a], offset, values(stack, a + 1, b == 0 ? -1 : b, v, from));
        }
        case Lua.OP_CLOSURE -> {
          assert open != null;
          stack[a] = closure(p.p[i >>> 14], stack, open, up);
        }
        case Lua.OP_VARARG -> {
          if (b == 0) {
            v = varargs;
            from = a;
          } else {
            put(varargs, stack, a, b - 1);
          }
        }
        default -> throw new AssertionError("opcode " + (i & 0x3f));
      }
    }
  }

  // ---- instructions that are more than a line

  private static LuaValue length(LuaValue value) {
    return value instanceof LuaTable t ? LuaValue.valueOf(t.rawlen()) : value.len();
  }

  /**
   * So many of the values into the registers from there on, with nil for those that are missing.
   */
  private static void put(Varargs values, LuaValue[] stack, int at, int count) {
    assert count >= 0 && at + count <= stack.length;
    for (int n = 0; n < count; n++) {
      stack[at + n] = values.arg(n + 1);
    }
  }

  /** A numeric loop has index, limit, step and the variable in four registers. */
  private static void beginToCount(LuaValue[] stack, int a) {
    LuaValue begin = number(stack[a], "'for' initial value must be a number");
    stack[a + 1] = number(stack[a + 1], "'for' limit must be a number");
    stack[a + 2] = number(stack[a + 2], "'for' step must be a number");
    stack[a] = begin.sub(stack[a + 2]);
  }

  /** Whether there is another round. */
  private static boolean countOn(LuaValue[] stack, int a) {
    LuaValue step = stack[a + 2];
    LuaValue index = step.add(stack[a]);
    LuaValue limit = stack[a + 1];
    assert step.isnumber() && limit.isnumber(); // beginToCount has seen to it
    boolean more = step.gt_b(0) ? index.lteq_b(limit) : index.gteq_b(limit);
    if (more) {
      stack[a] = index;
      stack[a + 3] = index;
    }
    return more;
  }

  /**
   * So many values from a register on; with a negative count, all up to the open ones and these.
   */
  private static Varargs values(LuaValue[] stack, int at, int count, Varargs open, int from) {
    if (count < 0) {
      return at >= from ? open : LuaValue.varargsOf(copy(stack, at, from - at), open);
    }
    return switch (count) {
      case 0 -> LuaValue.NONE;
      case 1 -> stack[at];
      case 2 -> LuaValue.varargsOf(stack[at], stack[at + 1]);
      default -> LuaValue.varargsOf(copy(stack, at, count));
    };
  }

  private static LuaValue[] copy(LuaValue[] stack, int at, int count) {
    LuaValue[] values = new LuaValue[count];
    System.arraycopy(stack, at, values, 0, count);
    return values;
  }

  private static Varargs call(LuaValue function, Varargs args) {
    Varargs result =
        function instanceof LuaTable
            ? callable(function).invoke(LuaValue.varargsOf(function, args))
            : function.invoke(args);
    return result.isTailcall() ? result.eval() : result;
  }

  private static LuaValue callable(LuaValue table) {
    LuaValue called = table.metatag(LuaValue.CALL);
    if (called.isnil()) {
      throw new LuaError("attempt to call a table value");
    }
    return called;
  }

  private static void setList(LuaValue table, int offset, Varargs values) {
    for (int n = 1; n <= values.narg(); n++) {
      table.rawset(offset + n, values.arg(n));
    }
  }

  private Closure closure(
      Prototype p, LuaValue[] stack, @Nullable UpValue[] open, UpValue[] outer) {
    Upvaldesc[] captured = p.upvalues;
    UpValue[] up = new UpValue[captured.length];
    for (int n = 0; n < up.length; n++) {
      int index = captured[n].idx;
      up[n] = captured[n].instack ? find(stack, open, index) : outer[index];
    }
    return new Closure(p, up);
  }

  private static UpValue find(LuaValue[] stack, @Nullable UpValue[] open, int index) {
    UpValue found = open[index];
    if (found == null) {
      found = new UpValue(stack, index);
      open[index] = found;
    }
    return found;
  }

  private static LuaValue number(LuaValue value, String message) {
    LuaValue number = value.tonumber();
    if (number.isnil()) {
      throw new LuaError(message);
    }
    return number;
  }

  private static LuaValue power(LuaValue a, LuaValue b) {
    LuaValue x = a.tonumber();
    LuaValue y = b.tonumber();
    return x.isnil() || y.isnil()
        ? a.pow(b)
        : LuaValue.valueOf(Math.pow(x.todouble(), y.todouble()));
  }

  private static LuaValue negative(LuaValue value) {
    if (value.type() != LuaValue.TNUMBER) {
      return value.neg();
    }
    double d = value.todouble();
    return LuaValue.valueOf(Double.isNaN(d) ? Values.negativeNan(d) : -d);
  }

  /** From the right, since {@code ..} binds to the right: numbers as text, others by metatable. */
  private static LuaValue concat(LuaValue[] stack, int first, int last) {
    int length = 0;
    for (int n = first; n <= last; n++) {
      LuaString text = Values.text(stack[n]);
      if (text == null) {
        return concatSlowly(stack, first, last);
      }
      length += text.m_length;
    }
    byte[] joined = new byte[length];
    int at = 0;
    for (int n = first; n <= last; n++) {
      LuaString text = Values.text(stack[n]);
      assert text != null;
      System.arraycopy(text.m_bytes, text.m_offset, joined, at, text.m_length);
      at += text.m_length;
    }
    return LuaString.valueUsing(joined);
  }

  private static LuaValue concatSlowly(LuaValue[] stack, int first, int last) {
    LuaValue right = stack[last];
    for (int n = last - 1; n >= first; n--) {
      LuaValue left = stack[n];
      LuaValue l = Values.text(left);
      LuaValue r = Values.text(right);
      if (l != null && r != null) {
        right = concat(new LuaValue[] {l, r}, 0, 1);
      } else {
        right = concatByTable(left, right);
      }
    }
    return right;
  }

  private static LuaValue concatByTable(LuaValue left, LuaValue right) {
    LuaValue event = left.metatag(LuaValue.CONCAT);
    if (event.isnil()) {
      event = right.metatag(LuaValue.CONCAT);
    }
    if (event.isnil()) {
      LuaValue culprit = Values.text(left) != null ? right : left;
      throw new Diagnosis.Culprit("concatenate", culprit);
    }
    return event.call(left, right);
  }
}
