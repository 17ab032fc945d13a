package systems.net.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each in its turn, as often as its weight says, and evenly spread.
 *
 * <pre>
 *   weights a 3, b 1      credit before the choice     chosen     after it has paid 4
 *                              a 3   b 1                 a            a -1   b 1
 *                              a 2   b 2                 a            a -2   b 2
 *                              a 1   b 3                 b            a  1   b -1
 *                              a 4   b 0                 a            a  0   b 0
 * </pre>
 *
 * <p>In each round everybody earns its weight; who has most is chosen and pays what all have earned
 * together. The plain way, {@code a a a b}, sends bursts to the heavy one and needs the weights to
 * be whole numbers; a draw by weight needs many requests to become even.
 *
 * <p>Invariants: (1) as long as nobody comes or goes, the credits add up to what they were. (2)
 * After as many choices as the weights add up to, all credits are what they were, and each was
 * chosen as often as its weight.
 *
 * <p>It knows nothing of how busy a server is: one that has become slow goes on to get its share,
 * and its requests pile up. That is what {@link LeastRequests} is for. The algorithm is known from
 * nginx as smooth weighted round robin.
 */
public final class RoundRobin implements Balancer {
  @Override
  public @Nullable Upstream choose(
      List<Upstream> usable, long keyHash, List<Upstream> tried, long nowNanos) {
    //> phase 7: weights 3 and 1: how do you come to a a b a instead of a a a b?
    Upstream best = null;
    double sum = 0;
    for (int i = 0; i < usable.size(); i++) {
      Upstream upstream = usable.get(i);
      if (tried.contains(upstream)) { //~ asksTheSameAgain: if (tried.contains(best)) {
        continue;
      }
      double weight = upstream.weightAt(nowNanos);
      upstream.credit += weight;
      sum += weight;
      if (best == null || upstream.credit > best.credit) {
        best = upstream;
      }
    }
    if (best != null) {
      best.credit -= sum; //~ neverPays: best.credit -= 0;
    }
    return best;
    //< phase 7
  }
}
