package systems.net.http;

/**
 * The grammar of {@code host [":" port]} (RFC 3986 §3.2, RFC 9110 §4.2): a name, an IPv4 address
 * (which is spelled like a name), or an IPv6 address in brackets. Without user information, which
 * RFC 9110 §4.2.4 wants treated as an error.
 */
final class Authority {
  private static final int PORT_MAX = 65_535;
  private static final int PORT_DIGITS_MAX = 5;
  private static final int IPV6_COLONS_MIN = 2;
  private static final int IPV6_COLONS_MAX = 8;

  private Authority() {}

  /** Whether the bytes are a host, perhaps with a port. */
  static boolean isValid(byte[] bytes, int from, int to) {
    int end = endOfHost(bytes, from, to);
    return end > from && (end == to || isPort(bytes, end, to));
  }

  /** Whether the bytes are a host with a port, which is not left empty. */
  static boolean hasPort(byte[] bytes, int from, int to) {
    int end = endOfHost(bytes, from, to);
    return end > from && end + 1 < to && isPort(bytes, end, to);
  }

  /** Where the host ends; {@code from} if there is none. */
  private static int endOfHost(byte[] bytes, int from, int to) {
    //> phase 4: a name, or something in brackets
    if (from < to && bytes[from] == '[') {
      return endOfIpv6(bytes, from, to);
    }
    int at = from;
    while (at < to && (Octets.isRegName(bytes[at]) || isEscape(bytes, at, to))) {
      at += bytes[at] == '%' ? 3 : 1;
    }
    return at;
    //< phase 4
  }

  //> phase 4 only
  private static int endOfIpv6(byte[] bytes, int from, int to) {
    int colons = 0;
    int at = from + 1;
    while (at < to && (Octets.isHex(bytes[at]) || bytes[at] == ':' || bytes[at] == '.')) {
      colons += bytes[at] == ':' ? 1 : 0;
      at++;
    }
    boolean closed = at < to && bytes[at] == ']';
    boolean plausible = colons >= IPV6_COLONS_MIN && colons <= IPV6_COLONS_MAX;
    return closed && plausible ? at + 1 : from;
  }

  //< phase 4

  private static boolean isPort(byte[] bytes, int from, int to) {
    //> phase 4: digits, or nothing at all (RFC 3986 3.2.3)
    if (bytes[from] != ':' || to - from - 1 > PORT_DIGITS_MAX) {
      return false;
    }
    int port = 0;
    for (int at = from + 1; at < to; at++) {
      if (!Octets.isDigit(bytes[at])) {
        return false;
      }
      port = 10 * port + bytes[at] - '0';
    }
    return port <= PORT_MAX;
    //< phase 4
  }

  /** Whether a percent sign with two hexadecimal digits stands here. */
  static boolean isEscape(byte[] bytes, int at, int to) {
    return bytes[at] == '%'
        && at + 2 < to
        && Octets.isHex(bytes[at + 1])
        && Octets.isHex(bytes[at + 2]);
  }
}
