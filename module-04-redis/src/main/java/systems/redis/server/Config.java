package systems.redis.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import systems.redis.server.Setting.Kind;
import systems.redis.types.Limits;

/**
 * All settings of redis.conf, with Redis 7.0's names and defaults, and the fields that the server
 * reads on its way.
 *
 * <p>Settings that mean nothing in a JVM (jemalloc, cpu lists, the out-of-memory killer) are taken,
 * kept and shown, so that a redis.conf that works there works here.
 */
public final class Config {
  /** Bounds of the replies that wait for a kind of clients. */
  record OutputLimit(long hardBytes, long softBytes, long softSeconds) {}

  /** {@code save 3600 1}. */
  record SavePoint(long seconds, long changes) {}

  private final Map<String, Setting> settings = new LinkedHashMap<>();
  private final Map<String, Setting> byName = new LinkedHashMap<>();

  final Limits limits = new Limits();
  boolean latencyTracking = true;
  double[] latencyPercentiles = {50, 99, 99.9};
  int maxClients = 10_000;
  long maxMemory;
  String maxMemoryPolicy = "noeviction";
  int maxMemorySamples = 5;
  int maxMemoryEvictionTenacity = 10;
  String maxMemoryClients = "0";
  long protoMaxBulkBytes = 512L << 20;
  long queryBufferBytesMax = 1L << 30;
  int timeoutSeconds;
  int hz = 10;
  int port = 6379;
  List<String> bind = List.of("*", "-::*");
  List<SavePoint> savePoints =
      List.of(new SavePoint(3600, 1), new SavePoint(300, 100), new SavePoint(60, 10_000));
  final Map<String, OutputLimit> outputLimits = new LinkedHashMap<>();
  @Nullable String file;
  final List<String[]> userLines = new ArrayList<>();
  final List<String[]> renames = new ArrayList<>();

  Config() {
    outputLimits.put("normal", new OutputLimit(0, 0, 0));
    outputLimits.put("slave", new OutputLimit(256L << 20, 64L << 20, 60));
    outputLimits.put("pubsub", new OutputLimit(32L << 20, 8L << 20, 60));
    defineServer();
    defineMemory();
    definePersistence();
    defineReplication();
    defineEncodings();
    defineRest();
  }

  private Setting add(Setting setting) {
    settings.put(setting.name, setting);
    byName.put(setting.name, setting);
    return setting;
  }

  private Setting bool(String name, boolean value) {
    return add(new Setting(name, Kind.BOOL, value ? "yes" : "no"));
  }

  private Setting number(String name, long value, long min, long max) {
    return add(new Setting(name, Kind.INTEGER, Long.toString(value)).range(min, max));
  }

  private Setting number(String name, long value, long min, long max, LongConsumer then) {
    return number(name, value, min, max).then(text -> then.accept(Long.parseLong(text)));
  }

  private Setting memory(String name, long value, long min, long max) {
    return add(new Setting(name, Kind.MEMORY, Long.toString(value)).range(min, max));
  }

  private Setting memory(String name, long value, long min, long max, LongConsumer then) {
    return memory(name, value, min, max).then(text -> then.accept(Long.parseLong(text)));
  }

  private Setting text(String name, String value) {
    return add(new Setting(name, Kind.TEXT, value));
  }

  private Setting choice(String name, String value, String... choices) {
    return add(new Setting(name, Kind.ENUM, value).choices(choices));
  }

  /** Several of the words, which are shown in their own order. */
  private void choices(String name, String value, String... choices) {
    Setting setting = choice(name, value, choices).severalWords();
    setting.severalChoices = true;
  }

  private void alias(Setting setting, String other) {
    setting.alias(other);
    byName.put(other, setting);
  }

  private static final String[] SHUTDOWN_FLAGS = {"default", "save", "nosave", "now", "force"};
  private static final long MAX = Long.MAX_VALUE;
  private static final int INT = Integer.MAX_VALUE;

