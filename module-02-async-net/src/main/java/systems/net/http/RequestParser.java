package systems.net.http;

/**
 * From bytes to a {@link Request}: the request line, the fields, and what they have to say together
 * (RFC 9112 §3, §5, §6).
 *
 * <pre>
 *   GET /where?q=now HTTP/1.1          origin form
 *   GET http://a.example/ HTTP/1.1     absolute form: every server has to take it (§3.2.2)
 *   CONNECT a.example:80 HTTP/1.1      authority form: only here
 *   OPTIONS * HTTP/1.1                 asterisk form: only here
 * </pre>
 *
 * <p>One blank between the parts and no other (§3 lets one be lenient). A target may have the
 * characters of RFC 3986 and no others: whoever takes {@code #}, a backslash or raw UTF-8 leaves
 * them to the next one to interpret. Versions: 1.0 is told apart, 1.1 and above is 1.1, another
 * major one is 505.
 *
 * <p>A parser belongs to a connection: it knows how far it has looked. The request it writes into
 * is needed only once the head is whole.
 */
public final class RequestParser {
  private static final String VERSION = "HTTP/";
  private static final int VERSION_LENGTH = 8;

  private final Limits limits;
  private final HeadParser head;

  public RequestParser(Limits limits) {
    this.limits = limits;
    this.head = HeadParser.ofRequests(limits);
  }

  /** Whether bytes of a head have been looked at that is not whole yet. */
  boolean isBegun() {
    return head.isBegun();
  }

  /** The next head begins. */
  void reset() {
    head.reset();
  }

  /**
   * Index behind the head if it is whole, else -1; then call again with the same bytes and more.
   *
   * @param from of the first byte of the head, in all calls for it
   */
  int find(byte[] bytes, int from, int to) throws BadMessage {
    return head.find(bytes, from, to);
  }

  /**
   * Reads a whole head, and is ready for the next one.
   *
   * @param to what {@link #find} returned
   */
  void read(byte[] bytes, int from, int to, Request request) throws BadMessage {
    //> phase 4: copy the head once; then the line, the fields, and what contradicts what
    request.headers.load(bytes, from + head.start(), to);
    head.reset();
    request.isHead = false;
    int fields = readRequestLine(request.headers.bytes(), request);
    HeadParser.readFields(request.headers, fields, request.headers.loadedBytes());
    request.framing.read(request.headers, request.minorVersion);
    checkHost(request);
    checkExpect(request);
    checkBody(request);
    //< phase 4
  }

  //> phase 4 only
  /** Returns where the fields begin. */
  private static int readRequestLine(byte[] bytes, Request request) throws BadMessage {
    int at = 0;
    while (Octets.isToken(bytes[at])) {
      at++;
    }
    if (at == 0 || bytes[at] != Octets.SP) {
      throw new BadMessage(400, "a method that is no token (RFC 9110 9.1)");
    }
    request.methodTo = at;
    request.isHead = Octets.equals(bytes, 0, at, Method.HEAD);
    request.isConnect = Octets.equals(bytes, 0, at, Method.CONNECT);
    request.targetFrom = at + 1;
    request.targetTo = readTarget(bytes, at + 1, request);
    int end = readVersion(bytes, request.targetTo, request);
    // after the version: "PRI * HTTP/2.0" is a right request of another protocol
    if (request.isAsterisk && !Octets.equals(bytes, 0, at, Method.OPTIONS)) {
      throw new BadMessage(400, "an asterisk for a method other than OPTIONS (RFC 9112 3.2.4)");
    }
    return end;
  }

  /** Returns where the target ends. */
  private static int readTarget(byte[] bytes, int from, Request request) throws BadMessage {
    request.queryFrom = -1;
    request.pathFrom = from;
    request.pathTo = from;
    request.authorityFrom = from;
    request.authorityTo = from;
    request.isAsterisk = false;
    if (request.isConnect) {
      return readAuthorityForm(bytes, from, request);
    }
    if (bytes[from] == '/') {
      return readPathAndQuery(bytes, from, request);
    }
    if (bytes[from] == '*') {
      request.isAsterisk = true;
      return from + 1;
    }
    return readAbsoluteForm(bytes, from, request);
  }

  private static int readAuthorityForm(byte[] bytes, int from, Request request) throws BadMessage {
    int to = endOfWord(bytes, from);
    if (!Authority.hasPort(bytes, from, to)) {
      throw new BadMessage(400, "CONNECT to something without host and port (RFC 9112 3.2.3)");
    }
    request.authorityTo = to;
    return to;
  }

  /** A target ends with a blank; the end of the line ends it as well, and is found out later. */
  private static int endOfWord(byte[] bytes, int from) {
    int at = from;
    while (bytes[at] != Octets.SP && bytes[at] != Octets.CR) {
      at++;
    }
    return at;
  }

