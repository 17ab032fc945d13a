package systems.redis.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a command: how many arguments, where its keys are, what it may do, and what COMMAND
 * DOCS says. Read once from {@code commands.txt}.
 */
public final class CommandSpec {
  /** Where keys begin. */
  sealed interface Begin {
    /** At an index. */
    record Index(int index) implements Begin {}

    /** Behind a word, searched from an index on; from a negative one backwards. */
    record Keyword(String word, int from) implements Begin {}

    /** A command of its own kind: {@link Keys} knows it. */
    record Unknown() implements Begin {}
  }

  /** How many there are, from where they begin. */
  sealed interface Find {
    /** Up to an index relative to the first one, or from the end if negative. */
    record Range(int last, int step, int limit) implements Find {}

    /** A number says it. */
    record Number(int at, int first, int step) implements Find {}

    /** See {@link Begin.Unknown}. */
    record Unknown() implements Find {}
  }

  /** One group of keys, and what is done with them: RW, access, update, ... */
  record KeySpec(List<String> flags, Begin begin, Find find) {
    boolean has(String flag) {
      return flags.contains(flag);
    }
  }

  /** An argument, as COMMAND DOCS describes it. */
  static final class Argument {
    final String name;
    final String type;
    final Map<String, String> texts = new LinkedHashMap<>();
    final List<String> flags = new ArrayList<>();
    int keySpec = -1;
    final List<Argument> parts = new ArrayList<>();

    Argument(String name, String type) {
      this.name = name;
      this.type = type;
    }
  }

  private final String name;
  private final @Nullable CommandSpec container;
  int arity;
  long flags;
  final List<String> categories = new ArrayList<>();
  final List<KeySpec> keys = new ArrayList<>();
  final List<String> tips = new ArrayList<>();
  final Map<String, String> docs = new LinkedHashMap<>();
  final List<String> history = new ArrayList<>();
  final List<String> docFlags = new ArrayList<>();
  final List<Argument> arguments = new ArrayList<>();
  final Map<String, CommandSpec> subcommands = new LinkedHashMap<>();

  CommandSpec(String name, @Nullable CommandSpec container) {
    this.name = name;
    this.container = container;
  }

  /** In lower case; of a subcommand {@code container|name}. */
  public String name() {
    return name;
  }

  /** Of a subcommand, without its container. */
  public String shortName() {
    return name.substring(name.indexOf('|') + 1);
  }

  public @Nullable CommandSpec container() {
    return container;
  }

  /** The number of words if positive, else the least number. */
  public int arity() {
    return arity;
  }

  public boolean has(Flag flag) {
    return (flags & flag.bit()) != 0;
  }

  public boolean isArity(int words) {
    return arity >= 0 ? words == arity : words >= -arity;
  }

  public String group() {
    return docs.getOrDefault("group", "generic");
  }
}
