package systems.redis.script;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LoadState;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Varargs;
import org.luaj.vm2.compiler.LuaC;
import org.luaj.vm2.lib.BaseLib;
import org.luaj.vm2.lib.CoroutineLib;
import org.luaj.vm2.lib.PackageLib;
import org.luaj.vm2.lib.StringLib;
import org.luaj.vm2.lib.TableLib;
import org.luaj.vm2.lib.jse.JseMathLib;
import systems.redis.resp.Reply;

/**
 * LuaJ as the server's Lua.
 *
 * <pre>
 *   environment (read only)   redis.*, cjson, cmsgpack, struct, bit, string, table, math, ...
 *        ^ upvalue
 *   chunk of each script, compiled once; KEYS and ARGV are put into the environment before a run
 * </pre>
 *
 * <p>A script shares the environment with all others, so it must not leave anything in it: tables
 * are read only, and an unknown global is an error and not nil. LuaJ gives the compiler, the values
 * and the libraries; {@link Machine} runs the code.
 *
 * <p>LuaJ speaks Lua 5.2; what 5.1 had is put back ({@code unpack}, {@code loadstring}, ...), and
 * what 5.1 had not is taken out. Known to differ from Lua 5.1: LuaJ's whole numbers have no zero
 * with a sign, its lexer knows {@code \x} and {@code goto}, and some syntax errors lack the word
 * that they are near to.
 */
public final class LuaJ implements LuaRuntime {
  private static final byte BYTECODE = 27;
  private static final LuaString KEYS = LuaValue.valueOf("KEYS");
  private static final LuaString ARGV = LuaValue.valueOf("ARGV");

  private Globals globals = new Globals();
  private Environment environment = new Environment();
  private Machine machine = new Machine(this::look);
  private @Nullable RedisApi api;
  private @Nullable RedisApi limit;

  public LuaJ() {
    reset();
  }

  @Override
  public void reset() {
    globals = new Globals();
    machine = new Machine(this::look);
    globals.load(new BaseLib());
    globals.load(new PackageLib());
    globals.load(new TableLib());
    globals.load(new StringLib());
    globals.load(new JseMathLib());
    globals.load(new CoroutineLib());
    LoadState.install(globals);
    LuaC.install(globals);
    environment = new Environment();
    new Libraries(this, globals).install(environment);
    environment.freeze();
  }

  @Override
  public long memoryBytes() {
    return 64 * 1024;
  }

  RedisApi api() {
    RedisApi now = api;
    if (now == null) {
      throw new LuaError("redis.call/pcall can only be called inside a script invocation");
    }
    return now;
  }

  boolean isRunning() {
    return api != null;
  }

  Machine machine() {
    return machine;
  }

  private void look() {
    RedisApi now = api != null ? api : limit;
    if (now != null) {
      now.check();
    }
  }

  Globals globals() {
    return globals;
  }

  Environment environment() {
    return environment;
  }

  // ---- scripts

  @Override
  public Script compile(byte[] code, String name) throws ScriptException {
    LuaValue chunk;
    try {
      chunk = chunk(code, "@" + name, environment);
    } catch (LuaError e) {
      throw new ScriptException(
          "ERR Error compiling script (new function): " + Errors.syntax(e), null, false);
    }
    return (redis, keys, args, out) -> {
      environment.put(KEYS, table(keys));
      environment.put(ARGV, table(args));
      run(redis, chunk, LuaValue.NONE, out);
    };
  }

  /** Compiles; the name begins with {@code @}. */
  LuaValue chunk(byte[] code, String name, LuaTable env) {
    if (code.length > 0 && code[0] == BYTECODE) {
      throw new LuaError("truncated precompiled chunk");
    }
    try {
      Prototype p = globals.compilePrototype(new ByteArrayInputStream(code), name);
      return machine.chunk(p, env);
    } catch (IOException e) {
      throw new UncheckedIOException("an array cannot fail to be read", e);
    }
  }

  static LuaTable table(byte[][] strings) {
    var table = new LuaTable(strings.length, 0);
    for (int i = 0; i < strings.length; i++) {
      table.rawset(i + 1, LuaString.valueUsing(strings[i]));
    }
    return table;
  }

  private void run(RedisApi redis, LuaValue function, Varargs args, Reply out)
      throws ScriptException {
    //> phase 6: whose turn is it while the script runs, and what if it fails?
    RedisApi before = api;
    api = redis;
    Machine.Frame frame = machine.frame;
    machine.frame = null;
    Debugger debugger = redis.debugger();
    machine.debugger(debugger);
    if (debugger != null) {
      debugger.attach(this);
    }
    try {
      Varargs results = function.invoke(args);
      LuaValue result = results.arg1();
      String error = Values.uncountedError(result);
      if (error != null) {
        redis.failed(error);
      }
      Values.reply(result, out, redis.version() == 3);
    } catch (LuaError e) {
      throw Errors.of(e);
    } finally {
      api = before;
      machine.debugger(null);
      machine.frame = frame;
    }
    //< phase 6
  }

  // ---- libraries

  @Override
  public void load(byte[] code, String name, RedisApi redis, Consumer<Function> registered)
      throws ScriptException {
    //> phase 6: what may a library see while it is loaded, and what later?
    var env = new Environment();
    new Libraries(this, globals)
        .installForLoading(env, names -> accept(registered, function(names)));
    env.freeze();
    LuaValue chunk;
    try {
      chunk = chunk(code, "@" + name, env);
    } catch (LuaError e) {
      throw new ScriptException("ERR Error compiling function: " + Errors.syntax(e), null, false);
    }
    RedisApi before = api;
    api = null;
    limit = redis;
    machine.frame = null;
    try {
      chunk.invoke();
      env.open(environment);
    } catch (LuaError e) {
      throw new ScriptException(
          "ERR Error registering functions: " + Errors.of(e).text(), null, false);
    } finally {
      api = before;
      limit = null;
    }
    //< phase 6
  }

