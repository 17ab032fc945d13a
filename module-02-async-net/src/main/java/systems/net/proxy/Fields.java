package systems.net.proxy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;

/**
 * What of a message's head goes on, and what a proxy adds.
 *
 * <pre>
 *   from the client                     to the upstream
 *     GET http://a.example/x HTTP/1.1     GET /x HTTP/1.1
 *     Host: other.example                 Host: a.example           the target's (RFC 9112 §3.2.2)
 *     Connection: close, X-Secret         -                         hop by hop (RFC 9110 §7.6.1)
 *     X-Secret: 1                         -                         named by Connection
 *     Transfer-Encoding: chunked          -                         framing: made anew, see below
 *     Expect: 100-continue                -                         answered here
 *     X-Forwarded-For: 10.0.0.1           X-Forwarded-For: 192.0.2.7   the peer, not what it says
 *     Accept: text/html                   Accept: text/html         copied as bytes
 *                                         Via: 1.1 edge
 *                                         Forwarded: for=192.0.2.7;host=a.example;proto=http
 * </pre>
 *
 * <p>Nothing that frames a message is ever copied. The parser has understood where the body ends,
 * the connection to the upstream says it in its own words, and two servers that read this head can
 * come to one result only. Request smuggling lives on the difference of two readings.
 *
 * <p>Fields that Connection names are taken away before the proxy's own are added, so nobody can
 * have {@code Connection: X-Forwarded-For} remove what the upstream relies on.
 *
 * <p>Fields are copied from index to index as bytes. The proxy's own ones depend on the client's
 * connection, and are kept encoded for as long as it comes back. One for each loop.
 */
final class Fields {
  /** The one that RFC 9110 §7.6.1 lists, framing, and what is answered here. */
  private static final String[] HOP_BY_HOP = {
    "Connection",
    "Content-Length",
    "Transfer-Encoding", //~ phase 7 sendsFramingOn: "X-Transfer-Encoding",
    "Keep-Alive",
    "TE",
    "Upgrade",
    "Expect",
    "Proxy-Connection",
    "Proxy-Authenticate",
    "Proxy-Authorization",
  };

  private static final String[] FORWARDED = {
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP",
  };

  /** Milliseconds that whoever sends the request is ready to wait from now on. */
  static final String TIMEOUT_FIELD = "X-Request-Timeout-Ms";

  private static final String MAX_FORWARDS = "Max-Forwards";

  /** Clients whose fields are kept encoded; a power of two. */
  private static final int KEPT_MAX = 1024;

  private record Known(SocketAddress remote, String authority, boolean encrypted, Headers fields) {}

  private final String name;
  private final boolean trustForwarded;
  private final Headers via;
  private final @Nullable Known[] known = new @Nullable Known[KEPT_MAX];

  Fields(String name, boolean trustForwarded) {
    this.name = name;
    this.trustForwarded = trustForwarded;
    via = new Headers().add("Via", "1.1 " + name);
  }

  /**
   * Fills in the head of a request to an upstream.
   *
   * @param host what Host says there
   * @param upgrade the protocol that may be switched to; null for none
   */
  void request(Request from, Headers to, String host, @Nullable String upgrade) {
    //> phase 7: Host first, then what goes from end to end, then what only a proxy knows
    Headers fields = from.headers();
    to.clear();
    to.add("Host", host);
    boolean named = namesFields(fields);
    for (int i = 0; i < fields.size(); i++) {
      if (goesOn(fields, i, named) && !fields.isNamed(i, "Host") && !isOurs(fields, i)) {
        to.add(fields, i);
      }
    }
    addForwarded(from, to);
    if (upgrade != null) {
      to.add("Connection", "upgrade").add("Upgrade", upgrade);
    }
    //< phase 7
  }

  //> phase 7 only
  /** Whether the proxy writes this field itself. */
  private boolean isOurs(Headers fields, int i) {
    if (fields.isNamed(i, TIMEOUT_FIELD) || fields.isNamed(i, MAX_FORWARDS)) {
      return true;
    }
    boolean forwarded = isOneOf(fields, i, FORWARDED);
    return forwarded && !trustForwarded; //~ believesEverybody: return forwarded && i < 0;
  }

  private void addForwarded(Request from, Headers to) {
    if (trustForwarded && from.headers().contains("X-Forwarded-For")) {
      continueForwarded(from, to);
    } else {
      to.addAll(forwarded(from));
    }
    if (from.minorVersion() == 0) {
      to.add("Via", "1.0 " + name);
    } else {
      to.add(via, 0);
    }
    String hops = from.header(MAX_FORWARDS);
    if (hops != null) {
      to.add(MAX_FORWARDS, limitsForwards(from) ? Integer.toString(hops(hops) - 1) : hops);
    }
  }

  private void continueForwarded(Request from, Headers to) {
    String chain = String.join(", ", to.all("X-Forwarded-For"));
    to.set("X-Forwarded-For", chain + ", " + address(from.remote()));
    to.add("Forwarded", element(from));
  }

  //< phase 7

