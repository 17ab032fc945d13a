package systems.net.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The same key to the same upstream, and few keys move when one comes or goes.
 *
 * <p>{@code hash % n} sends nearly every key elsewhere when n changes, and all caches behind are
 * cold at once. Here each upstream bids for each key, with a number that depends on its name and
 * the key alone, and the highest bid wins:
 *
 * <pre>
 *              a     b     c                        b is gone
 *   key 1    0.71  0.20  0.45     a                 a          as before
 *   key 2    0.12  0.88  0.53     b                 c          only these move, and to all others
 *   key 3    0.40  0.31  0.92     c                 c          as before
 * </pre>
 *
 * <p>Invariants: (1) if one goes, only its keys move; (2) if one comes, keys move only to it; (3)
 * if one's weight grows, keys move only to it; (4) an upstream's share of the keys is its share of
 * the weights, by the bid {@code weight / -ln(uniform)}; (5) neither the order of the list nor
 * anything but the names counts, so all loops and all proxies agree without talking.
 *
 * <p>This is rendezvous hashing (Thaler and Ravishankar 1998). A ring of points (Karger and others
 * 1997) finds a key in logarithmic time, but needs hundreds of points for each upstream to be even,
 * and a ring to be built when one goes; Maglev's table (Eisenbud and others 2016) finds it with one
 * look and moves a few more keys than it must. Both pay for thousands of upstreams; one pass over a
 * handful needs no table at all.
 *
 * <p><b>Bounded loads.</b> One hot key would drown its upstream. With a bound, an upstream that has
 * more than its share of what is in flight, by so many percent, does not take part: the key goes to
 * the second highest bid until it is less busy (Mirrokni, Thorup and Zadimoghaddam 2016).
 *
 * <p>It goes by the configured weight: a slow start would move keys to and fro.
 */
public final class ConsistentHash implements Balancer {
  private static final int UNBOUNDED = 0;
  private static final int PERCENT = 100;

  private final int loadPercentMax;

  /** Without a bound on loads. */
  public ConsistentHash() {
    loadPercentMax = UNBOUNDED;
  }

  /**
   * With a bound on loads.
   *
   * @param loadPercentMax of its share of the requests in flight, beyond which an upstream is left
   *     out; above 100
   */
  public ConsistentHash(int loadPercentMax) {
    if (loadPercentMax <= PERCENT) {
      throw new IllegalArgumentException(
          "a bound above 100 percent of the share, not " + loadPercentMax);
    }
    this.loadPercentMax = loadPercentMax;
  }

  @Override
  public @Nullable Upstream choose(
      List<Upstream> usable, long keyHash, List<Upstream> tried, long nowNanos) {
    //> phase 7: every upstream bids for the key; what must a bid depend on, and what not?
    double inFlightOfOneWeight =
        loadPercentMax == UNBOUNDED ? Double.POSITIVE_INFINITY : bound(usable, tried);
    Upstream best = null;
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < usable.size(); i++) {
      Upstream upstream = usable.get(i);
      boolean isFull = upstream.inFlight() >= inFlightOfOneWeight * upstream.weight();
      if (isFull || tried.contains(upstream)) { //~ hotKey: if (tried.contains(upstream)) {
        continue;
      }
      double bid = bid(upstream, keyHash);
      if (bid > highest) {
        highest = bid;
        best = upstream;
      }
    }
    return best;
    //< phase 7
  }

  //> phase 7 only
  /** What may be in flight for each unit of weight; somebody is always below. */
  private double bound(List<Upstream> usable, List<Upstream> tried) {
    long inFlight = 1;
    long weights = 0;
    for (int i = 0; i < usable.size(); i++) {
      Upstream upstream = usable.get(i);
      if (!tried.contains(upstream)) {
        inFlight += upstream.inFlight();
        weights += upstream.weight();
      }
    }
    return (double) inFlight / Math.max(1, weights) * loadPercentMax / PERCENT;
  }

  private static double bid(Upstream upstream, long keyHash) {
    long name = upstream.nameHash; //~ everybodyBidsTheSame: long name = upstream.weight();
    long mixed = mix(keyHash ^ name);
    double uniform = ((mixed >>> 11) + 0.5) * 0x1.0p-53; // 0 < uniform < 1
    double weight = upstream.weight(); //~ equalShares: double weight = 1;
    return weight / -Math.log(uniform);
  }

  //< phase 7

  /** The finishing steps of SplitMix64 (Steele, Lea and Flood 2014): all bits depend on all. */
  static long mix(long z) {
    long x = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
    return x ^ x >>> 31;
  }

  /** 64 bits of a text; 32 of them, as of {@code hashCode}, let two names of a fleet collide. */
  static long fingerprint(String text) {
    long h = 0xcbf29ce484222325L; // FNV-1a
    for (int i = 0; i < text.length(); i++) {
      h = (h ^ text.charAt(i)) * 0x100000001b3L;
    }
    return mix(h);
  }

  /** A hash of a text, for the key. */
  public static long hash(String text) {
    return fingerprint(text);
  }
}
