package systems.net.proxy;

import org.jspecify.annotations.Nullable;
import systems.net.balance.ConcurrencyLimit;
import systems.net.balance.Outcome;
import systems.net.balance.TokenBucket;
import systems.net.proxy.ProxyConfig.RouteConfig;

/** How many requests a route takes: so many in a second, and so many at once. Of one loop. */
final class Gate {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final @Nullable TokenBucket bucket;
  private final @Nullable ConcurrencyLimit limit;

  Gate(RouteConfig route, long nowNanos) {
    bucket =
        route.perSecond() == 0 ? null : new TokenBucket(route.perSecond(), route.burst(), nowNanos);
    int max = route.concurrencyMax();
    limit = max == 0 ? null : new ConcurrencyLimit(max, max, Long.MAX_VALUE);
  }

  /** 0 if the request may go on, and then it has to leave; else the status to refuse it with. */
  int enter(long nowNanos) {
    //> phase 7: which of the two is asked first, so that a refused request costs no token?
    if (isFull()) {
      return 503;
    }
    if (bucket != null && !bucket.tryTake(nowNanos)) {
      return 429;
    }
    boolean entered = limit == null || limit.tryEnter();
    assert entered : "there was room a moment ago";
    return 0;
    //< phase 7
  }

  //> phase 7 only
  private boolean isFull() {
    boolean full = limit != null && limit.inFlight() >= limit.limit();
    return full; //~ gateWithoutBound: return full && limit.limit() < 1;
  }

  //< phase 7

  void leave(long nanos) {
    if (limit != null) {
      limit.leave(Outcome.SUCCESS, nanos); //~ phase 7 neverLeaves: assert nanos >= 0;
    }
  }

  /** Whole seconds until one may enter, as far as the rate goes; at least one. */
  long retryAfterSeconds(long nowNanos) {
    long wait = bucket == null ? 0 : bucket.waitNanos(nowNanos);
    return Math.max(1, Math.ceilDiv(wait, SECOND_NANOS));
  }
}
