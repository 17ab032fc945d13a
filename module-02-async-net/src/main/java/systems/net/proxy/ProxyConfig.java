package systems.net.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy is told: where it listens, who is behind it, and who gets what.
 *
 * <pre>{@code
 * listen: [127.0.0.1:8080]
 * admin: 127.0.0.1:9090            # /metrics, /spans, /healthz
 * name: edge                       # in Via
 * trace-share: 0.01                # of the requests that begin a trace; without it no spans
 * clusters:
 *   api:
 *     balance: least-requests      # round-robin, least-requests, consistent-hash
 *     upstreams:
 *       - address: 127.0.0.1:9001
 *       - address: 127.0.0.1:9002
 *         weight: 2
 *     health: {path: /healthz, interval: 2s}
 *     break: {failure-percent: 50, requests: 20, window: 10s, open: 5s}
 * routes:
 *   - host: api.example.org        # or *.example.org; without it any host
 *     path: /v1                    # the longest path that fits is taken
 *     cluster: api
 *     timeout: 10s
 *     retries: 2
 *     rate: {per-second: 100, burst: 200}
 * }</pre>
 *
 * <p>Everything has a bound, and each bound a default that can be seen here. A file is used whole
 * or not at all; equal records mean that nothing has changed, which is how a reload knows what to
 * keep.
 *
 * @param listen where clients connect
 * @param admin where the operators connect; null for nowhere
 * @param name the proxy's name in Via
 * @param trustForwarded whether X-Forwarded-For and its like are believed and continued; else they
 *     are replaced, since any client can write them
 * @param traceShare of the requests without a trace of their own that begin one
 */
