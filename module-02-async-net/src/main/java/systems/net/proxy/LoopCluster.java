package systems.net.proxy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.net.balance.Balancer;
import systems.net.balance.Breaker;
import systems.net.balance.Cluster;
import systems.net.balance.ConsistentHash;
import systems.net.balance.Ejection;
import systems.net.balance.HealthChecker;
import systems.net.balance.LeastRequests;
import systems.net.balance.Outcome;
import systems.net.balance.RetryBudget;
import systems.net.balance.RoundRobin;
import systems.net.balance.Upstream;
import systems.net.client.ClientTimeouts;
import systems.net.client.ClientTls;
import systems.net.client.Origin;
import systems.net.client.Pool;
import systems.net.client.PoolSettings;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.proxy.ProxyConfig.BreakConfig;
import systems.net.proxy.ProxyConfig.ClusterConfig;
import systems.net.proxy.ProxyConfig.EjectConfig;
import systems.net.proxy.ProxyConfig.HealthConfig;
import systems.net.proxy.ProxyConfig.UpstreamConfig;

/**
 * One loop's view of a cluster: {@link Cluster} says who gets a request, here are the connections,
 * the health checks, and the bound for all of it.
 *
 * <p>When a configuration changes, an upstream that stays keeps its object, and with it all that is
 * known of it: whether it is well, whether it was ejected, what is in flight. Its connections are
 * kept as well, unless their settings have changed.
 */
final class LoopCluster {
  private static final int PANIC_PERCENT = 50;

  /** Retries in a second that need no requests before them. */
  private static final int FREE_RETRIES_PER_SECOND = 10;

  private static final long WINDOW_NANOS = 10_000_000_000L;

  /** One server, and the connections to it. */
  record Peer(UpstreamConfig config, Upstream upstream, Pool pool) {}

  final ClusterConfig config;
  private final Loop loop;
  private final List<Peer> peers;
  private final Cluster cluster;
  private final @Nullable HealthChecker checker;
  private int inFlight;

  LoopCluster(ClusterConfig config, Loop loop, Network network, @Nullable LoopCluster before) {
    this.config = config;
    this.loop = loop;
    peers = peers(config, loop, network, before);
    List<Upstream> upstreams = peers.stream().map(Peer::upstream).toList();
    long now = loop.nanoTime();
    var budget = new RetryBudget(config.retryRatio(), FREE_RETRIES_PER_SECOND, WINDOW_NANOS, now);
    var settings =
        new Cluster.Settings(
            PANIC_PERCENT, config.slowStartNanos(), ejection(config.eject()), breaker(config));
    Balancer balancer = balancer(config, now);
    cluster = new Cluster(config.name(), upstreams, balancer, settings, budget, now);
    checker = checker(config, upstreams, loop, network);
    if (checker != null) {
      checker.start();
    }
  }

  private static List<Peer> peers(
      ClusterConfig config, Loop loop, Network network, @Nullable LoopCluster before) {
    var peers = new ArrayList<Peer>();
    for (UpstreamConfig upstream : config.upstreams()) {
      Peer known = before == null ? null : before.peer(upstream);
      boolean poolStays = before != null && settings(before.config).equals(settings(config));
      Upstream server =
          known == null
              ? new Upstream(upstream.name(), upstream.address(), upstream.weight())
              : known.upstream;
      Pool pool = known != null && poolStays ? known.pool : pool(upstream, config, loop, network);
      peers.add(new Peer(upstream, server, pool));
    }
    return List.copyOf(peers);
  }

  private @Nullable Peer peer(UpstreamConfig upstream) {
    for (Peer peer : peers) {
      if (peer.config.equals(upstream)) {
        return peer;
      }
    }
    return null;
  }

  private static Pool pool(
      UpstreamConfig upstream, ClusterConfig config, Loop loop, Network network) {
    Origin origin = Origin.plain(upstream.address());
    return new Pool(loop, network, origin, settings(config), ClientTls.NONE);
  }

  private static PoolSettings settings(ClusterConfig config) {
    var timeouts =
        new ClientTimeouts(
            config.connectNanos(),
            config.waitNanos(),
            config.headerNanos(),
            config.bodyNanos(),
            config.idleNanos(),
            Long.MAX_VALUE);
    return PoolSettings.USUAL
        .withConnectionsMax(config.connectionsMax())
        .withWaitersMax(config.waitersMax())
        .withTimeouts(timeouts);
  }

  private static Ejection.Settings ejection(EjectConfig eject) {
    Ejection.Settings usual = Ejection.Settings.USUAL;
    return new Ejection.Settings(
        Math.max(1, eject.failures()),
        usual.intervalNanos(),
        eject.forNanos(),
        eject.failures() == 0 ? 0 : eject.percentMax(),
        usual.requestsMin(),
        usual.upstreamsMin(),
        usual.deviations());
  }

  private static Breaker.@Nullable Settings breaker(ClusterConfig config) {
    BreakConfig breaker = config.breaker();
    return breaker == null
        ? null
        : new Breaker.Settings(
            breaker.failurePercent(),
            breaker.requests(),
            breaker.windowNanos(),
            breaker.openNanos(),
            config.inFlightMax());
  }

  private static Balancer balancer(ClusterConfig config, long seed) {
    return switch (config.balance()) {
      case ROUND_ROBIN -> new RoundRobin();
      case LEAST_REQUESTS -> new LeastRequests(seed);
      case CONSISTENT_HASH -> new ConsistentHash();
    };
  }

  private static @Nullable HealthChecker checker(
      ClusterConfig config, List<Upstream> upstreams, Loop loop, Network network) {
    HealthConfig health = config.health();
    if (health == null) {
      return null;
    }
    var settings =
        new HealthChecker.Settings(
            health.intervalNanos(),
            health.timeoutNanos(),
            health.healthyAfter(),
            health.unhealthyAfter());
    var probe = new HealthProbe(loop, network, health.path());
    long seed = loop.nanoTime();
    return new HealthChecker(loop, settings, probe, upstreams, config.slowStartNanos(), seed);
  }

  // ---- requests

  /** The right to send one request; null if nobody may be asked, or too many are being. */
  Cluster.@Nullable Lease acquire(long hash, List<Upstream> tried) {
    if (inFlight >= config.inFlightMax()) {
      return null;
    }
    long now = loop.nanoTime();
    if (tried.isEmpty()) {
      cluster.retries().request(now);
    }
    Cluster.Lease lease = cluster.acquire(hash, tried, now);
    inFlight += lease == null ? 0 : 1;
    return lease;
  }

  /** Every lease, once. */
  void finish(Cluster.Lease lease, Outcome outcome) {
    inFlight--;
    assert inFlight >= 0;
    lease.finish(outcome, loop.nanoTime());
  }

  /** Whether the budget has a retry; then it is taken. */
  boolean mayRetry() {
    return cluster.retries().tryRetry(loop.nanoTime());
  }

  Pool pool(Upstream upstream) {
    for (int i = 0; i < peers.size(); i++) {
      if (peers.get(i).upstream.equals(upstream)) {
        return peers.get(i).pool;
      }
    }
    throw new AssertionError("an upstream of another cluster: " + upstream);
  }

  /** Checks no more, and drops the connections that the next configuration does not use. */
  void retire(@Nullable LoopCluster next) {
    if (next == this) {
      return;
    }
    if (checker != null) {
      checker.stop();
    }
    for (Peer peer : peers) {
      if (next == null || next.peers.stream().noneMatch(other -> other.pool.equals(peer.pool))) {
        peer.pool.retire();
      }
    }
  }
}
