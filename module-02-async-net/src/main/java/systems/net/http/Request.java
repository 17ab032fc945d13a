package systems.net.http;

import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;

/**
 * One request, as a handler sees it. Belongs to its connection, which uses the object again for the
 * next request: it is valid until {@link Response#end}, on the loop.
 *
 * <pre>
 *   head   GET http://a.example:80/x/y?q=1 HTTP/1.1\r\nHost: ...      the bytes of the headers
 *          ^  ^       ^            ^   ^   ^
 *          method     authority    path query
 * </pre>
 *
 * <p>What the parser leaves here are offsets. A String is made when somebody asks, and kept for the
 * next request: peers ask for the same path again and again, and comparing is cheaper than making.
 */
public final class Request {
  final Headers headers = new Headers();
  final Framing framing = new Framing();

  int methodTo;
  int targetFrom;
  int targetTo;
  int pathFrom;
  int pathTo;
  int queryFrom;
  int authorityFrom;
  int authorityTo;
  int minorVersion;
  boolean isAsterisk;
  boolean isConnect;
  boolean isHead;

  /** The peer sends its body only after 100 Continue. */
  boolean expectsContinue;

  private @Nullable ServerConnection connection;
  private @Nullable String method;
  private @Nullable String target;
  private @Nullable String path;
  private @Nullable String query;
  private @Nullable String authority;

  Request() {}

  void begin(ServerConnection owner) {
    connection = owner;
  }

  /** As sent; case matters. */
  public String method() {
    if (method == null || !Octets.equals(headers.bytes(), 0, methodTo, method)) {
      method = Method.of(headers.bytes(), 0, methodTo);
    }
    return method;
  }

  /** As sent: origin form, absolute form, authority form or {@code *}. */
  public String target() {
    target = text(target, targetFrom, targetTo);
    return target;
  }

  /**
   * The path of the target, still percent-encoded, beginning with {@code /}; "*" for an asterisk;
   * empty for CONNECT, which has none.
   */
  public String path() {
    if (isAsterisk) {
      return "*";
    }
    if (pathFrom == pathTo) {
      return isConnect ? "" : "/";
    }
    path = text(path, pathFrom, pathTo);
    return path;
  }

  /** What follows the first {@code ?}, still encoded; null if there is none. */
  public @Nullable String query() {
    if (queryFrom < 0) {
      return null;
    }
    query = text(query, queryFrom, targetTo);
    return query;
  }

  /**
   * Host and port that the request is for: from the absolute form, else from Host; empty in
   * HTTP/1.0 without.
   */
  public String authority() {
    authority = text(authority, authorityFrom, authorityTo);
    return authority;
  }

  private String text(@Nullable String before, int from, int to) {
    return before != null && Octets.equals(headers.bytes(), from, to, before)
        ? before
        : Octets.text(headers.bytes(), from, to);
  }

  /** 0 or 1. */
  public int minorVersion() {
    return minorVersion;
  }

  public Headers headers() {
    return headers;
  }

  /** The first field of this name, without white space around it. */
  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** What Content-Length promises; 0 without a body, -1 if the body is chunked. */
  public long contentLength() {
    return framing.isChunked ? -1 : Math.max(0, framing.contentLength);
  }

  public boolean hasBody() {
    return contentLength() != 0;
  }

  /**
   * Sends the body to the reader as it arrives. A body that nobody has asked for when the response
   * ends is read and dropped up to a limit, or the connection is closed; a reader hears nothing
   * more once the response has ended. Sends 100 Continue if the peer waits for it.
   *
   * <p>Of a body that is empty, or here already, the reader may hear during this call.
   *
   * @throws IllegalStateException if the body was asked for already, or the response has ended
   */
  public void readBody(BodyReader reader) {
    Objects.requireNonNull(reader);
    connection().readBody(this, reader);
  }

  /**
   * Collects the body and calls back with all of it; answers 413 by itself when it is longer. Of a
   * body that does not come to its end there is no call; {@link Response#onDone} says why.
   *
   * @param bytesMax what the handler is ready to hold
   */
  public void readBody(int bytesMax, Consumer<byte[]> whole) {
    Objects.requireNonNull(whole);
    connection().readBody(this, new WholeBody(connection(), contentLength(), bytesMax, whole));
  }

  /**
   * Nothing more for the reader, not even the end, until {@link #resumeBody}; the peer is stopped
   * by its window. Once the exchange is over, this and that do nothing.
   */
  public void pauseBody() {
    if (connection != null) {
      connection.pauseBody(this);
    }
  }

  public void resumeBody() {
    if (connection != null) {
      connection.resumeBody(this);
    }
  }

  public Loop loop() {
    return connection().transport().loop();
  }

  public SocketAddress remote() {
    return connection().transport().remote();
  }

  public boolean isEncrypted() {
    return connection().transport().tls() != null;
  }

  private ServerConnection connection() {
    if (connection == null) {
      throw new IllegalStateException("the request is over");
    }
    return connection;
  }

  void end() {
    connection = null;
  }
}
