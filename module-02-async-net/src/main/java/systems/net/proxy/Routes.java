package systems.net.proxy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which route a request takes.
 *
 * <pre>
 *   host        exact name, else the longest *.suffix, else any host
 *     |
 *     v
 *   path        the longest prefix of whole segments
 *
 *   api.example.org  /v1/users     "/v1/users" > "/v1" > "/"
 *   *.example.org    /
 *   (any)            /
 * </pre>
 *
 * <p>A host that has routes, but none for the path, is not given to the next less exact host: what
 * somebody wrote for all hosts is not meant for the one that has its own rules.
 *
 * <p>Immutable, and so are its lists; hosts are few, so that each host's routes are searched from
 * the longest path to the shortest.
 */
final class Routes<T> {
  private record Entry<T>(String path, T value) {}

  private final Map<String, List<Entry<T>>> exact = new HashMap<>();
  private final Map<String, List<Entry<T>>> below = new HashMap<>();
  private final List<Entry<T>> any = new ArrayList<>();

  Routes(
      List<ProxyConfig.RouteConfig> routes,
      Function<? super ProxyConfig.RouteConfig, ? extends T> values) {
    for (ProxyConfig.RouteConfig route : routes) {
      of(route.host()).add(new Entry<>(route.path(), values.apply(route)));
    }
    exact.values().forEach(Routes::sort);
    below.values().forEach(Routes::sort);
    sort(any);
  }

  private List<Entry<T>> of(String host) {
    if (host.isEmpty()) {
      return any;
    }
    return host.startsWith("*.")
        ? below.computeIfAbsent(host.substring(1), missing -> new ArrayList<>())
        : exact.computeIfAbsent(host, missing -> new ArrayList<>());
  }

  private static <T> void sort(List<Entry<T>> entries) {
    entries.sort(Comparator.comparingInt(entry -> -entry.path.length()));
  }

  /**
   * The route for a request.
   *
   * @param host as {@link #host} makes it
   * @param path beginning with a slash, or an asterisk
   */
  @Nullable T find(String host, String path) {
    //> phase 7: host first, then path; does /a fit /ab?
    List<Entry<T>> routes = hostRoutes(host);
    for (int i = 0; i < routes.size(); i++) {
      if (fits(routes.get(i).path, path)) {
        return routes.get(i).value;
      }
    }
    return null;
    //< phase 7
  }

  //> phase 7 only
  private List<Entry<T>> hostRoutes(String host) {
    List<Entry<T>> routes = exact.get(host);
    for (int dot = host.indexOf('.');
        routes == null && dot >= 0;
        dot = host.indexOf('.', dot + 1)) {
      routes = below.get(host.substring(dot));
    }
    return routes == null ? any : routes;
  }

  private static boolean fits(String prefix, String path) {
    if (!path.startsWith(prefix)) {
      return prefix.equals("/") && path.equals("*");
    }
    int end = prefix.length();
    if (path.length() == end || prefix.endsWith("/")) {
      return true;
    }
    return path.charAt(end) == '/'; //~ halfASegmentFits: return path.length() > end;
  }

  //< phase 7

  /** In lower case, without port and without the dot of an absolute name. */
  static String host(String authority) {
    int bracket = authority.lastIndexOf(']');
    int colon = authority.indexOf(':', Math.max(0, bracket));
    String host = colon < 0 ? authority : authority.substring(0, colon);
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    return host.toLowerCase(Locale.ROOT);
  }

  /**
   * Whether a path has a segment of one or two dots, encoded or not. Routes are chosen by the path
   * as it is written; a server that resolves the dots would see another one, behind another route.
   */
  static boolean hasDotSegments(String path) {
    //> phase 7: %2e is a dot as well
    int at = path.indexOf('/');
    while (at >= 0) {
      int end = path.indexOf('/', at + 1);
      if (isDots(path, at + 1, end < 0 ? path.length() : end)) {
        return true;
      }
      at = end;
    }
    return false;
    //< phase 7
  }

  //> phase 7 only
  private static boolean isDots(String path, int from, int to) {
    int dots = 0;
    int at = from;
    while (at < to) {
      boolean encoded = isEncodedDot(path, at); //~ encodedDotsPass: boolean encoded = false;
      if (!encoded && path.charAt(at) != '.') {
        return false;
      }
      at += encoded ? 3 : 1;
      dots++;
    }
    return dots == 1 || dots == 2;
  }

  private static boolean isEncodedDot(String path, int at) {
    return path.regionMatches(true, at, "%2e", 0, 3);
  }
  //< phase 7
}
