package systems.net.balance;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Upstreams that do the same work, and all that decides which of them gets a request.
 *
 * <pre>
 *   acquire   breaker open or full?  ------------------> null
 *                |
 *             healthy and not ejected  --too few-------> all of them (panic)
 *                |
 *             the balancer, without those tried -------> lease: in flight + 1
 *
 *   finish    in flight - 1; ejection and breaker learn the outcome
 * </pre>
 *
 * <p><b>Panic.</b> If less than half are usable, the checks are more likely wrong than the servers
 * all bad at once: a network that lost the packets of the checks, a page that was renamed. Then all
 * are used. A few requests that fail are better than a site that is down; and if the sick ones
 * really are sick, the few that are left would drown in the load of all.
 *
 * <p><b>Retries</b> go to somebody who was not tried. If no usable one is left, an unusable one is
 * asked rather than nobody: the alternative is an error for certain.
 *
 * <p>Invariants: (1) each lease is finished once, later calls change nothing; (2) a lease holds a
 * ticket of the breaker, so none is lost when no upstream is found; (3) upstreams that are new
 * beside known ones start slowly, while those of a first configuration share the load at once:
 * where all are cold, nobody can take it over.
 *
 * <p>Belongs to one loop.
 */
public final class Cluster {
  private static final List<Upstream> NONE = List.of();
  private static final int PERCENT = 100;

  /**
   * How the cluster treats its upstreams.
   *
   * @param panicPercent below so many usable ones, all are used; 0 for never
   * @param slowStartNanos over which one that comes back gets its whole share; 0 for at once
   * @param breaker null for none
   */
  public record Settings(
      int panicPercent,
      long slowStartNanos,
      Ejection.Settings ejection,
      Breaker.@Nullable Settings breaker) {
    public static final Settings USUAL = new Settings(50, 0, Ejection.Settings.USUAL, null);

    public Settings {
      if (panicPercent < 0 || panicPercent > PERCENT) {
        throw new IllegalArgumentException(
            "a panic threshold from 0 to 100 percent, not " + panicPercent);
      }
      if (slowStartNanos < 0) {
        throw new IllegalArgumentException("a slow start of 0 or more, not " + slowStartNanos);
      }
    }

    /** The same with a breaker. */
    public Settings withBreaker(Breaker.Settings with) {
      return new Settings(panicPercent, slowStartNanos, ejection, with);
    }
  }

  private final String name;
  private final List<Upstream> upstreams;
  private final Balancer balancer;
  private final Settings settings;
  private final Ejection ejection;
  private final @Nullable Breaker breaker;
  private final RetryBudget retries;
  private final List<Upstream> usable = new ArrayList<>();
  private long panics;

  public Cluster(
      String name,
      List<Upstream> upstreams,
      Balancer balancer,
      Settings settings,
      RetryBudget retries,
      long nowNanos) {
    this.name = name;
    this.upstreams = List.copyOf(upstreams);
    this.balancer = balancer;
    this.settings = settings;
    this.retries = retries;
    ejection = new Ejection(settings.ejection, this.upstreams, settings.slowStartNanos, nowNanos);
    breaker = settings.breaker == null ? null : new Breaker(settings.breaker, nowNanos);
    introduce(nowNanos);
  }

  private void introduce(long nowNanos) {
    //> phase 7: one of these is new: should it get its whole share at once? And if all are new?
    boolean someAreKnown = upstreams.stream().anyMatch(Upstream::isKnown);
    for (Upstream upstream : upstreams) {
      boolean isNew = !upstream.isKnown();
      if (isNew && someAreKnown) { //~ newcomerGetsAll: if (isNew && upstreams.isEmpty()) {
        upstream.beginSlowStart(nowNanos, settings.slowStartNanos);
      }
      upstream.becomeKnown();
    }
    //< phase 7
  }

  public String name() {
    return name;
  }

  public List<Upstream> upstreams() {
    return upstreams;
  }

  public RetryBudget retries() {
    return retries;
  }

  /** Ejections so far. */
  public long ejections() {
    return ejection.total();
  }

  /** How often all were used because too few seemed well. */
  public long panics() {
    return panics;
  }

  public Breaker.@Nullable State breakerState() {
    return breaker == null ? null : breaker.state();
  }

  /** The right to send one request to one upstream; has to be finished. */
  public final class Lease {
    private final Upstream upstream;
    private final long ticket;
    private boolean finished;

    private Lease(Upstream upstream, long ticket) {
      this.upstream = upstream;
      this.ticket = ticket;
      upstream.begin();
    }

    public Upstream upstream() {
      return upstream;
    }

    /** Once; later calls do nothing. */
    public void finish(Outcome outcome, long nowNanos) {
      if (finished) { //~ phase 7 finishesTwice: if (finished && upstream.inFlight() == 0) {
        return;
      }
      finished = true;
      upstream.end();
      ejection.finished(upstream, outcome, nowNanos);
      if (breaker != null) {
        breaker.leave(ticket, outcome, nowNanos);
      }
    }
  }

  /**
   * An upstream for a request, or null if there is none that was not tried, or the breaker refuses.
   */
  public @Nullable Lease acquire(long keyHash, List<Upstream> tried, long nowNanos) {
    ejection.look(nowNanos);
    long ticket = breaker == null ? Breaker.REFUSED : breaker.tryEnter(nowNanos);
    if (breaker != null && ticket == Breaker.REFUSED) {
      return null;
    }
    Upstream chosen = balancer.choose(candidates(nowNanos), keyHash, tried, nowNanos);
    if (chosen == null && !tried.isEmpty()) {
      chosen = balancer.choose(upstreams, keyHash, tried, nowNanos);
    }
    if (chosen == null) {
      giveBack(ticket, nowNanos);
      return null;
    }
    return new Lease(chosen, ticket);
  }

  private void giveBack(long ticket, long nowNanos) {
    //> phase 7: the breaker has let a request in that goes nowhere: who tells it?
    if (breaker != null) {
      breaker.leave(ticket, Outcome.CANCELLED, nowNanos); //~ losesTheProbe: assert ticket > 0;
    }
    //< phase 7
  }

  private List<Upstream> candidates(long nowNanos) {
    //> phase 7: checks may be wrong: when do you stop to believe them?
    usable.clear();
    for (int i = 0; i < upstreams.size(); i++) {
      Upstream upstream = upstreams.get(i);
      if (upstream.isUsable(nowNanos)) {
        usable.add(upstream);
      }
    }
    int few = upstreams.size() * settings.panicPercent;
    boolean panic = usable.size() * PERCENT < few; //~ believesTheChecks: boolean panic = few < 0;
    if (panic) {
      panics++;
      return upstreams;
    }
    return usable;
    //< phase 7
  }

  /** As seen by a page of numbers. */
  public long usableNow(long nowNanos) {
    return upstreams.stream().filter(upstream -> upstream.isUsable(nowNanos)).count();
  }

  /** No upstream was tried. */
  public static List<Upstream> noneTried() {
    return NONE;
  }
}