  private void defineServer() {
    number("port", 6379, 0, 65535, n -> port = (int) n);
    text("bind", "* -::*")
        .severalWords()
        .then(text -> bind = text.isEmpty() ? List.of() : List.of(text.split(" +")));
    text("unixsocket", "").immutable();
    add(new Setting("unixsocketperm", Kind.OCTAL, "0")).range(0, 511).immutable();
    number("tcp-backlog", 511, 0, INT).immutable();
    number("tcp-keepalive", 300, 0, INT);
    number("timeout", 0, 0, INT, n -> timeoutSeconds = (int) n);
    bool("protected-mode", true);
    number("databases", 16, 1, INT).immutable();
    number("hz", 10, 0, INT, n -> hz = (int) Math.max(1, Math.min(500, n)));
    bool("dynamic-hz", true);
    bool("daemonize", false).immutable();
    choice("supervised", "no", "upstart", "systemd", "auto", "no").immutable();
    text("pidfile", "").immutable();
    choice("loglevel", "notice", "debug", "verbose", "notice", "warning");
    text("logfile", "").immutable();
    bool("syslog-enabled", false).immutable();
    text("syslog-ident", "redis").immutable();
    choice(
            "syslog-facility",
            "local0",
            "user",
            "local0",
            "local1",
            "local2",
            "local3",
            "local4",
            "local5",
            "local6",
            "local7")
        .immutable();
    bool("crash-log-enabled", true);
    bool("crash-memcheck-enabled", true);
    bool("use-exit-on-panic", false).hidden();
    bool("always-show-logo", false).immutable();
    bool("set-proc-title", true).immutable();
    text("proc-title-template", "{title} {listen-addr} {server-mode}");
    number("maxclients", 10_000, 1, INT, n -> maxClients = (int) n);
    text("requirepass", "");
    text("aclfile", "").immutable();
    number("acllog-max-len", 128, 0, INT);
    choice("acl-pubsub-default", "resetchannels", "allchannels", "resetchannels");
    number("io-threads", 1, 1, 128).immutable();
    bool("io-threads-do-reads", false).immutable();
    choice("io-transport", "auto", "auto", "nio", "epoll", "io_uring").immutable().hidden();
    text("dir", "").isProtected = true;
    choice("enable-protected-configs", "no", "no", "yes", "local").immutable();
    choice("enable-debug-command", "no", "no", "yes", "local").immutable();
    choice("enable-module-command", "no", "no", "yes", "local").immutable();
    text("bind-source-addr", "");
    text("server_cpulist", "").immutable();
    text("bio_cpulist", "").immutable();
    text("aof_rewrite_cpulist", "").immutable();
    text("bgsave_cpulist", "").immutable();
    text("ignore-warnings", "");
    text("oom-score-adj-values", "0 200 800").severalWords();
    choice("oom-score-adj", "no", "no", "yes", "relative", "absolute");
    bool("disable-thp", true).immutable();
    choices("shutdown-on-sigint", "default", SHUTDOWN_FLAGS);
    choices("shutdown-on-sigterm", "default", SHUTDOWN_FLAGS);
    number("shutdown-timeout", 10, 0, INT);
    number("socket-mark-id", 0, 0, 0xffffffffL).immutable();
    text("tls-port", "0");
    bool("tls-replication", false);
    bool("tls-cluster", false);
    choice("tls-auth-clients", "yes", "no", "yes", "optional");
    text("tls-cert-file", "");
    text("tls-key-file", "");
    text("tls-key-file-pass", "");
    text("tls-client-cert-file", "");
    text("tls-client-key-file", "");
    text("tls-client-key-file-pass", "");
    text("tls-dh-params-file", "");
    text("tls-ca-cert-file", "");
    text("tls-ca-cert-dir", "");
    text("tls-protocols", "");
    text("tls-ciphers", "");
    text("tls-ciphersuites", "");
    bool("tls-prefer-server-ciphers", false);
    bool("tls-session-caching", true);
    number("tls-session-cache-size", 20_480, 0, INT);
    number("tls-session-cache-timeout", 300, 0, INT);
  }

