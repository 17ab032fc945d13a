package systems.net.proxy;

import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import systems.net.client.Script;
import systems.net.http.Exchanges;
import systems.net.http.Handler;
import systems.net.http.Limits;
import systems.net.http.ServerConnection;
import systems.net.http.ServerStats;
import systems.net.http.Timeouts;
import systems.net.loop.Loop;
import systems.net.loop.Simulation;

/** Clients, a proxy and upstreams, each a machine of its own in a simulated network. */
final class ProxyWorld {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1000 * MILLI;

  /** Two upstreams, asked in turn. */
  static final String TWO =
      """
      name: edge
      clusters:
        web:
          connect-timeout: 1s
          upstreams:
            - address: 127.0.0.1:9001
            - address: 127.0.0.1:9002
      routes:
        - path: /
          cluster: web
          timeout: 5s
      """;

  static final String ONE = TWO.replace("      - address: 127.0.0.1:9002\n", "");

  private static final InetSocketAddress FRONT = new InetSocketAddress("127.0.0.1", 8080);

  final Simulation simulation;
  final Loop clients;
  final Loop middle;
  final Proxy proxy;

  /** The upstreams' machines, by port. */
  final Map<Integer, Loop> machines = new HashMap<>();

  /** The connections that upstreams with a script have got. */
  final List<Script> connections = new ArrayList<>();

  ProxyWorld(Simulation simulation, String yaml) {
    this.simulation = simulation;
    clients = simulation.loop("clients");
    middle = simulation.loop("proxy");
    proxy = new Proxy(config(yaml));
    run(middle, () -> proxy.join(middle, simulation.network(middle)));
    serve(middle, FRONT, proxy);
  }

  static ProxyWorld of(String yaml) {
    return new ProxyWorld(new Simulation(7), yaml);
  }

  static ProxyConfig config(String yaml) {
    try {
      return ProxyConfig.parse(yaml);
    } catch (ConfigException wrong) {
      throw new AssertionError(wrong.getMessage(), wrong);
    }
  }

  private void serve(Loop loop, InetSocketAddress at, Handler handler) {
    var stats = new ServerStats();
    var exchanges = new Exchanges(InstantSource.system());
    simulation
        .network(loop)
        .listen(
            at,
            () -> new ServerConnection(handler, Limits.USUAL, Timeouts.USUAL, stats, exchanges));
  }

  private Loop machine(int port) {
    return machines.computeIfAbsent(port, missing -> simulation.loop("upstream " + port));
  }

  /** An upstream that is a strict server. */
  ProxyWorld server(int port, Handler handler) {
    serve(machine(port), new InetSocketAddress("127.0.0.1", port), handler);
    return this;
  }

  /** An upstream that does what the test says. */
  ProxyWorld script(int port, Script.Step step) {
    simulation
        .network(machine(port))
        .listen(
            new InetSocketAddress("127.0.0.1", port),
            () -> {
              var connection = new Script(connections.size(), step);
              connections.add(connection);
              return connection;
            });
    return this;
  }

  void run(Loop loop, Runnable task) {
    var done = new boolean[1];
    loop.execute(() -> {
      task.run();
      done[0] = true;
    });
    simulation.runUntil(() -> done[0]);
  }

  /** A connection to the proxy that sends this at once. */
  RawClient connect(String first) {
    var client = new RawClient(first);
    clients.execute(() -> simulation.network(clients).connect(FRONT, SECOND, client));
    return client;
  }

  /** All that comes back to this, which has to make the proxy close. */
  String ask(String request) {
    RawClient client = connect(request);
    simulation.runUntil(client::isOver);
    return client.received.toString();
  }

  /** A request without a body after which the connection is closed. */
  static String request(String method, String path) {
    return method + " " + path + " HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
  }

  String get(String path) {
    return ask(request("GET", path));
  }

  static int status(String answer) {
    return answer.matches("(?s)HTTP/1\\.1 [0-9]{3} .*")
        ? Integer.parseInt(answer.substring(9, 12))
        : 0;
  }

  static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }
}
