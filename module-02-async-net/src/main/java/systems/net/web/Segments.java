package systems.net.web;

import java.util.ArrayList;
import java.util.List;

/**
 * A path as the list of what stands between its slashes.
 *
 * <pre>
 *   /            [""]                  /files/        ["files", ""]
 *   /a/b         ["a", "b"]            /a//b          ["a", "", "b"]
 *   /a%2Fb/c     ["a/b", "c"]          /a/%2e%2e/b    400
 * </pre>
 *
 * <ol>
 *   <li>First cut, then decode: an encoded slash is a character of its segment and separates
 *       nothing.
 *   <li>{@code .} and {@code ..} are refused, however they are written. A client removes them
 *       before it sends (RFC 3986 §5.2.4); one that has not wants to find out who else forgets to.
 *   <li>At most {@link #COUNT_MAX} segments, so that no recursion over them is deep.
 * </ol>
 *
 * <p>Rejected: to normalize, as many servers do. Then the path that a proxy before us has checked
 * is not the one that we serve.
 */
final class Segments {
  static final int COUNT_MAX = 64;

  private Segments() {}

  /** The decoded segments; at least one. */
  static List<String> of(String path) throws Refused {
    if (!path.startsWith("/")) {
      throw new Refused(400, "a path begins with a slash (RFC 9110 4.2.3)");
    }
    //> phase 5: is %2F a slash that separates? Decode before or behind the cut?
    String cut = path; //~ decodesFirst: String cut = Percent.decode(path, 0, path.length());
    var segments = new ArrayList<String>();
    int from = 1;
    int slash;
    do {
      slash = cut.indexOf('/', from);
      if (segments.size() == COUNT_MAX) { //~ anyDepth: if (segments.size() < 0) {
        throw new Refused(414, "more than " + COUNT_MAX + " segments");
      }
      segments.add(segment(cut, from, slash < 0 ? cut.length() : slash));
      from = slash + 1;
    } while (slash >= 0);
    return segments;
    //< phase 5
  }

  //> phase 5 only
  private static String segment(String path, int from, int to) throws Refused {
    String segment = Percent.decode(path, from, to);
    String looked = segment; //~ looksBeforeDecoding: String looked = path.substring(from, to);
    if (looked.equals(".") || looked.equals("..")) {
      throw new Refused(400, "a client removes dot segments (RFC 3986 5.2.4)");
    }
    return segment;
  }
  //< phase 5
}
