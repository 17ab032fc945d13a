package systems.redis.script;

import org.jspecify.annotations.Nullable;

/** A script did not compile, or raised an error. The text is the reply, with its code. */
public final class ScriptException extends Exception {
  private static final long serialVersionUID = 1;

  private final @Nullable String place;
  private final boolean ignoredInStats;

  public ScriptException(String text, @Nullable String place, boolean ignoredInStats) {
    super(text, null, false, false);
    this.place = place;
    this.ignoredInStats = ignoredInStats;
  }

  public String text() {
    return String.valueOf(getMessage());
  }

  /** {@code @user_script:7}, or null. */
  public @Nullable String place() {
    return place;
  }

  /** Whether the error was counted already, when a command of the script failed. */
  public boolean ignoredInStats() {
    return ignoredInStats;
  }
}
