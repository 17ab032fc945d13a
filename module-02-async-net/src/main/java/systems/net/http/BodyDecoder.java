package systems.net.http;

/**
 * Where a body is within the bytes that come, and where it ends: after a length, after the last
 * chunk, or with the connection (RFC 9112 §6, §7).
 *
 * <pre>
 *   5;name="v"\r\n hello \r\n 0\r\n Digest: x\r\n \r\n
 *   |  |        |    |    |   |        |           |
 *   SIZE        |   DATA  |  SIZE   trailer section |
 *      EXTENSION    DATA_END                      DONE
 *            SIZE_END
 *
 *   int at = from;
 *   int before;
 *   do {
 *     before = at;
 *     at = body.decode(bytes, at, to);          one step: at most one piece of data
 *     use(bytes, body.dataFrom(), body.dataTo());
 *   } while (body.goesOn(before, at, to));
 * </pre>
 *
 * <p>Framing is read byte by byte, so it may be cut anywhere and nothing of it has to come again.
 * Data is not copied; a step tells where it lies. Only a trailer section is left untaken until it
 * is whole: it is read by {@link HeadParser} as any other fields.
 *
 * <ol>
 *   <li>The size is 1 to 15 hexadecimal digits: it fits a long, and there is nothing else in it: no
 *       sign, no {@code 0x}, no blank. RFC 9112 §7.1.1 knows of "bad" blanks around an extension's
 *       semicolon; directly behind the size they are refused here, since recipients differ in what
 *       they make of {@code 5 ;} and {@code 5 x}.
 *   <li>An extension is a name and perhaps a value, a token or a quoted string. It is dropped, and
 *       all of a body's together are bounded: a peer must not send a kilobyte for each byte.
 *   <li>The sum of the data never passes the limit: 413.
 *   <li>Trailers that would have changed how the message was read are dropped (RFC 9110 §6.5.1).
 * </ol>
 */
public final class BodyDecoder {
  private static final int SIZE_DIGITS_MAX = 15;

  /** Bytes of extensions in all chunks of a body. */
  static final int EXTENSION_BYTES_MAX = 16 << 10;

  private enum State {
    LENGTH,
    UNTIL_CLOSE,
    SIZE,
    EXTENSION,
    EXTENSION_NAME,
    EXTENSION_NAME_END,
    EXTENSION_VALUE,
    EXTENSION_TOKEN,
    QUOTED,
    QUOTED_PAIR,
    EXTENSION_END,
    SIZE_END,
    DATA,
    DATA_END,
    DATA_END_LF,
    TRAILERS,
    DONE
  }

  private final Limits limits;
  private final HeadParser trailerParser;
  private final Headers trailers = new Headers();

  private State state = State.DONE;
  private long remaining;
  private long total;
  private int digits;
  private int extensionBytes;
  private int dataFrom;
  private int dataTo;

  public BodyDecoder(Limits limits) {
    this.limits = limits;
    this.trailerParser = HeadParser.ofTrailers(limits);
  }

  /** A body of so many bytes begins. */
  public void length(long bytes) {
    assert bytes >= 0 : bytes;
    begin(bytes == 0 ? State.DONE : State.LENGTH);
    remaining = bytes;
  }

  /** A chunked body begins. */
  public void chunked() {
    begin(State.SIZE);
  }

  /** A body begins that the end of the connection ends. */
  public void untilClose() {
    begin(State.UNTIL_CLOSE);
  }

  private void begin(State first) {
    state = first;
    remaining = 0;
    total = 0;
    digits = 0;
    extensionBytes = 0;
    dataFrom = 0;
    dataTo = 0;
    trailers.clear();
    trailerParser.reset();
  }

  public boolean isDone() {
    return state == State.DONE;
  }

  /** Bytes of data so far. */
  public long total() {
    return total;
  }

  /** The trailer fields; of a body that is done. The decoder's own. */
  public Headers trailers() {
    return trailers;
  }

  /** Where the data of the last step begins. */
  public int dataFrom() {
    return dataFrom;
  }

  /** Where the data of the last step ends; the same as its begin if there was none. */
  public int dataTo() {
    return dataTo;
  }

  /**
   * Takes framing and then at most one piece of data.
   *
   * @return up to where the bytes were taken. If that is {@code from}, more bytes are needed; what
   *     was not taken has to come again in front of them
   */
  public int decode(byte[] bytes, int from, int to) throws BadMessage {
    //> phase 4: framing byte by byte up to the next data; then as much of that as there is
    dataFrom = from;
    dataTo = from;
    int at = from;
    while (at < to && state.compareTo(State.SIZE) >= 0 && state != State.DONE) {
      if (state == State.DATA) {
        break;
      }
      if (state == State.TRAILERS) {
        int end = trailerParser.find(bytes, at, to);
        return end < 0 ? at : readTrailers(bytes, at, end);
      }
      state = next(bytes[at]);
      at++;
    }
    return state == State.DONE || at == to ? at : data(at, to);
    //< phase 4
  }

  //> phase 4 only
  private int data(int from, int to) throws BadMessage {
    int count = to - from;
    if (state != State.UNTIL_CLOSE) {
      count = (int) Math.min(count, remaining);
      remaining -= count;
    }
    if (count > limits.bodyBytes() - total) { //~ bodyWithoutLimit: if (count < 0) {
      throw new BadMessage(413, "a body that is too long (RFC 9110 15.5.14)");
    }
    total += count;
    dataFrom = from;
    dataTo = from + count;
    if (remaining == 0 && state != State.UNTIL_CLOSE) {
      state = state == State.DATA ? State.DATA_END : State.DONE;
    }
    return dataTo;
  }

