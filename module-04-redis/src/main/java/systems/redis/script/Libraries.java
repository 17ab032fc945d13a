package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Buffer;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;
import org.luaj.vm2.lib.VarArgFunction;
import systems.redis.script.LuaJ.Environment;
import systems.redis.script.LuaJ.ReadOnlyTable;

/** What a script finds in its environment. */
final class Libraries {
  private static final List<String> BASE =
      List.of(
          "getmetatable",
          "ipairs",
          "next",
          "pairs",
          "rawequal",
          "rawget",
          "rawset",
          "select",
          "setmetatable",
          "tonumber",
          "type");
  private static final List<String> LEVELS =
      List.of("LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING");
  private static final List<String> FUNCTION_FLAGS =
      List.of("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys");

  private static final int NAME_CHARS_MAX = 45;
  private static final String VERSION = "7.0.15";
  private static final int VERSION_NUMBER = 0x0007000f;

  private final LuaJ lua;
  private final Globals globals;

  Libraries(LuaJ lua, Globals globals) {
    this.lua = lua;
    this.globals = globals;
  }

  @FunctionalInterface
  interface Body {
    Varargs call(Varargs args);
  }

  /** A function of Lua from one of ours. */
  static LuaValue function(Body body) {
    return new VarArgFunction() {
      @Override
      public Varargs invoke(Varargs args) {
        return body.call(args);
      }
    };
  }

  void install(Environment env) {
    for (String name : BASE) {
      env.put(name, globals.get(name));
    }
    var base = new Base(lua.machine());
    var own = new LuaTable();
    base.install(own);
    for (LuaValue key : own.keys()) {
      env.put(key.tojstring(), own.get(key));
    }
    env.put("unpack", function(Base::unpack));
    env.put("loadstring", function(this::loadString));
    env.put("load", function(this::loadPieces));
    env.put(
        "collectgarbage",
        function(args -> LuaValue.valueOf(args.optjstring(1, "").equals("count") ? 64 : 0)));
    env.put("gcinfo", function(_ -> LuaValue.ZERO));
    env.put("_VERSION", LuaValue.valueOf("Lua 5.1"));
    env.put("coroutine", frozen(base.coroutines(globals.get("coroutine").checktable())));
    env.put("string", strings());
    env.put("table", tables());
    env.put("math", maths());
    env.put("bit", frozen(Bits.table()));
    env.put("cjson", frozen(Cjson.table()));
    env.put("cmsgpack", frozen(Cmsgpack.table()));
    env.put("struct", frozen(Struct.table()));
    env.put("redis", frozen(redis()));
    env.put("_G", env);
  }

  private Varargs loadString(Varargs args) {
    LuaString text = Values.text(args.arg1());
    LuaString code = text == null ? args.checkstring(1) : text;
    String name = args.isnil(2) ? null : Values.latin(args.arg(2));
    return load(Values.bytes(code), name == null ? named(code) : name);
  }

