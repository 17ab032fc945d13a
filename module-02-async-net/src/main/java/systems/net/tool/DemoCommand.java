package systems.net.tool;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.observe.LiveChart;
import systems.net.observe.Span;
import systems.net.observe.Waterfall;
import systems.net.proxy.ConfigException;
import systems.net.proxy.Proxy;
import systems.net.proxy.ProxyConfig;

/**
 * A proxy before three upstreams, under load at a fixed rate, while they fail.
 *
 * <pre>
 *   load --300/s--> proxy --+--> a   killed without a warning, started again
 *                           +--> b   1.5 s slower for a while
 *                           +--> c
 *                                    then each drained and started again, one after the other
 * </pre>
 *
 * <p>Upstreams are processes of their own; load and proxy live in this one. Requests are
 * idempotent, so that the proxy may try again: no client may see an error, whatever happens behind.
 */
@Command(
    name = "demo",
    aliases = "chaos",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "A proxy before three upstreams: one is killed, one is slow, all are restarted.",
    footer = "%nFails (1) if a client has seen an error.")
final class DemoCommand implements Callable<Integer> {
  private static final String DEFAULT = " (default: ${DEFAULT-VALUE})";
  private static final int ACTS = 5;
  private static final int SLOW_MILLIS = 1500;
  private static final int CONNECTIONS = 32;
  private static final long TIMEOUT_NANOS = 15_000_000_000L;
  private static final Pattern ATTEMPTS =
      Pattern.compile(
          "proxy_attempts_total\\{.*upstream=\"[^\"]*:([0-9]+)\",outcome=\"([a-z_]+)\"\\}"
              + " ([0-9]+).*");
  private static final Pattern RETRIES = Pattern.compile("proxy_retries_total ([0-9]+).*");

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "for all five acts together" + DEFAULT)
  private int seconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "300",
      description = "requests a second" + DEFAULT)
  private int rate;

  @Option(names = "--plain", description = "a summary of each act, and no chart that moves")
  private boolean plain;

  private final PrintStream out = System.out;
  private final List<String> names = List.of("a", "b", "c");
  private final Map<String, ChildProcess> upstreams = new HashMap<>();
  private final Load.Report all = new Load.Report();
  private final List<Span> spans = new ArrayList<>();

  @Override
  public Integer call() throws Failure, InterruptedException {
    try {
      for (String name : names) {
        upstreams.put(name, ChildProcess.start("upstream"));
      }
      var proxy = new Proxy(config());
      try (Server server = Server.start(ServerSettings.usual().withLoops(1), proxy)) {
        play(proxy, (InetSocketAddress) server.address());
      }
    } finally {
      upstreams.values().forEach(ChildProcess::close);
    }
    out.printf("in all: %d answers, %d errors%n", all.answers, all.troubled());
    return all.troubled() == 0 && all.answers > 0 ? 0 : 1;
  }

  private ProxyConfig config() {
    String yaml =
        """
        listen: [127.0.0.1:1]
        trace-share: 1
        clusters:
          app:
            balance: least-requests
            header-timeout: 1s
            connect-timeout: 1s
            retry-ratio: 0.2
            eject: {failures: 3, for: 1s, percent-max: 67}
            health: {path: /healthz, interval: 500ms, timeout: 300ms}
            upstreams:
        %s
        routes:
          - {path: /, cluster: app, timeout: 8s, retries: 2}
        """
            .formatted(
                names.stream()
                    .map(name -> "      - address: 127.0.0.1:" + port(name))
                    .collect(Collectors.joining("\n")));
    try {
      return ProxyConfig.parse(yaml);
    } catch (ConfigException impossible) {
      throw new AssertionError("the demo's own configuration", impossible);
    }
  }

  private int port(String name) {
    return upstream(name).address().getPort();
  }

  private ChildProcess upstream(String name) {
    ChildProcess upstream = upstreams.get(name);
    assert upstream != null : name;
    return upstream;
  }

  private void play(Proxy proxy, InetSocketAddress address) throws Failure, InterruptedException {
    byte[] request =
        "GET /work HTTP/1.1\r\nHost: demo.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    var plan = new Load.Plan(address, request, "GET", CONNECTIONS, 1, rate, TIMEOUT_NANOS);
    try (Load load = Load.start(plan, 1)) {
      Thread.sleep(Duration.ofMillis(500));
      all.add(load.take());
      act(1, "three upstreams share " + rate + " requests a second", proxy, load, () -> {});
      act(2, "a is killed (SIGKILL)", proxy, load, () -> upstream("a").kill());
      act(
          3,
          "a is back; b answers " + SLOW_MILLIS + " ms later",
          proxy,
          load,
          () -> {
            restart("a");
            slow("b", SLOW_MILLIS);
          });
      showSlowestTrace();
      act(4, "b is as it was", proxy, load, () -> slow("b", 0));
      act(
          5,
          "a, b, c are drained (SIGTERM) and started again, one after the other",
          proxy,
          load,
          () -> {
            for (String name : names) {
              upstream(name).drain();
              restart(name);
            }
          });
    }
  }

  /** Something that happens to the upstreams. */
  @FunctionalInterface
  private interface Event {
    void happen() throws Failure, InterruptedException;
  }

  private void act(int number, String what, Proxy proxy, Load load, Event event)
      throws Failure, InterruptedException {
    out.printf("%d. %s%n", number, what);
    var chart = new LiveChart(out, !plain);
    var whole = new Load.Report();
    Counts first = counts(proxy);
    Counts before = first;
    event.happen();
    for (int i = 0; i < Math.max(1, seconds / ACTS); i++) {
      Thread.sleep(Duration.ofSeconds(1));
      Load.Report part = load.take();
      whole.add(part);
      spans.addAll(proxy.fetchSpans());
      Counts now = counts(proxy);
      if (!plain) {
        chart.draw("   " + told(part, now.retries - before.retries), rows(now, before));
      }
      before = now;
    }
    if (plain) {
      chart.draw("   " + told(whole, before.retries - first.retries), rows(before, first));
    }
    out.printf("   errors that clients saw: %d%n%n", whole.troubled());
    all.add(whole);
  }

  private static String told(Load.Report report, long retries) {
    return "%d answers, p50 %s, p99 %s, %d errors, %d retries"
        .formatted(
            report.answers,
            Units.micros(report.times.percentile(50) / 1e3),
            Units.micros(report.times.percentile(99) / 1e3),
            report.troubled(),
            retries);
  }

  /**
   * What the proxy has counted.
   *
   * @param attempts by port and outcome
   */
  private record Counts(Map<String, Long> attempts, long retries) {}

  /** Read from the text that Prometheus reads. */
  private static Counts counts(Proxy proxy) {
    var attempts = new HashMap<String, Long>();
    long sum = 0;
    for (String line : proxy.metrics().text().lines().toList()) {
      Matcher attempt = ATTEMPTS.matcher(line);
      Matcher retries = RETRIES.matcher(line);
      if (attempt.matches()) {
        attempts.put(attempt.group(1) + " " + attempt.group(2), Long.parseLong(attempt.group(3)));
      } else if (retries.matches()) {
        sum = Long.parseLong(retries.group(1));
      }
    }
    return new Counts(attempts, sum);
  }

  /** Attempts at each upstream between two moments. */
  private List<LiveChart.Row> rows(Counts now, Counts before) {
    return names.stream().map(name -> row(name, now.attempts, before.attempts)).toList();
  }

  private LiveChart.Row row(String name, Map<String, Long> now, Map<String, Long> before) {
    String prefix = port(name) + " ";
    var remark = new ArrayList<String>();
    long good = 0;
    for (Map.Entry<String, Long> entry : now.entrySet()) {
      long more = entry.getValue() - before.getOrDefault(entry.getKey(), 0L);
      if (entry.getKey().startsWith(prefix) && more > 0) {
        String outcome = entry.getKey().substring(prefix.length());
        if (outcome.equals("success")) {
          good = more;
        } else {
          remark.add(more + " " + outcome);
        }
      }
    }
    return new LiveChart.Row("   " + name, good, "answers", String.join(", ", remark));
  }

  private void restart(String name) throws Failure {
    String port = String.valueOf(port(name));
    upstream(name).close();
    upstreams.put(name, ChildProcess.start("upstream", "--port", port));
  }

  private void slow(String name, int millis) throws Failure, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port(name) + "/delay/" + millis);
    HttpRequest put = HttpRequest.newBuilder(uri).PUT(HttpRequest.BodyPublishers.noBody()).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      int status = client.send(put, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status != 204) {
        throw new Failure(name + " cannot be slowed: " + status);
      }
    } catch (IOException gone) {
      throw new Failure(name + " cannot be slowed: " + gone.getMessage());
    }
  }

  /** The trace of a request that was tried twice, or that took longest. */
  private void showSlowestTrace() {
    Map<String, List<Span>> traces =
        spans.stream().collect(Collectors.groupingBy(span -> span.context().traceId()));
    @Nullable List<Span> slowest =
        traces.values().stream().max(Comparator.comparingLong(DemoCommand::nanos)).orElse(null);
    if (slowest != null) {
      out.println("   the slowest request of this act:");
      Waterfall.of(slowest).lines().forEach(line -> out.println("   " + line));
      out.println();
    }
    spans.clear();
  }

  private static long nanos(List<Span> trace) {
    return trace.stream().mapToLong(span -> span.endNanos() - span.startNanos()).max().orElse(0);
  }
}
