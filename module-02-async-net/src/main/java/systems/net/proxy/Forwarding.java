package systems.net.proxy;

import java.io.ByteArrayOutputStream;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import systems.net.balance.Cluster;
import systems.net.balance.Outcome;
import systems.net.balance.Upstream;
import systems.net.client.ClientConnection;
import systems.net.client.ExchangeException;
import systems.net.client.Pool;
import systems.net.client.ResponseReader;
import systems.net.http.BodyReader;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.loop.Transport;
import systems.net.observe.Span;

/**
 * One request on its way through the proxy, from the client to an upstream, and the answer on its
 * way back.
 *
 * <pre>
 *   client                     Forwarding                        upstream
 *     |  head                                                       |
 *     |-----------> route, gate --> acquire --> take or await ----->|  head, made anew
 *     |  body        |                 ^                            |
 *     |------------> [kept] ---------------------------------------&gt;|  write
 *     |  &lt;- pauseBody . . . . . . . . .|. . . . . . . isWritable    |
 *     |                                |  failed, may be repeated   |
 *     |                                +----------------------------|
 *     |                                                      head   |
 *     |&lt;-----------------------------------------------------------|  no second attempt from here
 *     |  isWritable . . . . . . . . . . . . . . . . . -> pauseBody  |
 * </pre>
 *
 * <p>When is it safe to send a request again? The client must not be able to tell, and the upstream
 * must not do something twice:
 *
 * <ol>
 *   <li>No byte of a response has gone to the client.
 *   <li>Either nobody has seen the request (no connection was made), or its method may be repeated
 *       (RFC 9110 §9.2.2).
 *   <li>All of the body that has come so far is still here: it was not asked for yet, or it fits
 *       into {@code keepBytes}.
 *   <li>There is time, and the route's number of retries is not used up.
 *   <li>The cluster's retry budget allows it: when all upstreams are slow, retries would multiply
 *       the load that made them slow. A refused connection costs the upstreams nothing, and is not
 *       counted; each upstream is tried once.
 * </ol>
 *
 * <p>A kept-alive connection that was dead already is no failure of an upstream: the request goes
 * to the same one again, on a new connection, once, without a budget.
 *
 * <p>Once the head of the response has gone to the client, its status cannot be taken back. If the
 * rest does not come, the client's connection is broken off, so that half an answer is not taken
 * for a whole one.
 *
 * <p>Backpressure is coupled by four lines: who cannot be written to stops the one who is read. So
 * for each direction the proxy holds what is between a transport's marks, whatever the size of the
 * body.
 */
final class Forwarding extends Pool.Waiter implements ResponseReader {
  private static final Headers NO_FIELDS = new Headers();
  private static final long MILLI_NANOS = 1_000_000L;

  private final Worker worker;
  private final RouteState route;
  private final Request request;
  private final Response response;
  private final String method;
  private final @Nullable String upgrade;
  private final long bodyLength;
  private final long startedNanos;
  private final long deadlineNanos;
  private final long hash;

  private List<Upstream> tried = List.of();
  private Cluster.@Nullable Lease lease;
  private @Nullable ClientConnection connection;
  private int retries;
  private boolean stale;
  private boolean responded;
  private boolean over;
  private final @Nullable Span span;
  private @Nullable Span attempt;

  private @Nullable RequestBody body;
  private @Nullable Runnable goOn;

  Forwarding(
      Worker worker, RouteState route, Request request, Response response, long deadlineNanos) {
    this.worker = worker;
    this.route = route;
    this.request = request;
    this.response = response;
    this.deadlineNanos = deadlineNanos;
    method = request.method();
    upgrade = Fields.upgrade(request, route.config.upgrades());
    bodyLength = request.contentLength();
    startedNanos = worker.loop.nanoTime();
    span = worker.span(request);
    hash = route.hash(request);
  }

  void start() {
    response.onDone(this::done);
    acquire(null);
  }

  // ---- an upstream, and a connection to it