  private void defineMemory() {
    memory("maxmemory", 0, 0, MAX, n -> maxMemory = n);
    choice(
            "maxmemory-policy",
            "noeviction",
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "noeviction")
        .then(text -> maxMemoryPolicy = text);
    number("maxmemory-samples", 5, 1, 64, n -> maxMemorySamples = (int) n);
    number("maxmemory-eviction-tenacity", 10, 0, 100, n -> maxMemoryEvictionTenacity = (int) n);
    add(new Setting("maxmemory-clients", Kind.PERCENT_OR_MEMORY, "0"))
        .range(0, MAX)
        .then(text -> maxMemoryClients = text);
    memory("client-query-buffer-limit", 1L << 30, 1 << 20, MAX, n -> queryBufferBytesMax = n);
    memory("proto-max-bulk-len", 512L << 20, 1 << 20, MAX, n -> protoMaxBulkBytes = n);
    text("client-output-buffer-limit", "").severalWords();
    number("lfu-log-factor", 10, 0, INT);
    number("lfu-decay-time", 1, 0, INT);
    bool("lazyfree-lazy-eviction", false);
    bool("lazyfree-lazy-expire", false);
    bool("lazyfree-lazy-server-del", false);
    bool("lazyfree-lazy-user-del", false);
    bool("lazyfree-lazy-user-flush", false);
    bool("activerehashing", true);
    bool("activedefrag", false);
    memory("active-defrag-ignore-bytes", 100L << 20, 1, MAX);
    number("active-defrag-threshold-lower", 10, 0, 1000);
    number("active-defrag-threshold-upper", 100, 0, 1000);
    number("active-defrag-cycle-min", 1, 1, 99);
    number("active-defrag-cycle-max", 25, 1, 99);
    number("active-defrag-max-scan-fields", 1000, 1, MAX);
    number("active-expire-effort", 1, 1, 10);
    bool("jemalloc-bg-thread", true);
    number("tracking-table-max-keys", 1_000_000, 0, MAX);
  }

  private void definePersistence() {
    text("save", "3600 1 300 100 60 10000").severalWords().then(this::parseSavePoints);
    bool("stop-writes-on-bgsave-error", true);
    bool("rdbcompression", true);
    bool("rdbchecksum", true).immutable();
    bool("rdb-save-incremental-fsync", true);
    bool("rdb-del-sync-files", false);
    text("dbfilename", "dump.rdb").isProtected = true;
    number("rdb-key-save-delay", 0, Integer.MIN_VALUE, INT).hidden();
    number("key-load-delay", 0, Integer.MIN_VALUE, INT).hidden();
    choice("sanitize-dump-payload", "no", "no", "yes", "clients");
    bool("appendonly", false);
    text("appendfilename", "appendonly.aof").immutable();
    text("appenddirname", "appendonlydir").immutable();
    choice("appendfsync", "everysec", "everysec", "always", "no");
    bool("no-appendfsync-on-rewrite", false);
    number("auto-aof-rewrite-percentage", 100, 0, INT);
    memory("auto-aof-rewrite-min-size", 64L << 20, 0, MAX);
    bool("aof-load-truncated", true);
    bool("aof-use-rdb-preamble", true);
    bool("aof-timestamp-enabled", false);
    bool("aof-rewrite-incremental-fsync", true);
    bool("aof-disable-auto-gc", false).hidden();
    memory("loading-process-events-interval-bytes", 2 << 20, 1024, INT).hidden();
  }

  private void parseSavePoints(String text) {
    if (text.isEmpty()) {
      savePoints = List.of();
      return;
    }
    String[] words = text.split(" +");
    if (words.length % 2 != 0) {
      throw new IllegalArgumentException("Invalid save parameters");
    }
    var points = new ArrayList<SavePoint>();
    for (int i = 0; i < words.length; i += 2) {
      try {
        long seconds = Long.parseLong(words[i]);
        long changes = Long.parseLong(words[i + 1]);
        if (seconds < 1 || changes < 0) {
          throw new IllegalArgumentException("Invalid save parameters");
        }
        points.add(new SavePoint(seconds, changes));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("Invalid save parameters", e);
      }
    }
    savePoints = points;
  }

