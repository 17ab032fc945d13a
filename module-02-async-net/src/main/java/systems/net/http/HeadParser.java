package systems.net.http;

/**
 * Finds where a head or a trailer section ends, as its bytes come, and reads its field lines.
 *
 * <pre>
 *            scanned
 *   call 1   GET / HT|                                     no line feed: not whole
 *   call 2   GET / HTTP/1.1\r\nHost: a\r|                  one line; from its end on, next time
 *   call 3   GET / HTTP/1.1\r\nHost: a\r\n\r\n             an empty line: whole, up to here
 *                                         ^ end
 * </pre>
 *
 * <p>Two passes. The first looks for line feeds only, eight bytes at a time, and goes on where it
 * stopped; its state is four numbers. The second one reads a head that is whole, front to back, and
 * needs no state at all. A parser in one pass, which can stop within every production, has a state
 * for each of them, and has to be right at each; what it saves is a scan that costs less than the
 * copy.
 *
 * <ol>
 *   <li>{@link #find} is a function of the bytes since the begin, not of their cuts: an error is
 *       reported for the first line that has one, and limits come before grammar. A limit that an
 *       unfinished line has passed is one that the whole line passes as well.
 *   <li>So there are at most {@code lineBytesMax + fieldBytesMax} bytes that wait to be taken.
 *   <li>A line ends with CR LF. A lone LF, which RFC 9112 §2.2 permits to take, is refused: where
 *       one recipient sees the end of a line and the next one does not, a second request hides.
 * </ol>
 */
final class HeadParser {
  private final Limits limits;
  private final int fieldBytesMax;

  /** Whether a line comes before the fields. */
  private final boolean hasStartLine;

  /** Whether one empty line may come before that (RFC 9112 §2.2). */
  private final boolean skipsEmptyLine;

  private int scanned;
  private int start;
  private int lineStart;
  private int fieldsStart;
  private int lines;

  private HeadParser(
      Limits limits, int fieldBytesMax, boolean hasStartLine, boolean skipsEmptyLine) {
    this.limits = limits;
    this.fieldBytesMax = fieldBytesMax;
    this.hasStartLine = hasStartLine;
    this.skipsEmptyLine = skipsEmptyLine;
  }

  static HeadParser ofRequests(Limits limits) {
    return new HeadParser(limits, limits.headerBytes(), true, true);
  }

  static HeadParser ofResponses(Limits limits) {
    return new HeadParser(limits, limits.headerBytes(), true, false);
  }

  static HeadParser ofTrailers(Limits limits) {
    return new HeadParser(limits, limits.trailerBytes(), false, false);
  }

  void reset() {
    scanned = 0;
    start = 0;
    lineStart = 0;
    fieldsStart = 0;
    lines = 0;
  }

  /** Whether a byte has come that is not of an empty line in front. */
  boolean isBegun() {
    return scanned > start;
  }

  /** Where the start line begins, counted from the first byte: behind an empty line in front. */
  int start() {
    return start;
  }

  /**
   * Looks on for the end.
   *
   * @param from of the first byte of the head, in all calls for it
   * @return the index behind the empty line, or -1 if it has not come yet
   */
  int find(byte[] bytes, int from, int to) throws BadMessage {
    //> phase 4: go on where you stopped, line by line; which checks need no more than a line's
    // end?
    assert to - from >= scanned : "bytes are gone that were not taken";
    int at = from + scanned;
    int lf = Octets.indexOfLf(bytes, at, to);
    while (lf >= 0) {
      if (endsAt(bytes, from, lf)) {
        scanned = lf + 1 - from;
        return lf + 1;
      }
      lineStart = lf + 1 - from;
      lf = Octets.indexOfLf(bytes, lf + 1, to);
    }
    scanned = to - from; //~ forgetsLinesOfEarlierCalls: scanned = 0;
    checkOpenLine(scanned);
    return -1;
    //< phase 4
  }

