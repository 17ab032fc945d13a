package systems.net.proxy;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.balance.HealthChecker;
import systems.net.balance.Upstream;
import systems.net.client.ClientConnection;
import systems.net.client.ClientTimeouts;
import systems.net.client.ClientTls;
import systems.net.client.ExchangeException;
import systems.net.client.Origin;
import systems.net.client.Pool;
import systems.net.client.PoolSettings;
import systems.net.client.ResponseReader;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.loop.Loop;
import systems.net.loop.Network;

/**
 * Asks an upstream for a path; 200 to 399 is a good answer. It has a connection of its own to each,
 * since to wait behind requests for one would say that a busy upstream is a sick one.
 */
final class HealthProbe implements HealthChecker.Probe {
  private final Loop loop;
  private final Network network;
  private final String path;
  private final Map<Upstream, Pool> pools = new HashMap<>();

  HealthProbe(Loop loop, Network network, String path) {
    this.loop = loop;
    this.network = network;
    this.path = path;
  }

  @Override
  public void probe(Upstream upstream, long timeoutNanos, Consumer<Boolean> answer) {
    Pool pool =
        pools.computeIfAbsent(
            upstream,
            missing ->
                new Pool(
                    loop,
                    network,
                    Origin.plain(missing.address()),
                    settings(timeoutNanos),
                    ClientTls.NONE));
    var asking = new Asking(upstream.name(), loop.nanoTime() + timeoutNanos, answer);
    ClientConnection idle = pool.take();
    if (idle == null) {
      pool.await(asking, loop.nanoTime() + timeoutNanos);
    } else {
      asking.connected(idle);
    }
  }

  private static PoolSettings settings(long timeoutNanos) {
    return PoolSettings.USUAL
        .withConnectionsMax(1)
        .withTimeouts(
            ClientTimeouts.USUAL
                .withConnectNanos(timeoutNanos)
                .withHeaderNanos(timeoutNanos)
                .withBodyNanos(timeoutNanos));
  }

  /** One question; says one word. */
  private final class Asking extends Pool.Waiter implements ResponseReader {
    private final String host;
    private final long deadlineNanos;
    private final Consumer<Boolean> answer;
    private boolean good;

    Asking(String host, long deadlineNanos, Consumer<Boolean> answer) {
      this.host = host;
      this.deadlineNanos = deadlineNanos;
      this.answer = answer;
    }

    @Override
    protected void connected(ClientConnection connection) {
      var fields = new Headers().add("Host", host).add("User-Agent", "health-check");
      connection.begin(Method.GET, path, fields, 0, deadlineNanos, this);
    }

    @Override
    protected void failed(ExchangeException why) {
      answer.accept(false);
    }

    @Override
    public void head(int status, Headers headers, long bodyLength) {
      good = status < 400;
    }

    @Override
    public void data(byte[] bytes, int from, int to) {}

    @Override
    public void end(Headers trailers) {
      answer.accept(good);
    }

    @Override
    public void failed(@Nullable Throwable cause) {
      answer.accept(false);
    }
  }
}
