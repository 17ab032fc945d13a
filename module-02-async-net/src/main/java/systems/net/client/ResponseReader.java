package systems.net.client;

import systems.net.http.BodyReader;
import systems.net.http.Headers;
import systems.net.loop.Transport;

/**
 * Hears of the response to one request: {@code interim* (head data* end | head switched)}, or
 * {@code failed} at any place of it. On the loop. After {@code end}, {@code switched} or {@code
 * failed} the connection is no longer the reader's.
 */
public interface ResponseReader extends BodyReader {
  /** The response before the response: 100 to 199 without 101. The fields are valid in the call. */
  default void interim(int status, Headers headers) {}

  /**
   * The head. The fields are valid during the call; {@link ClientConnection#pauseBody} may be
   * called in it.
   *
   * @param bodyLength 0 without a body; -1 if the length is not known before its end
   */
  void head(int status, Headers headers, long bodyLength);

  /**
   * The head was a 101 to a request that asked for it. The transport is the reader's from here on,
   * which calls {@link Transport#become} in this call.
   */
  default void switched(Transport transport) {
    transport.abort();
  }

  /** The connection takes the request's body again, after {@link ClientConnection#isWritable}. */
  default void writable() {}
}
