package systems.redis.script;

import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaValue;

/** An error that a script raised, finished: its text says where, and so does its place. */
final class Raised extends LuaError {
  private static final long serialVersionUID = 1;

  private final transient Machine.@Nullable Frame frame;
  private final int line;

  Raised(LuaValue value, Machine.@Nullable Frame frame) {
    super(value);
    this.frame = frame == null ? null : frame.ofLua();
    line = this.frame == null ? 0 : this.frame.line();
  }

  LuaValue value() {
    LuaValue value = getMessageObject();
    return value == null ? LuaValue.NIL : value;
  }

  /** {@code @user_script:3}, or null. */
  @Nullable String place() {
    return frame == null ? null : frame.source() + ":" + line;
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it does nothing
  public Throwable fillInStackTrace() {
    return this; // a script may raise and catch a million
  }
}
