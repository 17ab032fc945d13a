package systems.net.client;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import systems.net.client.ExchangeException.Reason;
import systems.net.client.Pool.GoneFrom;
import systems.net.http.BadMessage;
import systems.net.http.BodyDecoder;
import systems.net.http.Headers;
import systems.net.http.Limits;
import systems.net.http.Method;
import systems.net.http.ResponseParser;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * The client's side of one HTTP/1.1 connection, one exchange after the other. Does no I/O.
 *
 * <pre>
 *                connected          take, begin
 *   CONNECTING ------------> IDLE ---------------> BUSY
 *       |                     ^  |                  |  |
 *       |                     |  |  both whole      |  |
 *       |                     +--|------------------+  |
 *       v                        v                     v
 *     GONE &lt;--- the peer ends, a byte nobody asked for, a timeout, a fault
 *
 *   within BUSY, at the same time:
 *     request    head sent --> body open --endBody--> whole
 *     response   nothing --> head (1xx)* --> body --> whole
 * </pre>
 *
 * <p>The message is built here from its parts: the fields of a request never say where its body
 * ends, the connection does ({@code Content-Length} or chunks, from {@code bodyLength}). So nothing
 * that somebody else sent can be sent on as framing.
 *
 * <ol>
 *   <li>A response belongs to the request that was sent before its first byte came. Bytes on an
 *       idle connection, or behind the end of a response, were sent by a peer who is confused or
 *       means harm: whoever used the connection next would get the answer to another question. The
 *       connection is dropped. What comes too much after the next request has gone looks like its
 *       answer, and nobody can tell: HTTP/1.1 has no numbers.
 *   <li>A connection is used again if and only if request and response are both whole, the
 *       response's framing and fields allow it, and nothing came behind it. An answer that comes
 *       while the body is still going out is delivered; then the connection is dropped, since the
 *       rest of the body would have to be sent to somebody who has stopped listening.
 *   <li>A body that ends with the connection is whole only if the stream was ended, not if it was
 *       reset. Any other body that the stream's end cuts is a failure.
 *   <li>The reader hears one of {@code end}, {@code switched} and {@code failed}, once, unless it
 *       has aborted by itself. The pool hears {@code gone} once, before the reader hears {@code
 *       failed}: a second attempt must not meet the dead connection.
 *   <li>While the reader has paused the body, or the sender of the request has nothing to send, no
 *       time runs against the peer but the deadline of the whole.
 * </ol>
 *
 * <p>What is written is sent at the end of the turn, in one call, except for the head of a request
 * without a body, which is sent at once.
 */
public final class ClientConnection implements Protocol {
  /** What a response may be; streamed bodies need no bound. */
  public static final Limits RESPONSE_LIMITS =
      new Limits(8 << 10, 64 << 10, 200, Long.MAX_VALUE, 16 << 10, 0, Integer.MAX_VALUE);