  /** Chooses an upstream; if there is none, the client hears of what went wrong before. */
  private void acquire(@Nullable ExchangeException before) {
    //> phase 7: nobody is left to ask: what does the client hear?
    lease = route.cluster.acquire(hash, tried);
    if (lease != null) {
      connect();
    } else if (before == null) {
      answer(503, "no upstream is available");
    } else {
      answer(before);
    }
    //< phase 7
  }

  private void connect() {
    Pool pool = route.cluster.pool(lease().upstream());
    ClientConnection idle = pool.take();
    if (idle == null) {
      pool.await(this, deadlineNanos);
    } else {
      connected(idle);
    }
  }

  private Cluster.Lease lease() {
    return Objects.requireNonNull(lease);
  }

  @Override
  protected void connected(ClientConnection given) {
    //> phase 7: the head, then the part of the body that has come already, then the rest
    assert !over && !responded;
    connection = given;
    Headers fields = worker.requestFields(request, route, lease().upstream(), upgrade);
    addDeadline(fields);
    addTrace(fields);
    given.begin(method, Fields.target(request), fields, bodyLength, deadlineNanos, this);
    if (bodyLength != 0) {
      if (body == null) {
        body = new RequestBody();
        request.readBody(body);
      } else {
        body.replay(given);
      }
    }
    //< phase 7
  }

  /** A span for each attempt, below the one of the request. */
  private void addTrace(Headers fields) {
    //> phase 7: whose child is the work of the upstream?
    if (span == null) {
      return;
    }
    Span child = span.child("attempt", Span.Kind.CLIENT);
    child.attribute("server.address", lease().upstream().name());
    Span own = child; //~ allAttemptsLookAlike: Span own = span;
    fields.set("traceparent", own.context().header());
    if (child.context().state() == null) {
      fields.remove("tracestate");
    }
    attempt = child;
    //< phase 7
  }

  private void endAttempt(Outcome outcome) {
    Span ended = attempt;
    attempt = null;
    if (ended != null) {
      if (outcome != Outcome.SUCCESS) {
        ended.fail(outcome.toString());
      }
      ended.end();
    }
  }

  /** Whoever gave us a time gives the upstream what is left of it. */
  private void addDeadline(Headers fields) {
    if (request.headers().contains(Fields.TIMEOUT_FIELD)) {
      long now = worker.loop.nanoTime(); //~ phase 7 deadlineStartsAnew: long now = startedNanos;
      long left = Math.max(0, (deadlineNanos - now) / MILLI_NANOS);
      fields.add(Fields.TIMEOUT_FIELD, Long.toString(left));
    }
  }

  // ---- the request's body

  /** Hands the body on, and keeps it while it is small enough to be sent again. */
  private final class RequestBody implements BodyReader {
    private @Nullable ByteArrayOutputStream kept = keepsBody() ? new ByteArrayOutputStream() : null;
    private boolean ended;
    private Headers trailers = NO_FIELDS;

    @Override
    public void data(byte[] bytes, int from, int to) {
      //> phase 7: two things may be too much: what is kept, and what waits to be sent
      if (kept != null) {
        keep(bytes, from, to);
      }
      ClientConnection upstream = connection;
      if (upstream != null) {
        upstream.write(bytes, from, to);
        boolean full = upstream.isRequestOpen() && !upstream.isWritable();
        if (full) { //~ uploadWithoutBrakes: if (full && over) {
          request.pauseBody();
        }
      }
      //< phase 7
    }

    private void keep(byte[] bytes, int from, int to) {
      assert kept != null;
      int size = kept.size() + to - from;
      if (size > route.config.keepBytes()) { //~ phase 7 keepsAllOfTheBody: if (size < 0) {
        kept = null;
      } else {
        kept.write(bytes, from, to - from);
      }
    }

    void replay(ClientConnection to) {
      assert kept != null : "a body that was not kept";
      byte[] bytes = kept.toByteArray();
      int count = bytes.length; //~ phase 7 forgetsTheKeptBody: int count = bytes.length / 2;
      to.write(bytes, 0, count);
      if (ended) {
        to.endBody(trailers);
      } else if (to.isWritable()) {
        request.resumeBody();
      }
    }

    @Override
    public void end(Headers fields) {
      ended = true;
      if (!fields.isEmpty()) {
        trailers = new Headers();
        Fields.trailers(fields, trailers);
      }
      if (connection != null) {
        connection.endBody(trailers);
      }
    }

