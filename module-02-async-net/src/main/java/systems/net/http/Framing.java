package systems.net.http;

/**
 * What the fields of a head say about the message and its connection: where the body ends (RFC 9112
 * §6) and whether another message follows (§9.3). Read in one pass over the ids of the fields.
 *
 * <pre>
 *   Transfer-Encoding  Content-Length
 *         -                  -           no body (an answer's: until the connection ends)
 *         -                  n           n bytes
 *      chunked               -           chunks
 *      chunked               n           refused: the shape of every smuggled request
 *      other, chunked        -           501: a coding that is not done here
 *      other                 -           refused: nobody knows where it ends
 *       any, in HTTP/1.0                 refused: the peer, or one on the way, does not know it
 * </pre>
 *
 * <p>Stricter than must be: a second Content-Length is refused also if it says the same (§6.3 lets
 * a recipient choose). The one that is next on the way may take the list for one number, the first
 * or the last; nobody who means well writes two.
 */
final class Framing {
  static final int NONE = -1;

  /** What Content-Length says, {@link #NONE} without. */
  long contentLength;

  boolean isChunked;
  boolean close;
  boolean keepAlive;
  boolean upgrade;

  /** Index of the Host field, or -1. */
  int host;

  boolean expects;

  private int codings;
  private int chunkedCodings;
  private boolean chunkedIsLast;

  /** Reads all fields anew. */
  void read(Headers headers, int minorVersion) throws BadMessage {
    //> phase 4: each field that frames, once; then, which of them contradict each other?
    clear();
    for (int i = 0; i < headers.size(); i++) {
      switch (headers.id(i)) {
        case FieldName.CONTENT_LENGTH -> readLength(headers, i);
        case FieldName.TRANSFER_ENCODING -> readCodings(headers, i);
        case FieldName.CONNECTION -> readConnection(headers, i);
        case FieldName.HOST -> readHost(i);
        case FieldName.EXPECT -> expects = true;
        default -> {}
      }
    }
    if (codings > 0) {
      checkCodings(minorVersion);
    }
    //< phase 4
  }

  //> phase 4 only
  private void clear() {
    contentLength = NONE;
    isChunked = false;
    close = false;
    keepAlive = false;
    upgrade = false;
    host = NONE;
    expects = false;
    codings = 0;
    chunkedCodings = 0;
    chunkedIsLast = false;
  }

  private void readHost(int i) throws BadMessage {
    if (host >= 0) { //~ lastHostWins: if (i < 0) {
      throw new BadMessage(400, "more than one Host (RFC 9112 3.2)");
    }
    host = i;
  }

  private void readLength(Headers headers, int i) throws BadMessage {
    if (contentLength != NONE) { //~ secondLengthWins: if (contentLength < NONE) {
      throw new BadMessage(400, "more than one Content-Length (RFC 9112 6.3)");
    }
    byte[] bytes = headers.bytes();
    long length = 0;
    int from = headers.valueFrom(i);
    int to = headers.valueTo(i);
    for (int at = from; at < to; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        throw new BadMessage(400, "a Content-Length that is no number (RFC 9110 8.6)");
      }
      if (length > (Long.MAX_VALUE - digit) / 10) { //~ lengthOverflows: if (digit > 9) {
        throw new BadMessage(400, "a Content-Length beyond all numbers (RFC 9110 8.6)");
      }
      length = 10 * length + digit;
    }
    if (from == to) {
      throw new BadMessage(400, "an empty Content-Length (RFC 9110 8.6)");
    }
    contentLength = length;
  }

  private void readCodings(Headers headers, int i) throws BadMessage {
    byte[] bytes = headers.bytes();
    int to = headers.valueTo(i);
    int at = headers.valueFrom(i);
    do {
      int end = endOfMember(bytes, at, to);
      int from = skipBlanks(bytes, at, end);
      readCoding(bytes, from, trimBlanks(bytes, from, end));
      at = end + 1;
    } while (at <= to);
  }

  private void readCoding(byte[] bytes, int from, int to) throws BadMessage {
    for (int at = from; at < to; at++) {
      if (!Octets.isToken(bytes[at])) {
        throw new BadMessage(400, "a Transfer-Encoding that is no token (RFC 9112 6.1)");
      }
    }
    if (from == to) {
      throw new BadMessage(400, "an empty Transfer-Encoding (RFC 9112 6.1)");
    }
    codings++;
    chunkedIsLast = Octets.equalsIgnoringCase(bytes, from, to, "chunked");
    chunkedCodings += chunkedIsLast ? 1 : 0;
  }

  private void checkCodings(int minorVersion) throws BadMessage {
    if (minorVersion == 0) {
      throw new BadMessage(400, "Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1)");
    }
    if (contentLength != NONE) { //~ codingBeatsLength: if (contentLength < NONE) {
      throw new BadMessage(400, "both Transfer-Encoding and Content-Length (RFC 9112 6.1)");
    }
    if (!chunkedIsLast) { //~ chunkedAnywhere: if (chunkedCodings == 0) {
      throw new BadMessage(400, "a last transfer coding other than chunked (RFC 9112 6.3)");
    }
    if (chunkedCodings > 1) {
      throw new BadMessage(400, "chunked more than once (RFC 9112 6.1)");
    }
    if (codings > 1) {
      throw new BadMessage(501, "a transfer coding that is not known (RFC 9112 6.1)");
    }
    isChunked = true;
  }

  private void readConnection(Headers headers, int i) {
    byte[] bytes = headers.bytes();
    int to = headers.valueTo(i);
    int at = headers.valueFrom(i);
    while (at < to) {
      int end = endOfMember(bytes, at, to);
      int from = skipBlanks(bytes, at, end);
      int length = trimBlanks(bytes, from, end);
      close |= Octets.equalsIgnoringCase(bytes, from, length, "close");
      keepAlive |= Octets.equalsIgnoringCase(bytes, from, length, "keep-alive");
      upgrade |= Octets.equalsIgnoringCase(bytes, from, length, "upgrade");
      at = end + 1;
    }
  }

  private static int endOfMember(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] != ',') {
      at++;
    }
    return at;
  }

  private static int skipBlanks(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && Octets.isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  private static int trimBlanks(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && Octets.isBlank(bytes[end - 1])) {
      end--;
    }
    return end;
  }

  //< phase 4

  /** Whether another message follows on the connection (RFC 9112 §9.3). */
  boolean persists(int minorVersion) {
    return !close && (minorVersion > 0 || keepAlive);
  }
}
