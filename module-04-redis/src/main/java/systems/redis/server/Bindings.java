package systems.redis.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Ties settings to the parts of the server that act on them. */
final class Bindings {
  private final Server server;

  Bindings(Server server) {
    this.server = server;
  }

  void bind() {
    Config config = server.config();
    config.bind("loglevel", server.log()::level);
    config.bind(
        "logfile",
        text -> server.log().file(text.isEmpty() ? text : server.inFolder(text).toString()));
    config.bind(
        "slowlog-log-slower-than",
        text -> server.slowLog().slowerThanMicros = Long.parseLong(text));
    config.bind(
        "slowlog-max-len",
        text -> {
          server.slowLog().length = (int) Math.min(Integer.MAX_VALUE, Long.parseLong(text));
          server.slowLog().trim();
        });
    config.bind(
        "latency-monitor-threshold",
        text -> server.latency().thresholdMillis = Long.parseLong(text));
    config.bind(
        "tracking-table-max-keys", text -> server.tracking().keysMax = Long.parseLong(text));
    config.bind(
        "active-expire-effort", text -> server.activeExpiry().effort(Integer.parseInt(text)));
    config.bind(
        "lfu-log-factor",
        text -> server.databases().frequency().logFactor = Integer.parseInt(text));
    config.bind(
        "lfu-decay-time",
        text -> server.databases().frequency().decayMinutes = Integer.parseInt(text));
    config.bind(
        "maxmemory-policy", text -> server.databases().frequency().counts(text.endsWith("lfu")));
    config.bind(
        "maxmemory",
        _ -> {
          server.memory().mustLook();
          server.runLater(() -> {
            server.memory().makeRoom();
            server.propagator().flushEach();
          });
        });
    config.bind(
        "notify-keyspace-events",
        text -> {
          String classes = Notifications.parse(text);
          if (classes == null) {
            throw new IllegalArgumentException(
                "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
          }
          server.notifications().classes(classes);
        });
    config.bind("maxmemory-clients", _ -> server.runLater(() -> server.memory().evictClients()));
    config.bind("acllog-max-len", this::aclLog);
    config.bind(
        "acl-pubsub-default",
        text -> server.acl().allChannelsByDefault = text.equals("allchannels"));
    config.bind("requirepass", this::requirePass);
    config.bind("dir", Bindings::directory);
    config.bind("dbfilename", text -> plainName(text, "dbfilename"));
    config.bind("appendfilename", text -> plainName(text, "appendfilename"));
    config.bind("appenddirname", text -> plainName(text, "appenddirname"));
    config.bind(
        "client-output-buffer-limit",
        text -> {
          if (!text.isEmpty()) {
            config.setOutputLimits(text);
          }
        });
    users(config);
  }

  private void aclLog(String text) {
    server.acl().logEntriesMax = Integer.parseInt(text);
    server.acl().trimLog();
  }

  private void requirePass(String text) {
    boolean initial = text.isEmpty() && server.acl().defaultUser().noPassword;
    if (!initial) {
      server.acl().requirePass(text);
    }
  }

  private static void directory(String text) {
    if (!text.isEmpty() && !Files.isDirectory(Path.of(text))) {
      throw new IllegalArgumentException("No such file or directory");
    }
  }

  private static void plainName(String text, String setting) {
    if (text.indexOf('/') >= 0 || text.isEmpty()) {
      throw new IllegalArgumentException(setting + " can't be a path, just a filename");
    }
  }

  private void users(Config config) {
    if (!config.userLines.isEmpty() && !config.get("aclfile").isEmpty()) {
      throw new IllegalArgumentException(
          "Configuring Redis with users defined in redis.conf and at the same setting an ACL file"
              + " path is invalid. This setup is very likely to lead to configuration errors and"
              + " security holes, please define either an ACL file or declare users directly in"
              + " your redis.conf, but not both.");
    }
    Map<String, Acl.User> users = new LinkedHashMap<>();
    for (String[] words : config.userLines) {
      AclCommands.userLine(server.acl(), words, users);
    }
    users.forEach((name, user) -> {
      Acl.User there = server.acl().user(name);
      if (there == null) {
        server.acl().users().put(name, user);
      } else {
        there.take(user);
      }
    });
    if (!config.get("aclfile").isEmpty()) {
      AclCommands.loadFile(server, server.inFolder(config.get("aclfile")));
    }
  }
}