  /** The fields that say whom the request came from; made once for a connection and its host. */
  private Headers forwarded(Request from) {
    SocketAddress remote = from.remote();
    String authority = from.authority();
    int slot = System.identityHashCode(remote) & KEPT_MAX - 1;
    Known entry = known[slot];
    if (entry == null
        || entry.remote != remote
        || entry.encrypted != from.isEncrypted()
        || !entry.authority.equals(authority)) {
      entry = new Known(remote, authority, from.isEncrypted(), made(from));
      known[slot] = entry;
    }
    return entry.fields;
  }

  private static Headers made(Request from) {
    var fields = new Headers();
    fields.add("X-Forwarded-For", address(from.remote()));
    fields.add("X-Forwarded-Proto", from.isEncrypted() ? "https" : "http");
    if (!from.authority().isEmpty()) {
      fields.add("X-Forwarded-Host", from.authority());
    }
    return fields.add("Forwarded", element(from));
  }

  /** RFC 7239 §4; an IPv6 address stands in brackets and quotes. */
  private static String element(Request from) {
    String address = address(from.remote());
    boolean colons = address.indexOf(':') >= 0;
    var element = new StringBuilder("for=");
    element.append(colons ? "\"[" + address + "]\"" : address);
    if (!from.authority().isEmpty()) {
      element.append(";host=\"").append(from.authority()).append('"');
    }
    return element.append(";proto=").append(from.isEncrypted() ? "https" : "http").toString();
  }

  static String address(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return "unknown";
    }
    InetAddress address = inet.getAddress();
    String text = address.getHostAddress();
    int zone = address instanceof Inet6Address ? text.indexOf('%') : -1;
    return zone < 0 ? text : text.substring(0, zone);
  }

  /** Copies the fields of a response that go from end to end. */
  void response(Headers from, Response to) {
    boolean named = namesFields(from);
    for (int i = 0; i < from.size(); i++) {
      if (goesOn(from, i, named)) {
        to.addHeader(from, i);
      }
    }
    to.addHeader(via, 0);
  }

  /** Copies trailers that go from end to end; returns whether there is one. */
  static boolean trailers(Headers from, Headers to) {
    to.clear();
    for (int i = 0; i < from.size(); i++) {
      if (!isOneOf(from, i, HOP_BY_HOP)) {
        to.add(from, i);
      }
    }
    return !to.isEmpty();
  }

  private static boolean goesOn(Headers fields, int i, boolean named) {
    //> phase 7: two reasons not to hand a field on: the standard's list, and the peer's own
    if (isOneOf(fields, i, HOP_BY_HOP)) {
      return false;
    }
    String name = named ? fields.name(i) : ""; //~ forgetsWhatConnectionNames: String name = "";
    return name.isEmpty() || !fields.containsToken("Connection", name);
    //< phase 7
  }

  /** Whether Connection may name other fields: most of the time it says close or keep-alive. */
  private static boolean namesFields(Headers fields) {
    int i = fields.indexOf("Connection", 0);
    if (i < 0) {
      return false;
    }
    String first = fields.value(i);
    boolean plain = first.equalsIgnoreCase("keep-alive") || first.equalsIgnoreCase("close");
    return !plain || fields.indexOf("Connection", i + 1) >= 0;
  }

  private static boolean isOneOf(Headers fields, int i, String[] names) {
    for (String each : names) {
      if (fields.isNamed(i, each)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the request has come through this proxy already: somebody has built a circle. */
  boolean hasPassedHere(Request request) {
    for (String value : request.headers().all("Via")) {
      for (String hop : value.split(",")) {
        String[] words = hop.strip().split("[ \t]+");
        if (words.length > 1 && words[1].equals(name)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether this proxy is the last that may answer (RFC 9110 §7.6.2). */
  static boolean isLastHop(Request request) {
    String hops = request.header(MAX_FORWARDS);
    return hops != null && limitsForwards(request) && hops(hops) == 0;
  }

  private static boolean limitsForwards(Request request) {
    return request.method().equals(Method.OPTIONS) || request.method().equals(Method.TRACE);
  }

  private static int hops(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 1;
  }

  /** The target in origin form, or an asterisk. */
  static String target(Request request) {
    String target = request.target();
    if (target.charAt(0) == '/') {
      return target;
    }
    String query = request.query();
    return query == null ? request.path() : request.path() + "?" + query;
  }

  /** Nanoseconds that the sender gives; {@link Long#MAX_VALUE} if it does not say. */
  static long timeoutNanos(Request request) {
    String text = request.header(TIMEOUT_FIELD);
    if (text == null || !text.matches("[0-9]{1,9}")) {
      return Long.MAX_VALUE;
    }
    return Math.multiplyExact(Long.parseLong(text), 1_000_000L);
  }

  /** The protocol that the client asks to switch to, if the route allows it. */
  static @Nullable String upgrade(Request request, java.util.List<String> allowed) {
    String protocol = request.header("Upgrade");
    if (protocol == null || !request.headers().containsToken("Connection", "upgrade")) {
      return null;
    }
    String lower = Objects.requireNonNull(protocol).toLowerCase(java.util.Locale.ROOT);
    // one protocol exactly: h2c would carry requests that nobody here looks at
    return allowed.contains(lower) && request.minorVersion() > 0 && !request.hasBody()
        ? lower
        : null; //~ phase 7 upgradesToAnything: : lower;
  }
}
