package systems.net.client;

/**
 * How long others may take, in nanoseconds; {@link Long#MAX_VALUE} for ever.
 *
 * @param connectNanos until a connection stands, with TLS
 * @param waitNanos for a connection of a pool that is used up
 * @param headerNanos from the end of the request to the end of the response's head
 * @param bodyNanos between two pieces of a body, in either direction
 * @param idleNanos that a connection without a request is kept; less than what the server keeps it
 *     saves a second attempt now and then
 * @param totalNanos from {@link HttpClient#send} to the end of the response
 */
public record ClientTimeouts(
    long connectNanos,
    long waitNanos,
    long headerNanos,
    long bodyNanos,
    long idleNanos,
    long totalNanos) {
  private static final long SECOND = 1_000_000_000L;

  public static final ClientTimeouts USUAL =
      new ClientTimeouts(
          5 * SECOND, 5 * SECOND, 30 * SECOND, 30 * SECOND, 30 * SECOND, 120 * SECOND);

  public ClientTimeouts {
    if (connectNanos <= 0 || waitNanos < 0 || headerNanos <= 0 || bodyNanos <= 0) {
      throw new IllegalArgumentException("a timeout that leaves no time");
    }
    if (idleNanos < 0 || totalNanos <= 0) {
      throw new IllegalArgumentException("a timeout that leaves no time");
    }
  }

  /** The moment that comes so much later; never, if the time is for ever. */
  static long after(long nowNanos, long nanos) {
    return nanos == Long.MAX_VALUE ? Long.MAX_VALUE : nowNanos + nanos;
  }

  /** The earlier of two moments, each of which may be never. */
  static long earlier(long first, long second) {
    if (first == Long.MAX_VALUE || second == Long.MAX_VALUE) {
      return Math.min(first, second);
    }
    return first - second < 0 ? first : second;
  }

  public ClientTimeouts withConnectNanos(long nanos) {
    return new ClientTimeouts(nanos, waitNanos, headerNanos, bodyNanos, idleNanos, totalNanos);
  }

  public ClientTimeouts withWaitNanos(long nanos) {
    return new ClientTimeouts(connectNanos, nanos, headerNanos, bodyNanos, idleNanos, totalNanos);
  }

  public ClientTimeouts withHeaderNanos(long nanos) {
    return new ClientTimeouts(connectNanos, waitNanos, nanos, bodyNanos, idleNanos, totalNanos);
  }

  public ClientTimeouts withBodyNanos(long nanos) {
    return new ClientTimeouts(connectNanos, waitNanos, headerNanos, nanos, idleNanos, totalNanos);
  }

  public ClientTimeouts withIdleNanos(long nanos) {
    return new ClientTimeouts(connectNanos, waitNanos, headerNanos, bodyNanos, nanos, totalNanos);
  }

  public ClientTimeouts withTotalNanos(long nanos) {
    return new ClientTimeouts(connectNanos, waitNanos, headerNanos, bodyNanos, idleNanos, nanos);
  }
}