  //> phase 4 only
  /** Takes one line; returns whether it is the last, empty one. */
  private boolean endsAt(byte[] bytes, int from, int lf) throws BadMessage {
    int end = lf + 1 - from;
    boolean inStartLine = lines == 0 && hasStartLine;
    boolean hasCr = lf - from > lineStart && bytes[lf - 1] == Octets.CR;
    boolean isEmpty = hasCr && lf - from == lineStart + 1;
    if (isEmpty && inStartLine) {
      skipEmptyLine(end);
      return false;
    }
    if (!isEmpty) {
      checkSize(inStartLine, end);
    }
    if (!hasCr) { //~ lineFeedIsEnough: if (lf < from) {
      throw new BadMessage(400, "a line ends without CR (RFC 9112 2.2)");
    }
    if (isEmpty) {
      return true;
    }
    lines++;
    if (inStartLine) {
      fieldsStart = end;
    }
    return false;
  }

  private void skipEmptyLine(int end) throws BadMessage {
    if (!skipsEmptyLine || start > 0) { //~ skipsAnyEmptyLines: if (!skipsEmptyLine) {
      throw new BadMessage(400, "an empty line before the message (RFC 9112 2.2)");
    }
    start = end;
    fieldsStart = end;
  }

  private void checkSize(boolean inStartLine, int end) throws BadMessage {
    if (inStartLine) {
      if (end - 2 - lineStart > limits.requestLineBytes()) {
        throw startLineTooLong();
      }
    } else if (end - fieldsStart > fieldBytesMax || fieldCount() >= limits.headerCount()) {
      throw fieldsTooLarge();
    }
  }

  private int fieldCount() {
    return hasStartLine ? lines - 1 : lines;
  }

  /** The same limits, for a line whose end has not come: it may still be one CR. */
  private void checkOpenLine(int end) throws BadMessage {
    if (lines == 0 && hasStartLine) {
      boolean isTooLong = end - 1 - lineStart > limits.requestLineBytes();
      if (isTooLong) { //~ waitsForTheLinesEnd: if (end < 0) {
        throw startLineTooLong();
      }
    } else if (end - 1 - fieldsStart > fieldBytesMax) {
      throw fieldsTooLarge();
    }
  }

  private static BadMessage startLineTooLong() {
    return new BadMessage(414, "the start line is too long (RFC 9112 3)");
  }

  private static BadMessage fieldsTooLarge() {
    return new BadMessage(431, "too many header fields, or too long ones (RFC 6585 5)");
  }

  //< phase 4

  /**
   * Reads field lines up to the empty line and notes them.
   *
   * @param from in the array of {@code headers}, which ends with the empty line
   */
  static void readFields(Headers headers, int from, int to) throws BadMessage {
    //> phase 4: name, colon, value; what may stand between them, and what not?
    byte[] bytes = headers.bytes();
    assert bytes[to - 1] == Octets.LF && bytes[to - 2] == Octets.CR;
    int at = from;
    while (at < to - 2) {
      int nameTo = endOfName(bytes, at);
      int valueFrom = nameTo + 1;
      while (Octets.isBlank(bytes[valueFrom])) {
        valueFrom++;
      }
      int end = Octets.endOfValue(bytes, valueFrom, to);
      checkLineEnd(bytes, end);
      headers.note(at, nameTo, valueFrom, withoutBlanks(bytes, valueFrom, end));
      at = end + 2;
    }
    assert at == to - 2;
    //< phase 4
  }

  //> phase 4 only
  private static int endOfName(byte[] bytes, int from) throws BadMessage {
    int at = from;
    while (Octets.isToken(bytes[at])) {
      at++;
    }
    if (bytes[at] == ':' && at > from) {
      return at;
    }
    if (Octets.isBlank(bytes[at])) {
      if (at == from) {
        throw new BadMessage(400, "a folded field line (RFC 9112 5.2)");
      }
      throw new BadMessage(400, "a blank between field name and colon (RFC 9112 5.1)");
    }
    throw new BadMessage(400, "a field name that is no token (RFC 9110 5.1)");
  }

  private static void checkLineEnd(byte[] bytes, int end) throws BadMessage {
    if (bytes[end] != Octets.CR) {
      throw new BadMessage(400, "a control character in a field value (RFC 9110 5.5)");
    }
    if (bytes[end + 1] != Octets.LF) { //~ carriageReturnEndsALine: if (bytes[end] != Octets.CR) {
      throw new BadMessage(400, "a CR within a line (RFC 9112 2.2)");
    }
  }

  private static int withoutBlanks(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && Octets.isBlank(bytes[end - 1])) {
      end--;
    }
    return end;
  }
  //< phase 4
}
