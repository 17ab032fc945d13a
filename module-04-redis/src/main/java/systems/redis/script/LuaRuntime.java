package systems.redis.script;

import java.util.List;
import java.util.function.Consumer;
import systems.redis.resp.Reply;

/**
 * What the server needs of a Lua: compile, run, interrupt. Found by {@code ServiceLoader}; made
 * once for a server, called on its command thread only.
 */
public interface LuaRuntime {
  /**
   * The stack of a thread that runs scripts. Calls and data may be nested a thousand times and
   * more, each time by some frames, and those of code that is compiled in a hurry are large: with
   * the usual megabyte it depended on the compiler whether cjson.decode came to its end.
   */
  int STACK_BYTES = 8 << 20;

  /** A compiled script. */
  interface Script {
    /**
     * Runs it and writes what it returns as a reply.
     *
     * @throws ScriptException if it raised an error that it did not catch
     */
    void run(RedisApi api, byte[][] keys, byte[][] args, Reply out) throws ScriptException;
  }

  /** A function that a library has registered. */
  record Function(byte[] name, byte[] description, List<String> flags, Script body) {}

  /**
   * Compiles a script.
   *
   * @param name for error messages
   * @throws ScriptException if it is no Lua
   */
  Script compile(byte[] code, String name) throws ScriptException;

  /**
   * Runs a library's code, which registers functions and may do nothing else.
   *
   * @param registered gets each function; refuses one by an {@link IllegalArgumentException}
   */
  void load(byte[] code, String name, RedisApi api, Consumer<Function> registered)
      throws ScriptException;

  /** Forgets what scripts may have left behind. */
  void reset();

  /** Bytes that the runtime holds, as far as it knows. */
  long memoryBytes();
}
