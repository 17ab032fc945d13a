package systems.net.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import systems.net.http.Handler;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;

/**
 * The opening handshake of WebSocket (RFC 6455 §4.2): a GET that asks to go on in another protocol.
 *
 * <pre>
 *   GET /ws HTTP/1.1                              HTTP/1.1 101 Switching Protocols
 *   Upgrade: websocket                            Upgrade: websocket
 *   Connection: Upgrade                           Connection: Upgrade
 *   Sec-WebSocket-Key: 16 bytes, base64           Sec-WebSocket-Accept: SHA-1(key + GUID), base64
 *   Sec-WebSocket-Version: 13
 *   Origin: https://a.example
 * </pre>
 *
 * <p>The accept value keeps nobody out: it proves that the server has understood and is no cache
 * that repeats an old answer. What keeps foreign pages out is the Origin, since a browser sends
 * cookies with a handshake from any page (§10.2): so who may connect has to be said, there is no
 * default.
 *
 * <p>No upgrade at all is 426 with Upgrade; another version 426 with Sec-WebSocket-Version (§4.4);
 * a bad key 400; a foreign origin 403. The handshake is answered by a whole response; then the
 * connection is a {@link WebSocket}'s.
 */
public final class WebSocketHandler implements Handler {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String VERSION = "13";
  private static final int KEY_BYTES = 16;

  private final Supplier<? extends WebSocket.Listener> listeners;
  private final Predicate<@Nullable String> origins;
  private final WebSocket.Settings settings;
  private final Consumer<Throwable> failures;

  /**
   * @param listeners asked for one for each connection
   * @param origins whether a page of this origin may connect; null is asked for a client that is no
   *     browser
   * @param failures told of what listeners throw
   */
  public WebSocketHandler(
      Supplier<? extends WebSocket.Listener> listeners,
      Predicate<@Nullable String> origins,
      WebSocket.Settings settings,
      Consumer<Throwable> failures) {
    this.listeners = listeners;
    this.origins = origins;
    this.settings = settings;
    this.failures = failures;
  }

  /** Pages of the same host and port, and clients that are no browsers. */
  public static Predicate<@Nullable String> sameOrigin(String authority) {
    List<String> own = List.of("http://" + authority, "https://" + authority);
    return origin -> origin == null || own.contains(origin);
  }

  @Override
  public void handle(Request request, Response response) {
    try {
      String key = check(request, response);
      response.header("Upgrade", "websocket").header("Sec-WebSocket-Accept", accept(key));
      response.upgrade(new WebSocket(listeners.get(), settings, failures).protocol());
    } catch (Refused refused) {
      refused.answer(response);
    }
  }

  /** The key, if all is right. */
  private String check(Request request, Response response) throws Refused {
    //> phase 5: which fields must be there, what must be in them, and what is answered if not?
    Headers headers = request.headers();
    if (!request.method().equals(Method.GET)) {
      response.header("Allow", Method.GET);
      throw new Refused(405, "a handshake is a GET (RFC 6455 4.1)");
    }
    boolean isUpgrade =
        request.minorVersion() > 0
            && headers.containsToken("Upgrade", "websocket")
            && headers.containsToken("Connection", "upgrade");
    if (!isUpgrade) {
      response.header("Upgrade", "websocket");
      throw new Refused(426, "here is a WebSocket (RFC 6455 4.2.1)");
    }
    List<String> versions = headers.all("Sec-WebSocket-Version");
    if (!versions.equals(List.of(VERSION))) { //~ anyVersion: if (versions.isEmpty()) {
      response.header("Sec-WebSocket-Version", VERSION);
      throw new Refused(426, "version 13 is spoken here (RFC 6455 4.4)");
    }
    List<String> keys = headers.all("Sec-WebSocket-Key");
    if (keys.size() != 1 || !isKey(keys.getFirst())) { //~ anyKey: if (keys.size() != 1) {
      throw new Refused(400, "a key is 16 bytes in base64 (RFC 6455 4.1)");
    }
    if (request.hasBody()) {
      throw new Refused(400, "a handshake has no body");
    }
    if (!origins.test(request.header("Origin"))) { //~ letsEveryPageIn: if (!origins.test(null)) {
      throw new Refused(403, "not from this origin (RFC 6455 10.2)");
    }
    return keys.getFirst();
    //< phase 5
  }

  private static boolean isKey(String text) {
    try {
      return Base64.getDecoder().decode(text).length == KEY_BYTES && text.length() == 24;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** The answer to a key. */
  static String accept(String key) {
    //> phase 5: what proves that the server has read this key, and knows this protocol?
    try {
      byte[] joined = (key + GUID).getBytes(StandardCharsets.US_ASCII);
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(joined);
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-1", impossible);
    }
    //< phase 5
  }
}
