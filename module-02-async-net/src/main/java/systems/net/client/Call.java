package systems.net.client;

import java.net.URI;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import systems.net.client.ExchangeException.Reason;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.promise.Future;
import systems.net.promise.Promise;

/**
 * One request of an {@link HttpClient}, through all its attempts and redirects.
 *
 * <pre>
 *   start --> name --> pool --take--> attempt --head--> response
 *               ^        |              |  |
 *               |        +--await-------+  +--- stale, once: pool
 *               +------- redirect --------------+
 * </pre>
 *
 * <p>Each attempt is an object of its own: when a late event of a given up attempt comes, it finds
 * nobody.
 */
final class Call {
  /** Bytes of a redirect's body that are read to keep the connection. */
  private static final long DRAIN_BYTES_MAX = 16 << 10;

  private final HttpClient client;
  private final long deadlineNanos;
  private final Promise<ClientResponse> promise;
  private ClientRequest request;
  private @Nullable Future<Pool> finding;
  private @Nullable Attempt attempt;
  private boolean repeated;

  Call(HttpClient client, ClientRequest request, long deadlineNanos) {
    this.client = client;
    this.request = request;
    this.deadlineNanos = deadlineNanos;
    promise = new Promise<>(client.loop());
  }

  Future<ClientResponse> start() {
    promise.onCancel(this::cancel);
    find();
    return promise;
  }

  private void cancel() {
    //> phase 7: a call waits for a name, for a connection, or for a response; what must end?
    if (finding != null) {
      finding.cancel("the request was cancelled");
    }
    if (attempt != null) {
      attempt.giveUp(); //~ cancelsOnlyThePromise: assert attempt != null;
    }
    //< phase 7
  }

  private void find() {
    Future<Pool> found = client.pool(request.uri());
    if (deadlineNanos != Long.MAX_VALUE) {
      found = found.timeout(deadlineNanos - client.loop().nanoTime());
    }
    finding = found;
    found.whenDone((pool, failure) -> {
      finding = null;
      if (pool != null) {
        attempt(pool);
      } else {
        fail(found(failure));
      }
    });
  }

  private static ExchangeException found(@Nullable Throwable failure) {
    return failure instanceof TimeoutException
        ? new ExchangeException(Reason.DEADLINE, "the deadline has passed", failure)
        : new ExchangeException(Reason.CONNECT, "there is nobody to connect to", failure);
  }

  private void attempt(Pool pool) {
    if (promise.isDone()) {
      return;
    }
    attempt = new Attempt(pool);
    attempt.start();
  }

  private void fail(Throwable why) {
    promise.fail(why);
  }

  /** Whether the request may be sent again after its connection died. */
  private boolean mayRepeat(ExchangeException why) {
    //> phase 7: the server may have read it before it died; which requests may be repeated?
    return why.isStale()
        && !repeated //~ repeatsForEver: && why.isStale()
        && Method.isIdempotent(request.method()) //~ repeatsOrders: && why.isStale()
        && request.source() == null;
    //< phase 7
  }

  /** The request that the response asks for, or null if it is one to hand out. */
  private @Nullable ClientRequest redirect(int status, Headers headers) {
    //> phase 7: five codes; which of them change the method, and what must not be sent elsewhere?
    String location = headers.get("Location");
    boolean isEnough = request.redirectsMax() == 0; //~ redirectsForEver: boolean isEnough = false;
    if (location == null || isEnough) {
      return null;
    }
    boolean isPost = request.method().equals(Method.POST);
    boolean asGet =
        status == 303 && !request.method().equals(Method.HEAD) || isPost && status < 303;
    boolean follows =
        switch (status) {
          case 301, 302, 303 -> asGet || request.source() == null;
          case 307, 308 -> request.source() == null;
          default -> false;
        };
    try {
      URI to = request.uri().resolve(location);
      boolean weaker = ClientRequest.isEncrypted(request.uri()) && !ClientRequest.isEncrypted(to);
      return follows && !weaker ? request.redirected(to, asGet) : null;
    } catch (IllegalArgumentException noUri) {
      return null;
    }
    //< phase 7
  }

  /** One try on one connection. */
  private final class Attempt extends Pool.Waiter implements ResponseReader {
    private final Pool pool;
    private @Nullable ClientConnection connection;
    private @Nullable BodyWriter writer;
    private @Nullable ClientResponse response;
    private boolean drains;
    private long drained;

    Attempt(Pool pool) {
      this.pool = pool;
    }

    void start() {
      ClientConnection idle = pool.take();
      if (idle == null) {
        pool.await(this, deadlineNanos);
      } else {
        connected(idle);
      }
    }

    void giveUp() {
      leave();
      if (connection != null) {
        connection.abort();
      }
    }

    @Override
    protected void connected(ClientConnection given) {
      connection = given;
      var fields = new Headers();
      fields.add("Host", ClientRequest.authority(request.uri()));
      fields.addAll(request.headers());
      String target = ClientRequest.target(request.uri());
      given.begin(request.method(), target, fields, request.bodyLength(), deadlineNanos, this);
      sendBody(given);
    }

    private void sendBody(ClientConnection to) {
      byte[] bytes = request.bytes();
      BodySource source = request.source();
      if (source != null) {
        writer = new BodyWriter(to);
        source.start(writer);
      } else if (bytes != null && bytes.length > 0) {
        to.write(bytes, 0, bytes.length);
        to.endBody(new Headers());
      }
    }

    @Override
    public void head(int status, Headers headers, long bodyLength) {
      ClientConnection from = connection;
      assert from != null;
      ClientRequest next = redirect(status, headers);
      if (next != null) {
        drains = true;
        request = next;
        repeated = false;
        find();
        return;
      }
      response = new ClientResponse(client.loop(), status, headers.copy(), bodyLength, from);
      from.pauseBody(); // until somebody asks for the body
      if (!promise.succeed(response)) {
        from.abort();
      }
    }

    @Override
    public void data(byte[] bytes, int from, int to) {
      if (response != null) {
        response.data(bytes, from, to);
      } else if (connection != null && (drained += to - from) > DRAIN_BYTES_MAX) {
        assert drains;
        connection.abort();
      }
    }

    @Override
    public void end(Headers trailers) {
      closeWriter();
      if (response != null) {
        response.end(trailers);
      }
    }

    @Override
    public void writable() {
      if (writer != null) {
        writer.writable();
      }
    }

    private void closeWriter() {
      if (writer != null) {
        writer.close();
      }
    }

    @Override
    public void failed(@Nullable Throwable cause) {
      closeWriter();
      if (response != null) {
        response.failed(cause == null ? new java.io.IOException("the body did not end") : cause);
      } else if (!drains) {
        failed((ExchangeException) java.util.Objects.requireNonNull(cause));
      }
    }

    @Override
    protected void failed(ExchangeException why) {
      if (mayRepeat(why)) {
        repeated = true;
        Call.this.attempt(pool);
      } else {
        fail(why);
      }
    }
  }
}
