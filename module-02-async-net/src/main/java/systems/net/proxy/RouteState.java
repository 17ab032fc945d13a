package systems.net.proxy;

import systems.net.http.Request;
import systems.net.proxy.ProxyConfig.RouteConfig;

/** A route of one loop: where it leads, and who is inside. */
final class RouteState {
  final RouteConfig config;
  final LoopCluster cluster;
  final Gate gate;
  final Meters.OfRoute meters;

  RouteState(RouteConfig config, LoopCluster cluster, Gate gate, Meters.OfRoute meters) {
    this.config = config;
    this.cluster = cluster;
    this.gate = gate;
    this.meters = meters;
  }

  /** What consistent hashing goes by. */
  long hash(Request request) {
    if (cluster.config.balance() != ProxyConfig.Balance.CONSISTENT_HASH) {
      return 0;
    }
    return switch (cluster.config.hashOn()) {
      case PATH -> hash(request.path());
      case HOST -> hash(Routes.host(request.authority()));
      case ADDRESS -> hash(Fields.address(request.remote()));
    };
  }

  /** FNV-1a, then mixed, so that names which differ in their last letter lie far apart. */
  static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ hash >>> 32) * 0x9e3779b97f4a7c15L;
    return hash ^ hash >>> 29;
  }
}
