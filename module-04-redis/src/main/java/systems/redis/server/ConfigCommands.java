package systems.redis.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;

/** CONFIG GET, SET, RESETSTAT, REWRITE. */
final class ConfigCommands {
  private final Server server;

  ConfigCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("config|get", this::get);
    table.on("config|set", this::set);
    table.on("config|resetstat", this::resetStat);
    table.on("config|rewrite", this::rewrite);
    table.on("config|help", Help::reply);
  }

  private void get(Call call) {
    Map<String, String> found = new TreeMap<>();
    for (int i = 2; i < call.count(); i++) {
      String pattern = call.text(i);
      if (!pattern.matches(".*[\\[*?].*")) {
        Setting setting = server.config().find(pattern);
        if (setting != null) {
          found.put(pattern.toLowerCase(Locale.ROOT), shown(setting));
        }
        continue;
      }
      byte[] glob = call.arg(i);
      server
          .config()
          .names()
          .forEach((name, setting) -> {
            if (!setting.hidden && Glob.matchesAnyCase(glob, name.getBytes(UTF_8))) {
              found.put(name, shown(setting));
            }
          });
    }
    Reply reply = call.reply();
    reply.map(found.size());
    found.forEach((name, value) -> {
      reply.bulk(name);
      reply.bulk(value);
    });
  }

  private String shown(Setting setting) {
    return switch (setting.name) {
      case "client-output-buffer-limit" -> server.config().outputLimitsText();
      case "notify-keyspace-events" ->
          Notifications.format(String.valueOf(Notifications.parse(setting.value)));
      case "dir" -> java.nio.file.Path.of(setting.value).toAbsolutePath().normalize().toString();
      case "latency-tracking-info-percentiles" -> percentiles();
      case "port" ->
          setting.value.equals("0") && server.boundPort() > 0
              ? Integer.toString(server.boundPort())
              : setting.value;
      default -> setting.value;
    };
  }

  private String percentiles() {
    return java.util.Arrays.stream(server.config().latencyPercentiles)
        .mapToObj(p -> Doubles.text(p, 10))
        .collect(java.util.stream.Collectors.joining(" "));
  }

  private void set(Call call) {
    if (call.count() % 2 != 0) {
      throw call.wrongArity();
    }
    Map<Setting, String> wanted = new LinkedHashMap<>();
    for (int i = 2; i < call.count(); i += 2) {
      Setting setting = server.config().find(call.text(i));
      if (setting == null) {
        throw ErrorReply.err(
            "Unknown option or number of arguments for CONFIG SET - '" + call.text(i) + "'");
      }
      String name = call.text(i);
      if (setting.immutable) {
        throw failed(name, "can't set immutable config");
      }
      if (setting.isProtected && !server.mayUse("enable-protected-configs", call.client())) {
        throw failed(name, "can't set protected config");
      }
      boolean loads =
          server.isLoading()
              || server.replication().isReplacing(true)
              || server.replication().isReplacing(false);
      if (loads && isDeniedWhileLoading(setting)) {
        throw new ErrorReply("LOADING Redis is loading the dataset in memory");
      }
      if (wanted.put(setting, call.text(i + 1)) != null) {
        throw failed(name, "duplicate parameter");
      }
    }
    apply(wanted);
    call.reply().ok();
  }

  private static boolean isDeniedWhileLoading(Setting setting) {
    return switch (setting.name) {
      case "appendonly", "dir", "dbfilename" -> true;
      default -> false;
    };
  }

  private void apply(Map<Setting, String> wanted) {
    //> phase 3: what if the second of three settings is refused?
    Map<Setting, String> before = new LinkedHashMap<>();
    for (Map.Entry<Setting, String> entry : wanted.entrySet()) {
      Setting setting = entry.getKey();
      String old =
          setting.name.equals("client-output-buffer-limit")
              ? server.config().outputLimitsText()
              : setting.value;
      try {
        server.config().set(setting, entry.getValue());
        before.put(setting, old); //~ keepsTheFirst: assert setting != null;
      } catch (IllegalArgumentException e) {
        List<Setting> changed = new ArrayList<>(before.keySet());
        for (Setting back : changed.reversed()) {
          server.config().set(back, String.valueOf(before.get(back)));
        }
        throw failed(setting.name, String.valueOf(e.getMessage()));
      }
    }
    //< phase 3 with: wanted.forEach(server.config()::set);
  }

  private static ErrorReply failed(String name, String why) {
    return ErrorReply.err(
        "CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }

  private void resetStat(Call call) {
    //> phase 3: who counts, and where?
    server.stats().reset();
    for (Command command : server.table().all()) {
      command.resetStats();
      command.subcommands.values().forEach(Command::resetStats);
    }
    server.persistence().resetStats();
    server.replication().resetStats();
    call.reply().ok();
    //< phase 3
  }

  private void rewrite(Call call) {
    rewrite(call, false);
  }

  /** Writes the settings that differ from what they are by themselves, or all of them. */
  void rewrite(Call call, boolean all) {
    //> phase 3: what if there is no file, or none can be written?
    if (server.config().file == null) {
      throw ErrorReply.err("The server is running without a config file");
    }
    try {
      ConfigFile.rewrite(server.config(), server.acl(), server.replicaOfText(), all);
      server.log().notice("CONFIG REWRITE executed with success.");
      call.reply().ok();
    } catch (IOException e) {
      server.log().warn("CONFIG REWRITE failed: " + e);
      throw ErrorReply.err("Rewriting config file: " + e.getMessage());
    }
    //< phase 3
  }
}
