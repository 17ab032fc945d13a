package systems.net.proxy;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import systems.net.balance.Upstream;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.http.Status;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.observe.Span;
import systems.net.observe.Tracer;
import systems.net.proxy.ProxyConfig.ClusterConfig;
import systems.net.proxy.ProxyConfig.RouteConfig;

/**
 * One loop's proxy. Loops share nothing but the configuration: each has its own connections to the
 * upstreams, its own view of their health, its own limits. So no request waits for another loop, at
 * the price that numbers in the configuration hold for each loop.
 *
 * <pre>
 *   configuration 1   routes --> clusters --> pools            requests that run
 *                                   | equal: kept                 | hold on to theirs
 *   configuration 2   routes --> clusters --> pools               v
 *                                             dropped ones: retired, end with their last request
 * </pre>
 */
final class Worker {
  /** Bodies of the proxy's own answers are short, and never say more than the reason. */
  private static final String PLAIN = "text/plain; charset=utf-8";

  /** Spans that wait to be fetched; what does not fit is dropped. */
  private static final int SPANS_MAX = 10_000;

  final Loop loop;
  final Meters meters;
  private final Network network;
  private final Headers scratch = new Headers();
  private Map<String, LoopCluster> clusters = new HashMap<>();
  private Map<RouteConfig, RouteState> states = new HashMap<>();
  private @Nullable ProxyConfig config;
  private Fields fields = new Fields("none", false);
  private Routes<RouteState> routes;
  private volatile Tracer tracer;
  private double traceShare = ProxyConfig.NO_TRACES;
  private String lastAuthority = "";
  private String lastHost = "";

