package systems.net.client;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.promise.Future;

/**
 * An HTTP/1.1 client on one loop.
 *
 * <pre>{@code
 * client.send(ClientRequest.get("http://127.0.0.1:8080/"))
 *     .flatMap(response -> response.text(1 << 20))
 *     .whenDone((text, failure) -> ...);
 * }</pre>
 *
 * <p>Each loop has a client of its own, with its own connections: nothing is shared, nothing is
 * locked. The number of connections to an origin is therefore bounded for each loop.
 *
 * <p>A request is sent a second time in one case only: a kept-alive connection ended under it
 * before a byte of the response, it may be repeated by its method (RFC 9110 §9.2.2, RFC 9112
 * §9.3.1), and its body is still there. That is not a retry policy but the price of keeping
 * connections; for more, see the proxy.
 */
public final class HttpClient implements AutoCloseable {
  /** Origins with a pool; beyond them the one that was used least recently is given up. */
  private static final int POOLS_MAX = 1000;

  private final Loop loop;
  private final Network network;
  private final PoolSettings settings;
  private final Resolver resolver;
  private final ClientTls tls;
  private final Map<Origin, Pool> pools =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Origin, Pool> eldest) {
          if (size() > POOLS_MAX) {
            eldest.getValue().retire();
            return true;
          }
          return false;
        }
      };

  /**
   * @param network that belongs to the loop
   */
  public HttpClient(
      Loop loop, Network network, PoolSettings settings, Resolver resolver, ClientTls tls) {
    this.loop = loop;
    this.network = network;
    this.settings = settings;
    this.resolver = resolver;
    this.tls = tls;
  }

  /** With the system's names, and without TLS. */
  public HttpClient(Loop loop, Network network, PoolSettings settings) {
    this(loop, network, settings, Resolver.system(), ClientTls.NONE);
  }

  /**
   * Sends the request; the future is done when the response's head is here, and fails with an
   * {@link ExchangeException}. Cancelling it drops the connection. Only on the loop.
   */
  public Future<ClientResponse> send(ClientRequest request) {
    long nanos = request.totalNanos() > 0 ? request.totalNanos() : timeouts().totalNanos();
    var call = new Call(this, request, ClientTimeouts.after(loop.nanoTime(), nanos));
    return call.start();
  }

  Loop loop() {
    return loop;
  }

  ClientTimeouts timeouts() {
    return settings.timeouts();
  }

  /** The pool for this URI, once its host's address is known. */
  Future<Pool> pool(URI uri) {
    boolean encrypted = ClientRequest.isEncrypted(uri);
    if (encrypted && tls.equals(ClientTls.NONE)) {
      return Future.failed(loop, new IllegalStateException("this client has no TLS: " + uri));
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    return resolver
        .resolve(loop, host, ClientRequest.port(uri))
        .map(address -> pool(new Origin(address, encrypted, encrypted ? host : "")));
  }

  private Pool pool(Origin origin) {
    return pools.computeIfAbsent(
        origin, missing -> new Pool(loop, network, missing, settings, tls));
  }

  /** The pool of this origin, if it has had a request. */
  public @Nullable Pool poolOf(Origin origin) {
    return pools.get(origin);
  }

  /** Drops idle connections, and busy ones when their response is whole. Only on the loop. */
  @Override
  public void close() {
    pools.values().forEach(Pool::retire);
    pools.clear();
  }
}