public record ProxyConfig(
    List<InetSocketAddress> listen,
    @Nullable InetSocketAddress admin,
    String name,
    boolean trustForwarded,
    double traceShare,
    Map<String, ClusterConfig> clusters,
    List<RouteConfig> routes) {
  /** The share that means: no spans, and trace fields are passed on as they are. */
  static final double NO_TRACES = -1;

  private static final long PER_SECOND_MAX = 1_000_000;
  private static final long FILE_BYTES_MAX = 1 << 20;
  private static final long SECOND = 1_000_000_000L;

  public ProxyConfig {
    listen = List.copyOf(listen);
    clusters = Map.copyOf(clusters);
    routes = List.copyOf(routes);
  }

  /** How the upstream of a request is chosen. */
  public enum Balance {
    ROUND_ROBIN,
    LEAST_REQUESTS,
    CONSISTENT_HASH
  }

  /** What consistent hashing goes by. */
  public enum HashOn {
    PATH,
    ADDRESS,
    HOST
  }

  /**
   * Servers that are as good as each other.
   *
   * @param connectionsMax of one loop to one upstream
   * @param waitersMax requests of one loop that wait for one
   * @param inFlightMax requests of one loop to all of them
   * @param retryRatio retries per request, of one loop, in the long run
   * @param breaker null for none
   */
  public record ClusterConfig(
      String name,
      List<UpstreamConfig> upstreams,
      Balance balance,
      HashOn hashOn,
      int connectionsMax,
      int waitersMax,
      int inFlightMax,
      double retryRatio,
      long connectNanos,
      long waitNanos,
      long headerNanos,
      long bodyNanos,
      long idleNanos,
      long slowStartNanos,
      @Nullable HealthConfig health,
      EjectConfig eject,
      @Nullable BreakConfig breaker) {
    public ClusterConfig {
      upstreams = List.copyOf(upstreams);
    }
  }

  /** One server. */
  public record UpstreamConfig(InetSocketAddress address, int weight) {
    public String name() {
      return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
  }

  /** Active checks: GET of the path; a status of 200 to 399 is healthy. */
  public record HealthConfig(
      String path, long intervalNanos, long timeoutNanos, int healthyAfter, int unhealthyAfter) {}

  /**
   * Passive ejection.
   *
   * @param failures in a row after which an upstream is left out; 0 for never
   * @param percentMax of the upstreams that may be out at once
   */
  public record EjectConfig(int failures, long forNanos, int percentMax) {}

  /**
   * The circuit breaker: above this share of failures nobody is asked for a while, then one request
   * finds out.
   *
   * @param requests in a window, for the share to mean something
   */
  public record BreakConfig(int failurePercent, int requests, long windowNanos, long openNanos) {}

  /**
   * Which requests go to which cluster, and within which bounds.
   *
   * @param host in lower case; {@code *.name} for all below a name; empty for any
   * @param path whole segments: {@code /a} is for /a and /a/b and not for /ab
   * @param keepBytes of a request's body that are kept for another attempt
   * @param perSecond requests of one loop; 0 for no bound
   * @param concurrencyMax requests of one loop at once; 0 for no bound
   * @param upgrades protocols that may be switched to, in lower case
   * @param hostHeader what the upstream sees as Host; empty for what the client sent
   */
  public record RouteConfig(
      String host,
      String path,
      String cluster,
      long timeoutNanos,
      int retriesMax,
      int keepBytes,
      long perSecond,
      long burst,
      int concurrencyMax,
      List<String> upgrades,
      String hostHeader) {
    public RouteConfig {
      upgrades = List.copyOf(upgrades);
    }

    String label() {
      return host + path;
    }
  }

  /** Reads a file. */
  public static ProxyConfig load(Path file) throws ConfigException {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new ConfigException(0, file + " has more than " + FILE_BYTES_MAX + " bytes");
      }
      return parse(Files.readString(file));
    } catch (CharacterCodingException noText) {
      throw new ConfigException(file + " is no UTF-8", noText);
    } catch (IOException unreadable) {
      throw new ConfigException("cannot read " + file, unreadable);
    }
  }

  /** Reads a text. */
  public static ProxyConfig parse(String yaml) throws ConfigException {
    Section root = Section.parse(yaml);
    var listen = new ArrayList<InetSocketAddress>();
    for (String address : root.texts("listen")) {
      listen.add(address(root, "listen", address));
    }
    String admin = root.textOrNull("admin");
    String name = root.text("name", "proxy");
    if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
      throw root.wrong("name", "has to be 1 to 64 letters, digits, '.', '_' or '-'");
    }
    var clusters = clusters(root);
    var config =
        new ProxyConfig(
            listen,
            admin == null ? null : address(root, "admin", admin),
            name,
            root.flag("trust-forwarded", false),
            root.fraction("trace-share", NO_TRACES, 0, 1),
            clusters,
            routes(root, clusters));
    root.end();
    return config;
  }

  private static InetSocketAddress address(Section section, String key, String text)
      throws ConfigException {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 0xffff) {
      throw section.wrong(
          key, Section.quoted(text) + " is no address; write host:port, as in 127.0.0.1:8080");
    }
    try {
      return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(port));
    } catch (UnknownHostException unknown) {
      throw section.wrong(key, "nobody knows the host " + Section.quoted(host));
    }
  }

  private static Map<String, ClusterConfig> clusters(Section root) throws ConfigException {
    var clusters = new LinkedHashMap<String, ClusterConfig>();
    for (Map.Entry<String, Section> entry : root.named("clusters").entrySet()) {
      clusters.put(entry.getKey(), cluster(entry.getKey(), entry.getValue()));
    }
    return clusters;
  }

  private static ClusterConfig cluster(String name, Section at) throws ConfigException {
    var cluster =
        new ClusterConfig(
            name,
            upstreams(at),
            at.choice("balance", Balance.ROUND_ROBIN),
            at.choice("hash-on", HashOn.PATH),
            (int) at.number("connections", 64, 1, 65_536),
            (int) at.number("waiting", 1024, 0, 1_000_000),
            (int) at.number("in-flight", 10_000, 1, 1_000_000),
            at.fraction("retry-ratio", 0.2, 0, 1),
            at.nanos("connect-timeout", 2 * SECOND),
            at.nanos("wait-timeout", 5 * SECOND),
            at.nanos("header-timeout", 30 * SECOND),
            at.nanos("body-timeout", 30 * SECOND),
            at.nanos("idle-timeout", 30 * SECOND),
            at.nanos("slow-start", 0),
            health(at.section("health")),
            eject(at.section("eject")),
            breaker(at.section("break")));
    at.end();
    return cluster;
  }

  private static List<UpstreamConfig> upstreams(Section cluster) throws ConfigException {
    var upstreams = new LinkedHashMap<InetSocketAddress, UpstreamConfig>();
    for (Section at : cluster.sections("upstreams")) {
      InetSocketAddress address = address(at, "address", at.text("address"));
      int weight = (int) at.number("weight", 1, 1, 1000);
      if (upstreams.put(address, new UpstreamConfig(address, weight)) != null) {
        throw at.wrong("address", "is there twice; give the one a higher weight instead");
      }
      at.end();
    }
    if (upstreams.isEmpty()) {
      throw cluster.wrong("upstreams", "a cluster needs one at least; write - address: host:port");
    }
    return List.copyOf(upstreams.values());
  }

  private static @Nullable HealthConfig health(@Nullable Section at) throws ConfigException {
    if (at == null) {
      return null;
    }
    String path = at.text("path", "/healthz");
    if (!path.matches("/[!-~]{0,255}")) {
      throw at.wrong("path", Section.quoted(path) + " is no path; it begins with /");
    }
    var health =
        new HealthConfig(
            path,
            at.nanos("interval", 5 * SECOND),
            at.nanos("timeout", 2 * SECOND),
            (int) at.number("healthy-after", 2, 1, 100),
            (int) at.number("unhealthy-after", 3, 1, 100));
    at.end();
    return health;
  }

  private static EjectConfig eject(@Nullable Section at) throws ConfigException {
    if (at == null) {
      return new EjectConfig(5, 10 * SECOND, 50);
    }
    var eject =
        new EjectConfig(
            (int) at.number("failures", 5, 0, 10_000),
            at.nanos("for", 10 * SECOND),
            (int) at.number("percent-max", 50, 0, 100));
    at.end();
    return eject;
  }

  private static @Nullable BreakConfig breaker(@Nullable Section at) throws ConfigException {
    if (at == null) {
      return null;
    }
    var breaker =
        new BreakConfig(
            (int) at.number("failure-percent", 50, 1, 100),
            (int) at.number("requests", 20, 1, 1_000_000),
            at.nanos("window", 10 * SECOND),
            at.nanos("open", 5 * SECOND));
    at.end();
    return breaker;
  }

  private static List<RouteConfig> routes(Section root, Map<String, ClusterConfig> clusters)
      throws ConfigException {
    var routes = new LinkedHashMap<String, RouteConfig>();
    for (Section at : root.sections("routes")) {
      RouteConfig route = route(at);
      if (!clusters.containsKey(route.cluster())) {
        throw at.wrong(
            "cluster",
            "there is no cluster "
                + Section.quoted(route.cluster())
                + "; there are "
                + String.join(", ", clusters.keySet()));
      }
      if (routes.put(route.label(), route) != null) {
        throw at.wrong("path", "a second route for the same host and path; it would get nothing");
      }
    }
    return List.copyOf(routes.values());
  }

  private static RouteConfig route(Section at) throws ConfigException {
    String host = at.text("host", "").toLowerCase(Locale.ROOT);
    if (!host.matches("(\\*\\.)?[a-z0-9._:\\[\\]-]*") || host.equals("*.")) {
      throw at.wrong("host", Section.quoted(host) + " is no host; write a name or *.name");
    }
    String path = at.text("path", "/");
    if (!path.matches("/[!-~]{0,1023}") || path.contains("?") || path.contains("#")) {
      throw at.wrong("path", Section.quoted(path) + " is no path; it begins with /, without ?");
    }
    Section rate = at.section("rate");
    long perSecond = rate == null ? 0 : rate.number("per-second", 0, 1, PER_SECOND_MAX);
    long burst = rate == null ? 0 : rate.number("burst", Math.max(1, perSecond), 1, PER_SECOND_MAX);
    if (rate != null) {
      if (perSecond == 0) {
        throw rate.wrong("per-second", "is needed; write per-second: 100");
      }
      rate.end();
    }
    var route =
        new RouteConfig(
            host,
            path,
            at.text("cluster"),
            at.nanos("timeout", 30 * SECOND),
            (int) at.number("retries", 1, 0, 10),
            (int) at.bytes("keep-body", 64 << 10, 16 << 20),
            perSecond,
            burst,
            (int) at.number("concurrency", 0, 0, 1_000_000),
            at.has("upgrade") ? upgrades(at) : List.of("websocket"),
            hostHeader(at));
    at.end();
    return route;
  }

  private static List<String> upgrades(Section at) throws ConfigException {
    var upgrades = new ArrayList<String>();
    for (String protocol : at.texts("upgrade")) {
      if (!protocol.matches("[A-Za-z0-9._/-]{1,64}")) {
        throw at.wrong("upgrade", Section.quoted(protocol) + " is no protocol, as in websocket");
      }
      upgrades.add(protocol.toLowerCase(Locale.ROOT));
    }
    return upgrades;
  }

  private static String hostHeader(Section at) throws ConfigException {
    String host = at.text("host-header", "");
    if (!host.matches("[A-Za-z0-9._:\\[\\]-]{0,255}")) {
      throw at.wrong("host-header", Section.quoted(host) + " is no host or host:port");
    }
    return host;
  }
}
