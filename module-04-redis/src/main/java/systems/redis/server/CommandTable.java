package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The commands by name. A name is looked up as the client sent it, by the bytes, in any case: names
 * of up to eight bytes are one {@code long}.
 */
public final class CommandTable {
  private static final int SLOTS = 1024;
  private static final long LOWER = 0x2020202020202020L;

  private final Map<String, CommandSpec> specs = SpecFile.read();
  private final Map<String, Command> byName = new LinkedHashMap<>();
  private final Map<String, String> renamed = new HashMap<>();
  private final @Nullable Command[] shortNames = new Command[SLOTS];
  private final long[] shortKeys = new long[SLOTS];
  private int ids;

  /** Gives a command, or the subcommand {@code container|name}, what it does. */
  public void on(String name, Command.Function function) {
    int bar = name.indexOf('|');
    String top = bar < 0 ? name : name.substring(0, bar);
    CommandSpec spec = specs.get(top);
    if (spec == null) {
      throw new IllegalArgumentException("no facts about " + name);
    }
    Command command = byName.get(top);
    if (command == null || bar < 0) {
      Command replaced = new Command(spec, bar < 0 ? function : null, ids++);
      if (command != null) {
        replaced.subcommands.putAll(command.subcommands);
      }
      command = replaced;
      byName.put(top, command);
    }
    if (bar >= 0) {
      CommandSpec sub = spec.subcommands.get(name.substring(bar + 1));
      if (sub == null) {
        throw new IllegalArgumentException("no facts about " + name);
      }
      command.subcommands.put(sub.shortName(), new Command(sub, function, ids++));
    }
  }

  /** The commands of a cluster, which this server is never part of, say so. */
  void clusterDisabled() {
    CommandSpec cluster = specs.get("cluster");
    assert cluster != null : "the specifications name it";
    for (String sub : cluster.subcommands.keySet()) {
      on("cluster|" + sub, ConnectionCommands::noCluster);
    }
  }

  /** {@code rename-command}; an empty name takes the command away. False if there is no such. */
  public boolean rename(String from, String to) {
    Command command = byName.remove(from.toLowerCase(Locale.ROOT));
    if (command == null) {
      return false;
    }
    if (!to.isEmpty()) {
      byName.put(to.toLowerCase(Locale.ROOT), command);
      renamed.put(command.name(), to);
    }
    return true;
  }

  /** After the last {@link #on} and {@link #rename}. */
  public void seal() {
    assert byName.size() <= SLOTS / 2 : "a look-up ends at an empty slot, and soon";
    Arrays.fill(shortNames, null);
    byName.forEach((name, command) -> {
      if (name.length() <= 8) {
        long key = pack(name.getBytes(ISO_8859_1));
        int slot = slot(key);
        while (shortNames[slot] != null) {
          slot = slot + 1 & SLOTS - 1;
        }
        shortNames[slot] = command;
        shortKeys[slot] = key;
      }
    });
  }

  private static long pack(byte[] name) {
    long key = 0;
    for (byte b : name) {
      key = key << 8 | b & 0xff;
    }
    return key | LOWER >>> 8 * (8 - name.length);
  }

  private static int slot(long key) {
    return (int) (key * 0x9E3779B97F4A7C15L >>> 54) & SLOTS - 1;
  }

  /** The command of that name, or null. */
  public @Nullable Command find(byte[] name) {
    //> phase 1: a name of up to eight bytes is one number; which bytes are no letters?
    if (name.length == 0 || name.length > 8) {
      return byName.get(new String(name, ISO_8859_1).toLowerCase(Locale.ROOT));
    }
    long key = pack(name);
    for (int slot = slot(key); shortNames[slot] != null; slot = slot + 1 & SLOTS - 1) {
      if (shortKeys[slot] == key) {
        Command command = shortNames[slot];
        assert command != null;
        return isName(name) ? command : null;
      }
    }
    return null;
    //< phase 1
  }

  /** The lower-casing by one bit also maps some bytes that are no letters. */
  private static boolean isName(byte[] name) {
    for (byte b : name) {
      boolean plain = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b == '-';
      if (!plain && (b < '0' || b > '9')) {
        return false;
      }
    }
    return true;
  }

  /** The command or subcommand of a name as {@code container|sub}, or null. */
  public @Nullable Command named(String name) {
    int bar = name.indexOf('|');
    Command command = byName.get(bar < 0 ? name : name.substring(0, bar));
    return command == null || bar < 0 ? command : command.subcommands.get(name.substring(bar + 1));
  }

  public Collection<Command> all() {
    return byName.values();
  }

  /** One more than the largest {@link Command#id}. */
  int idCount() {
    return ids;
  }
}
