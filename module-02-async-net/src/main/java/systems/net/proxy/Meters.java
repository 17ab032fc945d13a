package systems.net.proxy;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import systems.net.balance.Outcome;
import systems.net.observe.Histogram;
import systems.net.observe.Registry;
import systems.net.observe.Registry.Counter;

/**
 * What one loop's proxy counts. Labels are names of the configuration, never what a client sends,
 * so their number is the configuration's; a reload that brings a name back goes on with its series.
 */
final class Meters {
  /** Of one route. */
  static final class OfRoute {
    private final List<Counter> byClass;
    private final Histogram latency;
    private final Counter cut;

    private OfRoute(Registry registry, String route) {
      List<String> labels = List.of("route", "code");
      byClass =
          Stream.of("1xx", "2xx", "3xx", "4xx", "5xx")
              .map(code ->
                  registry.counter(
                      "proxy_requests_total", "Requests by status.", labels, List.of(route, code)))
              .toList();
      cut =
          registry.counter(
              "proxy_requests_total", "Requests by status.", labels, List.of(route, "cut"));
      latency =
          registry.histogram(
              "proxy_request_seconds",
              "From the request's head to the end of the answer.",
              List.of("route"),
              List.of(route));
    }

    void answered(int status, long nanos) {
      byClass.get(status / 100 - 1).add(1);
      latency.record(nanos);
    }

    /** The client has gone, or was broken off. */
    void cut() {
      cut.add(1);
    }
  }

  private final Registry registry;
  private final Map<String, OfRoute> routes = new HashMap<>();
  private final Map<String, EnumMap<Outcome, Counter>> upstreams = new HashMap<>();
  private final Map<Integer, Counter> refused = new HashMap<>();
  private final Counter retries;

  Meters(Registry registry) {
    this.registry = registry;
    retries =
        registry.counter("proxy_retries_total", "Attempts after the first.", List.of(), List.of());
  }

  OfRoute route(String label) {
    return routes.computeIfAbsent(label, missing -> new OfRoute(registry, missing));
  }

  /** The proxy itself has answered, before any route's upstream was asked. */
  void refused(int status) {
    refused
        .computeIfAbsent(
            status,
            missing ->
                registry.counter(
                    "proxy_refused_total",
                    "Requests that no upstream was asked for.",
                    List.of("code"),
                    List.of(Integer.toString(missing))))
        .add(1);
  }

  void retried() {
    retries.add(1);
  }

  /** An attempt at this upstream has ended. */
  void attempted(String cluster, String upstream, Outcome outcome) {
    EnumMap<Outcome, Counter> counters = upstreams.get(upstream);
    if (counters == null) {
      counters = attempts(cluster, upstream);
      upstreams.put(upstream, counters);
    }
    Counter counter = counters.get(outcome);
    assert counter != null;
    counter.add(1);
  }

  private EnumMap<Outcome, Counter> attempts(String cluster, String upstream) {
    var counters = new EnumMap<Outcome, Counter>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      String word = outcome.name().toLowerCase(Locale.ROOT);
      counters.put(
          outcome,
          registry.counter(
              "proxy_attempts_total",
              "Requests to upstreams by how they ended.",
              List.of("cluster", "upstream", "outcome"),
              List.of(cluster, upstream, word)));
    }
    return counters;
  }
}
