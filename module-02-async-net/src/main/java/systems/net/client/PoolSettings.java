package systems.net.client;

import systems.net.http.Limits;

/**
 * The bounds of one loop's pool for one origin.
 *
 * @param connectionsMax that are open or being made
 * @param waitersMax requests that may wait for one; beyond them it fails at once
 * @param limits what a response may be; {@code bodyBytes} bounds bodies too
 */
public record PoolSettings(
    int connectionsMax, int waitersMax, Limits limits, ClientTimeouts timeouts) {
  public static final PoolSettings USUAL =
      new PoolSettings(64, 1024, ClientConnection.RESPONSE_LIMITS, ClientTimeouts.USUAL);

  public PoolSettings {
    if (connectionsMax < 1 || waitersMax < 0) {
      throw new IllegalArgumentException(connectionsMax + " connections, " + waitersMax + " wait");
    }
  }

  public PoolSettings withConnectionsMax(int connections) {
    return new PoolSettings(connections, waitersMax, limits, timeouts);
  }

  public PoolSettings withWaitersMax(int waiters) {
    return new PoolSettings(connectionsMax, waiters, limits, timeouts);
  }

  public PoolSettings withTimeouts(ClientTimeouts times) {
    return new PoolSettings(connectionsMax, waitersMax, limits, times);
  }
}