  private void defineReplication() {
    Setting of = text("replicaof", "").immutable();
    alias(of, "slaveof");
    text("masteruser", "");
    text("masterauth", "");
    alias(bool("replica-serve-stale-data", true), "slave-serve-stale-data");
    alias(bool("replica-read-only", true), "slave-read-only");
    alias(bool("replica-lazy-flush", false), "slave-lazy-flush");
    alias(bool("replica-ignore-maxmemory", true), "slave-ignore-maxmemory");
    bool("replica-ignore-disk-write-errors", false);
    alias(number("replica-priority", 100, 0, INT), "slave-priority");
    bool("replica-announced", true);
    alias(text("replica-announce-ip", ""), "slave-announce-ip");
    alias(number("replica-announce-port", 0, 0, 65535), "slave-announce-port");
    bool("repl-diskless-sync", true);
    number("repl-diskless-sync-delay", 5, 0, INT);
    number("repl-diskless-sync-max-replicas", 0, 0, INT);
    choice("repl-diskless-load", "disabled", "disabled", "on-empty-db", "swapdb");
    bool("repl-disable-tcp-nodelay", false);
    memory("repl-backlog-size", 1 << 20, 1, MAX);
    number("repl-backlog-ttl", 3600, 0, MAX);
    number("repl-timeout", 60, 1, INT);
    alias(number("repl-ping-replica-period", 10, 1, INT), "repl-ping-slave-period");
    alias(number("min-replicas-to-write", 0, 0, INT), "min-slaves-to-write");
    alias(number("min-replicas-max-lag", 10, 0, INT), "min-slaves-max-lag");
    choice("propagation-error-behavior", "ignore", "ignore", "panic", "panic-on-replicas");
  }

  private void defineEncodings() {
    Limits l = limits;
    alias(
        number("hash-max-listpack-entries", 512, 0, MAX, n -> l.hashEntries = clamp(n)),
        "hash-max-ziplist-entries");
    alias(
        memory("hash-max-listpack-value", 64, 0, MAX, n -> l.hashValueBytes = clamp(n)),
        "hash-max-ziplist-value");
    number("set-max-intset-entries", 512, 0, MAX, n -> l.setIntegers = clamp(n));
    alias(
        number("zset-max-listpack-entries", 128, 0, MAX, n -> l.zsetEntries = clamp(n)),
        "zset-max-ziplist-entries");
    alias(
        memory("zset-max-listpack-value", 64, 0, MAX, n -> l.zsetValueBytes = clamp(n)),
        "zset-max-ziplist-value");
    alias(
        number("list-max-listpack-size", -2, Integer.MIN_VALUE, INT, n -> l.listSize = (int) n),
        "list-max-ziplist-size");
    number("list-compress-depth", 0, 0, INT, n -> l.listCompressDepth = (int) n);
    memory("stream-node-max-bytes", 4096, 0, MAX, n -> l.streamNodeBytes = clamp(n));
    number("stream-node-max-entries", 100, 0, MAX, n -> l.streamNodeEntries = clamp(n));
    memory("hll-sparse-max-bytes", 3000, 0, MAX, n -> l.hllSparseBytes = clamp(n));
  }

  private static int clamp(long n) {
    return (int) Math.min(n, 1 << 30);
  }

  private void defineRest() {
    number("slowlog-log-slower-than", 10_000, -1, MAX);
    number("slowlog-max-len", 128, 0, MAX);
    number("latency-monitor-threshold", 0, 0, MAX);
    bool("latency-tracking", true).then(text -> latencyTracking = text.equals("yes"));
    text("latency-tracking-info-percentiles", "50 99 99.9")
        .severalWords()
        .then(this::parsePercentiles);
    text("notify-keyspace-events", "");
    Setting busy = number("lua-time-limit", 5000, 0, MAX);
    alias(busy, "busy-reply-threshold");
    bool("lua-enable-deprecated-api", false).immutable().hidden();
    bool("gopher-enabled", false).hidden();
    bool("cluster-enabled", false).immutable();
    text("cluster-config-file", "nodes.conf").immutable();
    number("cluster-node-timeout", 15_000, 0, MAX);
    number("cluster-port", 0, 0, 65535).immutable();
    number("cluster-announce-port", 0, 0, 65535);
    number("cluster-announce-bus-port", 0, 0, 65535);
    number("cluster-announce-tls-port", 0, 0, 65535);
    text("cluster-announce-ip", "");
    text("cluster-announce-hostname", "");
    choice("cluster-preferred-endpoint-type", "ip", "ip", "hostname", "unknown-endpoint");
    bool("cluster-require-full-coverage", true);
    bool("cluster-allow-reads-when-down", false);
    bool("cluster-allow-pubsubshard-when-down", true);
    bool("cluster-allow-replica-migration", true);
    number("cluster-migration-barrier", 1, 0, INT);
    alias(bool("cluster-replica-no-failover", false), "cluster-slave-no-failover");
    alias(number("cluster-replica-validity-factor", 10, 0, INT), "cluster-slave-validity-factor");
    memory("cluster-link-sendbuf-limit", 0, 0, MAX);
    memory("replica-buffer", 1 << 20, 0, MAX).hidden();
    number("client-default-resp", 2, 2, 3).hidden();
  }

