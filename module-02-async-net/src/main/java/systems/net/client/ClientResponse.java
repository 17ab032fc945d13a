package systems.net.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import systems.net.http.BodyReader;
import systems.net.http.Headers;
import systems.net.loop.Loop;
import systems.net.promise.Future;
import systems.net.promise.Promise;

/**
 * A response whose head is here; its body comes when somebody asks for it.
 *
 * <p>Until then the connection is paused, so nothing is kept and the server is stopped by its
 * window. Who does not want the body says {@link #abort}; otherwise the connection is busy until
 * the deadline of the whole. Only on the loop.
 */
public final class ClientResponse {
  private static final Headers NO_TRAILERS = new Headers();

  private final Loop loop;
  private final int status;
  private final Headers headers;
  private final long contentLength;
  private final ClientConnection connection;
  private @Nullable BodyReader reader;
  private boolean asked;
  private boolean ended;
  private Headers trailers = NO_TRAILERS;
  private @Nullable Throwable failure;

  ClientResponse(
      Loop loop, int status, Headers headers, long contentLength, ClientConnection connection) {
    this.loop = loop;
    this.status = status;
    this.headers = headers;
    this.contentLength = contentLength;
    this.connection = connection;
  }

  public int status() {
    return status;
  }

  public Headers headers() {
    return headers;
  }

  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** 0 without a body; -1 if the length is not known before its end. */
  public long contentLength() {
    return contentLength;
  }

  /** Sends the body to the reader as it arrives; may be asked for once. */
  public void readBody(BodyReader to) {
    //> phase 7: the response may be over already, or have failed: who tells the reader?
    Objects.requireNonNull(to);
    if (asked) {
      throw new IllegalStateException("the body was asked for already");
    }
    asked = true;
    if (failure != null) {
      to.failed(failure);
    } else if (ended) {
      to.end(trailers);
    } else {
      reader = to;
      connection.resumeBody();
    }
    //< phase 7
  }

  /**
   * All of the body. A longer one fails with an {@link ExchangeException}, and the connection is
   * dropped; the same happens if the future is cancelled.
   */
  public Future<byte[]> readBody(int bytesMax) {
    var whole = new Promise<byte[]>(loop);
    whole.onCancel(this::abort);
    readBody(new WholeBody(this, whole, bytesMax));
    return whole;
  }

  /** All of the body as UTF-8 text. */
  public Future<String> text(int bytesMax) {
    return readBody(bytesMax).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** No more data for the reader until {@link #resumeBody}. */
  public void pauseBody() {
    if (!ended && failure == null) {
      connection.pauseBody();
    }
  }

  public void resumeBody() {
    if (reader != null) {
      connection.resumeBody();
    }
  }

  /** Nobody wants the rest: the connection is dropped, and the reader hears nothing more. */
  public void abort() {
    reader = null;
    if (!ended && failure == null) {
      failure = new ExchangeException(ExchangeException.Reason.ABORTED, "given up", null);
      connection.abort();
    }
  }

  void data(byte[] bytes, int from, int to) {
    if (reader != null) {
      reader.data(bytes, from, to);
    }
  }

  void end(Headers fields) {
    ended = true;
    BodyReader to = reader;
    reader = null;
    if (to != null) {
      to.end(fields);
    } else if (!fields.isEmpty()) {
      trailers = fields.copy();
    }
  }

  void failed(Throwable cause) {
    failure = cause;
    BodyReader to = reader;
    reader = null;
    if (to != null) {
      to.failed(cause);
    }
  }

  /** Collects the pieces up to a bound. */
  private static final class WholeBody implements BodyReader {
    private final ClientResponse response;
    private final Promise<byte[]> whole;
    private final int bytesMax;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    WholeBody(ClientResponse response, Promise<byte[]> whole, int bytesMax) {
      this.response = response;
      this.whole = whole;
      this.bytesMax = bytesMax;
    }

    @Override
    public void data(byte[] piece, int from, int to) {
      int room = bytesMax - bytes.size();
      if (to - from > room) { //~ phase 7 collectsWithoutBound: if (to < from) {
        response.abort();
        whole.fail(
            new ExchangeException(
                ExchangeException.Reason.MALFORMED,
                "the body has more than " + bytesMax + " bytes",
                null));
        return;
      }
      bytes.write(piece, from, to - from);
    }

    @Override
    public void end(Headers trailers) {
      whole.succeed(bytes.toByteArray());
    }

    @Override
    public void failed(@Nullable Throwable cause) {
      whole.fail(cause == null ? new java.io.IOException("the body did not end") : cause);
    }
  }
}
