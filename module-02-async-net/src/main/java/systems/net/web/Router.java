package systems.net.web;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import systems.net.http.Handler;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;

/**
 * Sends a request to the route whose pattern its path fits.
 *
 * <pre>
 *   GET /users            root -- users --+-- (GET)
 *   GET /users/{id}                       +-- {} --+-- (GET, PUT)
 *   PUT /users/{id}                       |        +-- posts -- (GET)
 *   GET /users/{id}/posts                 +-- me -- (GET)
 *   GET /users/me                 files --+-- {...} (GET)
 *   GET /files/{path...}
 * </pre>
 *
 * <p>A pattern is made of whole segments: a literal, a parameter {@code {name}} that takes one
 * segment which is not empty, or at the end a tail {@code {name...}} that takes all that is left,
 * one segment at least (it may be empty: {@code /files/} fits, {@code /files} does not).
 *
 * <p><b>Precedence.</b> Of all patterns that fit, the one that is more exact at the first segment
 * where they differ: a literal before a parameter before a tail. The order in which routes were
 * added never matters. The path decides alone, then the method: where {@code /users/me} has no PUT,
 * a PUT is 405, even though {@code /users/{id}} has one.
 *
 * <p><b>Cost.</b> The patterns are a trie over segments. Where a literal leads nowhere the search
 * goes back and tries the parameter; each node is reached by one way only, so a search visits each
 * at most once, whatever the path. Rejected: a list of regular expressions, whose cost is the
 * number of routes, and for some expressions exponential in what the peer sends.
 *
 * <ol>
 *   <li>A path that has an answer without a parameter is looked up whole: no other pattern can have
 *       precedence over literals only.
 *   <li>HEAD goes to GET's route unless it has its own; OPTIONS is answered with Allow unless it
 *       has a route.
 *   <li>404 if no pattern fits, 405 with Allow if one fits but not the method, 501 if no route at
 *       all has the method (RFC 9110 §9.1).
 * </ol>
 *
 * <p>Routes are added by one thread before the first request; then any loop may use it.
 */
public final class Router implements Handler {
  /** What is done for a pattern. */
  @FunctionalInterface
  public interface Route {
    void handle(Request request, Response response, Match match) throws Exception;
  }

  /** What the parameters of a pattern stand for in one path, decoded. */
  public static final class Match {
    private final List<String> segments;
    private final int[] parameterAt;
    private int parameters;
    private int tailFrom;
    private List<String> names = List.of();

    Match(List<String> segments) {
      this.segments = segments;
      this.parameterAt = new int[segments.size()];
      this.tailFrom = segments.size();
    }

    /**
     * The value of a parameter.
     *
     * @throws IllegalArgumentException if the pattern has no parameter of this name
     */
    public String get(String name) {
      int which = names.indexOf(name);
      if (which < 0 || which >= parameters) {
        throw new IllegalArgumentException("the pattern has no parameter " + name);
      }
      return segments.get(parameterAt[which]);
    }