  private void parsePercentiles(String text) {
    String[] words = text.isEmpty() ? new String[0] : text.split(" +");
    double[] parsed = new double[words.length];
    for (int i = 0; i < words.length; i++) {
      double value;
      try {
        value = Double.parseDouble(words[i]);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "latency-tracking-info-percentiles should contain numbers", e);
      }
      if (!(value >= 0 && value <= 100)) {
        throw new IllegalArgumentException(
            "latency-tracking-info-percentiles should be in the range of 0 to 100");
      }
      parsed[i] = value;
    }
    latencyPercentiles = parsed;
  }

  // ---- access

  Setting setting(String name) {
    Setting setting = byName.get(name);
    if (setting == null) {
      throw new IllegalArgumentException("no setting " + name);
    }
    return setting;
  }

  @Nullable Setting find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  Iterable<Setting> all() {
    return settings.values();
  }

  /** Names with the settings, aliases too. */
  Map<String, Setting> names() {
    return byName;
  }

  String get(String name) {
    return setting(name).value;
  }

  long number(String name) {
    return setting(name).number();
  }

  boolean yes(String name) {
    return setting(name).yes();
  }

  /** Runs an action with the value now and after each change. */
  void bind(String name, Consumer<String> action) {
    Setting setting = setting(name);
    Consumer<String> before = setting.onChange;
    setting.onChange =
        text -> {
          before.accept(text);
          action.accept(text);
        };
    action.accept(setting.value);
  }

  /** Sets a value; an {@link IllegalArgumentException} says why not, and nothing was changed. */
  void set(Setting setting, String text) {
    String parsed = setting.parse(text);
    String old = setting.value;
    setting.value = parsed;
    try {
      setting.onChange.accept(parsed);
    } catch (IllegalArgumentException e) {
      setting.value = old;
      goBack(setting, old);
      throw e;
    }
  }

  /** Those who had taken the new value before one refused it get the old one again. */
  private static void goBack(Setting setting, String old) {
    try {
      setting.onChange.accept(old);
    } catch (IllegalArgumentException e) {
      assert !e.toString().isEmpty(); // it had refused the new one, and has nothing to undo
    }
  }

  // ---- output-buffer limits

  /** {@code normal 0 0 0 pubsub 32mb 8mb 60}. */
  void setOutputLimits(String text) {
    String[] words = text.trim().split(" +");
    if (words.length % 4 != 0) {
      throw new IllegalArgumentException(
          "Wrong number of arguments in buffer limit configuration.");
    }
    var parsed = new LinkedHashMap<String, OutputLimit>();
    for (int i = 0; i < words.length; i += 4) {
      String kind =
          words[i].equalsIgnoreCase("replica") ? "slave" : words[i].toLowerCase(Locale.ROOT);
      if (!outputLimits.containsKey(kind)) {
        throw new IllegalArgumentException(
            "Invalid client class specified in buffer limit configuration.");
      }
      try {
        long seconds = Long.parseLong(words[i + 3]);
        if (seconds < 0) {
          throw new IllegalArgumentException("negative");
        }
        parsed.put(
            kind,
            new OutputLimit(Setting.memory(words[i + 1]), Setting.memory(words[i + 2]), seconds));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.", e);
      }
    }
    outputLimits.putAll(parsed);
  }

  String outputLimitsText() {
    var words = new ArrayList<String>();
    outputLimits.forEach((kind, limit) ->
        words.add(kind + " " + limit.hardBytes + " " + limit.softBytes + " " + limit.softSeconds));
    return String.join(" ", words);
  }

  /** Split like a command line, for settings of several words. */
  static List<String> words(String text) {
    return text.isBlank() ? List.of() : Arrays.asList(text.trim().split(" +"));
  }
}