  private int readTrailers(byte[] bytes, int from, int to) throws BadMessage {
    trailers.load(bytes, from, to);
    HeadParser.readFields(trailers, 0, to - from);
    for (int i = trailers.size() - 1; i >= 0; i--) {
      if (FieldName.isForbiddenInTrailers(trailers.id(i))) { //~ trailersMaySayAll: if (i < 0) {
        trailers.removeAt(i);
      }
    }
    state = State.DONE;
    return to;
  }

  /** What follows on this byte of the framing. */
  private State next(byte b) throws BadMessage {
    return switch (state) {
      case SIZE -> size(b);
      case SIZE_END -> sizeEnd(b);
      case DATA_END -> expect(b, Octets.CR, State.DATA_END_LF);
      case DATA_END_LF -> expect(b, Octets.LF, State.SIZE);
      case LENGTH, UNTIL_CLOSE, DATA, TRAILERS, DONE -> throw new AssertionError(state);
      case EXTENSION,
          EXTENSION_NAME,
          EXTENSION_NAME_END,
          EXTENSION_VALUE,
          EXTENSION_TOKEN,
          QUOTED,
          QUOTED_PAIR,
          EXTENSION_END ->
          extension(b);
    };
  }

  private State size(byte b) throws BadMessage {
    if (Octets.isHex(b)) {
      if (++digits > SIZE_DIGITS_MAX) { //~ sizeWraps: if (++digits < 0) {
        throw new BadMessage(400, "a chunk size of too many digits (RFC 9112 7.1)");
      }
      remaining = remaining << 4 | Character.digit(b, 16);
      return State.SIZE;
    }
    if (digits == 0) { //~ emptySizeIsZero: if (digits < 0) {
      throw new BadMessage(400, "a chunk size that is no number (RFC 9112 7.1)");
    }
    digits = 0;
    if (b == ';') {
      return State.EXTENSION;
    }
    return expect(b, Octets.CR, State.SIZE_END);
  }

  private State sizeEnd(byte b) throws BadMessage {
    expect(b, Octets.LF, State.SIZE_END);
    if (remaining > limits.bodyBytes() - total) {
      throw new BadMessage(413, "a body that is too long (RFC 9110 15.5.14)");
    }
    return remaining == 0 ? State.TRAILERS : State.DATA;
  }

  private static State expect(byte b, byte wanted, State then) throws BadMessage {
    if (b != wanted) { //~ anythingEndsAChunk: if (b == 0) {
      throw new BadMessage(400, "chunk framing that is wrong (RFC 9112 7.1)");
    }
    return then;
  }

  private State extension(byte b) throws BadMessage {
    if (++extensionBytes > EXTENSION_BYTES_MAX) {
      throw new BadMessage(400, "too many bytes of chunk extensions (RFC 9112 7.1.1)");
    }
    return switch (state) {
      case EXTENSION -> blankOr(b, Octets.isToken(b), State.EXTENSION_NAME);
      case EXTENSION_NAME -> Octets.isToken(b) ? state : afterName(b);
      case EXTENSION_NAME_END -> afterName(b);
      case EXTENSION_VALUE ->
          b == '"' ? State.QUOTED : blankOr(b, Octets.isToken(b), State.EXTENSION_TOKEN);
      case EXTENSION_TOKEN -> Octets.isToken(b) ? state : afterValue(b);
      case QUOTED -> quoted(b);
      case QUOTED_PAIR -> blankOr(b, Octets.isValue(b), State.QUOTED);
      default -> afterValue(b);
    };
  }

  /** A blank leaves all as it is; else it must be what is wanted. */
  private State blankOr(byte b, boolean isWanted, State then) throws BadMessage {
    if (Octets.isBlank(b)) {
      return state == State.QUOTED_PAIR ? then : state;
    }
    if (!isWanted) {
      throw badExtension();
    }
    return then;
  }

  private static State afterName(byte b) throws BadMessage {
    if (b == '=') {
      return State.EXTENSION_VALUE;
    }
    return Octets.isBlank(b) ? State.EXTENSION_NAME_END : afterValue(b);
  }

  private static State afterValue(byte b) throws BadMessage {
    if (b == Octets.CR) {
      return State.SIZE_END;
    }
    if (b == ';') {
      return State.EXTENSION;
    }
    if (!Octets.isBlank(b)) {
      throw badExtension();
    }
    return State.EXTENSION_END;
  }

  private static State quoted(byte b) throws BadMessage {
    if (b == '"') {
      return State.EXTENSION_END;
    }
    if (!Octets.isValue(b)) { //~ quotesHideLines: if (b == 0) {
      throw badExtension();
    }
    return b == '\\' ? State.QUOTED_PAIR : State.QUOTED;
  }

  private static BadMessage badExtension() {
    return new BadMessage(400, "a chunk extension that is none (RFC 9112 7.1.1)");
  }

  //< phase 4

  /**
   * Whether another step makes sense: there are bytes, the last step took some, and the body is not
   * done.
   *
   * @param before where the last step began
   * @param at what it returned
   */
  public boolean goesOn(int before, int at, int to) {
    return at > before && at < to && !isDone();
  }

  /**
   * The connection has ended.
   *
   * @throws BadMessage if the body has not
   */
  public void inputEnded() throws BadMessage {
    //> phase 4: for one kind of body that is the end, for the others it is too early
    if (state == State.UNTIL_CLOSE) {
      state = State.DONE;
    }
    if (state != State.DONE) { //~ cutBodyIsWhole: if (state == null) {
      throw new BadMessage(400, "the connection ended within a body (RFC 9112 8)");
    }
    //< phase 4
  }
}
