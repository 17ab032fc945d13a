package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Set;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;

/** Commands that took long: {@code slowlog-log-slower-than}, {@code slowlog-max-len}. */
final class SlowLog {
  private static final int ARGS_MAX = 32;
  private static final int ARG_BYTES_MAX = 128;

  private record Entry(
      long id, long seconds, long micros, byte[][] args, String peer, String name) {}

  private final Server server;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long ids;
  long slowerThanMicros = 10_000;
  int length = 128;

  SlowLog(Server server) {
    this.server = server;
  }

  void add(Client client, Command command, byte[][] args, long micros) {
    if (slowerThanMicros < 0 || micros < slowerThanMicros || command.has(Flag.SKIP_SLOWLOG)) {
      return;
    }
    //> phase 3: which words may nobody read, and which entry goes when the log is full?
    byte[][] shown = Redaction.of(command, args);
    entries.addFirst( //~ oldestStays: entries.addLast(
        new Entry(
            ids++,
            server.clock().millis() / 1000,
            micros,
            shortened(shown),
            client.link().peer(),
            client.name));
    trim();
    //< phase 3 with: assert micros >= 0;
  }

  void trim() {
    while (entries.size() > length) {
      entries.removeLast();
    }
  }

  private static byte[][] shortened(byte[][] args) {
    //> phase 3: how does a reader see that words were left out?
    int count = Math.min(args.length, ARGS_MAX);
    byte[][] shown = new byte[count][];
    for (int i = 0; i < count; i++) {
      if (i == ARGS_MAX - 1 && args.length > ARGS_MAX) {
        shown[i] = ("... (" + (args.length - i) + " more arguments)").getBytes(ISO_8859_1);
      } else if (args[i].length > ARG_BYTES_MAX) {
        String more = "... (" + (args[i].length - ARG_BYTES_MAX) + " more bytes)";
        shown[i] = (new String(args[i], 0, ARG_BYTES_MAX, ISO_8859_1) + more).getBytes(ISO_8859_1);
      } else {
        shown[i] = args[i];
      }
    }
    return shown;
    //< phase 3
  }

  void register(CommandTable table) {
    table.on("slowlog|get", this::get);
    table.on("slowlog|len", call -> call.reply().integer(entries.size()));
    table.on(
        "slowlog|reset",
        call -> {
          entries.clear();
          call.reply().ok();
        });
    table.on("slowlog|help", Help::reply);
  }

  private void get(Call call) {
    //> phase 3: how many, and which ones first?
    long wanted = 10;
    if (call.count() > 3) {
      throw call.wrongArity();
    }
    if (call.count() == 3) {
      wanted =
          Numbers.parse(
              call.arg(2), -1, Long.MAX_VALUE, "ERR count should be greater than or equal to -1");
      wanted = wanted == -1 ? entries.size() : wanted;
    }
    int count = (int) Math.min(wanted, entries.size());
    Reply reply = call.reply();
    reply.array(count);
    Iterator<Entry> all = entries.iterator();
    for (int i = 0; i < count; i++) {
      Entry entry = all.next();
      reply.array(6);
      reply.integer(entry.id);
      reply.integer(entry.seconds);
      reply.integer(entry.micros);
      reply.array(entry.args.length);
      for (byte[] arg : entry.args) {
        reply.bulk(arg);
      }
      reply.bulk(entry.peer);
      reply.bulk(entry.name);
    }
    //< phase 3
  }

  /** Arguments that nobody should read in a log. */
  static final class Redaction {
    private static final byte[] REDACTED = "(redacted)".getBytes(ISO_8859_1);
    private static final Set<String> SECRET_SETTINGS =
        Set.of(
            "requirepass",
            "masterauth",
            "masteruser",
            "tls-key-file-pass",
            "tls-client-key-file-pass");

    private Redaction() {}

    static byte[][] of(Command command, byte[][] args) {
      return switch (command.name()) {
        case "auth" -> from(args, 1, args.length); //~ phase 3 logsPasswords: case "auth" -> args;
        case "hello" -> hello(args);
        case "acl|setuser", "acl|deluser" -> from(args, 2, args.length);
        case "acl|getuser" -> args;
        case "config|set" -> settings(args);
        case "migrate" -> migrate(args);
        default -> args;
      };
    }

    private static byte[][] from(byte[][] args, int from, int to) {
      byte[][] shown = args.clone();
      for (int i = from; i < to; i++) {
        shown[i] = REDACTED;
      }
      return shown;
    }

    private static byte[][] hello(byte[][] args) {
      for (int i = 2; i + 2 < args.length; i++) {
        if (Call.is(args[i], "AUTH")) {
          return from(args, i + 1, i + 3);
        }
      }
      return args;
    }

    private static byte[][] settings(byte[][] args) {
      byte[][] shown = args.clone();
      for (int i = 2; i + 1 < args.length; i += 2) {
        String name = new String(args[i], ISO_8859_1).toLowerCase(java.util.Locale.ROOT);
        if (SECRET_SETTINGS.contains(name)) {
          shown[i + 1] = REDACTED;
        }
      }
      return shown;
    }

    private static byte[][] migrate(byte[][] args) {
      for (int i = 6; i + 1 < args.length; i++) {
        if (Call.is(args[i], "AUTH")) {
          return from(args, i + 1, i + 2);
        }
        if (Call.is(args[i], "AUTH2") && i + 2 < args.length) {
          return from(args, i + 1, i + 3);
        }
      }
      return args;
    }
  }
}
