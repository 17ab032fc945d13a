package systems.net.balance;

/**
 * Stops asking who fails, and looks now and then whether it still does.
 *
 * <pre>
 *            share of failures > limit                   the probe succeeds
 *   CLOSED --------------------------> OPEN --time--> HALF_OPEN ----------> CLOSED
 *                                        ^                | the probe fails
 *                                        +----------------+
 *
 *   ticket:  1 1 1 1 1 1 1 1 1 1      -  -  -  -      3                     4 4 4
 * </pre>
 *
 * <p>An answer that is refused at once costs nothing; one that times out holds memory, a connection
 * and a client for seconds. What is overloaded gets time to recover, instead of the full load at
 * its first sign of life (Nygard, "Release It!", 2007).
 *
 * <p><b>Tickets.</b> Who enters gets a number that is another one after each change of state, and
 * hands it back with the outcome. A request that was sent before the breaker opened may end while
 * it is half open, by its timeout; without tickets it would be taken for the probe, and its failure
 * would keep the breaker open although the server is well again.
 *
 * <p>Besides, it bounds what is in flight: a server that neither answers nor fails would collect
 * requests until the first timeout, and no window has counted a failure yet.
 *
 * <p>Invariants: (1) half open, at most one request is on its way as a probe; (2) an outcome counts
 * only in the state in which the request entered; (3) {@code 0 <= inFlight <= inFlightMax}; each
 * ticket has to be handed back once, with {@link Outcome#CANCELLED} if nothing was sent.
 */
public final class Breaker {
  /** Instead of a ticket: not now. */
  public static final long REFUSED = 0;

  /** What it does with requests. */
  public enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  /**
   * When it opens, and for how long.
   *
   * @param failurePercent of the requests in a window, above which it opens
   * @param requestsMin in a window, for the share to mean something
   * @param windowNanos over which it counts
   * @param openNanos until it tries a request
   * @param inFlightMax requests at a time
   */
  public record Settings(
      int failurePercent, int requestsMin, long windowNanos, long openNanos, int inFlightMax) {
    public static final Settings USUAL =
        new Settings(50, 20, 10_000_000_000L, 5_000_000_000L, 1024);

    public Settings {
      if (failurePercent < 1 || failurePercent > 100) {
        throw new IllegalArgumentException(
            "a share of failures from 1 to 100 percent, not " + failurePercent);
      }
      if (requestsMin < 1 || windowNanos < 1000 || openNanos < 1 || inFlightMax < 1) {
        throw new IllegalArgumentException(
            "at least one request, a window from a microsecond, a time to be open, and room");
      }
    }
  }

  private final Settings settings;
  private final SlidingCount requests;
  private final SlidingCount failures;
  private State state = State.CLOSED;
  private long ticket = 1;
  private long openUntilNanos;
  private int inFlight;
  private boolean probing;

  public Breaker(Settings settings, long nowNanos) {
    this.settings = settings;
    requests = new SlidingCount(settings.windowNanos, nowNanos);
    failures = new SlidingCount(settings.windowNanos, nowNanos);
  }

  public State state() {
    return state;
  }

  public int inFlight() {
    return inFlight;
  }

  /** A ticket for a request that may be sent, or {@link #REFUSED}. */
  public long tryEnter(long nowNanos) {
    if (inFlight >= settings.inFlightMax || !mayEnter(nowNanos)) {
      return REFUSED;
    }
    inFlight++;
    probing = state == State.HALF_OPEN;
    return ticket;
  }

  private boolean mayEnter(long nowNanos) {
    //> phase 7: an open one after its time, and a second request while the first one probes?
    if (state == State.OPEN && nowNanos - openUntilNanos >= 0) {
      turn(State.HALF_OPEN); //~ trustsAtOnce: turn(State.CLOSED);
    }
    return switch (state) {
      case CLOSED -> true;
      case OPEN -> false;
      case HALF_OPEN -> !probing; //~ manyProbes: case HALF_OPEN -> true;
    };
    //< phase 7
  }

  /** Once for each ticket. */
  public void leave(long entered, Outcome outcome, long nowNanos) {
    assert entered != REFUSED && entered <= ticket;
    assert inFlight > 0;
    inFlight--;
    //> phase 7: an outcome of the state before, a probe's, and one of many
    if (entered != ticket) { //~ takesStragglersForProbes: if (entered == REFUSED) {
      return;
    }
    switch (state) {
      case HALF_OPEN -> probed(outcome, nowNanos);
      case CLOSED -> count(outcome, nowNanos);
      case OPEN -> throw new AssertionError("nobody enters an open breaker");
    }
    //< phase 7
  }

  private void probed(Outcome outcome, long nowNanos) {
    //> phase 7: three things may become of a probe; one of them says nothing
    probing = false;
    if (outcome == Outcome.SUCCESS) {
      turn(State.CLOSED);
    } else if (outcome.isFailure()) { //~ cancelledIsBad: } else {
      open(nowNanos);
    }
    //< phase 7
  }

  private void count(Outcome outcome, long nowNanos) {
    //> phase 7: a share of how many, over which time?
    if (outcome == Outcome.CANCELLED) {
      return;
    }
    requests.add(nowNanos);
    if (outcome.isFailure()) {
      failures.add(nowNanos);
    }
    long of = requests.sum(nowNanos);
    boolean enough = of >= settings.requestsMin; //~ judgesByOne: boolean enough = true;
    if (enough && failures.sum(nowNanos) * 100 > of * settings.failurePercent) {
      open(nowNanos);
    }
    //< phase 7
  }

  private void open(long nowNanos) {
    turn(State.OPEN);
    openUntilNanos = nowNanos + settings.openNanos;
  }

  private void turn(State next) {
    assert next != state;
    state = next;
    ticket++;
    probing = false;
    requests.clear();
    failures.clear();
  }
}
