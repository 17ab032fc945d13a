package systems.net.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.net.http.Headers;
import systems.net.http.Method;

/**
 * What is asked for. Filled in by one thread, then sent; not changed after that. It may be sent
 * more than once unless its body is a stream.
 */
public final class ClientRequest {
  private final String method;
  private final URI uri;
  private final Headers headers = new Headers();
  private byte @Nullable [] bytes;
  private @Nullable BodySource source;
  private long bodyLength;
  private int redirectsMax;
  private long totalNanos;

  private ClientRequest(String method, URI uri) {
    this.method = method;
    this.uri = uri;
  }

  public static ClientRequest get(String uri) {
    return of(Method.GET, uri);
  }

  public static ClientRequest post(String uri, byte[] body) {
    return of(Method.POST, uri).body(body);
  }

  /**
   * A request without a body.
   *
   * @throws IllegalArgumentException if the URI is no absolute one of http or https, or the method
   *     is no token, or CONNECT
   */
  public static ClientRequest of(String method, String uri) {
    return new ClientRequest(checked(method), checked(URI.create(uri)));
  }

  private static String checked(String method) {
    if (!method.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+") || method.equals(Method.CONNECT)) {
      throw new IllegalArgumentException("not a method to send: " + method);
    }
    return method;
  }

  private static URI checked(URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null) {
      throw new IllegalArgumentException("not an absolute URI of http or https: " + uri);
    }
    return uri;
  }

  /** Adds a field. Host, and what frames the message, are the client's to write. */
  public ClientRequest header(String name, String value) {
    if (ClientConnection.isFraming(name)) {
      throw new IllegalArgumentException(name + " is written by the connection");
    }
    headers.add(name, value);
    return this;
  }

  public ClientRequest body(byte[] body) {
    bytes = body;
    source = null;
    bodyLength = body.length;
    return this;
  }

  public ClientRequest body(String text) {
    return body(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A body that is written piece by piece.
   *
   * @param length in bytes; -1 if it is not known, then it goes in chunks
   */
  public ClientRequest body(long length, BodySource from) {
    bytes = null;
    source = from;
    bodyLength = length;
    return this;
  }

  /** How many redirects are followed; 0 unless said. */
  public ClientRequest redirects(int max) {
    redirectsMax = max;
    return this;
  }

  /** A deadline of its own, instead of {@link ClientTimeouts#totalNanos}. */
  public ClientRequest within(long nanos) {
    totalNanos = nanos;
    return this;
  }

  public String method() {
    return method;
  }

  public URI uri() {
    return uri;
  }

  public Headers headers() {
    return headers;
  }

  byte @Nullable [] bytes() {
    return bytes;
  }

  @Nullable BodySource source() {
    return source;
  }

  long bodyLength() {
    return bodyLength;
  }

  int redirectsMax() {
    return redirectsMax;
  }

  long totalNanos() {
    return totalNanos;
  }

  /** The request that a redirect asks for. */
  ClientRequest redirected(URI to, boolean asGet) {
    var next = new ClientRequest(asGet ? Method.GET : method, checked(to));
    boolean sameOrigin = origin(uri).equals(origin(to));
    for (int i = 0; i < headers.size(); i++) {
      boolean stays = !sameOrigin && isSecret(headers, i);
      if (!stays) { //~ phase 7 sendsSecretsOn: if (headers.size() > 0) {
        next.headers.add(headers, i);
      }
    }
    if (!asGet) {
      next.bytes = bytes;
      next.bodyLength = bodyLength;
    }
    next.totalNanos = totalNanos;
    next.redirectsMax = redirectsMax - 1;
    return next;
  }

  private static boolean isSecret(Headers headers, int i) {
    return headers.isNamed(i, "Authorization")
        || headers.isNamed(i, "Cookie")
        || headers.isNamed(i, "Proxy-Authorization");
  }

  static boolean isEncrypted(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }

  static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return isEncrypted(uri) ? 443 : 80;
  }

  private static String origin(URI uri) {
    return isEncrypted(uri) + " " + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port(uri);
  }

  /** What stands in Host: the port only where it is not the scheme's own. */
  static String authority(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /** The target in origin form. */
  static String target(URI uri) {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }
}
