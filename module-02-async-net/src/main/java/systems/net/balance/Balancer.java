package systems.net.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses among upstreams. Belongs to one loop; allocates nothing. */
public sealed interface Balancer permits RoundRobin, LeastRequests, ConsistentHash {
  /**
   * The upstream for a request, or null if none is left.
   *
   * @param usable those that may be asked, in the order of the configuration
   * @param keyHash what requests that belong together have in common
   * @param tried those that this request was sent to already; they are not chosen
   */
  @Nullable Upstream choose(
      List<Upstream> usable, long keyHash, List<Upstream> tried, long nowNanos);
}
