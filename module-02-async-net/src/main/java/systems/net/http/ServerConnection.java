package systems.net.http;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import systems.net.http.ServerStats.Count;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * The server's side of one HTTP/1.1 connection (RFC 9112 §9): one request after the other, its
 * answer, and when to stop. Does no I/O.
 *
 * <pre>
 *              head is whole                       answer ended and body read
 *     HEAD ---------------------&gt;  EXCHANGE  -----------------------------------&gt; HEAD
 *      |                              |  \                     or, to be closed
 *      | bad head, timeout, idle      |   upgrade, abort              |
 *      v                              v     \                         v
 *   LINGERING  &lt;----------------------+      +--&gt; GONE            LINGERING
 * </pre>
 *
 * <p><b>A batch.</b> A read may bring a dozen requests. They are answered one after the other into
 * the loop's {@link Output}, and the transport is flushed once when all bytes have been looked at:
 * one system call for a dozen answers.
 *
 * <p><b>Order.</b> A handler may answer later. Until then no further request is read: what has come
 * of it stays with the transport, untaken, and reading is paused, so that the bound for pipelined
 * input is what one read brings. When the answer has ended, reading goes on and the bytes come
 * again. As long as a peer sends nothing more, reading is not paused, and its end is noticed.
 *
 * <p><b>Body.</b> Bytes of a body are taken when a reader has asked for them, and while it is not
 * paused; else they wait with the transport and then in the peer's window. Once the answer has
 * ended the rest of a body is dropped, up to a limit, to get to the next request.
 *
 * <p><b>The end.</b> Closing a socket with unread input makes the system send a reset, which takes
 * the answer away from a peer that has not read it yet. So the last answer is followed by the end
 * of the stream only, and input is read and dropped until the peer ends as well, or for {@link
 * #LINGER_NANOS} after it has taken all.
 *
 * <p><b>Time.</b> Which timeout runs is a function of the state; it is worked out once at the end
 * of a call, and {@link Transport#wakeAt} usually costs one store. There is no timer for a request.
 *
 * <ol>
 *   <li>At most one exchange goes on, and {@code exchange} is not null exactly in state EXCHANGE.
 *   <li>After a message that violates the grammar no byte is taken for a request: one answer, 4xx
 *       or 5xx with Connection: close, and the end.
 *   <li>Between two calls from the loop the output holds nothing of this connection.
 *   <li>An exchange whose handler has not ended it when the connection is lost never goes back to
 *       the pool: the handler may still call it, and must not write into another's answer.
 *   <li>A byte that was held back because of {@code paused} comes again after it is cleared.
 * </ol>
 *
 * <p>On the connection's loop, all of it.
 */
public final class ServerConnection implements Protocol {
  /** How long a connection that is to be closed waits for its peer to close. */
  public static final long LINGER_NANOS = 2_000_000_000L;

  private static final byte[] CONTINUE = Status.line(100);
  private static final byte[] CRLF = {Octets.CR, Octets.LF};

  private enum State {
    HEAD,
    EXCHANGE,
    LINGERING,
    GONE
  }

  private final Handler handler;
  private final Limits limits;
  private final Timeouts timeouts;
  private final ServerStats stats;
  private final Exchanges exchanges;
  private final RequestParser parser;

  private @Nullable Transport transport;
  private Exchanges.@Nullable Exchange exchange;
  private @Nullable Protocol successor;
  private @Nullable Runnable flushLater;
  private State state = State.HEAD;
  private int requests;

  private boolean inCall;
  private boolean unflushed;
  private boolean flushIsQueued;
  private boolean paused;
  private boolean bodyPaused;

  /** The reader has heard that the body is complete. */
  private boolean bodyEndTold;

  private boolean inputEnded;
  private boolean draining;

  /** The exchange that goes on is the last one. */
  private boolean closing;

  /** Its handler threw, and may have left the objects with somebody. */
  private boolean tainted;

  private boolean headBegun;

  /** When the head was begun, the connection became idle, or the body's last piece came. */
  private long sinceNanos;

  private long dropped;
  private long queuedTotal;
  private long takenTotal;
  private boolean watchesWrites;
  private long writeSinceNanos;
  private long lingerNanos;

  /**
   * A connection with exchanges and output of its own: simple, but what a loop's connections should
   * share costs some kilobytes for each. A server passes {@link Exchanges}.
   */
  public ServerConnection(Handler handler, Limits limits, Timeouts timeouts, ServerStats stats) {
    this(handler, limits, timeouts, stats, new Exchanges(InstantSource.system()));
  }

  /**
   * @param exchanges shared with the other connections of the same loop
   */
  public ServerConnection(
      Handler handler, Limits limits, Timeouts timeouts, ServerStats stats, Exchanges exchanges) {
    this.handler = handler;
    this.limits = limits;
    this.timeouts = timeouts;
    this.stats = stats;
    this.exchanges = exchanges;
    this.parser = new RequestParser(limits);
  }

  // ---- what the transport calls

  @Override
  public void connected(Transport newTransport) {
    transport = newTransport;
    stats.add(Count.CONNECTIONS, 1);
    stats.add(Count.OPEN, 1);
    sinceNanos = now();
    headBegun = true; // the first head is due from the start
    begin();
    end();
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    begin();
    int at = take(bytes, from, to);
    assert at >= from && at <= to;
    stats.add(Count.BYTES_IN, at - from);
    end();
    return at - from;
  }

  /** One step after the other, as long as each takes something. */
  private int take(byte[] bytes, int from, int to) {
    //> phase 5: what is done with the bytes in each state, and when is it enough?
    int at = from;
    int before;
    do {
      before = at;
      at =
          switch (state) {
            case HEAD -> takeHead(bytes, at, to);
            case EXCHANGE -> takeBody(bytes, at, to);
            case LINGERING -> to;
            case GONE -> at;
          };
      settle();
    } while (at > before && at < to); //~ oneRequestPerRead: } while (at < before);
    return at;
    //< phase 5
  }

  @Override
  public void inputEnded() {
    begin();
    inputEnded = true;
    //> phase 5: between two requests, within one, or while its answer is being made?
    switch (state) {
      case HEAD -> {
        if (parser.isBegun()) {
          refuse(new BadMessage(400, "the connection ended within a head (RFC 9112 8)"));
        } else {
          linger();
        }
      }
      case EXCHANGE -> {
        closing = true; //~ waitsForAPeerThatLeft: closing = false;
        endBody();
      }
      case LINGERING, GONE -> {}
    }
    end();
    //< phase 5
  }

  private void endBody() {
    try {
      exchange().body.inputEnded();
    } catch (BadMessage cut) {
      bodyFailed(cut);
    }
  }

  @Override
  public void writable() {
    begin();
    //> phase 5: who waits for room: the next request, or a handler?
    if (state == State.HEAD) {
      resume();
    } else if (state == State.EXCHANGE) {
      Runnable goOn = exchange().response.writable();
      if (goOn != null) {
        call(goOn);
      }
    }
    end();
    //< phase 5
  }

  @Override
  public void wake(long nowNanos) {
    begin();
    //> phase 5: several deadlines, one alarm: which of them has come?
    if (watchesWrites && writesStall(nowNanos)) {
      stats.add(Count.WRITE_TIMEOUTS, 1);
      abort(new IOException("the peer takes nothing"));
    } else if (state == State.LINGERING) {
      lingerOn(nowNanos);
    } else if (state == State.EXCHANGE && waitsForBody()) {
      bodyIsLate(nowNanos);
    } else if (state == State.HEAD && !paused) {
      headIsLate(nowNanos);
    }
    end();
    //< phase 5
  }

  @Override
  public void closed(@Nullable Throwable cause) {
    if (state != State.GONE && transport != null) {
      stats.add(Count.OPEN, -1);
    }
    state = State.GONE;
    lose(cause == null ? new IOException("the peer closed the connection") : cause);
  }

  /**
   * No further request: the running one is answered with Connection: close, an idle connection
   * ends.
   */
  public void drain() {
    draining = true;
    //> phase 5: who is idle, and whose request is on its way already?
    if (transport != null && state == State.HEAD && !inCall && !parser.isBegun()) {
      begin();
      linger();
      end();
    }
    //< phase 5
  }

  /**
   * The next answer says Connection: close, and is the last one. An idle connection stands until
   * its next request, or {@link #drain}: so a peer that is about to ask is answered.
   */
  public void announceDrain() {
    draining = true;
  }

  /** Whether no request is being read or answered. */
  public boolean isIdle() {
    return state == State.HEAD && !parser.isBegun();
  }

  // ---- heads

  //> phase 5 only
  private int takeHead(byte[] bytes, int from, int to) {
    if (!transport().isWritable()) { //~ answersWhoDoesNotRead: if (from > to) {
      pause(); // who does not read answers is asked for no more questions
      return from;
    }
    try {
      int end = parser.find(bytes, from, to);
      if (end < 0) {
        noteBegun();
        return from;
      }
      Exchanges.Exchange taken = exchanges.take(limits);
      exchange = taken;
      parser.read(bytes, from, end, taken.request);
      beginExchange(taken);
      return end;
    } catch (BadMessage bad) {
      refuse(bad);
      return to;
    }
  }

  private void noteBegun() {
    if (!headBegun && parser.isBegun()) {
      headBegun = true;
      sinceNanos = now(); //~ eachByteBuysTime: sinceNanos = now() + timeouts.headerNanos();
    }
  }

  private void beginExchange(Exchanges.Exchange begun) {
    state = State.EXCHANGE;
    requests++;
    dropped = 0;
    tainted = false;
    bodyPaused = false;
    bodyEndTold = false;
    closing = inputEnded;
    stats.add(Count.REQUESTS, 1);
    stats.add(Count.ACTIVE, 1);
    Request request = begun.request;
    request.begin(this);
    begun.response.begin(this, request);
    if (request.framing.isChunked) {
      begun.body.chunked();
    } else {
      begun.body.length(request.contentLength());
    }
    handle(begun);
  }

  private void handle(Exchanges.Exchange begun) {
    try {
      handler.handle(begun.request, begun.response);
    } catch (Throwable thrown) {
      handlerFailed(begun, thrown);
    }
  }

  /** Runs what a handler has left here to be run. */
  private void call(Runnable task) {
    Exchanges.Exchange current = exchange();
    try {
      task.run();
    } catch (Throwable thrown) {
      handlerFailed(current, thrown);
    }
  }

  private void handlerFailed(Exchanges.Exchange failed, Throwable thrown) {
    stats.add(Count.HANDLER_FAILURES, 1);
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    if (failed == exchange) {
      tainted = true;
      if (!failed.response.isStarted()) {
        failed.response.sendFailure();
      } else if (!failed.response.isEnded()) {
        abort(thrown); //~ halfAnAnswerIsOne: failed.response.end();
      }
    }
    exchanges.failed(thrown);
  }

  // ---- bodies

  private int takeBody(byte[] bytes, int from, int to) {
    Exchanges.Exchange current = exchange();
    boolean isDropped = current.response.isEnded();
    boolean isRead = current.reader != null && !bodyPaused;
    if (current.body.isDone() || !isDropped && !isRead) {
      pause();
      return from;
    }
    try {
      int at = current.body.decode(bytes, from, to);
      if (at > from) {
        sinceNanos = now();
      }
      deliver(current, bytes, isDropped);
      return at;
    } catch (BadMessage bad) {
      bodyFailed(bad);
      return to;
    }
  }

  private void deliver(Exchanges.Exchange current, byte[] bytes, boolean isDropped) {
    int from = current.body.dataFrom();
    int to = current.body.dataTo();
    BodyReader reader = current.reader;
    if (isDropped || reader == null) {
      dropped += to - from;
      return;
    }
    try {
      if (from < to) {
        reader.data(bytes, from, to);
      }
      tellEnd(current, reader);
    } catch (Throwable thrown) {
      handlerFailed(current, thrown);
    }
  }

  private void tellEnd(Exchanges.Exchange current, BodyReader reader) {
    boolean isDue = current.body.isDone() && !bodyEndTold && !bodyPaused;
    if (isDue && !current.response.isEnded()) {
      bodyEndTold = true;
      reader.end(current.body.trailers());
    }
  }

  //< phase 5

  /** The body will not come to its end: its reader hears of it, then the peer. */
  private void bodyFailed(BadMessage bad) {
    //> phase 5: has the answer begun, has it ended, or can this be the answer?
    Exchanges.Exchange current = exchange();
    if (current.response.isEnded()) {
      linger();
      return;
    }
    boolean canAnswer = !current.response.isStarted();
    countBad(bad);
    current.response.lost(bad.status(), bad);
    tellFailed(current, bad);
    if (canAnswer) {
      answerBad(bad, current.request.isHead);
    } else {
      abort(bad);
    }
    //< phase 5
  }

  private void tellFailed(Exchanges.Exchange current, Throwable why) {
    BodyReader reader = current.reader;
    current.reader = null;
    if (reader != null && !bodyEndTold) {
      try {
        reader.failed(why);
      } catch (Throwable thrown) {
        stats.add(Count.HANDLER_FAILURES, 1);
        exchanges.failed(thrown);
      }
    }
  }

  void readBody(Request request, BodyReader reader) {
    Exchanges.Exchange current = exchange;
    if (current == null || current.request != request) {
      reader.failed(new IOException("the connection is gone"));
      return;
    }
    if (current.reader != null || current.response.isEnded()) {
      throw new IllegalStateException("the body is read already, or the answer has ended");
    }
    //> phase 5: who waits for 100 Continue, and what if there is nothing to read?
    current.reader = reader;
    if (reader instanceof WholeBody whole && whole.isTooLong()) {
      refuseBody();
    } else if (current.body.isDone()) {
      tellEnd(current, reader);
    } else {
      sendContinue(request, current.response);
      sinceNanos = now();
      resume();
    }
    settleOutside();
    //< phase 5
  }

  //> phase 5 only
  private void sendContinue(Request request, Response response) {
    boolean isWaitedFor = request.expectsContinue && !response.isStarted();
    if (isWaitedFor) { //~ continuesUnasked: if (!response.isStarted()) {
      request.expectsContinue = false;
      output().put(CONTINUE, 0, CONTINUE.length);
      output().put(CRLF, 0, CRLF.length);
      stats.addResponse(100);
    }
  }

  //< phase 5

  /** The body is longer than its handler is ready to hold. */
  void refuseBody() {
    if (exchange != null) {
      bodyFailed(new BadMessage(413, "a body that is too long (RFC 9110 15.5.14)"));
    }
  }

  void pauseBody(Request request) {
    //> phase 5: the reader is stopped; who stops the peer?
    Exchanges.Exchange current = exchange;
    if (current != null && current.request == request && !bodyEndTold) {
      bodyPaused = true;
      pause(); //~ readsOnWhilePaused: assert transport != null;
      settleOutside();
    }
    //< phase 5
  }

  void resumeBody(Request request) {
    //> phase 5: what was kept from the reader: bytes, or only the end?
    Exchanges.Exchange current = exchange;
    if (current == null || current.request != request || !bodyPaused) {
      return;
    }
    bodyPaused = false;
    sinceNanos = now();
    resume();
    BodyReader reader = current.reader;
    if (reader != null) {
      call(() -> tellEnd(current, reader)); //~ keepsTheEndForItself: assert !bodyPaused;
    }
    settleOutside();
    //< phase 5
  }

  boolean bodyIsDone() {
    return exchange().body.isDone();
  }

  // ---- what a response calls

  /** Whether another request follows; asked when the head of the answer is made, and then kept. */
  boolean persists() {
    //> phase 5: the peer's wish, the handler's, the limits, and a body that nobody wants to read
    Exchanges.Exchange current = exchange();
    Request request = current.request;
    if (requests >= limits.requestsPerConnection()) {
      stats.add(Count.REQUESTS_PER_CONNECTION, 1);
      closing = true;
    }
    boolean isUnread = !current.body.isDone() && current.reader == null;
    long left = request.contentLength() - current.body.total();
    closing |= isUnread && (request.expectsContinue || left > limits.drainBytes());
    closing |= !request.framing.persists(request.minorVersion) || current.response.closes();
    closing |= draining; //~ drainIsNotTold: closing |= transport == null;
    return !closing;
    //< phase 5
  }

  Output output() {
    exchanges.output.claim(this);
    return exchanges.output;
  }

  int putDate(byte[] bytes, int at) {
    return exchanges.putDate(bytes, at, now());
  }

  void putFile(FileChannel file, long position, long count) {
    output().drain(); //~ phase 5 fileOvertakesItsHead: output().size();
    transport().writeFile(file, position, count);
    count(count);
  }

  /** Gives the transport bytes of the loop's output. */
  void queue(byte[] bytes, int from, int to) {
    transport().write(bytes, from, to);
    count(to - from);
  }

  /** Something was written that is to be sent at the end of the turn. */
  void wrote() {
    unflushed = true;
    if (!inCall) {
      exchanges.output.release(this);
      flushAtTheEndOfTheTurn();
    }
  }

  private void flushAtTheEndOfTheTurn() {
    if (flushIsQueued) {
      return;
    }
    if (flushLater == null) {
      flushLater = this::flushNow;
    }
    try {
      flushIsQueued = true;
      transport().loop().execute(flushLater);
    } catch (RejectedExecutionException full) {
      flushNow(); // the loop has no place for a task: then not later, but now
    }
  }

  private void flushNow() {
    flushIsQueued = false;
    settleOutside();
  }

  void flush() {
    exchanges.output.release(this);
    if (state != State.GONE) {
      transport().flush();
      unflushed = false;
    }
  }

  /** The answer is written whole. */
  void ended(int status) {
    stats.addResponse(status);
    unflushed = true;
    sinceNanos = now();
  }

  /** After the handler was told that its answer has ended. */
  void settleAfterEnd() {
    settleOutside();
  }

  /** Gives the connection away, once this call is over. */
  void become(Protocol next) {
    successor = next;
  }

  /** Breaks the connection off. */
  void abort(Throwable why) {
    //> phase 5: the peer must see that the answer is not whole; who else has to know?
    if (state == State.GONE) {
      return;
    }
    exchanges.output.release(this);
    stats.add(Count.OPEN, -1);
    state = State.GONE;
    lose(why);
    transport().abort();
    //< phase 5
  }

  /** The exchange that goes on will not come to its end; its objects are left to the handler. */
  private void lose(Throwable why) {
    Exchanges.Exchange lost = exchange;
    exchange = null;
    if (lost != null) {
      stats.add(Count.ACTIVE, -1);
      stats.add(Count.ABORTED, 1);
      lost.response.lost(why);
      tellFailed(lost, why);
    }
  }

  // ---- the end of an exchange

  /** Goes on behind an exchange if it is over. */
  private void settle() {
    //> phase 5: the answer has ended; and the body?
    Exchanges.Exchange current = exchange;
    if (current == null || state != State.EXCHANGE || !current.response.isEnded()) {
      return;
    }
    if (successor != null) {
      over(current);
      state = State.GONE;
    } else if (current.body.isDone()) {
      over(current);
      next();
    } else if (closing || inputEnded || dropped > limits.drainBytes()) {
      if (dropped > limits.drainBytes()) {
        stats.add(Count.UNREAD_BODY_TOO_LARGE, 1);
      }
      over(current);
      linger();
    } else {
      bodyPaused = false;
      resume();
    }
    //< phase 5
  }

  //> phase 5 only
  private void over(Exchanges.Exchange ended) {
    assert ended == exchange && ended.response.isEnded();
    exchange = null;
    stats.add(Count.ACTIVE, -1);
    if (!tainted) {
      exchanges.give(ended);
    }
  }

  private void next() {
    if (closing || draining || inputEnded) {
      linger();
      return;
    }
    state = State.HEAD;
    headBegun = false;
    sinceNanos = now();
    resume(); //~ neverReadsOn: assert exchange == null;
  }

  //< phase 5

  /** Answers a head that is none, and ends. */
  private void refuse(BadMessage bad) {
    //> phase 5: which method had it, as far as it was read?
    countBad(bad);
    Exchanges.Exchange current = exchange;
    boolean isHead = current != null && current.request.isHead;
    exchange = null;
    if (current != null) {
      exchanges.give(current);
    }
    answerBad(bad, isHead);
    //< phase 5
  }

  //> phase 5 only
  private void countBad(BadMessage bad) {
    switch (bad.status()) {
      case 408 -> {}
      case 413 -> stats.add(Count.BODY_TOO_LARGE, 1);
      case 414 -> stats.add(Count.REQUEST_LINE_TOO_LONG, 1);
      case 431 ->
          stats.add(
              state == State.EXCHANGE ? Count.TRAILERS_TOO_LARGE : Count.HEADERS_TOO_LARGE, 1);
      default -> stats.add(Count.MALFORMED, 1);
    }
  }

  /** The one answer to a bad message, and the end of the connection. */
  private void answerBad(BadMessage bad, boolean isHead) {
    stats.addResponse(bad.status());
    String text = bad.status() + " " + Status.reason(bad.status()) + ": " + bad.getMessage() + "\n";
    String fields =
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + text.length()
            + "\r\nConnection: close\r\n\r\n";
    Output output = output();
    byte[] line = Status.line(bad.status());
    output.put(line, 0, line.length);
    byte[] bytes = output.room(Exchanges.DATE_BYTES);
    output.filledTo(putDate(bytes, output.size()));
    byte[] rest = (isHead ? fields : fields + text).getBytes(StandardCharsets.US_ASCII);
    output.put(rest, 0, rest.length);
    unflushed = true;
    lose(bad);
    linger();
  }

  //< phase 5

  /** Sends what there is, then the end of the stream, and waits for the peer's. */
  private void linger() {
    //> phase 5: why not close at once?
    if (exchange != null) {
      Exchanges.Exchange current = exchange;
      assert current.response.isEnded();
      exchange = null;
      stats.add(Count.ACTIVE, -1);
    }
    state = State.LINGERING;
    exchanges.output.release(this);
    unflushed = false;
    resume();
    lingerNanos = now() + LINGER_NANOS;
    transport().finish(); //~ closesInTheFaceOfThePeer: transport().flush(); transport().abort();
    //< phase 5
  }

  // ---- time

  //> phase 5 only
  private void lingerOn(long nowNanos) {
    if (transport().queuedBytes() > 0) {
      lingerNanos = nowNanos + LINGER_NANOS;
    } else if (nowNanos - lingerNanos >= 0) {
      transport().abort();
    }
  }

  private boolean waitsForBody() {
    Exchanges.Exchange current = exchange();
    boolean isWanted = current.response.isEnded() || current.reader != null && !bodyPaused;
    return isWanted && !current.body.isDone();
  }

  private void bodyIsLate(long nowNanos) {
    if (nowNanos - sinceNanos >= timeouts.bodyNanos()) {
      stats.add(Count.BODY_TIMEOUTS, 1);
      bodyFailed(new BadMessage(408, "the body does not come (RFC 9110 15.5.9)"));
    }
  }

  private void headIsLate(long nowNanos) {
    if (nowNanos - sinceNanos < headNanos()) {
      return;
    }
    stats.add(headBegun ? Count.HEADER_TIMEOUTS : Count.IDLE_TIMEOUTS, 1);
    if (parser.isBegun()) {
      refuse(new BadMessage(408, "the head does not come (RFC 9110 15.5.9)"));
    } else {
      linger();
    }
  }

  private long headNanos() {
    return headBegun ? timeouts.headerNanos() : timeouts.idleNanos();
  }

  //< phase 5

  /** Whether the transport has had its time and the peer took nothing. */
  private boolean writesStall(long nowNanos) {
    watchWrites(nowNanos);
    return watchesWrites && nowNanos - writeSinceNanos >= timeouts.writeNanos();
  }

  /** Notes whether the peer has taken something since this was called last. */
  private void watchWrites(long nowNanos) {
    //> phase 5: what is queued, and what was queued in all; what has gone since the last look?
    long queued = transport().queuedBytes();
    long taken = queuedTotal - queued;
    boolean hasMoved = taken != takenTotal; //~ slowIsDead: boolean hasMoved = false;
    if (queued > 0 && (!watchesWrites || hasMoved)) {
      writeSinceNanos = nowNanos;
      takenTotal = taken;
    }
    watchesWrites = queued > 0;
    //< phase 5
  }

  /** Sets the one alarm to what is due first. */
  private void arm() {
    //> phase 5: what does this state wait for, and since when?
    Transport current = transport();
    watchWrites(now());
    long due =
        switch (state) {
          case HEAD -> paused ? Long.MAX_VALUE : sinceNanos + headNanos();
          case EXCHANGE -> waitsForBody() ? sinceNanos + timeouts.bodyNanos() : Long.MAX_VALUE;
          case LINGERING -> lingerNanos;
          case GONE -> Long.MAX_VALUE;
        };
    long written = writeSinceNanos + timeouts.writeNanos();
    boolean isWriteFirst = watchesWrites && (due == Long.MAX_VALUE || written - due < 0);
    current.wakeAt(isWriteFirst ? written : due);
    //< phase 5
  }

  // ---- the frame of every call

  private void begin() {
    assert !inCall : "called from inside another call";
    inCall = true;
  }

  /** Hands over and flushes what the call has written, and sets the alarm. */
  private void end() {
    settle();
    exchanges.output.release(this);
    inCall = false;
    if (state == State.GONE && successor == null) {
      return;
    }
    Transport current = transport();
    if (unflushed) {
      unflushed = false;
      current.flush(); //~ phase 5 neverFlushes: assert state != State.HEAD || exchange == null;
    }
    if (successor == null) {
      arm();
    } else {
      giveAway(current, successor);
    }
  }

  private void giveAway(Transport given, Protocol next) {
    assert state == State.GONE && exchange == null;
    stats.add(Count.OPEN, -1);
    successor = null;
    given.wakeAt(Long.MAX_VALUE);
    if (paused) {
      given.resumeReading();
    }
    given.become(next);
  }

  private void settleOutside() {
    if (!inCall && state != State.GONE) {
      begin();
      end();
    }
  }

  private void count(long bytes) {
    queuedTotal += bytes;
    stats.add(Count.BYTES_OUT, bytes);
    unflushed = true;
  }

  private void pause() {
    if (!paused) {
      paused = true;
      transport().pauseReading();
    }
  }

  private void resume() {
    if (paused) {
      paused = false;
      transport().resumeReading();
    }
  }

  private long now() {
    return transport().loop().nanoTime();
  }

  Transport transport() {
    if (transport == null) {
      throw new IllegalStateException("not connected yet");
    }
    return transport;
  }

  private Exchanges.Exchange exchange() {
    if (exchange == null) {
      throw new IllegalStateException("no exchange goes on");
    }
    return exchange;
  }
}
