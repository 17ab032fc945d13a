package systems.net.http;

/**
 * From bytes to the head of a response, for a client or a proxy (RFC 9112 §4).
 *
 * <pre>
 *   HTTP/1.1 200 OK\r\n          version SP 3 digits SP [ reason ] CR LF
 * </pre>
 *
 * <p>As strict as the parser of requests: what comes from a server may come from an attacker who
 * talked through it. Where the body ends depends on the request as well; {@link #frame} says so to
 * a {@link BodyDecoder}. The status of a {@link BadMessage} from here means nothing but that the
 * peer is to be left.
 */
public final class ResponseParser {
  private static final String VERSION = "HTTP/1.";

  /** The version with its digit, a blank, and three digits. */
  private static final int LINE_MIN = 12;

  private final HeadParser head;
  private final Headers headers = new Headers();
  private final Framing framing = new Framing();
  private int status;
  private int minorVersion;
  private int reasonFrom;
  private int reasonTo;
  private boolean untilClose;

  public ResponseParser(Limits limits) {
    this.head = HeadParser.ofResponses(limits);
  }

  /** Forgets a head that was begun. */
  public void reset() {
    head.reset();
  }

  /** Whether bytes of a head have been looked at that is not whole yet. */
  public boolean isBegun() {
    return head.isBegun();
  }

  /**
   * Reads a head if it is whole; then it can be asked for until the next call.
   *
   * @param from of the first byte of the head, in all calls for it
   * @return the index behind it, or -1 if it is not whole; then call again with the same bytes and
   *     more
   */
  public int parse(byte[] bytes, int from, int to) throws BadMessage {
    //> phase 4: as a request's head, but for the first line
    int end = head.find(bytes, from, to);
    if (end < 0) {
      return -1;
    }
    head.reset();
    headers.load(bytes, from, end);
    int fields = readStatusLine(headers.bytes(), headers.loadedBytes());
    HeadParser.readFields(headers, fields, headers.loadedBytes());
    framing.read(headers, minorVersion);
    return end;
    //< phase 4
  }

  //> phase 4 only
  private int readStatusLine(byte[] bytes, int to) throws BadMessage {
    boolean fits =
        to > LINE_MIN
            && Octets.equals(bytes, 0, VERSION.length(), VERSION)
            && Octets.isDigit(bytes[7])
            && bytes[8] == Octets.SP
            && bytes[9] >= '1'
            && bytes[9] <= '5'
            && Octets.isDigit(bytes[10])
            && Octets.isDigit(bytes[11]);
    if (!fits) {
      throw new BadMessage(502, "a status line that is none (RFC 9112 4)");
    }
    minorVersion = bytes[7] == '0' ? 0 : 1;
    status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
    reasonFrom = LINE_MIN;
    if (bytes[LINE_MIN] == Octets.SP) {
      reasonFrom++;
    } else if (bytes[LINE_MIN] != Octets.CR) {
      throw new BadMessage(502, "a status code of more than three digits (RFC 9112 4)");
    }
    reasonTo = Octets.endOfValue(bytes, reasonFrom, to);
    if (bytes[reasonTo] != Octets.CR || bytes[reasonTo + 1] != Octets.LF) {
      throw new BadMessage(502, "a control character in a reason (RFC 9112 4)");
    }
    return reasonTo + 2;
  }

  //< phase 4

  public int status() {
    return status;
  }

  public String reason() {
    return Octets.text(headers.bytes(), reasonFrom, reasonTo);
  }

  /** 0 or 1. */
  public int minorVersion() {
    return minorVersion;
  }

  /** Of the last head that was whole; the parser's own, which the next one changes. */
  public Headers headers() {
    return headers;
  }

  /** What Content-Length says, -1 without one. It may speak of a body that does not come. */
  public long contentLength() {
    return framing.contentLength;
  }

  /**
   * Tells the decoder where the body ends (RFC 9112 §6.3).
   *
   * @param requestMethod of the request that this answers
   */
  public void frame(BodyDecoder body, String requestMethod) {
    //> phase 4: which answers have no body, whatever they say?
    untilClose = false;
    boolean isTunnel = requestMethod.equals(Method.CONNECT) && status / 100 == 2;
    boolean isBodiless = requestMethod.equals(Method.HEAD) || Status.isBodiless(status);
    if (isTunnel || isBodiless) { //~ headHasABody: if (isTunnel) {
      body.length(0);
    } else if (framing.isChunked) {
      body.chunked();
    } else if (framing.contentLength >= 0) {
      body.length(framing.contentLength);
    } else {
      untilClose = true;
      body.untilClose();
    }
    //< phase 4
  }

  /** After {@link #frame}: whether the connection can be used again when the body is done. */
  public boolean persists() {
    return !untilClose && framing.persists(minorVersion) && status != 101;
  }
}