    /** The segments that the tail has taken; empty without one. */
    public List<String> tail() {
      return segments.subList(tailFrom, segments.size());
    }
  }

  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    @Nullable Node parameter;
    @Nullable Leaf leaf;
    @Nullable Leaf tail;
  }

  /** The end of a pattern: its routes by method. */
  private static final class Leaf {
    final Map<String, Named> routes = new HashMap<>();
    String allow = "";
  }

  private record Named(Route route, List<String> names) {}

  private static final String TAIL_END = "...}";

  private final Node root = new Node();
  private final Map<String, Leaf> literals = new HashMap<>();
  private final Set<String> methods = new TreeSet<>(Set.of(Method.OPTIONS));

  public Router get(String pattern, Route route) {
    return on(Method.GET, pattern, route);
  }

  public Router post(String pattern, Route route) {
    return on(Method.POST, pattern, route);
  }

  /** Adds a handler that needs no parameters. */
  public Router on(String method, String pattern, Handler handler) {
    return on(method, pattern, (request, response, match) -> handler.handle(request, response));
  }

  /**
   * Adds a route.
   *
   * @throws IllegalArgumentException if the pattern is none, or has a route for the method
   */
  public Router on(String method, String pattern, Route route) {
    List<String> segments = segments(pattern);
    Leaf leaf = leaf(pattern, segments);
    List<String> names = segments.stream().filter(Router::isParameter).map(Router::name).toList();
    if (leaf.routes.putIfAbsent(method, new Named(route, names)) != null) {
      throw new IllegalArgumentException("has a route already: " + method + " " + pattern);
    }
    methods.add(method);
    if (method.equals(Method.GET)) {
      methods.add(Method.HEAD);
    }
    leaf.allow = allow(leaf.routes.keySet());
    return this;
  }

  /** What stands between the slashes of a pattern, checked. */
  private static List<String> segments(String pattern) {
    //> phase 5: which patterns fit no path, or could be meant in two ways?
    if (!pattern.startsWith("/")) {
      throw new IllegalArgumentException("a pattern begins with a slash: " + pattern);
    }
    List<String> segments = List.of(pattern.substring(1).split("/", -1));
    if (segments.size() > Segments.COUNT_MAX) {
      throw new IllegalArgumentException("a pattern that no path fits: " + pattern);
    }
    var names = new HashSet<String>();
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (!isParameter(segment)) {
        checkLiteral(pattern, segment);
      } else if (isTail(segment) && i < segments.size() - 1) {
        throw new IllegalArgumentException("a tail is the last segment: " + pattern);
      } else if (name(segment).isEmpty() || !names.add(name(segment))) {
        throw new IllegalArgumentException("a parameter has a name of its own: " + pattern);
      }
    }
    return segments;
    //< phase 5
  }

  private static void checkLiteral(String pattern, String segment) {
    boolean isPlain = segment.chars().noneMatch(c -> c == '{' || c == '}' || c == '%' || c == '?');
    if (!isPlain || segment.equals(".") || segment.equals("..")) {
      throw new IllegalArgumentException(
          "no literal, decoded segment: " + segment + " in " + pattern);
    }
  }

  private static boolean isParameter(String segment) {
    return segment.startsWith("{") && segment.endsWith("}");
  }

  private static boolean isTail(String segment) {
    return segment.startsWith("{") && segment.endsWith(TAIL_END);
  }

  private static String name(String parameter) {
    int end = parameter.length() - (isTail(parameter) ? TAIL_END.length() : 1);
    return parameter.substring(1, end);
  }

  /** The leaf of a pattern; made if it is new. */
  private Leaf leaf(String pattern, List<String> segments) {
    Node node = root;
    boolean isLiteral = true;
    for (String segment : segments) {
      if (isTail(segment)) {
        node.tail = node.tail == null ? new Leaf() : node.tail;
        return node.tail;
      }
      isLiteral &= !isParameter(segment);
      node = child(node, segment);
    }
    node.leaf = node.leaf == null ? new Leaf() : node.leaf;
    if (isLiteral) {
      literals.put(pattern, node.leaf);
    }
    return node.leaf;
  }

  private static Node child(Node node, String segment) {
    if (!isParameter(segment)) {
      return node.literals.computeIfAbsent(segment, literal -> new Node());
    }
    node.parameter = node.parameter == null ? new Node() : node.parameter;
    return node.parameter;
  }

  /** What a resource allows, in the order of the alphabet. */
  private static String allow(Set<String> routed) {
    //> phase 5: which methods work though nobody has added them?
    var allowed = new TreeSet<>(routed);
    allowed.add(Method.OPTIONS);
    if (routed.contains(Method.GET)) { //~ allowsNoHead: if (routed.contains(Method.HEAD)) {
      allowed.add(Method.HEAD);
    }
    return String.join(", ", allowed);
    //< phase 5
  }

  @Override
  public void handle(Request request, Response response) throws Exception {
    String path = request.path();
    if (!path.startsWith("/")) {
      answerForServer(path, response);
      return;
    }
    try {
      Leaf literal = literals.get(path);
      if (literal != null) {
        dispatch(literal, request, response, new Match(List.of()));
        return;
      }
      var match = new Match(Segments.of(path));
      dispatch(find(root, match, 0), request, response, match);
    } catch (Refused refused) {
      refused.answer(response);
    }
  }

  /** {@code OPTIONS *} asks about the server; CONNECT has no path, and is not for a server here. */
  private void answerForServer(String path, Response response) {
    if (path.equals("*")) {
      response.status(204).header("Allow", String.join(", ", methods)).send();
    } else {
      Refused.answer(response, 501);
    }
  }

  /** The leaf of the pattern that has precedence, or null; notes in the match what it has taken. */
  private static @Nullable Leaf find(Node node, Match match, int at) {
    //> phase 5: literal, then parameter, then tail; and if the literal leads into a dead end?
    if (at == match.segments.size()) {
      return node.leaf;
    }
    String segment = match.segments.get(at);
    Node literal = node.literals.get(segment);
    Leaf found = literal == null ? null : find(literal, match, at + 1);
    if (found != null) { //~ neverGoesBack: if (literal != null) {
      return found;
    }
    boolean isEmpty = segment.isEmpty(); //~ parameterTakesNothing: boolean isEmpty = false;
    if (node.parameter != null && !isEmpty) {
      match.parameterAt[match.parameters++] = at;
      found = find(node.parameter, match, at + 1);
      if (found != null) {
        return found;
      }
      match.parameters--; //~ keepsWhatDidNotFit: assert match.parameters > 0;
    }
    if (node.tail != null) {
      match.tailFrom = at;
    }
    return node.tail;
    //< phase 5
  }

  private void dispatch(@Nullable Leaf leaf, Request request, Response response, Match match)
      throws Exception {
    //> phase 5: no pattern, no such method here, or no such method anywhere?
    String method = request.method();
    if (!methods.contains(method)) {
      Refused.answer(response, 501);
      return;
    }
    if (leaf == null) {
      Refused.answer(response, 404);
      return;
    }
    Named named = leaf.routes.get(method);
    if (named == null && method.equals(Method.HEAD)) {
      named = leaf.routes.get(Method.GET);
    }
    if (named != null) {
      match.names = named.names;
      named.route.handle(request, response, match);
    } else if (method.equals(Method.OPTIONS)) {
      response.status(204).header("Allow", leaf.allow).send();
    } else {
      response.header("Allow", leaf.allow); //~ saysNotWhatElse: response.status(405);
      Refused.answer(response, 405);
    }
    //< phase 5
  }
}
