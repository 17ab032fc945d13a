package systems.redis.script;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;
import systems.redis.script.Machine.Frame;

/** Functions of the base library that have to know who called them. */
final class Base {
  private final Machine machine;

  Base(Machine machine) {
    this.machine = machine;
  }

  void install(LuaTable into) {
    into.rawset("error", Libraries.function(this::error));
    into.rawset("pcall", Libraries.function(this::protectedCall));
    into.rawset("xpcall", Libraries.function(this::handledCall));
    into.rawset("assert", Libraries.function(this::check));
    into.rawset("tostring", Libraries.function(Base::tostring));
  }

  /** A string gets the place in front: of the function at the level, 1 the one that calls. */
  private Varargs error(Varargs args) {
    //> phase 6: whose place belongs in front of the text, and of which values?
    LuaValue value = args.arg1();
    Frame frame = machine.frame;
    int level = args.isnil(2) ? 1 : args.checkint(2);
    if (value.isstring() && level > 0) {
      Frame at = frame;
      int hops = level - 1; //~ blamesItself: int hops = 0;
      for (int n = 0; n < hops && at != null; n++) {
        at = at.caller;
      }
      value = at == null ? value : Values.string(at.position() + Values.latin(value));
    }
    throw new Raised(value, frame);
    //< phase 6
  }

  private Varargs check(Varargs args) {
    if (args.narg() == 0) {
      throw new LuaError("bad argument #1: value expected");
    }
    if (args.arg1().toboolean()) {
      return args;
    }
    LuaString text =
        args.isnil(2) ? LuaValue.valueOf("assertion failed!") : Values.text(args.arg(2));
    if (text == null) {
      throw new LuaError("bad argument #2: string expected, got " + args.arg(2).typename());
    }
    throw new LuaError(text);
  }

  private Varargs protectedCall(Varargs args) {
    LuaValue function = args.narg() == 0 ? LuaValue.TRUE : args.arg1(); // as Redis' own pcall
    return attempt(function, args.subargs(2), null);
  }

  private Varargs handledCall(Varargs args) {
    if (args.narg() < 2) {
      throw new LuaError("bad argument #2: value expected");
    }
    return attempt(args.arg1(), LuaValue.NONE, args.arg(2));
  }

  private Varargs attempt(LuaValue function, Varargs args, @Nullable LuaValue handler) {
    Frame before = machine.frame;
    machine.frame = new Frame(null, before); // errors are placed relative to who called
    try {
      if (!function.isfunction() && function.metatag(LuaValue.CALL).isnil()) {
        throw new Raised(
            LuaValue.valueOf("attempt to call a " + function.typename() + " value"), before);
      }
      Varargs results = function.invoke(args);
      return LuaValue.varargsOf(LuaValue.TRUE, results.isTailcall() ? results.eval() : results);
    } catch (LuaError e) {
      LuaValue value = value(e, args);
      return LuaValue.varargsOf(
          LuaValue.FALSE, handler == null ? value : handler.invoke(value).arg1());
    } catch (StackOverflowError e) {
      return LuaValue.varargsOf(LuaValue.FALSE, LuaValue.valueOf("stack overflow"));
    } finally {
      machine.frame = before;
    }
  }

  /** Of a library's function that was called straight by pcall, the text has no place. */
  private static LuaValue value(LuaError e, Varargs args) {
    LuaValue object = e.getMessageObject();
    if (object instanceof LuaTable table && table.get("err").isstring()) {
      return table.get("err"); // Redis' own pcall unpacks it
    }
    if (e instanceof Raised raised) {
      return raised.value();
    }
    return object != null && !object.isstring()
        ? object
        : Values.string(Diagnosis.argument(Diagnosis.plain(e), args, null));
  }

  static Varargs tostring(Varargs args) {
    if (args.narg() == 0) {
      throw new LuaError("bad argument #1: value expected");
    }
    return text(args.arg1());
  }

  static LuaValue text(LuaValue value) {
    LuaValue own = value.metatag(LuaValue.TOSTRING);
    if (!own.isnil()) {
      return own.call(value);
    }
    LuaString text = Values.text(value);
    return text != null ? text : LuaValue.valueOf(value.tojstring());
  }

  /** Unpacks without LuaJ's missing bound. */
  static Varargs unpack(Varargs args) {
    LuaTable table = args.checktable(1);
    int from = args.optint(2, 1);
    int to = args.isnil(3) ? table.length() : args.checkint(3);
    if (from > to) {
      return LuaValue.NONE;
    }
    if ((long) to - from >= 7999) { // as many as fit on Lua's stack
      throw new LuaError("too many results to unpack");
    }
    LuaValue[] values = new LuaValue[to - from + 1];
    for (int i = 0; i < values.length; i++) {
      values[i] = table.get(from + i);
    }
    return LuaValue.varargsOf(values);
  }

  /** The frames of a coroutine are its own: what ran before is put back when it pauses. */
  LuaTable coroutines(LuaTable luaj) {
    var t = new LuaTable();
    for (LuaValue key : luaj.keys()) {
      t.rawset(key, luaj.rawget(key));
    }
    LuaValue resume = luaj.get("resume");
    LuaValue yield = luaj.get("yield");
    LuaValue create = luaj.get("create");
    t.set("resume", Libraries.function(args -> framed(resume, args)));
    t.set("yield", Libraries.function(args -> framed(yield, args)));
    t.set(
        "wrap",
        Libraries.function(args -> {
          LuaValue thread = create.call(args.arg1());
          return Libraries.function(values -> wrapped(resume, thread, values));
        }));
    return t;
  }

  private Varargs framed(LuaValue function, Varargs args) {
    Frame before = machine.frame;
    try {
      return function.invoke(args);
    } finally {
      machine.frame = before;
    }
  }

  private Varargs wrapped(LuaValue resume, LuaValue thread, Varargs values) {
    Varargs results = framed(resume, LuaValue.varargsOf(thread, values));
    if (!results.arg1().toboolean()) {
      throw new Raised(results.arg(2), machine.frame);
    }
    return results.subargs(2);
  }
}
