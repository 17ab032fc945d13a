package systems.net.balance;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The less busy one of two that are drawn at random.
 *
 * <pre>
 *   in flight     a 9   b 2   c 4   d 7
 *   drawn               b           d          -> b
 *   drawn         a           c                -> c
 * </pre>
 *
 * <p>If n requests go to n servers by pure chance, the longest queue grows with log n / log log n;
 * with the better one of two choices it grows with log log n only, and a third choice gains little
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). To look at all and
 * take the least busy one would be better still for one balancer alone. But eight loops, or eight
 * proxies, each of which sees only its own requests, would agree on the same server and send it
 * everything at once; two random choices do not agree.
 *
 * <p><b>Weights.</b> Both are drawn by weight, and busy is what is in flight divided by the weight.
 * So an idle cluster is used by weight, and a busy one has queues by weight. With equal draws and a
 * weighted comparison an idle light server would never win against an idle heavy one.
 *
 * <p>Requests in flight are a better sign than latency: they rise at once when a server stalls,
 * while a latency is known only when an answer has come. A server that fails fast looks idle,
 * though, and draws everything to it: that is what {@link Ejection} is for.
 */
public final class LeastRequests implements Balancer {
  private final SplittableRandom random;

  public LeastRequests(long seed) {
    random = new SplittableRandom(seed);
  }

  @Override
  public @Nullable Upstream choose(
      List<Upstream> usable, long keyHash, List<Upstream> tried, long nowNanos) {
    //> phase 7: draw two that differ, by weight; which of them is less busy for its weight?
    Upstream first = draw(usable, tried, null, nowNanos);
    if (first == null) {
      return null;
    }
    Upstream besides = first; //~ drawsTheSameTwice: Upstream besides = null;
    Upstream second = draw(usable, tried, besides, nowNanos);
    if (second == null) {
      return first;
    }
    return load(second, nowNanos) < load(first, nowNanos) ? second : first;
    //< phase 7
  }

  //> phase 7 only
  private static double load(Upstream upstream, long nowNanos) {
    double weight = upstream.weightAt(nowNanos); //~ weighsNobody: double weight = 1;
    return upstream.inFlight() / weight;
  }

  /** One by weight, not the one given; null if nobody is left. */
  private @Nullable Upstream draw(
      List<Upstream> usable, List<Upstream> tried, @Nullable Upstream besides, long nowNanos) {
    double sum = 0;
    for (int i = 0; i < usable.size(); i++) {
      Upstream upstream = usable.get(i);
      boolean fits = !upstream.equals(besides) && !tried.contains(upstream);
      sum += fits ? upstream.weightAt(nowNanos) : 0;
    }
    double at = random.nextDouble() * sum;
    Upstream drawn = null;
    for (int i = 0; i < usable.size() && at >= 0; i++) {
      Upstream upstream = usable.get(i);
      if (!upstream.equals(besides) && !tried.contains(upstream)) {
        drawn = upstream;
        at -= upstream.weightAt(nowNanos);
      }
    }
    return drawn;
  }
  //< phase 7
}
