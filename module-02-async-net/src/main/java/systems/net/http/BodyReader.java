package systems.net.http;

import org.jspecify.annotations.Nullable;

/**
 * Receives a message's body, decoded, as it arrives: {@code data* (end | failed)}. On the
 * connection's loop.
 */
public interface BodyReader {
  /** Some bytes of the body; valid during the call. */
  void data(byte[] bytes, int from, int to);

  /**
   * The body is complete.
   *
   * @param trailers fields that came behind the last chunk; valid during the call
   */
  void end(Headers trailers);

  /**
   * The body will not come to its end: the connection broke, a limit or a timeout was passed, or
   * the grammar was violated.
   */
  void failed(@Nullable Throwable cause);
}
