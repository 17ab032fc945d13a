package systems.redis.server;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A command that this server has: its facts, what runs, and how often it did. */
public final class Command {
  /** What a command does. */
  @FunctionalInterface
  public interface Function {
    /**
     * Reads the call's arguments, changes its database, writes exactly one reply. Throws {@link
     * systems.redis.resp.ErrorReply} before anything was changed.
     */
    void run(Call call);
  }

  private final CommandSpec spec;
  private final @Nullable Function function;
  final Map<String, Command> subcommands = new LinkedHashMap<>();
  private final int id;

  long calls;
  long micros;
  long rejected;
  long failed;
  @Nullable Histogram latencies;

  Command(CommandSpec spec, @Nullable Function function, int id) {
    this.spec = spec;
    this.function = function;
    this.id = id;
  }

  public CommandSpec spec() {
    return spec;
  }

  /** In lower case, {@code container|name} of a subcommand. */
  public String name() {
    return spec.name();
  }

  public boolean has(Flag flag) {
    return spec.has(flag);
  }

  public boolean isContainer() {
    return !subcommands.isEmpty();
  }

  /** A small number, for permissions in a bit set. */
  int id() {
    return id;
  }

  Function function() {
    assert function != null : name();
    return function;
  }

  boolean hasFunction() {
    return function != null;
  }

  void resetStats() {
    calls = 0;
    micros = 0;
    rejected = 0;
    failed = 0;
    latencies = null;
  }
}
