package systems.net.client;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.loop.Simulation;
import systems.net.promise.Future;

/** A client and a scripted server in a simulated network. */
final class ClientWorld {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1000 * MILLI;
  static final int BYTES_MAX = 1 << 20;
  static final ClientTimeouts TIMES =
      new ClientTimeouts(SECOND, 3 * SECOND, SECOND, SECOND, 20 * SECOND, 10 * SECOND);

  final Simulation simulation;
  final Loop here;
  final Loop there;
  final InetSocketAddress address;
  final List<Script> connections = new ArrayList<>();
  private @Nullable HttpClient client;

  ClientWorld(Simulation simulation, Script.Step step) {
    this.simulation = simulation;
    here = simulation.loop("client");
    there = simulation.loop("server");
    address = listen(8080, step);
  }

  static ClientWorld of(Script.Step step) {
    return new ClientWorld(new Simulation(7), step);
  }

  /** One more server, at another port. */
  InetSocketAddress listen(int port, Script.Step step) {
    Network network = simulation.network(there);
    return (InetSocketAddress)
        network
            .listen(
                new InetSocketAddress("127.0.0.1", port),
                () -> {
                  var connection = new Script(connections.size(), step);
                  connections.add(connection);
                  return connection;
                })
            .address();
  }

  HttpClient client() {
    return client(PoolSettings.USUAL.withTimeouts(TIMES));
  }

  HttpClient client(PoolSettings settings) {
    if (client == null) {
      client = new HttpClient(here, simulation.network(here), settings);
    }
    return client;
  }

  Pool pool() {
    Pool pool = client().poolOf(Origin.plain(address));
    if (pool == null) {
      throw new AssertionError("nothing was sent to " + address);
    }
    return pool;
  }

  String uri(String path) {
    return "http://127.0.0.1:" + address.getPort() + path;
  }

  ClientRequest get(String path) {
    return ClientRequest.get(uri(path));
  }

  /** Starts on the client's loop, and runs until it is done; the value, or the failure's reason. */
  <T> String outcome(Function<HttpClient, Future<T>> start) {
    var outcome = begin(start);
    simulation.runUntil(() -> outcome[0] != null);
    return String.valueOf(outcome[0]);
  }

  /** Starts on the client's loop; the outcome will be in the array. */
  <T> @Nullable String[] begin(Function<HttpClient, Future<T>> start) {
    var outcome = new @Nullable String[1];
    here.execute(() ->
        start
            .apply(client())
            .whenDone(
                (value, failure) -> outcome[0] = failure == null ? "" + value : say(failure)));
    return outcome;
  }

  static String say(Throwable failure) {
    return failure instanceof ExchangeException exchange
        ? exchange.reason().toString()
        : failure.toString();
  }

  /** Status and body of one request. */
  String ask(ClientRequest request) {
    return outcome(client -> exchange(client, request));
  }

  static Future<String> exchange(HttpClient client, ClientRequest request) {
    return client
        .send(request)
        .flatMap(response -> response.text(BYTES_MAX).map(text -> response.status() + " " + text));
  }

  void onClient(Runnable task) {
    var done = new boolean[1];
    here.execute(() -> {
      task.run();
      done[0] = true;
    });
    simulation.runUntil(() -> done[0]);
  }
}
