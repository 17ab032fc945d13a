package systems.net.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Protocol;

/**
 * The answer to one request: a status, fields, then either a whole body or a streamed one.
 *
 * <pre>
 *   status header*  ( send | sendFile | upgrade
 *                   | length? write* trailer* end )
 * </pre>
 *
 * <p>The server adds Date, Content-Length or chunks, and Connection. HEAD, 1xx, 204 and 304 have no
 * body: what a handler writes is counted and dropped. Only on the loop.
 *
 * <pre>
 *                            HTTP/1.1          HTTP/1.0
 *   send, sendFile           Content-Length    Content-Length
 *   length(n), then write    Content-Length    Content-Length
 *   write                    chunks            until the connection ends
 * </pre>
 *
 * <ol>
 *   <li>Framing is the server's: Content-Length that a handler sets is a {@link #length}, of
 *       Connection only {@code close} is heard, Transfer-Encoding is refused.
 *   <li>Never more bytes of body than were promised, and with fewer the connection is broken off:
 *       the next answer must not be taken for the rest of this one.
 *   <li>Once the exchange is lost (the peer has gone, a limit was passed, the server answered by
 *       itself) all methods do nothing: a handler need not ask before each call.
 *   <li>To go on after the end is a mistake of the handler: {@link IllegalStateException}.
 * </ol>
 */
public final class Response {
  private enum Phase {
    /** The head can be changed. */
    OPEN,
    /** The head has gone, the body goes. */
    STARTED,
    ENDED,
    /** Nobody hears what is still written. */
    LOST
  }

  private static final byte[] NONE = new byte[0];
  private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n");

  /** Of the fields that the server adds, with numbers and the empty line. */
  private static final int ADDED_BYTES_MAX = 160;

  /** Sixteen digits and the end of the line. */
  private static final int CHUNK_LINE_BYTES_MAX = 18;

  private static final int UNKNOWN = -1;

  private final Headers fields = new Headers();
  private @Nullable Headers trailers;
  private @Nullable ServerConnection connection;
  private @Nullable Request request;
  private @Nullable Runnable writable;
  private @Nullable Consumer<@Nullable Throwable> done;

  private Phase phase = Phase.LOST;
  private int status;
  private long length;
  private long written;
  private boolean isChunked;
  private boolean hasDate;
  private boolean hasType;
  private boolean closes;
  private boolean upgrades;

  Response() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  void begin(ServerConnection owner, Request answered) {
    assert fields.isEmpty() && done == null && writable == null : "not cleared";
    connection = owner;
    request = answered;
    phase = Phase.OPEN;
    clearHead();
    written = 0;
    isChunked = false;
  }

  private void clearHead() {
    fields.clear();
    status = 200;
    length = UNKNOWN;
    hasDate = false;
    hasType = false;
    closes = false;
    upgrades = false;
  }

  /** The exchange is over; another one may use the object. */
  void clear() {
    fields.clear();
    trailers = null;
    connection = null;
    request = null;
    writable = null;
    done = null;
    phase = Phase.ENDED;
  }

  int capacity() {
    return fields.capacity();
  }

  /** 200 unless said; final ones only, 200 to 599. */
  public Response status(int code) {
    if (code < 200 || code > Status.MAX) {
      throw new IllegalArgumentException("no final status: " + code);
    }
    if (headIsOpen()) {
      status = code;
    }
    return this;
  }

  public int status() {
    return status;
  }

  /** Whether the head can be changed; if it cannot by mistake, throws. */
  private boolean headIsOpen() {
    if (phase == Phase.STARTED || phase == Phase.ENDED) {
      throw new IllegalStateException("the head has gone");
    }
    return phase == Phase.OPEN;
  }

  /** Sets the field, in the place of earlier ones of this name. Refuses what could end the line. */
  public Response header(String name, String value) {
    if (headIsOpen() && isForHandlers(name, value)) {
      fields.set(name, value);
    }
    return this;
  }

  /** Adds a field, beside earlier ones of this name. */
  public Response addHeader(String name, String value) {
    if (headIsOpen() && isForHandlers(name, value)) {
      fields.add(name, value);
    }
    return this;
  }

  /** Adds a field of another message, as a proxy does; usually without making Strings of it. */
  public Response addHeader(Headers other, int i) {
    int id = other.id(i);
    boolean isPlain =
        id != FieldName.CONTENT_LENGTH
            && id != FieldName.TRANSFER_ENCODING
            && id != FieldName.CONNECTION;
    if (!isPlain) {
      return addHeader(other.name(i), other.value(i));
    }
    if (headIsOpen()) {
      hasDate |= id == FieldName.DATE;
      hasType |= id == FieldName.CONTENT_TYPE;
      fields.add(other, i);
    }
    return this;
  }

