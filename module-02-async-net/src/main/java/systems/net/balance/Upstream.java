package systems.net.balance;

import java.net.SocketAddress;

/**
 * A server that requests can be sent to, as one loop sees it.
 *
 * <p><b>Slow start.</b> A server that has just begun has cold caches and code that is not compiled
 * yet. With its whole share at once it answers late, is found sick, and comes back just as cold. So
 * its weight grows over a window:
 *
 * <pre>
 *   weight |            ________
 *          |          /
 *          |        /
 *     10 % |_____ /
 *          +----+------+--------- time
 *        returns    window over
 * </pre>
 *
 * <p>It never falls below a tenth: with no request at all nothing would become warm. The picture is
 * that of Envoy's slow start mode with an aggression of 1.
 *
 * <p>Invariants: (1) {@code inFlight >= 0}, and it is 0 when every lease is finished. (2) {@code 0
 * < weightAt(t) <= weight()}. (3) An upstream may pass from one {@link Cluster} to its successor
 * when a configuration changes; what is known of it stays with it.
 */
public final class Upstream {
  /** Of a weight, so that sums of them stay exact. */
  private static final int WEIGHT_MAX = 1000;

  private static final double SHARE_AT_START = 0.1;

  private final String name;
  private final SocketAddress address;
  private final int weight;
  private int inFlight;
  private boolean healthy = true;
  private long startNanos;
  private long slowStartNanos; // 0: at full weight

  /** Of smooth weighted round robin. */
  double credit;

  /** Of rendezvous hashing. */
  final long nameHash;

  /** Of ejection. */
  final Ejection.Record record = new Ejection.Record();

  /** Whether some cluster has used it. */
  private boolean known;

  /**
   * A healthy one, that nobody has used yet.
   *
   * @param weight 1 to 1000, relative to the others
   */
  public Upstream(String name, SocketAddress address, int weight) {
    if (weight < 1 || weight > WEIGHT_MAX) {
      throw new IllegalArgumentException("a weight from 1 to 1000, not " + weight);
    }
    this.name = name;
    this.address = address;
    this.weight = weight;
    nameHash = ConsistentHash.fingerprint(name);
  }

  public String name() {
    return name;
  }

  public SocketAddress address() {
    return address;
  }

  /** As configured. */
  public int weight() {
    return weight;
  }

  public int inFlight() {
    return inFlight;
  }

  void begin() {
    inFlight++;
    assert inFlight > 0;
  }

  void end() {
    assert inFlight > 0 : "finished more often than begun: " + name;
    inFlight--;
  }

  /** What active checks say; true before the first one. */
  public boolean isHealthy() {
    return healthy;
  }

  /** Whether other requests have shown that it is sick, and its time out is not over. */
  public boolean isEjected(long nowNanos) {
    return record.isEjected(nowNanos);
  }

  void healthy(boolean yes, long nowNanos, long slowStart) {
    if (yes && !healthy) {
      beginSlowStart(nowNanos, slowStart);
    }
    healthy = yes;
  }

  void beginSlowStart(long nowNanos, long windowNanos) {
    assert windowNanos >= 0;
    startNanos = nowNanos;
    slowStartNanos = windowNanos;
  }

  boolean isKnown() {
    return known;
  }

  void becomeKnown() {
    known = true;
  }

  /** Whether a request may go to it now. */
  public boolean isUsable(long nowNanos) {
    return healthy && !record.isEjected(nowNanos);
  }

  /** The weight as of now: above 0, at most {@link #weight}. */
  public double weightAt(long nowNanos) {
    //> phase 7: it came back a moment ago: which part of its weight does it get, and until when?
    if (slowStartNanos == 0) {
      return weight;
    }
    long age = nowNanos - startNanos;
    if (age >= slowStartNanos) {
      slowStartNanos = 0;
      return weight;
    }
    double share = (double) age / slowStartNanos; //~ noSlowStart: double share = 1;
    return weight * Math.max(SHARE_AT_START, share); //~ startsAtNothing: return weight * share;
    //< phase 7
  }

  @Override
  public String toString() {
    return name;
  }
}
