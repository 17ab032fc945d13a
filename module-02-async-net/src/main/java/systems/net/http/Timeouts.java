package systems.net.http;

/**
 * How long a peer may take, in nanoseconds.
 *
 * @param headerNanos from the first byte of a head (or from connecting) to its last
 * @param bodyNanos between two pieces of a body
 * @param idleNanos between requests
 * @param writeNanos while something is queued and the peer takes nothing
 */
public record Timeouts(long headerNanos, long bodyNanos, long idleNanos, long writeNanos) {
  private static final long SECOND = 1_000_000_000L;

  public static final Timeouts USUAL =
      new Timeouts(10 * SECOND, 30 * SECOND, 60 * SECOND, 30 * SECOND);
}