  /** As Lua names a chunk that has no name: by its first line. */
  private static String named(LuaString code) {
    String text = Values.latin(code);
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end);
    boolean cut = end >= 0 || line.length() > NAME_CHARS_MAX;
    return "=[string \""
        + (line.length() > NAME_CHARS_MAX ? line.substring(0, NAME_CHARS_MAX) : line)
        + (cut ? "..." : "")
        + "\"]";
  }

  private Varargs loadPieces(Varargs args) {
    LuaValue next = args.checkfunction(1);
    var code = new Buffer();
    for (LuaValue piece = next.call(); !piece.isnil(); piece = next.call()) {
      LuaString text = piece.checkstring();
      if (text.m_length == 0) {
        break;
      }
      code.append(text);
    }
    return load(Values.bytes(code.tostring()), args.optjstring(2, "=(load)"));
  }

  private Varargs load(byte[] code, String name) {
    String at = name.startsWith("=") || name.startsWith("@") ? "@" + name.substring(1) : "@" + name;
    try {
      return lua.chunk(code, at, lua.environment());
    } catch (LuaError e) {
      return LuaValue.varargsOf(LuaValue.NIL, Values.string(LuaJ.Errors.syntax(e)));
    }
  }

  static ReadOnlyTable frozen(LuaValue table) {
    var copy = new ReadOnlyTable();
    LuaTable source = table.checktable();
    for (LuaValue key : source.keys()) {
      copy.rawset(key, source.rawget(key));
    }
    copy.freeze();
    return copy;
  }

  private LuaTable strings() {
    LuaTable s = globals.get("string").checktable();
    Strings.install(s);
    LuaTable strings = frozen(s);
    var metatable = new LuaTable();
    metatable.set("__index", strings);
    LuaString.s_metatable = frozen(metatable);
    return strings;
  }

  private LuaTable tables() {
    LuaTable t = globals.get("table").checktable();
    t.set("getn", function(args -> LuaValue.valueOf(args.checktable(1).length())));
    t.set(
        "maxn",
        function(args -> {
          double max = 0;
          for (LuaValue key : args.checktable(1).keys()) {
            max = key.type() == LuaValue.TNUMBER ? Math.max(max, key.todouble()) : max;
          }
          return LuaValue.valueOf(max);
        }));
    LuaValue insert = t.get("insert");
    t.set(
        "insert",
        function(args -> {
          if (args.narg() > 1 && args.narg() < 4 || !args.arg1().istable()) {
            return insert.invoke(args);
          }
          throw new LuaError("wrong number of arguments to 'insert'");
        }));
    t.set("concat", function(Strings::join));
    t.set("pack", LuaValue.NIL);
    t.set("unpack", LuaValue.NIL);
    t.set(
        "setn",
        function(_ -> {
          throw new LuaError("'setn' is obsolete");
        }));
    t.set("foreach", function(args -> each(args, args.checktable(1).keys())));
    t.set("foreachi", function(args -> each(args, indices(args.checktable(1)))));
    return frozen(t);
  }

  private static LuaValue[] indices(LuaTable table) {
    LuaValue[] all = new LuaValue[table.length()];
    for (int i = 0; i < all.length; i++) {
      all[i] = LuaValue.valueOf(i + 1);
    }
    return all;
  }

  private static Varargs each(Varargs args, LuaValue[] keys) {
    for (LuaValue key : keys) {
      LuaValue result = args.checkfunction(2).call(key, args.checktable(1).get(key));
      if (!result.isnil()) {
        return result;
      }
    }
    return LuaValue.NIL;
  }

  static double number(Varargs args, int index) {
    LuaValue number = args.arg(index).tonumber();
    if (number.isnil()) {
      throw wrongType(args, index, "number");
    }
    return number.todouble();
  }

  static LuaString string(Varargs args, int index) {
    LuaString text = Values.text(args.arg(index));
    if (text == null) {
      throw wrongType(args, index, "string");
    }
    return text;
  }

  private static LuaError wrongType(Varargs args, int index, String expected) {
    String got = args.arg(index).typename();
    return new LuaError("bad argument #" + index + ": " + expected + " expected, got " + got);
  }

  /** The C library's generator of 48 bits: scripts with a seed get the same numbers anywhere. */
  private static final class Drand48 {
    private static final double MAX = Integer.MAX_VALUE;

    private long state = 0x1234ABCD330EL;

    void seed(int seed) {
      state = (seed & 0xffffffffL) << 16 | 0x330E;
    }

    private double fraction() {
      state = state * 0x5DEECE66DL + 0xB & (1L << 48) - 1;
      return (state >>> 17) % Integer.MAX_VALUE / MAX;
    }

    Varargs next(Varargs args) {
      if (args.narg() == 0) {
        return LuaValue.valueOf(fraction());
      }
      long low = args.narg() == 1 ? 1 : (long) number(args, 1);
      long high = (long) number(args, args.narg() == 1 ? 1 : 2);
      if (low > high) {
        throw new LuaError("bad argument #" + args.narg() + ": interval is empty");
      }
      return LuaValue.valueOf((double) (low + (long) Math.floor(fraction() * (high - low + 1))));
    }
  }

  private LuaTable maths() {
    LuaTable m = globals.get("math").checktable();
    var random = new Drand48();
    m.set("random", function(random::next));
    m.set(
        "randomseed",
        function(args -> {
          random.seed((int) (long) number(args, 1));
          return LuaValue.NONE;
        }));
    m.set(
        "pow",
        function(args -> LuaValue.valueOf(Math.pow(args.checkdouble(1), args.checkdouble(2)))));
    m.set("mod", m.get("fmod"));
    m.set("log10", function(args -> LuaValue.valueOf(Math.log10(args.checkdouble(1)))));
    return frozen(m);
  }

  // ---- redis

  private LuaTable redis() {
    var t = new LuaTable();
    constants(t);
    t.set("call", function(args -> call(args, true)));
    t.set("pcall", function(args -> call(args, false)));
    t.set("setresp", function(this::setResp));
    t.set("set_repl", function(this::setRepl));
    t.set("replicate_commands", function(_ -> LuaValue.TRUE));
    t.set("breakpoint", function(_ -> breakpoint()));
    t.set("debug", function(this::debug));
    t.set("acl_check_cmd", function(this::aclCheck));
    common(t);
    return t;
  }

  private void common(LuaTable t) {
    t.set("log", function(this::log));
    t.set("sha1hex", function(Libraries::sha1));
    t.set("error_reply", function(this::errorReply));
    t.set("status_reply", function(args -> statusTable(args, "ok")));
  }

  private static void constants(LuaTable t) {
    for (int i = 0; i < LEVELS.size(); i++) {
      t.set(LEVELS.get(i), LuaValue.valueOf(i));
    }
    t.set("REPL_NONE", LuaValue.valueOf(0));
    t.set("REPL_AOF", LuaValue.valueOf(1));
    t.set("REPL_SLAVE", LuaValue.valueOf(2));
    t.set("REPL_REPLICA", LuaValue.valueOf(2));
    t.set("REPL_ALL", LuaValue.valueOf(3));
    t.set("REDIS_VERSION", LuaValue.valueOf(VERSION));
    t.set("REDIS_VERSION_NUM", LuaValue.valueOf(VERSION_NUMBER));
  }

  private static byte[][] words(Varargs args) {
    if (args.narg() == 0) {
      throw raise("ERR Please specify at least one argument for this redis lib call");
    }
    byte[][] words = new byte[args.narg()][];
    for (int i = 0; i < words.length; i++) {
      byte[] word = Values.argument(args.arg(i + 1));
      if (word == null) {
        throw raise("ERR Lua redis lib command arguments must be strings or integers");
      }
      words[i] = word;
    }
    return words;
  }

  private static LuaError raise(String text) {
    return new LuaError(Values.error(text));
  }

  private Varargs call(Varargs args, boolean raises) {
    LuaValue reply;
    try {
      reply = Values.parse(lua.api().call(words(args)));
    } catch (LuaError e) {
      LuaValue error = e.getMessageObject();
      tellDebugger(error);
      if (raises || error == null || !error.istable()) {
        throw located(e);
      }
      return error;
    }
    if (raises && reply.istable() && reply.get("err").isstring()) {
      throw located(new LuaError(reply));
    }
    return reply;
  }

  /** Of words that are none, no command hears. */
  private void tellDebugger(@Nullable LuaValue error) {
    Debugger debugger = debugger();
    if (debugger != null && error != null && error.istable()) {
      debugger.refused(Values.latin(error.get("err")));
    }
  }

  private @Nullable Debugger debugger() {
    return lua.isRunning() ? lua.api().debugger() : null;
  }

  /** Whether it stops at the next line: only while somebody looks on. */
  private LuaValue breakpoint() {
    Debugger debugger = debugger();
    if (debugger != null) {
      debugger.breakpointCalled();
    }
    return LuaValue.valueOf(debugger != null);
  }

  private Varargs debug(Varargs args) {
    Debugger debugger = debugger();
    if (debugger != null) {
      debugger.debug(args);
    }
    return LuaValue.NONE;
  }

  /** Adds where the script is. */
  private LuaError located(LuaError e) {
    LuaValue error = e.getMessageObject();
    if (error != null && error.istable()) {
      Machine.Frame inner = lua.machine().frame;
      Machine.Frame frame = inner == null ? null : inner.ofLua();
      if (frame != null) {
        error.set("source", LuaValue.valueOf(frame.source()));
        error.set("line", LuaValue.valueOf(frame.line()));
      }
    }
    return e;
  }

  private Varargs setResp(Varargs args) {
    if (args.narg() != 1) {
      throw raise("ERR redis.setresp() requires one argument.");
    }
    double version = args.arg1().todouble();
    if (version != 2 && version != 3) {
      throw raise("ERR RESP version must be 2 or 3.");
    }
    lua.api().version((int) version);
    return LuaValue.NONE;
  }

  private Varargs setRepl(Varargs args) {
    if (args.narg() != 1) {
      throw raise("ERR redis.set_repl() requires two arguments.");
    }
    int flags = args.arg1().toint();
    if ((flags & ~3) != 0) {
      throw raise(
          "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or" + " REPL_NONE.");
    }
    lua.api().setReplication(flags);
    return LuaValue.NONE;
  }

  private Varargs aclCheck(Varargs args) {
    if (args.narg() == 0) {
      throw raise("ERR Please specify at least one argument for this redis lib call");
    }
    try {
      return LuaValue.valueOf(lua.api().isAllowed(words(args)));
    } catch (IllegalArgumentException e) {
      throw raise("ERR Invalid command passed to redis.acl_check_cmd()");
    }
  }

  private Varargs log(Varargs args) {
    if (args.narg() < 2) {
      throw raise("ERR redis.log() requires two arguments or more.");
    }
    if (args.arg1().type() != LuaValue.TNUMBER) {
      throw raise("ERR First argument must be a number (log level).");
    }
    int level = args.arg1().toint();
    if (level < 0 || level > 3) {
      throw raise("ERR Invalid debug level.");
    }
    var text = new StringBuilder();
    for (int i = 2; i <= args.narg(); i++) {
      text.append(i > 2 ? " " : "").append(args.arg(i).tojstring());
    }
    if (lua.isRunning()) {
      lua.api().log(level, text.toString().getBytes(ISO_8859_1));
    }
    return LuaValue.NONE;
  }

  private static Varargs sha1(Varargs args) {
    if (args.narg() != 1) {
      throw raise("ERR wrong number of arguments");
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(Values.bytes(args.arg1()));
      return LuaValue.valueOf(HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java has SHA-1", e);
    }
  }

  private Varargs errorReply(Varargs args) {
    Varargs table = statusTable(args, "err");
    Debugger debugger = debugger();
    if (debugger != null && args.arg1() instanceof LuaString text) {
      debugger.error(Values.latin(text).replaceFirst("^-", ""));
    }
    return table;
  }

  private static Varargs statusTable(Varargs args, String field) {
    if (args.narg() != 1 || args.arg1().type() != LuaValue.TSTRING) {
      return Values.error("ERR wrong number or type of arguments");
    }
    byte[] text = Values.bytes(args.arg1());
    if (field.equals("err")) {
      String error = new String(text, ISO_8859_1);
      if (error.startsWith("-")) {
        error = error.substring(1);
      } else if (error.indexOf(' ') < 0) {
        error = "ERR " + error;
      }
      text = error.getBytes(ISO_8859_1);
    }
    var table = new LuaTable();
    table.set(field, LuaString.valueUsing(text));
    return table;
  }

  // ---- while a library is loaded

  /** The environment of a library's top level: it may register functions, and little else. */
  void installForLoading(Environment env, Consumer<LuaJ.Registration> registered) {
    var t = new Environment();
    t.put("register_function", function(args -> register(args, registered)));
    t.put("log", function(this::log));
    for (int i = 0; i < LEVELS.size(); i++) {
      t.put(LEVELS.get(i), LuaValue.valueOf(i));
    }
    t.put("REDIS_VERSION", LuaValue.valueOf(VERSION));
    t.put("REDIS_VERSION_NUM", LuaValue.valueOf(VERSION_NUMBER));
    t.freeze();
    env.put("redis", t);
  }

  private Varargs register(Varargs args, Consumer<LuaJ.Registration> registered) {
    if (lua.isRunning()) {
      throw raise("ERR redis.register_function can only be called on FUNCTION LOAD command");
    }
    if (args.narg() < 1 || args.narg() > 2) {
      throw raise("ERR wrong number of arguments to redis.register_function");
    }
    if (args.narg() == 1) {
      registered.accept(named(args.arg1()));
    } else {
      registered.accept(positional(args));
    }
    return LuaValue.NONE;
  }

  private static LuaJ.Registration positional(Varargs args) {
    if (Values.text(args.arg1()) == null) {
      throw raise("ERR first argument to redis.register_function must be a string");
    }
    if (!args.arg(2).isfunction()) {
      throw raise("ERR second argument to redis.register_function must be a function");
    }
    return new LuaJ.Registration(
        Values.bytes(Values.string(Values.latin(args.arg1()))),
        new byte[0],
        List.of(),
        args.arg(2));
  }

  private static LuaJ.Registration named(LuaValue argument) {
    if (!argument.istable()) {
      throw raise(
          "ERR calling redis.register_function with a single argument is only applicable to Lua"
              + " table (representing named arguments).");
    }
    LuaValue name = LuaValue.NIL;
    LuaValue callback = LuaValue.NIL;
    byte[] description = new byte[0];
    List<String> flags = List.of();
    LuaTable table = argument.checktable();
    for (LuaValue key : table.keys()) {
      LuaValue value = table.get(key);
      if (key.type() != LuaValue.TSTRING) {
        throw raise("ERR named argument key given to redis.register_function is not a string");
      }
      switch (key.tojstring()) {
        case "function_name" -> {
          if (value.type() != LuaValue.TSTRING) {
            throw raise(
                "ERR function_name argument given to redis.register_function must be a string");
          }
          name = value;
        }
        case "description" -> {
          if (value.type() != LuaValue.TSTRING) {
            throw raise(
                "ERR description argument given to redis.register_function must be a string");
          }
          description = Values.bytes(value);
        }
        case "callback" -> {
          if (!value.isfunction()) {
            throw raise(
                "ERR callback argument given to redis.register_function must be a function");
          }
          callback = value;
        }
        case "flags" -> {
          if (!value.istable()) {
            throw raise(
                "ERR flags argument to redis.register_function must be a table representing"
                    + " function flags");
          }
          flags = flags(value.checktable());
        }
        default -> throw raise("ERR unknown argument given to redis.register_function");
      }
    }
    if (name.isnil()) {
      throw raise("ERR redis.register_function must get a function name argument");
    }
    if (callback.isnil()) {
      throw raise("ERR redis.register_function must get a callback argument");
    }
    return new LuaJ.Registration(Values.bytes(name), description, flags, callback);
  }

  private static List<String> flags(LuaTable table) {
    var flags = new ArrayList<String>();
    for (int i = 1; !table.get(i).isnil(); i++) {
      String flag = table.get(i).tojstring();
      if (!FUNCTION_FLAGS.contains(flag)) {
        throw raise("ERR unknown flag given");
      }
      flags.add(flag);
    }
    return flags;
  }
}