  Worker(Loop loop, Network network, Meters meters) {
    this.loop = loop;
    this.network = network;
    this.meters = meters;
    routes = new Routes<>(List.of(), route -> nothing());
    tracer = new Tracer(loop.nanoTime(), Worker::epochNanos, 1, SPANS_MAX);
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  Tracer tracer() {
    return tracer;
  }

  /** The span of a request, if traces are made. */
  @Nullable Span span(Request request) {
    if (traceShare == ProxyConfig.NO_TRACES) {
      return null;
    }
    return tracer.start(
        request.header("traceparent"),
        request.header("tracestate"),
        request.method(),
        Span.Kind.SERVER);
  }

  // ---- configuration

  private static RouteState nothing() {
    throw new AssertionError("no routes, no state");
  }

  /** Goes over to another configuration; requests that run go on with what they have. */
  void adopt(ProxyConfig next) {
    //> phase 7: what is equal is kept: its connections, its health, its limits
    assert loop.inLoop();
    if (next.equals(config)) {
      return;
    }
    config = next;
    fields = new Fields(next.name(), next.trustForwarded());
    if (traceShare != next.traceShare()) {
      traceShare = next.traceShare();
      tracer = new Tracer(loop.nanoTime(), Worker::epochNanos, Math.max(0, traceShare), SPANS_MAX);
    }
    Map<String, LoopCluster> before = clusters;
    clusters = new HashMap<>();
    for (ClusterConfig cluster : next.clusters().values()) {
      clusters.put(cluster.name(), cluster(cluster, before.get(cluster.name())));
    }
    Map<RouteConfig, RouteState> old = states;
    states = new HashMap<>();
    for (RouteConfig route : next.routes()) {
      states.put(route, state(route, old.get(route)));
    }
    Map<RouteConfig, RouteState> current = states;
    routes =
        new Routes<>(
            next.routes(),
            route -> Objects.requireNonNull(current.get(route), "each route has its state"));
    before.forEach((name, cluster) -> cluster.retire(clusters.get(name)));
    //< phase 7
  }

  //> phase 7 only
  private LoopCluster cluster(ClusterConfig next, @Nullable LoopCluster before) {
    if (before != null && before.config.equals(next)) {
      return before;
    }
    LoopCluster kept = before; //~ reloadForgetsEverything: LoopCluster kept = null;
    return new LoopCluster(next, loop, network, kept);
  }

  private RouteState state(RouteConfig route, @Nullable RouteState before) {
    LoopCluster cluster = clusters.get(route.cluster());
    assert cluster != null : "checked when the configuration was read";
    Gate gate = before == null ? new Gate(route, loop.nanoTime()) : before.gate;
    return new RouteState(route, cluster, gate, meters.route(route.label()));
  }

  //< phase 7

  // ---- requests

  void handle(Request request, Response response) {
    int refused = refusal(request);
    if (refused != 0) {
      refuse(request, response, refused);
      return;
    }
    RouteState route = routes.find(host(request.authority()), request.path());
    if (route == null) {
      meters.refused(404);
      answer(response, 404, "no route for this host and path");
      return;
    }
    long timeout = Math.min(given(request), route.config.timeoutNanos());
    if (timeout <= 0) {
      meters.refused(504);
      answer(response, 504, "no time is left");
      return;
    }
    int gate = route.gate.enter(loop.nanoTime());
    if (gate != 0) {
      meters.refused(gate);
      response.header("Retry-After", Long.toString(route.gate.retryAfterSeconds(loop.nanoTime())));
      answer(response, gate, "too many requests");
      return;
    }
    new Forwarding(this, route, request, response, loop.nanoTime() + timeout).start();
  }

  /** The host of an authority; most of the time it is the one of the request before. */
  private String host(String authority) {
    if (!authority.equals(lastAuthority)) {
      lastAuthority = authority;
      lastHost = Routes.host(authority);
    }
    return lastHost;
  }

  /** The time that whoever asks is ready to wait. */
  private static long given(Request request) {
    //> phase 7: a field says it, in milliseconds
    return Fields.timeoutNanos(request); //~ forgetsTheSendersTime: return Long.MAX_VALUE;
    //< phase 7
  }

  /** The status for a request that is no upstream's matter; 0 for all others. */
  private int refusal(Request request) {
    //> phase 7: four kinds of requests that must not reach an upstream, or not this way
    String method = request.method();
    if (method.equals(Method.CONNECT) || method.equals(Method.TRACE)) {
      return 405;
    }
    if (Fields.isLastHop(request)) {
      return 200;
    }
    if (Routes.hasDotSegments(request.path())) {
      return 400;
    }
    boolean again = request.headers().contains("Via") && fields.hasPassedHere(request);
    return again ? 508 : 0; //~ goesInCircles: return again && method.isEmpty() ? 508 : 0;
    //< phase 7
  }

  private void refuse(Request request, Response response, int status) {
    meters.refused(status);
    switch (status) {
      case 200 -> response.send();
      case 405 -> {
        response.header("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        answer(response, 405, request.method() + " is not for this proxy");
      }
      case 400 -> answer(response, 400, "a path with dot segments");
      default -> answer(response, status, "the request has been here before");
    }
  }

  /** An answer of the proxy itself. */
  static void answer(Response response, int status, String why) {
    if (!response.isEnded() && !response.isStarted()) {
      response.status(status).header("Content-Type", PLAIN);
      response.send(status + " " + Status.reason(status) + ": " + why + "\n");
    }
  }

  // ---- heads

  /** The head for an upstream, in an object that the next request uses again. */
  Headers requestFields(
      Request request, RouteState route, Upstream upstream, @Nullable String upgrade) {
    String host = route.config.hostHeader();
    if (host.isEmpty()) {
      host = request.authority().isEmpty() ? upstream.name() : request.authority();
    }
    fields.request(request, scratch, host, upgrade);
    return scratch;
  }

  void responseFields(Headers from, Response to) {
    fields.response(from, to);
  }

  /** The fields of a 101, which the parser has kept aside. */
  void upgradeFields(Headers from, String protocol, Response to) {
    responseFields(from, to);
    to.header("Upgrade", protocol);
  }
}
