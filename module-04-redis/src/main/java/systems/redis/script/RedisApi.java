package systems.redis.script;

import org.jspecify.annotations.Nullable;

/** What a running script may ask of its server. */
public interface RedisApi {
  /** Runs a command; the reply in the bytes of the protocol version of {@link #version}. */
  byte[] call(byte[][] words);

  /** The script returns an error of its own, which no command has counted. */
  void failed(String error);

  /** The version of replies: 2 until the script has said {@code redis.setresp(3)}. */
  int version();

  void version(int v);

  /** {@code redis.log}; levels from 0, debug, to 3, warning. */
  void log(int level, byte[] text);

  /** {@code redis.set_repl}: what of 1 (file) and 2 (replicas) gets the effects. */
  void setReplication(int flags);

  /** Whether the user of the script may run these words. */
  boolean isAllowed(byte[][] words);

  /** Who looks on while the script runs, or null. */
  default @Nullable Debugger debugger() {
    return null;
  }

  /**
   * Called now and then while a script runs.
   *
   * @throws ScriptKilled if it has to end
   */
  void check();

  /** A script was ended from outside. An error, since no pcall of a script may catch it. */
  final class ScriptKilled extends Error {
    private static final long serialVersionUID = 1;

    public ScriptKilled(String message) {
      super(message, null, false, false);
    }
  }
}