  private static void accept(Consumer<Function> registered, Function function) {
    try {
      registered.accept(function);
    } catch (IllegalArgumentException e) {
      throw new LuaError(Values.error("ERR " + e.getMessage()));
    }
  }

  /** What a call of redis.register_function has said. */
  record Registration(byte[] name, byte[] description, List<String> flags, LuaValue callback) {}

  private Function function(Registration r) {
    Script body =
        (redis, keys, args, out) ->
            run(redis, r.callback, LuaValue.varargsOf(table(keys), table(args)), out);
    return new Function(r.name, r.description, r.flags, body);
  }

  // ---- errors

  /** LuaJ's errors in the words of the reference. */
  static final class Errors {
    private Errors() {}

    /** LuaJ's compiler: {@code user_script:1: '=' expected near 'is'}. */
    static String syntax(LuaError e) {
      String text = Diagnosis.plain(e);
      text = text.startsWith("@") ? text.substring(1) : text;
      return text.replaceFirst("symbol 286 .*", "symbol near '<eof>'")
          .replaceFirst("unexpected symbol \\d+ \\((.)\\)", "unexpected symbol near '$1'")
          .replaceFirst("unfinished string$", "unfinished string near '<eof>'");
    }

    static ScriptException of(LuaError e) {
      LuaValue object = e.getMessageObject();
      String place = e instanceof Raised raised ? raised.place() : null;
      if (object == null || !object.istable()) {
        return new ScriptException("ERR " + Diagnosis.plain(e), place, false);
      }
      LuaValue text = object.get("err");
      boolean counted = object.get("ignore_error_stats_update").toboolean();
      return new ScriptException(
          Values.text(text) == null ? "ERR unknown error" : Values.latin(text), place, counted);
    }
  }

  /** Globals that scripts can read and not change. */
  static final class Environment extends LuaTable {
    private static final ReadOnlyTable METATABLE = new ReadOnlyTable();

    static {
      METATABLE.freeze();
    }

    private boolean frozen;
    private @Nullable Environment behind;

    void freeze() {
      frozen = true;
    }

    /** From now on, what a script finds is found here, but for its KEYS and ARGV. */
    void open(Environment environment) {
      behind = environment;
    }

    /** Not what finds globals: a script that gets it cannot change anything by it. */
    @Override
    public LuaValue getmetatable() {
      return METATABLE;
    }

    /** From outside of Lua. */
    void put(String name, LuaValue value) {
      put(LuaValue.valueOf(name), value);
    }

    void put(LuaString name, LuaValue value) {
      boolean was = frozen;
      frozen = false;
      super.rawset(name, value);
      frozen = was;
    }

    private void check() {
      if (frozen) {
        throw readOnly();
      }
    }

    @Override
    public LuaValue get(LuaValue key) {
      Environment other = behind;
      if (other != null && !key.eq_b(KEYS) && !key.eq_b(ARGV)) {
        return other.get(key);
      }
      LuaValue value = super.get(key);
      if (value.isnil() && frozen && !key.eq_b(LuaValue.valueOf("__index"))) {
        throw new LuaError(
            "Script attempted to access nonexistent global variable '" + key.tojstring() + "'");
      }
      return value;
    }

    @Override
    public void set(LuaValue key, LuaValue value) {
      check();
      super.set(key, value);
    }

    @Override
    public void set(int key, LuaValue value) {
      check();
      super.set(key, value);
    }

    @Override
    public void rawset(int key, LuaValue value) {
      check();
      super.rawset(key, value);
    }

    @Override
    public void rawset(LuaValue key, LuaValue value) {
      check();
      super.rawset(key, value);
    }

    @Override
    public LuaValue setmetatable(@Nullable LuaValue metatable) {
      check();
      return super.setmetatable(metatable);
    }
  }

  /** Somebody wrote to what all scripts share. */
  static final class ReadOnly extends LuaError {
    private static final long serialVersionUID = 1;

    ReadOnly() {
      super("Attempt to modify a readonly table");
    }
  }

  private static LuaError readOnly() {
    return new ReadOnly();
  }

  /** A table that cannot be changed once it is frozen. */
  static final class ReadOnlyTable extends LuaTable {
    private boolean frozen;

    void freeze() {
      frozen = true;
    }

    private void check() {
      if (frozen) {
        throw readOnly();
      }
    }

    @Override
    public void set(LuaValue key, LuaValue value) {
      check();
      super.set(key, value);
    }

    @Override
    public void set(int key, LuaValue value) {
      check();
      super.set(key, value);
    }

    @Override
    public void rawset(int key, LuaValue value) {
      check();
      super.rawset(key, value);
    }

    @Override
    public void rawset(LuaValue key, LuaValue value) {
      check();
      super.rawset(key, value);
    }

    @Override
    public LuaValue setmetatable(@Nullable LuaValue metatable) {
      check();
      return super.setmetatable(metatable);
    }

    @Override
    public LuaValue remove(int pos) {
      check();
      return super.remove(pos);
    }

    @Override
    public void insert(int pos, LuaValue value) {
      check();
      super.insert(pos, value);
    }
  }
}
