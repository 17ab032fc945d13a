package systems.net.http;

/**
 * How much a peer may ask for. Every limit has a metric in {@link ServerStats}.
 *
 * @param requestLineBytes more is 414
 * @param headerBytes of all fields together; more is 431
 * @param headerCount more is 431
 * @param bodyBytes of one body, decoded; more is 413
 * @param trailerBytes of all trailer fields together
 * @param drainBytes of a body that nobody reads and that is dropped to keep the connection
 * @param requestsPerConnection then the connection is closed
 */
public record Limits(
    int requestLineBytes,
    int headerBytes,
    int headerCount,
    long bodyBytes,
    int trailerBytes,
    long drainBytes,
    int requestsPerConnection) {
  public static final Limits USUAL =
      new Limits(8 << 10, 32 << 10, 100, 1L << 30, 8 << 10, 256 << 10, Integer.MAX_VALUE);
}