  /** Takes fields about framing aside; returns whether it is none of those. */
  private boolean isForHandlers(String name, String value) {
    //> phase 5: what would two framings in one head mean to the peer?
    switch (FieldName.of(name)) {
      case FieldName.CONTENT_LENGTH -> {
        length(parsedLength(value));
        return false;
      }
      case FieldName.TRANSFER_ENCODING ->
          throw new IllegalArgumentException("framing is the server's: Transfer-Encoding");
      case FieldName.CONNECTION -> {
        closes |= new Headers().add(name, value).containsToken(name, "close");
        return false;
      }
      case FieldName.DATE -> hasDate = true;
      case FieldName.CONTENT_TYPE -> hasType = true;
      default -> {}
    }
    return true;
    //< phase 5
  }

  private static long parsedLength(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < '0' || value.charAt(i) > '9') {
        throw new IllegalArgumentException("no length: " + value);
      }
    }
    return Long.parseLong(value);
  }

  /** The head with an empty body. */
  public void send() {
    send(NONE);
  }

  public void send(byte[] body) {
    //> phase 5: head and body in one piece; who gets the head alone?
    if (!headIsOpen()) {
      return;
    }
    promise(body.length);
    putHead();
    putBody(body, 0, body.length);
    ended();
    //< phase 5
  }

  /** As UTF-8; Content-Type is text/plain unless it was set. */
  public void send(String body) {
    if (!headIsOpen()) {
      return;
    }
    if (!hasType) {
      header("Content-Type", "text/plain; charset=utf-8");
    }
    send(body.getBytes(StandardCharsets.UTF_8));
  }

  /** A whole body of so many bytes; to HEAD a handler may have said what GET would get. */
  private void promise(long bytes) {
    boolean saidBefore = length != UNKNOWN && length != bytes;
    if (saidBefore && !(bytes == 0 && isBodiless())) {
      throw new IllegalStateException(length + " bytes were promised, not " + bytes);
    }
    if (length == UNKNOWN && status != 304) {
      length = bytes;
    }
  }

  /** Sends a piece of the file and closes it. */
  public void sendFile(FileChannel file, long position, long count) {
    if (position < 0 || count < 0) {
      throw new IllegalArgumentException("no piece of a file: " + count + " at " + position);
    }
    if (!headIsOpen()) {
      close(file);
      return;
    }
    //> phase 5: the head is in the output, the file is the transport's; in which order?
    putHeadOf(file, count);
    written += count;
    if (isBodiless() || count == 0) {
      close(file);
    } else {
      connection().putFile(file, position, count);
    }
    ended();
    //< phase 5
  }

  /** If the head cannot be sent, the file is closed all the same. */
  private void putHeadOf(FileChannel file, long count) {
    boolean sent = false;
    try {
      promise(count);
      putHead();
      sent = true;
    } finally {
      if (!sent) {
        close(file);
      }
    }
  }

  private static void close(FileChannel file) {
    try {
      file.close();
    } catch (IOException refused) {
      throw new UncheckedIOException("cannot close a file that was only read", refused);
    }
  }

  /** Promises the length of a streamed body, which then is not chunked. */
  public Response length(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("no length: " + bytes);
    }
    if (headIsOpen()) {
      length = bytes;
    }
    return this;
  }

  /** Writes a piece of a streamed body; the head goes before the first one. */
  public void write(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    if (phase == Phase.ENDED) {
      throw new IllegalStateException("the answer has ended");
    }
    if (phase == Phase.LOST) {
      return;
    }
    //> phase 5: an empty chunk would be the last one; and what if there is more than was promised?
    boolean isTooMuch = length != UNKNOWN && !isBodiless() && to - from > length - written;
    if (isTooMuch) { //~ writesMoreThanPromised: if (from > to) {
      throw new IllegalStateException(
          length + " bytes were promised, not " + (written + to - from));
    }
    start();
    if (from < to) { //~ emptyPieceEndsTheBody: if (from <= to) {
      putPiece(bytes, from, to);
    }
    connection().wrote();
    //< phase 5
  }

  private void putPiece(byte[] bytes, int from, int to) {
    if (isChunked && !isBodiless()) {
      putChunkSize(to - from);
      putBody(bytes, from, to);
      output().put(LAST_CHUNK, 1, LAST_CHUNK.length);
    } else {
      putBody(bytes, from, to);
    }
  }

  /** Sends the head of a streamed body, if it has not gone. */
  private void start() {
    if (phase != Phase.OPEN) {
      return;
    }
    isChunked = length == UNKNOWN && request().minorVersion() > 0;
    closes |= length == UNKNOWN && !isChunked && !isBodiless();
    putHead();
  }

  private void putBody(byte[] bytes, int from, int to) {
    written += to - from;
    if (!isBodiless()) {
      output().put(bytes, from, to);
    }
  }

  private void putChunkSize(int count) {
    Output output = output();
    byte[] bytes = output.room(CHUNK_LINE_BYTES_MAX);
    int at = output.size();
    int digits = (Integer.SIZE - Integer.numberOfLeadingZeros(count) + 3) / 4;
    for (int i = digits - 1; i >= 0; i--) {
      bytes[at++] = (byte) Character.forDigit(count >>> 4 * i & 0xf, 16);
    }
    bytes[at++] = Octets.CR;
    bytes[at++] = Octets.LF;
    output.filledTo(at);
  }

  /** Sends now what was written; without it the end of the turn does. */
  public void flush() {
    if (phase == Phase.OPEN || phase == Phase.STARTED) {
      connection().flush();
    }
  }

  /** Whether a streaming handler should go on, or wait for {@link #onWritable}. */
  public boolean isWritable() {
    return phase != Phase.LOST && phase != Phase.ENDED && connection().transport().isWritable();
  }

  /** Called each time when writing makes sense again; a second one replaces the first. */
  public void onWritable(Runnable goOn) {
    if (phase == Phase.OPEN || phase == Phase.STARTED) {
      writable = goOn;
    }
  }

  @Nullable Runnable writable() {
    return writable;
  }

  /** A field after the body; only of a chunked one, else it is dropped. */
  public Response trailer(String name, String value) {
    if (phase == Phase.ENDED) {
      throw new IllegalStateException("the answer has ended");
    }
    if (FieldName.isForbiddenInTrailers(FieldName.of(name))) {
      throw new IllegalArgumentException("must not come after the body: " + name);
    }
    if (phase != Phase.LOST) {
      if (trailers == null) {
        trailers = new Headers();
      }
      trailers.add(name, value);
    }
    return this;
  }

  /** Ends a streamed body. Fewer bytes than promised abort the connection. */
  public void end() {
    if (phase == Phase.ENDED) {
      throw new IllegalStateException("the answer has ended");
    }
    if (phase == Phase.LOST) {
      return;
    }
    //> phase 5: nothing written at all, all that was promised, less, or chunks?
    if (phase == Phase.OPEN && length == UNKNOWN && trailers == null) {
      send();
      return;
    }
    boolean isTooLittle = length != UNKNOWN && written < length && !isBodiless();
    if (isTooLittle) { //~ endsTooEarly: if (written < 0) {
      connection().abort(new IOException(written + " bytes of " + length + " were written"));
      return;
    }
    start();
    if (isChunked && !isBodiless()) {
      putLastChunk();
    }
    ended();
    //< phase 5
  }

  private void putLastChunk() {
    Output output = output();
    output.put(LAST_CHUNK, 0, LAST_CHUNK.length);
    if (trailers != null) {
      byte[] bytes = output.room(trailers.encodedBytes());
      output.filledTo(trailers.encode(bytes, output.size()));
    }
    output.put(LAST_CHUNK, 1, LAST_CHUNK.length);
  }

  /**
   * Answers 101 with the fields set so far (to CONNECT: 200), and hands the connection to the
   * protocol.
   *
   * @throws IllegalStateException if the request does not ask for it, or if its body was not read
   */
  public void upgrade(Protocol protocol) {
    if (!headIsOpen()) {
      return;
    }
    //> phase 5: who asked for it? And whose are the bytes behind this request?
    boolean isAsked =
        request().isConnect || request().framing.upgrade && request().minorVersion() > 0;
    if (!isAsked || !connection().bodyIsDone()) {
      throw new IllegalStateException("the request does not ask for an upgrade, or is not read");
    }
    status = request().isConnect ? 200 : 101;
    length = UNKNOWN;
    upgrades = true;
    putHead();
    connection().become(protocol);
    ended();
    //< phase 5
  }

  /** Whether the head has gone. */
  public boolean isStarted() {
    return phase != Phase.OPEN;
  }

  /** Whether nothing can be added any more. */
  public boolean isEnded() {
    return phase == Phase.ENDED || phase == Phase.LOST;
  }

  /** Bytes of body so far, for an access log. */
  public long bodyBytes() {
    return written;
  }

  /**
   * Called once when the exchange is over: with null when the answer is queued whole, else with why
   * not. All who ask are called, in their order.
   */
  public void onDone(Consumer<@Nullable Throwable> newDone) {
    if (phase == Phase.ENDED || phase == Phase.LOST) {
      throw new IllegalStateException("the exchange is over");
    }
    Consumer<@Nullable Throwable> before = done;
    done =
        before == null
            ? newDone
            : why -> {
              before.accept(why);
              newDone.accept(why);
            };
  }

  /** Breaks the connection off, so that the peer sees that the answer is not whole. */
  public void abort() {
    if (phase == Phase.OPEN || phase == Phase.STARTED) {
      connection().abort(new IOException("the handler broke the answer off"));
    }
  }

  // ---- for the connection

  /** Whether a body would not be sent, whatever is written. */
  private boolean isBodiless() {
    return request().isHead || Status.isBodiless(status);
  }

  /** Whether the handler or the framing wants the connection closed. */
  boolean closes() {
    return closes;
  }

  /** Answers in the place of a handler that threw. */
  void sendFailure() {
    assert phase == Phase.OPEN;
    clearHead();
    trailers = null;
    status(500).send("500 " + Status.reason(500) + "\n");
  }

  private void ended() {
    phase = Phase.ENDED;
    connection().ended(status);
    tellDone(null);
    connection().settleAfterEnd();
  }

  /** Nothing more will be sent. */
  void lost(Throwable why) {
    if (phase == Phase.OPEN || phase == Phase.STARTED) {
      phase = Phase.LOST;
      tellDone(why);
    }
  }

  /** The server answers by itself. */
  void lost(int answered, Throwable why) {
    status = answered;
    lost(why);
  }

  private void tellDone(@Nullable Throwable why) {
    Consumer<@Nullable Throwable> told = done;
    done = null;
    if (told != null) {
      told.accept(why);
    }
  }

  private void putHead() {
    //> phase 5: status line, date, the handler's fields, framing, Connection, an empty line
    if (request().isConnect && status / 100 == 2 && !upgrades) {
      status = 501; // the handler does not know CONNECT: 2xx would open a tunnel to nowhere
      closes = true;
    }
    phase = Phase.STARTED;
    boolean persists = connection().persists();
    Output output = output();
    byte[] line = Status.line(status);
    byte[] bytes = output.room(line.length + fields.encodedBytes() + ADDED_BYTES_MAX);
    int at = copy(line, bytes, output.size());
    if (!hasDate) {
      at = connection().putDate(bytes, at);
    }
    at = fields.encode(bytes, at);
    at = putFraming(bytes, at);
    at = putConnection(persists, bytes, at);
    bytes[at++] = Octets.CR;
    bytes[at++] = Octets.LF;
    output.filledTo(at);
    //< phase 5
  }

  //> phase 5 only
  private int putFraming(byte[] bytes, int at) {
    if (isChunked && !isBodiless()) {
      return copy(CHUNKED, bytes, at);
    }
    boolean hasNone = status < 200 || status == 204 || request().isConnect && status / 100 == 2;
    if (length == UNKNOWN || hasNone) { //~ noContentHasALength: if (length == UNKNOWN) {
      return at;
    }
    int end = putDecimal(length, bytes, copy(CONTENT_LENGTH, bytes, at));
    bytes[end++] = Octets.CR;
    bytes[end++] = Octets.LF;
    return end;
  }

  private int putConnection(boolean persists, byte[] bytes, int at) {
    if (status == 101) {
      return copy(UPGRADE, bytes, at);
    }
    if (!persists) {
      return copy(CLOSE, bytes, at);
    }
    return request().minorVersion() == 0 ? copy(KEEP_ALIVE, bytes, at) : at;
  }

  static int putDecimal(long n, byte[] bytes, int at) {
    int digits = 1;
    for (long rest = n / 10; rest > 0; rest /= 10) {
      digits++;
    }
    long left = n;
    for (int i = digits - 1; i >= 0; i--) {
      bytes[at + i] = (byte) ('0' + left % 10);
      left /= 10;
    }
    return at + digits;
  }

  private static int copy(byte[] source, byte[] into, int at) {
    System.arraycopy(source, 0, into, at, source.length);
    return at + source.length;
  }

  //< phase 5

  private Output output() {
    return connection().output();
  }

  private ServerConnection connection() {
    if (connection == null) {
      throw new IllegalStateException("the exchange is over");
    }
    return connection;
  }

  private Request request() {
    if (request == null) {
      throw new IllegalStateException("the exchange is over");
    }
    return request;
  }
}
