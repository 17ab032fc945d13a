package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import systems.redis.resp.Reply;

/** Spikes of latency by their cause: {@code latency-monitor-threshold}. */
final class Latency {
  private static final int SAMPLES = 160;

  private static final class Series {
    final long[] seconds = new long[SAMPLES];
    final long[] millis = new long[SAMPLES];
    int next;
    long max;

    void add(long second, long value) {
      max = Math.max(max, value);
      int last = (next + SAMPLES - 1) % SAMPLES;
      if (seconds[last] == second) {
        millis[last] = Math.max(millis[last], value);
        return;
      }
      seconds[next] = second;
      millis[next] = value;
      next = (next + 1) % SAMPLES;
    }

    int count() {
      int n = 0;
      for (long s : seconds) {
        n += s != 0 ? 1 : 0;
      }
      return n;
    }
  }

  private final Server server;
  private final Map<String, Series> series = new TreeMap<>();
  long thresholdMillis;

  Latency(Server server) {
    this.server = server;
  }

  void add(String event, long millis) {
    if (thresholdMillis > 0 && millis >= thresholdMillis) {
      series.computeIfAbsent(event, _ -> new Series()).add(server.clock().millis() / 1000, millis);
    }
  }

  void register(CommandTable table) {
    table.on("latency|latest", this::latest);
    table.on("latency|history", this::history);
    table.on("latency|reset", this::reset);
    table.on("latency|graph", this::graph);
    table.on("latency|doctor", call -> call.reply().verbatim(advice()));
    table.on("latency|histogram", this::histogram);
    table.on("latency|help", Help::reply);
  }

  private void latest(Call call) {
    //> phase 3: the last delay and the longest; where does the ring begin?
    Reply reply = call.reply();
    reply.array(series.size());
    series.forEach((event, s) -> {
      int last = (s.next + SAMPLES - 1) % SAMPLES;
      reply.array(4);
      reply.bulk(event);
      reply.integer(s.seconds[last]);
      reply.integer(s.millis[last]);
      reply.integer(s.max);
    });
    //< phase 3
  }

  private void history(Call call) {
    //> phase 3: in which order do the samples lie in the ring?
    Series s = series.get(call.text(2));
    Reply reply = call.reply();
    if (s == null) {
      reply.array(0);
      return;
    }
    reply.array(s.count());
    for (int i = 0; i < SAMPLES; i++) {
      int at = (s.next + i) % SAMPLES;
      if (s.seconds[at] != 0) {
        reply.array(2);
        reply.integer(s.seconds[at]);
        reply.integer(s.millis[at]);
      }
    }
    //< phase 3
  }

  private void reset(Call call) {
    if (call.count() == 2) {
      int n = series.size();
      series.clear();
      call.reply().integer(n);
      return;
    }
    int n = 0;
    for (int i = 2; i < call.count(); i++) {
      n += series.remove(call.text(i)) != null ? 1 : 0;
    }
    call.reply().integer(n);
  }

  private void graph(Call call) {
    Series s = series.get(call.text(2));
    if (s == null) {
      throw systems.redis.resp.ErrorReply.err(
          "No samples available for event '" + call.text(2) + "'");
    }
    var text =
        new StringBuilder(
            call.text(2) + " - high " + s.max + " ms (all time high " + s.max + " ms)\n");
    long now = server.clock().millis() / 1000;
    for (int i = 0; i < SAMPLES; i++) {
      int at = (s.next + i) % SAMPLES;
      if (s.seconds[at] != 0) {
        int bar = (int) Math.max(1, 40 * s.millis[at] / Math.max(1, s.max));
        text.append("#".repeat(bar)).append(' ').append(s.millis[at]).append(" ms, ");
        text.append(now - s.seconds[at]).append("s ago\n");
      }
    }
    call.reply().verbatim(text.toString());
  }

  private String advice() {
    if (thresholdMillis == 0) {
      return "The latency monitor is disabled in this Redis"
          + " instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in"
          + " order to enable it.\n";
    }
    if (series.isEmpty()) {
      return "No latency spike was seen since the monitor was switched on.\n";
    }
    var text = new StringBuilder("Latency spikes were seen:\n");
    series.forEach((event, s) ->
        text.append("  ")
            .append(event)
            .append(": ")
            .append(s.count())
            .append(" seconds with spikes, the longest of ")
            .append(s.max)
            .append(" ms\n"));
    return text.append("Look at SLOWLOG GET for the commands.\n").toString();
  }

  private void histogram(Call call) {
    //> phase 3: a command, its subcommands, or all that have run?
    var shown = new java.util.LinkedHashMap<String, Command>();
    if (call.count() == 2) {
      server.table().all().forEach(c -> withSubcommands(c, shown));
    }
    for (int i = 2; i < call.count(); i++) {
      String name = new String(call.arg(i), ISO_8859_1).toLowerCase(Locale.ROOT);
      Command command = server.table().named(name);
      if (command != null) {
        withSubcommands(command, shown);
      }
    }
    shown.values().removeIf(c -> c.latencies == null);
    Reply reply = call.reply();
    reply.map(shown.size());
    shown.forEach((name, command) -> show(reply, name, command.latencies));
    //< phase 3
  }

  private static void withSubcommands(Command command, Map<String, Command> into) {
    into.put(command.name(), command);
    command.subcommands.values().forEach(sub -> into.put(sub.name(), sub));
  }

  private static void show(
      Reply reply, String name, @org.jspecify.annotations.Nullable Histogram h) {
    assert h != null;
    reply.bulk(name);
    reply.map(2);
    reply.bulk("calls");
    reply.integer(h.total());
    reply.bulk("histogram_usec");
    reply.map(h.forEach((_, _) -> {}));
    h.forEach((bound, sum) -> {
      reply.integer(bound);
      reply.integer(sum);
    });
  }
}