    @Override
    public void failed(@Nullable Throwable cause) {
      ended = true;
      abandon();
    }
  }

  private boolean keepsBody() {
    return bodyLength <= route.config.keepBytes()
        && route.config.retriesMax() > 0
        && Method.isIdempotent(method);
  }

  @Override
  public void writable() {
    if (body != null && !body.ended && !over) {
      request.resumeBody();
    }
  }

  // ---- the response

  @Override
  public void head(int status, Headers headers, long length) {
    //> phase 7: from here on nothing can be tried again, and no deadline holds
    responded = true;
    if (status == 101) {
      // switched comes next, without the fields
      worker.upgradeFields(headers, Objects.requireNonNull(upgrade), response);
      return;
    }
    connection().deadline(Long.MAX_VALUE);
    response.status(status);
    worker.responseFields(headers, response);
    if (length > 0) {
      response.length(length);
    } else if (length == 0) {
      promiseLength(status, headers);
    }
    if (length != 0) {
      response.write(new byte[0], 0, 0); // the head goes now: the body may take its time
    }
    //< phase 7
  }

  //> phase 7 only
  /** Without a body the length may still say what GET would have got. */
  private void promiseLength(int status, Headers headers) {
    String promised = headers.get("Content-Length");
    if (promised == null) {
      if (!method.equals(Method.HEAD) && status != 304) {
        response.length(0);
      }
    } else if (method.equals(Method.HEAD) || status == 304) {
      response.length(Long.parseLong(promised));
    } else {
      response.length(0);
    }
  }

  //< phase 7

  private ClientConnection connection() {
    return Objects.requireNonNull(connection);
  }

  @Override
  public void data(byte[] bytes, int from, int to) {
    //> phase 7: and if the client reads more slowly than the upstream sends?
    response.write(bytes, from, to);
    boolean full = !response.isWritable(); //~ downloadWithoutBrakes: boolean full = over;
    if (connection != null && full) {
      connection.pauseBody();
      if (goOn == null) {
        goOn = this::clientWritable;
        response.onWritable(goOn);
      }
    }
    //< phase 7
  }

  private void clientWritable() {
    if (connection != null) {
      connection.resumeBody();
    }
  }

  @Override
  public void end(Headers trailers) {
    connection = null;
    over = true;
    finish(response.status() >= 500 ? Outcome.SERVER_ERROR : Outcome.SUCCESS);
    for (int i = 0; i < trailers.size(); i++) {
      response.trailer(trailers.name(i), trailers.value(i));
    }
    response.end();
  }

  @Override
  public void switched(Transport transport) {
    //> phase 7: two protocols, one tunnel; what if the client has gone meanwhile?
    connection = null;
    over = true;
    if (upgrade == null || response.isEnded()) {
      transport.abort();
      finish(Outcome.CANCELLED);
      return;
    }
    Cluster.Lease held = lease();
    lease = null;
    endAttempt(Outcome.SUCCESS);
    var tunnel =
        new Tunnel(
            route.cluster.config.bodyNanos(), () -> route.cluster.finish(held, Outcome.SUCCESS));
    transport.become(tunnel.upstream);
    response.upgrade(tunnel.client);
    //< phase 7
  }

  // ---- what goes wrong

  /** No connection: as a {@link Pool.Waiter}. */
  @Override
  protected void failed(ExchangeException why) {
    attemptFailed(why);
  }

  /** No response, or half of one: as a {@link ResponseReader}. */
  @Override
  public void failed(@Nullable Throwable cause) {
    attemptFailed((ExchangeException) Objects.requireNonNull(cause));
  }

  private void attemptFailed(ExchangeException why) {
    //> phase 7: the client has half an answer; or a dead connection; or another upstream may help
    connection = null;
    if (over) {
      return;
    }
    if (responded) {
      over = true;
      finish(outcome(why));
      response.abort(); //~ cutAnswerIsWhole: response.end();
    } else if (why.isStale() && !stale && isRepeatable()) {
      stale = true;
      pauseRequest();
      connect();
    } else {
      Upstream upstream = lease().upstream();
      finish(outcome(why));
      if (mayRetry(why)) {
        retries++;
        worker.meters.retried();
        tried = tried.isEmpty() ? new ArrayList<>(2) : tried;
        tried.add(upstream);
        pauseRequest();
        acquire(why);
      } else {
        answer(why);
      }
    }
    //< phase 7
  }

