package systems.redis.server;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import systems.redis.db.Database;

/**
 * INFO: the state of the server in sections of {@code name:value}, as clients and monitors parse
 * it.
 */
final class Info {
  private static final List<String> USUAL =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "errorstats",
          "cluster",
          "keyspace");
  private static final List<String> ALL_BUT_MODULES =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "commandstats",
          "latencystats",
          "errorstats",
          "cluster",
          "keyspace");

  private final Server server;

  Info(Server server) {
    this.server = server;
  }

  void command(Call call) {
    Set<String> wanted = new LinkedHashSet<>();
    if (call.count() == 1) {
      wanted.addAll(USUAL);
    }
    for (int i = 1; i < call.count(); i++) {
      String name = call.text(i).toLowerCase(Locale.ROOT);
      switch (name) {
        case "default" -> wanted.addAll(USUAL);
        case "all", "everything" -> {
          wanted.addAll(ALL_BUT_MODULES);
          if (name.equals("everything")) {
            wanted.add("modules");
          }
        }
        default -> wanted.add(name);
      }
    }
    call.reply().verbatim(text(wanted));
  }

  String text(Set<String> wanted) {
    var text = new StringBuilder();
    for (String section : ORDER) {
      if (wanted.contains(section)) {
        if (!text.isEmpty()) {
          text.append("\r\n");
        }
        String title =
            section.equals("cpu")
                ? "CPU"
                : section.substring(0, 1).toUpperCase(Locale.ROOT) + section.substring(1);
        text.append("# ").append(title).append("\r\n");
        fields(section)
            .forEach((name, value) -> text.append(name).append(':').append(value).append("\r\n"));
      }
    }
    return text.toString();
  }

  private static final List<String> ORDER =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "commandstats",
          "errorstats",
          "latencystats",
          "cluster",
          "keyspace");

  private Map<String, Object> fields(String section) {
    Map<String, Object> fields = new LinkedHashMap<>();
    switch (section) {
      case "server" -> server(fields);
      case "clients" -> clients(fields);
      case "memory" -> memory(fields);
      case "persistence" -> server.persistence().info(fields);
      case "stats" -> stats(fields);
      case "replication" -> server.replicationInfo(fields);
      case "cpu" -> cpu(fields);
      case "commandstats" -> commandStats(fields);
      case "errorstats" ->
          server
              .stats()
              .errors
              .forEach((code, n) -> fields.put("errorstat_" + code, "count=" + n[0]));
      case "latencystats" -> latencyStats(fields);
      case "cluster" -> fields.put("cluster_enabled", 0);
      case "keyspace" -> keyspace(fields);
      default -> {}
    }
    return fields;
  }

  private void server(Map<String, Object> f) {
    long uptime = (server.clock().millis() - server.startedMillis()) / 1000;
    f.put("redis_version", Server.VERSION);
    f.put("redis_git_sha1", "00000000");
    f.put("redis_git_dirty", 0);
    f.put("redis_build_id", "java");
    f.put("redis_mode", "standalone");
    f.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    f.put("arch_bits", 64);
    f.put("multiplexing_api", server.config().get("io-transport"));
    f.put("jvm_version", Runtime.version());
    f.put("process_id", ProcessHandle.current().pid());
    f.put("process_supervised", server.config().get("supervised"));
    f.put("run_id", server.runId());
    f.put("tcp_port", server.boundPort());
    f.put("server_time_usec", server.nowMicros());
    f.put("uptime_in_seconds", uptime);
    f.put("uptime_in_days", uptime / 86_400);
    f.put("hz", server.config().hz);
    f.put("configured_hz", server.config().number("hz"));
    long shutdownMillis = server.shutdown().leftMillis();
    if (shutdownMillis >= 0) {
      f.put("shutdown_in_milliseconds", shutdownMillis);
    }
    f.put("lru_clock", server.clock().millis() / 1000 & 0xffffff);
    f.put("executable", ProcessHandle.current().info().command().orElse("java"));
    f.put("config_file", server.config().file == null ? "" : server.config().file);
    f.put("io_threads_active", 0);
  }

  private void clients(Map<String, Object> f) {
    long largestIn = 0;
    long largestOut = 0;
    for (Client client : server.clients()) {
      largestIn = Math.max(largestIn, client.requests().bufferBytes());
      largestOut = Math.max(largestOut, client.outputBytes());
    }
    f.put(
        "connected_clients",
        server.clients().stream().filter(c -> !c.isReplica && !c.isMaster).count());
    f.put("cluster_connections", 0);
    f.put("maxclients", server.config().maxClients);
    f.put("client_recent_max_input_buffer", largestIn);
    f.put("client_recent_max_output_buffer", largestOut);
    f.put("blocked_clients", server.blocked().clients() + server.pause().waiting());
    f.put("tracking_clients", server.tracking().clients());
    f.put("clients_in_timeout_table", server.blocked().clients());
  }

  private void memory(Map<String, Object> f) {
    long used = server.memory().used();
    long max = server.config().maxMemory;
    f.put("used_memory", used);
    f.put("used_memory_human", human(used));
    f.put("used_memory_rss", Runtime.getRuntime().totalMemory());
    f.put("used_memory_rss_human", human(Runtime.getRuntime().totalMemory()));
    f.put("used_memory_peak", Math.max(used, server.stats().peakMemory));
    f.put("used_memory_peak_human", human(Math.max(used, server.stats().peakMemory)));
    f.put("used_memory_overhead", 1 << 20);
    f.put("used_memory_startup", 1 << 20);
    f.put("used_memory_dataset", Math.max(0, used - (1 << 20)));
    f.put("total_system_memory", server.memory().heapMax());
    f.put("total_system_memory_human", human(server.memory().heapMax()));
    f.put("used_memory_lua", 0);
    f.put("used_memory_scripts", 0);
    f.put("number_of_cached_scripts", server.scriptCount());
    f.put("number_of_functions", server.functionCount());
    f.put("number_of_libraries", server.libraryCount());
    f.put("maxmemory", max);
    f.put("maxmemory_human", human(max));
    f.put("maxmemory_policy", server.config().maxMemoryPolicy);
    f.put("mem_fragmentation_ratio", "1.00");
    f.put("mem_not_counted_for_evict", server.replicationBufferBytes());
    f.put("mem_replication_backlog", server.replication().backlogBytes());
    f.put("mem_total_replication_buffers", server.replication().backlogBytes());
    f.put("mem_clients_slaves", server.replication().bufferBytes());
    f.put(
        "mem_clients_normal",
        server.clients().stream().filter(c -> !c.isReplica).mapToLong(server::memoryOf).sum());
    f.put("mem_aof_buffer", 0);
    f.put("mem_allocator", "jvm");
    f.put("active_defrag_running", 0);
    f.put("lazyfree_pending_objects", 0);
    f.put("lazyfreed_objects", server.stats().lazilyFreed);
  }

  static String human(long bytes) {
    if (bytes < 1024) {
      return bytes + "B";
    }
    double value = bytes;
    String units = "BKMGTP";
    int unit = 0;
    while (value >= 1024 && unit < units.length() - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f%c", value, units.charAt(unit));
  }

  private void stats(Map<String, Object> f) {
    Stats s = server.stats();
    f.put("total_connections_received", s.connections);
    f.put("total_commands_processed", s.commands);
    f.put("instantaneous_ops_per_sec", s.opsPerSecond());
    f.put("total_net_input_bytes", s.bytesIn);
    f.put("total_net_output_bytes", s.bytesOut);
    f.put("instantaneous_input_kbps", String.format(Locale.ROOT, "%.2f", s.inKibPerSecond()));
    f.put("instantaneous_output_kbps", String.format(Locale.ROOT, "%.2f", s.outKibPerSecond()));
    f.put("rejected_connections", s.rejectedConnections);
    server.replication().stats(f);
    f.put("expired_keys", s.expiredKeys);
    f.put(
        "expired_stale_perc",
        String.format(Locale.ROOT, "%.2f", server.activeExpiry().stalePercent()));
    f.put("expired_time_cap_reached_count", server.activeExpiry().timesCapped());
    f.put("evicted_keys", s.evictedKeys);
    f.put("evicted_clients", s.evictedClients);
    f.put("total_eviction_exceeded_time", s.evictionExceededMillis);
    f.put("current_eviction_exceeded_time", 0);
    f.put("keyspace_hits", s.hits);
    f.put("keyspace_misses", s.misses);
    f.put("pubsub_channels", server.pubSub().channelCount());
    f.put("pubsub_patterns", server.pubSub().patternCount());
    f.put("pubsubshard_channels", server.pubSub().shardCount());
    f.put("latest_fork_usec", 0);
    f.put("total_forks", server.persistence().snapshots());
    f.put("migrate_cached_sockets", server.persistence().migrationSockets());
    f.put("slave_expires_tracked_keys", server.databases().ownExpiring());
    f.put("active_defrag_hits", 0);
    f.put("tracking_total_keys", server.tracking().keys());
    f.put("tracking_total_items", server.tracking().items());
    f.put("tracking_total_prefixes", server.tracking().prefixCount());
    f.put("unexpected_error_replies", s.unexpectedErrors);
    f.put("total_error_replies", s.errorReplies);
    f.put("dump_payload_sanitizations", server.persistence().sanitized());
    f.put("total_reads_processed", s.readsProcessed);
    f.put("total_writes_processed", s.writesProcessed);
    f.put("io_threaded_reads_processed", 0);
    f.put("io_threaded_writes_processed", 0);
    f.put("reply_buffer_shrinks", 0);
    f.put("reply_buffer_expands", 0);
    f.put("acl_access_denied_auth", s.aclDeniedAuth);
    f.put("acl_access_denied_cmd", s.aclDeniedCommand);
    f.put("acl_access_denied_key", s.aclDeniedKey);
    f.put("acl_access_denied_channel", s.aclDeniedChannel);
  }

  private static void cpu(Map<String, Object> f) {
    double seconds =
        ProcessHandle.current().info().totalCpuDuration().map(d -> d.toNanos() / 1e9).orElse(0.0);
    f.put("used_cpu_sys", "0.000000");
    f.put("used_cpu_user", String.format(Locale.ROOT, "%.6f", seconds));
    f.put("used_cpu_sys_children", "0.000000");
    f.put("used_cpu_user_children", "0.000000");
  }

  private void commandStats(Map<String, Object> f) {
    for (Command command : server.table().all()) {
      commandStat(f, command);
      command.subcommands.values().forEach(sub -> commandStat(f, sub));
    }
  }

  private static void commandStat(Map<String, Object> f, Command c) {
    if (c.calls > 0 || c.rejected > 0 || c.failed > 0) {
      f.put(
          "cmdstat_" + c.name(),
          String.format(
              Locale.ROOT,
              "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
              c.calls,
              c.micros,
              c.calls == 0 ? 0.0 : (double) c.micros / c.calls,
              c.rejected,
              c.failed));
    }
  }

  private void latencyStats(Map<String, Object> f) {
    for (Command command : server.table().all()) {
      latencyStat(f, command);
      command.subcommands.values().forEach(sub -> latencyStat(f, sub));
    }
  }

  private void latencyStat(Map<String, Object> f, Command c) {
    Histogram h = c.latencies;
    if (h == null) {
      return;
    }
    var text = new StringBuilder();
    for (double p : server.config().latencyPercentiles) {
      String name = p == Math.rint(p) ? Long.toString((long) p) : Double.toString(p);
      text.append(text.isEmpty() ? "" : ",");
      text.append(String.format(Locale.ROOT, "p%s=%.3f", name, h.percentile(p)));
    }
    f.put("latency_percentiles_usec_" + c.name(), text);
  }

  private void keyspace(Map<String, Object> f) {
    for (int i = 0; i < server.databases().count(); i++) {
      Database db = server.databases().get(i);
      if (db.size() > 0) {
        f.put(
            "db" + i,
            "keys="
                + db.size()
                + ",expires="
                + db.expiring()
                + ",avg_ttl="
                + (long) db.averageTtlMillis());
      }
    }
  }
}