  private static int readPathAndQuery(byte[] bytes, int from, Request request) throws BadMessage {
    request.pathFrom = from;
    int at = from;
    while (bytes[at] != Octets.SP) {
      if (bytes[at] == '?' && request.queryFrom < 0) {
        request.pathTo = at;
        request.queryFrom = at + 1;
      }
      if (Octets.isPath(bytes[at])) {
        at++;
      } else if (Authority.isEscape(bytes, at, at + 3)) {
        at += 3;
      } else {
        throw new BadMessage(400, "a target with a character it must not have (RFC 9112 3.2)");
      }
    }
    if (request.queryFrom < 0) {
      request.pathTo = at;
    }
    return at;
  }

  private static int readAbsoluteForm(byte[] bytes, int from, Request request) throws BadMessage {
    int to = endOfWord(bytes, from);
    int authority = endOfScheme(bytes, from, to);
    int end = authority;
    while (end < to && bytes[end] != '/' && bytes[end] != '?') {
      end++;
    }
    if (!Authority.isValid(bytes, authority, end)) {
      throw new BadMessage(400, "a target without a right authority (RFC 9110 4.2)");
    }
    request.authorityFrom = authority;
    request.authorityTo = end;
    int after = readPathAndQuery(bytes, end, request);
    request.isAsterisk = after == end && Octets.equals(bytes, 0, request.methodTo, Method.OPTIONS);
    return after;
  }

  private static int endOfScheme(byte[] bytes, int from, int to) throws BadMessage {
    int http = from + 7;
    if (http <= to && Octets.equalsIgnoringCase(bytes, from, http, "http://")) {
      return http;
    }
    if (http < to && Octets.equalsIgnoringCase(bytes, from, http + 1, "https://")) {
      return http + 1;
    }
    throw new BadMessage(400, "a target in none of the four forms (RFC 9112 3.2)");
  }

  /** Takes {@code SP HTTP/1.x CR LF}; returns where that ends. */
  private static int readVersion(byte[] bytes, int from, Request request) throws BadMessage {
    int at = from + 1;
    int end = at + VERSION_LENGTH;
    boolean fits =
        bytes[from] == Octets.SP
            && end + 2 <= bytes.length
            && Octets.equals(bytes, at, at + VERSION.length(), VERSION)
            && Octets.isDigit(bytes[end - 3])
            && bytes[end - 2] == '.'
            && Octets.isDigit(bytes[end - 1])
            && bytes[end] == Octets.CR
            && bytes[end + 1] == Octets.LF;
    if (!fits) {
      throw new BadMessage(400, "a request line without a right version (RFC 9112 2.3)");
    }
    if (bytes[end - 3] != '1') { //~ anyVersionWillDo: if (bytes[end - 3] == ' ') {
      throw new BadMessage(505, "a major version other than 1 (RFC 9110 15.6.6)");
    }
    request.minorVersion = bytes[end - 1] == '0' ? 0 : 1;
    return end + 2;
  }

  private static void checkHost(Request request) throws BadMessage {
    Headers headers = request.headers;
    int host = request.framing.host;
    if (host < 0) {
      if (request.minorVersion > 0) {
        throw new BadMessage(400, "no Host (RFC 9112 3.2)");
      }
      return;
    }
    int from = headers.valueFrom(host);
    int to = headers.valueTo(host);
    boolean isLeftOut = from == to && request.minorVersion == 0;
    if (!isLeftOut && !Authority.isValid(headers.bytes(), from, to)) {
      throw new BadMessage(400, "a Host that is none (RFC 9112 3.2)");
    }
    if (request.authorityFrom == request.authorityTo) { //~ hostBeatsTarget: if (from <= to) {
      request.authorityFrom = from;
      request.authorityTo = to;
    }
  }

  private static void checkExpect(Request request) throws BadMessage {
    request.expectsContinue = false;
    if (!request.framing.expects || request.minorVersion == 0) {
      return;
    }
    Headers headers = request.headers;
    for (int i = 0; i < headers.size(); i++) {
      boolean isOther =
          headers.id(i) == FieldName.EXPECT
              && !Octets.equalsIgnoringCase(
                  headers.bytes(), headers.valueFrom(i), headers.valueTo(i), "100-continue");
      if (isOther) {
        throw new BadMessage(417, "an expectation other than 100-continue (RFC 9110 10.1.1)");
      }
    }
    request.expectsContinue = request.hasBody();
  }

  private void checkBody(Request request) throws BadMessage {
    if (request.contentLength() > limits.bodyBytes()) {
      throw new BadMessage(413, "a body that is too long (RFC 9110 15.5.14)");
    }
    if (request.isConnect && request.hasBody()) {
      throw new BadMessage(400, "CONNECT with a body (RFC 9110 9.3.6)");
    }
  }

  //< phase 4

  /**
   * Reads a head if it is whole.
   *
   * @param from of the first byte of the head, in all calls for it
   * @return the index behind it, or -1 if it is not whole; then call again with more
   */
  public int parse(byte[] bytes, int from, int to, Request into) throws BadMessage {
    int end = find(bytes, from, to);
    if (end >= 0) {
      read(bytes, from, end, into);
    }
    return end;
  }
}