  private void pauseRequest() {
    if (body != null && !body.ended) {
      request.pauseBody();
    }
  }

  /** Whether the method allows it, and all of the body so far is here. */
  private boolean isRepeatable() {
    return Method.isIdempotent(method) && (body == null || body.kept != null);
  }

  private boolean mayRetry(ExchangeException why) {
    //> phase 7: five conditions; which one protects the upstreams from each other's load?
    if (retries >= route.config.retriesMax() || isLate()) {
      return false;
    }
    return switch (why.reason()) {
      case CONNECT, POOL_FULL, POOL_TIMEOUT -> body == null || body.kept != null;
      case NO_RESPONSE, BROKEN, TIMEOUT ->
          isRepeatable() //~ repeatsWhatIsNotIdempotent: (body == null || body.kept != null)
              && isInBudget();
      case MALFORMED, DEADLINE, ABORTED -> false;
    };
    //< phase 7
  }

  private boolean isInBudget() {
    //> phase 7: who counts how many requests are sent twice?
    return route.cluster.mayRetry(); //~ retriesWithoutBudget: return retries >= 0;
    //< phase 7
  }

  private boolean isLate() {
    return deadlineNanos - worker.loop.nanoTime() <= 0;
  }

  private static Outcome outcome(ExchangeException why) {
    return switch (why.reason()) {
      case CONNECT -> Outcome.CONNECT_FAILURE;
      case NO_RESPONSE, BROKEN -> Outcome.RESET;
      case MALFORMED -> Outcome.SERVER_ERROR;
      case TIMEOUT, DEADLINE -> Outcome.TIMEOUT;
      case POOL_FULL, POOL_TIMEOUT, ABORTED -> Outcome.CANCELLED;
    };
  }

  private void answer(ExchangeException why) {
    int status =
        switch (why.reason()) {
          case CONNECT -> why.getCause() instanceof SocketTimeoutException ? 504 : 502;
          case POOL_FULL, POOL_TIMEOUT -> isLate() ? 504 : 503;
          case NO_RESPONSE, BROKEN, MALFORMED, ABORTED -> 502;
          case TIMEOUT, DEADLINE -> 504;
        };
    answer(status, Objects.requireNonNull(why.getMessage()));
  }

  private void answer(int status, String why) {
    over = true;
    Worker.answer(response, status, why);
  }

  /** The exchange with the client is over; with a cause if it was cut short. */
  private void done(@Nullable Throwable cause) {
    route.gate.leave(elapsed());
    if (cause == null) {
      route.meters.answered(response.status(), elapsed());
    } else {
      route.meters.cut();
      abandon();
    }
    if (span != null) {
      endSpan(span, cause);
    }
  }

  private void endSpan(Span ended, @Nullable Throwable cause) {
    ended.attribute("http.request.method", method);
    ended.attribute("http.response.status_code", Integer.toString(response.status()));
    if (cause != null) {
      ended.fail("cut short");
    }
    ended.end();
  }

  private long elapsed() {
    return worker.loop.nanoTime() - startedNanos;
  }

  /** Nobody waits for the answer: the upstream need not make it. */
  private void abandon() {
    //> phase 7: the request may wait for a connection, or hold one
    if (over) {
      return;
    }
    over = true;
    leave();
    ClientConnection held = connection;
    connection = null;
    if (held != null) {
      held.abort(); //~ upstreamWorksForNobody: assert held.isOpen();
    }
    finish(Outcome.CANCELLED);
    //< phase 7
  }

  private void finish(Outcome outcome) {
    Cluster.Lease held = lease;
    lease = null;
    endAttempt(outcome);
    if (held != null) {
      worker.meters.attempted(route.config.cluster(), held.upstream().name(), outcome);
      route.cluster.finish(held, outcome);
    }
  }
}
