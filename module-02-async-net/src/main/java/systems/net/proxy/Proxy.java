package systems.net.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import systems.net.http.Handler;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.observe.Registry;
import systems.net.observe.Span;

/**
 * A reverse proxy, as a handler of a server whose loops can connect.
 *
 * <pre>
 *   loop 0   Worker   routes, clusters, pools        one configuration,
 *   loop 1   Worker   routes, clusters, pools        handed to each
 * </pre>
 *
 * <p>{@link #reload} may be called from any thread. Each loop goes over to the new configuration
 * between two requests; no connection is touched by it.
 */
public final class Proxy implements Handler {
  private final Map<Loop, Worker> workers = new ConcurrentHashMap<>();
  private final Registry registry = new Registry();
  private volatile ProxyConfig config;

  public Proxy(ProxyConfig config) {
    this.config = config;
  }

  /**
   * Joins a loop before its first request, so that health checks begin. Only on the loop.
   *
   * @param network that belongs to the loop
   */
  public void join(Loop loop, Network network) {
    if (!workers.containsKey(loop)) {
      var worker = new Worker(loop, network, new Meters(registry));
      workers.put(loop, worker);
      worker.adopt(config);
    }
  }

  @Override
  public void handle(Request request, Response response) {
    worker(request.loop()).handle(request, response);
  }

  private Worker worker(Loop loop) {
    Worker worker = workers.get(loop);
    if (worker == null) {
      if (!(loop instanceof Network network)) {
        throw new IllegalStateException("this loop cannot connect; join it with its network");
      }
      join(loop, network);
      return worker(loop);
    }
    return worker;
  }

  /** New requests go by this configuration; those that run end by the old one. Any thread. */
  public void reload(ProxyConfig next) {
    config = next;
    for (Map.Entry<Loop, Worker> entry : List.copyOf(workers.entrySet())) {
      try {
        entry.getKey().execute(() -> entry.getValue().adopt(config));
      } catch (RejectedExecutionException ended) {
        workers.remove(entry.getKey());
      }
    }
  }

  public ProxyConfig config() {
    return config;
  }

  /** A handler for operators: /metrics, /spans, /healthz. Serve it where clients do not come. */
  public Handler admin() {
    return new Admin(this);
  }

  /** All loops' numbers. */
  public Registry metrics() {
    return registry;
  }

  /** The spans that have ended since the last call; from any thread. */
  public List<Span> fetchSpans() {
    var spans = new ArrayList<Span>();
    for (Worker worker : workers.values()) {
      spans.addAll(worker.tracer().fetch());
    }
    return spans;
  }
}