  /** Heads of 100 to 199 before the real one. */
  private static final int INTERIM_MAX = 8;

  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] VERSION = ascii(" HTTP/1.1\r\n");
  private static final byte[] LENGTH = ascii("Content-Length: ");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n");

  /** Room for what is neither fields, method nor target. */
  private static final int HEAD_EXTRA_BYTES = 128;

  private static final int LONG_DIGITS_MAX = 20;

  private enum State {
    CONNECTING,
    IDLE,
    TAKEN,
    BUSY,
    GONE
  }

  // links of the pool's list of idle connections
  @Nullable ClientConnection newer;
  @Nullable ClientConnection older;

  private final Pool pool;
  private final ClientTimeouts timeouts;
  private final ResponseParser parser;
  private final BodyDecoder body;
  private @Nullable Transport transport;
  private State state = State.CONNECTING;
  private int exchanges;

  // of the exchange
  private @Nullable ResponseReader reader;
  private String method = "";
  private boolean asksUpgrade;
  private boolean requestOpen;
  private boolean chunked;
  private long bodyLeft;
  private boolean responseBegun;
  private boolean inBody;
  private int interims;
  private boolean paused;
  private boolean flushQueued;
  private @Nullable Runnable flushing;
  private long limitNanos = Long.MAX_VALUE;
  private long deadlineNanos = Long.MAX_VALUE;

  ClientConnection(Pool pool, Limits limits, ClientTimeouts timeouts) {
    this.pool = pool;
    this.timeouts = timeouts;
    parser = new ResponseParser(limits);
    body = new BodyDecoder(limits);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  /** Whether a field of this name is the connection's to write. */
  static boolean isFraming(String name) {
    return name.equalsIgnoreCase("Content-Length")
        || name.equalsIgnoreCase("Transfer-Encoding")
        || name.equalsIgnoreCase("Host")
        || name.equalsIgnoreCase("Expect");
  }

  private Transport transport() {
    return Objects.requireNonNull(transport, "not connected");
  }

  // ---- what the sender of a request calls

  /** Leaves the list of idle connections. */
  void take() {
    assert state == State.IDLE : state;
    state = State.TAKEN;
  }

  /**
   * Begins an exchange on a connection that the pool has just given.
   *
   * @param target in origin form, absolute form or an asterisk; its characters are checked
   * @param fields with Host, without anything that frames
   * @param bodyLength 0 for none; -1 if it is not known, then chunks are sent
   * @param deadlineNanos of the loop's time, for the whole; {@link Long#MAX_VALUE} for none
   */
  public void begin(
      String method,
      String target,
      Headers fields,
      long bodyLength,
      long deadlineNanos,
      ResponseReader reader) {
    //> phase 7: who says where the body ends, and when does the time for an answer begin?
    assert state == State.TAKEN : state;
    int head = encodeHead(method, target, fields, bodyLength);
    state = State.BUSY;
    exchanges++;
    this.reader = reader;
    this.method = method;
    this.deadlineNanos = deadlineNanos;
    asksUpgrade = fields.contains("Upgrade");
    requestOpen = bodyLength != 0;
    chunked = bodyLength < 0;
    bodyLeft = bodyLength;
    responseBegun = false; //~ everLived: responseBegun = exchanges > 1;
    inBody = false;
    interims = 0;
    parser.reset();
    transport().write(pool.scratch(head), 0, head);
    if (requestOpen) {
      flushSoon();
      limit(Long.MAX_VALUE);
    } else {
      transport().flush();
      limit(timeouts.headerNanos());
    }
    //< phase 7
  }

  //> phase 7 only
  /** Writes the head into the pool's array; what cannot be sent costs the connection. */
  private int encodeHead(String method, String target, Headers fields, long bodyLength) {
    try {
      return encode(method, target, fields, bodyLength);
    } catch (IllegalArgumentException refused) {
      abort();
      throw refused;
    }
  }

  private int encode(String method, String target, Headers fields, long bodyLength) {
    if (fields.contains("Content-Length") || fields.contains("Transfer-Encoding")) {
      throw new IllegalArgumentException("the connection frames its messages itself");
    }
    byte[] head =
        pool.scratch(method.length() + target.length() + fields.encodedBytes() + HEAD_EXTRA_BYTES);
    int at = put(method, head, 0);
    head[at++] = ' ';
    at = put(target, head, at);
    at = put(VERSION, head, at);
    at = fields.encode(head, at);
    if (bodyLength < 0) {
      at = put(CHUNKED, head, at);
    } else if (bodyLength > 0 || expectsLength(method)) {
      at = put(LENGTH, head, at);
      at = put(Long.toString(bodyLength), head, at);
      at = put(CRLF, head, at);
    }
    return put(CRLF, head, at);
  }

  /** Whether a server may want to know that there is no body (RFC 9110 §8.6). */
  private static boolean expectsLength(String method) {
    return switch (method) {
      case Method.POST, Method.PUT, Method.PATCH -> true;
      default -> false;
    };
  }

  /** Visible characters only: neither a method nor a target may end its line. */
  private static int put(String text, byte[] into, int at) {
    int end = at;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c > '~') { //~ targetMayEndTheLine: if (c > '~') {
        throw new IllegalArgumentException(
            "a character that no method or target may have: " + (int) c);
      }
      into[end++] = (byte) c;
    }
    return end;
  }

  private static int put(byte[] bytes, byte[] into, int at) {
    System.arraycopy(bytes, 0, into, at, bytes.length);
    return at + bytes.length;
  }

  //< phase 7

  /**
   * Queues a piece of the request's body; it is sent at the end of the turn. Nothing happens after
   * the exchange has ended.
   */
  public void write(byte[] bytes, int from, int to) {
    //> phase 7: an empty piece, and one that is more than was promised?
    if (state != State.BUSY || !requestOpen || from == to) {
      return;
    }
    if (chunked) {
      writeChunk(bytes, from, to);
    } else {
      if (to - from > bodyLeft) {
        throw new IllegalStateException((to - from - bodyLeft) + " bytes more than were promised");
      }
      bodyLeft -= to - from;
      transport().write(bytes, from, to);
    }
    flushSoon();
    limit(timeouts.bodyNanos());
    //< phase 7
  }

  //> phase 7 only
  private void writeChunk(byte[] bytes, int from, int to) {
    byte[] size = pool.scratch(LONG_DIGITS_MAX);
    int at = put(Integer.toHexString(to - from), size, 0);
    at = put(CRLF, size, at);
    transport().write(size, 0, at);
    transport().write(bytes, from, to);
    transport().write(CRLF, 0, CRLF.length);
  }

  //< phase 7

  /**
   * The request's body is whole.
   *
   * @param trailers are sent behind a body without a promised length, else dropped
   */
  public void endBody(Headers trailers) {
    //> phase 7: and if it is shorter than promised?
    if (state != State.BUSY || !requestOpen) {
      return;
    }
    if (!chunked && bodyLeft > 0) { //~ shortBodyIsWhole: if (chunked && bodyLeft > 0) {
      abort(new IllegalStateException("the body ended " + bodyLeft + " bytes early"));
      return;
    }
    requestOpen = false;
    if (chunked) {
      writeLastChunk(trailers);
    }
    transport().flush();
    if (!inBody) {
      limit(timeouts.headerNanos());
    }
    //< phase 7
  }

  //> phase 7 only
  private void writeLastChunk(Headers trailers) {
    byte[] last = pool.scratch(trailers.encodedBytes() + HEAD_EXTRA_BYTES);
    int at = put(LAST_CHUNK, last, 0);
    at = trailers.encode(last, at);
    at = put(CRLF, last, at);
    transport().write(last, 0, at);
  }

  //< phase 7

  private void flushSoon() {
    if (flushQueued) {
      return;
    }
    flushQueued = true;
    if (flushing == null) {
      flushing = this::flushNow;
    }
    try {
      transport().loop().execute(flushing);
    } catch (RejectedExecutionException full) {
      flushNow();
    }
  }

  private void flushNow() {
    flushQueued = false;
    transport().flush();
  }

  /** Whether it makes sense to write more of the body now; see {@link ResponseReader#writable}. */
  public boolean isWritable() {
    return state == State.BUSY && requestOpen && transport().isWritable();
  }

  /** Whether the request's body is still going out. */
  public boolean isRequestOpen() {
    return state == State.BUSY && requestOpen;
  }

  /** No more data for the reader until {@link #resumeBody}; the peer is stopped by its window. */
  public void pauseBody() {
    if (state == State.BUSY && !paused) {
      paused = true;
      transport().pauseReading();
      limit(Long.MAX_VALUE);
    }
  }

  public void resumeBody() {
    if (state == State.BUSY && paused) {
      paused = false;
      transport().resumeReading();
      limit(timeouts.bodyNanos());
    }
  }

  /** Another deadline for the exchange that runs; {@link Long#MAX_VALUE} for none. */
  public void deadline(long nanos) {
    if (state == State.BUSY) {
      deadlineNanos = nanos;
      arm();
    }
  }

  /** Drops the connection; the reader hears nothing more. */
  public void abort() {
    reader = null;
    leave(state == State.IDLE ? GoneFrom.IDLE : GoneFrom.BUSY, null);
    if (transport != null) {
      transport.abort();
    }
  }

  /** Drops the connection; the reader hears that the exchange has failed. */
  void abort(Throwable why) {
    fail(Reason.ABORTED, "the request was given up", why);
  }

  /** Whether it stands and is in nobody's hands but the caller's. */
  public boolean isOpen() {
    return state != State.GONE;
  }

  // ---- what the transport calls

  @Override
  public void connected(Transport transport) {
    this.transport = transport;
    if (state == State.GONE) {
      transport.abort();
      return;
    }
    state = State.IDLE;
    waitForRequest();
    pool.connected(this);
  }

  private void waitForRequest() {
    deadlineNanos = Long.MAX_VALUE;
    limit(timeouts.idleNanos());
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    //> phase 7: whose bytes are these, if nobody has asked for any?
    boolean asked = state == State.BUSY; //~ takesAnswersAhead: boolean asked = true;
    if (!asked) {
      fail(Reason.MALFORMED, "an answer without a question", null);
    }
    if (state != State.BUSY) {
      return to - from;
    }
    responseBegun = true;
    int at = from;
    try {
      int before;
      do {
        before = at;
        at = inBody ? readBody(bytes, at, to) : readHead(bytes, at, to);
      } while (at > before && at < to && state == State.BUSY && reader != null && !paused);
    } catch (BadMessage bad) {
      fail(Reason.MALFORMED, "the response is malformed", bad);
    }
    if (state == State.BUSY && reader == null) {
      conclude(at < to);
    }
    return at - from;
    //< phase 7
  }

  //> phase 7 only
  private int readHead(byte[] bytes, int from, int to) throws BadMessage {
    int end = parser.parse(bytes, from, to);
    if (end < 0) {
      return from;
    }
    int status = parser.status();
    if (status == 101) {
      switchProtocol();
    } else if (status < 200) { //~ interimIsFinal: } else if (status < 100) {
      interim(status);
    } else {
      beginBody(status);
    }
    return end;
  }

  private void interim(int status) throws BadMessage {
    if (++interims > INTERIM_MAX) {
      throw new BadMessage(502, "too many interim responses (RFC 9110 15.2)");
    }
    reader().interim(status, parser.headers());
  }

  private void switchProtocol() throws BadMessage {
    if (!asksUpgrade || requestOpen) {
      throw new BadMessage(502, "a switch that nobody asked for (RFC 9110 7.8)");
    }
    ResponseReader old = reader();
    reader = null;
    transport().wakeAt(Long.MAX_VALUE);
    leave(GoneFrom.BUSY, null);
    old.head(101, parser.headers(), 0);
    old.switched(transport());
  }

  private void beginBody(int status) throws BadMessage {
    parser.frame(body, method);
    inBody = true;
    boolean promised = parser.contentLength() >= 0;
    long length = body.isDone() ? 0 : promised ? parser.contentLength() : -1;
    limit(timeouts.bodyNanos());
    reader().head(status, parser.headers(), length);
    endIfDone();
  }

  private int readBody(byte[] bytes, int from, int to) throws BadMessage {
    int at = body.decode(bytes, from, to);
    if (body.dataTo() > body.dataFrom()) {
      limit(timeouts.bodyNanos());
      reader().data(bytes, body.dataFrom(), body.dataTo());
    }
    endIfDone();
    return at;
  }

  private void endIfDone() {
    if (state == State.BUSY && body.isDone()) {
      ResponseReader old = reader();
      reader = null;
      old.end(body.trailers());
    }
  }

  private ResponseReader reader() {
    return Objects.requireNonNull(reader);
  }

  /** The response is whole, and its reader has been told. */
  private void conclude(boolean moreCame) {
    assert state == State.BUSY && reader == null;
    boolean again = parser.persists() && !requestOpen;
    if (!again || moreCame) { //~ takesTheRestForTheNext: if (!again) {
      abort();
      return;
    }
    if (paused) {
      paused = false;
      transport().resumeReading();
    }
    state = State.IDLE;
    waitForRequest();
    pool.released(this);
  }

  //< phase 7

  @Override
  public void inputEnded() {
    //> phase 7: for which of the bodies is this the end?
    switch (state) {
      case IDLE, TAKEN -> fail(Reason.NO_RESPONSE, "the server closed the connection", null);
      case BUSY -> {
        if (inBody) {
          endWithInput();
        } else {
          failWithoutHead(null);
        }
      }
      case CONNECTING, GONE -> {}
    }
    //< phase 7
  }

  //> phase 7 only
  private void endWithInput() {
    try {
      body.inputEnded();
      endIfDone();
      if (state == State.BUSY) {
        abort();
      }
    } catch (BadMessage cut) {
      fail(Reason.BROKEN, "the connection ended within the response", cut);
    }
  }

  private void breakOff(@Nullable Throwable cause) {
    fail(Reason.BROKEN, "the connection broke within the response", cause);
  }

  private void failWithoutHead(@Nullable Throwable cause) {
    if (responseBegun) {
      fail(Reason.BROKEN, "the connection ended within the response's head", cause);
    } else {
      fail(Reason.NO_RESPONSE, "the connection ended before the response began", cause);
    }
  }

  //< phase 7

  @Override
  public void writable() {
    if (state == State.BUSY && requestOpen && reader != null) {
      limit(Long.MAX_VALUE);
      reader.writable();
    }
  }

  @Override
  public void wake(long nowNanos) {
    //> phase 7: three clocks in one: the idle connection's, the next step's, and the whole's
    if (state == State.IDLE) {
      abort();
    } else if (state == State.BUSY) {
      if (deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0) {
        fail(Reason.DEADLINE, "the deadline has passed", null);
      } else if (limitNanos != Long.MAX_VALUE && nowNanos - limitNanos >= 0) {
        limitPassed();
      } else {
        arm();
      }
    }
    //< phase 7
  }

  //> phase 7 only
  private void limitPassed() {
    if (requestOpen && !inBody && transport().queuedBytes() == 0) {
      // all that was brought has been taken: it is the request's sender who is slow
      limit(Long.MAX_VALUE);
    } else if (inBody) {
      fail(Reason.TIMEOUT, "the response's body did not go on", null);
    } else {
      fail(Reason.TIMEOUT, "no response came", null);
    }
  }

  //< phase 7

  private void limit(long nanos) {
    limitNanos = ClientTimeouts.after(transport().loop().nanoTime(), nanos);
    arm();
  }

  private void arm() {
    transport().wakeAt(ClientTimeouts.earlier(limitNanos, deadlineNanos));
  }

  @Override
  public void closed(@Nullable Throwable cause) {
    //> phase 7: an end without inputEnded was not orderly: may a body count as whole?
    switch (state) {
      case GONE -> {}
      case CONNECTING -> leave(GoneFrom.CONNECTING, cause);
      case IDLE, TAKEN -> fail(Reason.NO_RESPONSE, "the connection ended", cause);
      case BUSY -> {
        if (inBody) {
          breakOff(cause); //~ resetEndsABody: endWithInput();
        } else {
          failWithoutHead(cause);
        }
      }
    }
    //< phase 7
  }

  private void fail(Reason reason, String message, @Nullable Throwable cause) {
    if (state == State.GONE) {
      return;
    }
    ResponseReader old = reader;
    reader = null;
    boolean reused = exchanges > 1;
    boolean stale = reason == Reason.NO_RESPONSE && reused && state == State.BUSY;
    leave(stale ? GoneFrom.STALE : state == State.IDLE ? GoneFrom.IDLE : GoneFrom.BUSY, cause);
    transport().abort();
    if (old != null) {
      old.failed(new ExchangeException(reason, message, cause, reused));
    }
  }

  private void leave(GoneFrom from, @Nullable Throwable cause) {
    if (state != State.GONE) {
      state = State.GONE;
      pool.gone(this, from, cause);
    }
  }

  @Override
  public String toString() {
    return "connection to " + pool.origin().address() + ", " + state;
  }
}
