package systems.net.web;

import java.io.ByteArrayOutputStream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;

/**
 * Bodies that are compressed on their way out, where the peer wants it and it is worth it.
 *
 * <pre>
 *                     wanted, a text, large enough, a compressor free?
 *                        yes |                    | no
 *   write, flush, end        v                    v
 *   ------------------&gt;  deflate, 8 KiB at a time    as it is
 *                            |                    |
 *                            v                    v
 *   Content-Encoding: gzip, chunks           Content-Length if known
 *   Vary: Accept-Encoding                    Vary: Accept-Encoding if a text
 * </pre>
 *
 * <p><b>Stream.</b> The form is RFC 1952: a head of ten bytes, deflated data, then checksum and
 * length. {@link Body#flush} ends a deflate block at a byte's border, so that what was written so
 * far can be read at the other end; it costs some five bytes and the block's statistics.
 *
 * <p><b>Memory.</b> A compressor holds about 256 KiB outside the heap until it is ended; so there
 * are at most {@link Settings#compressorsMax}, beyond them bodies go as they are, and each ends
 * with its exchange, however that ends.
 *
 * <p><b>Validators.</b> The compressed body is another representation: its entity-tag must differ
 * (RFC 9110 §8.8.3.3), and since the same text may be deflated to other bytes by the next version
 * of zlib the tag is a weak one: {@link Body#tag}.
 *
 * <p>A stream that the handler writes to, and no wrapper around handlers: a wrapper has to guess
 * from fields whether a body was compressed already or carries a length, here the handler says it.
 * Whoever sends bytes that are compressed does not come here. Any thread may hold it; a body
 * belongs to its loop.
 */
public final class Gzip {
  /**
   * How hard it tries, and for what.
   *
   * @param level of zlib, 1 to 9
   * @param bytesMin what is shorter is not worth it: the whole answer fits into one packet anyway
   * @param compressorsMax at the same time
   */
  public record Settings(int level, int bytesMin, int compressorsMax) {
    public static final Settings USUAL = new Settings(5, 1024, 64);

    public Settings {
      if (level < 1 || level > 9 || bytesMin < 0 || compressorsMax < 0) {
        throw new IllegalArgumentException("level 1 to 9, numbers not negative");
      }
    }
  }

  /** The length of a body that nobody knows yet. */
  public static final long UNKNOWN_LENGTH = -1;

  private static final int CHUNK_BYTES = 8 << 10;

  /** Magic, deflate, no flags, no time, no hint, system unknown. */
  private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};

  private final Settings settings;
  private final AtomicInteger compressors = new AtomicInteger();

  public Gzip(Settings settings) {
    this.settings = settings;
  }

  /** Compressors that work now. */
  public int compressors() {
    return compressors.get();
  }

  /** Whether a body like this would be compressed for this request. */
  public boolean isWorth(Request request, String mediaType, long length) {
    boolean isLong = length == UNKNOWN_LENGTH || length >= settings.bytesMin;
    return isLong
        && MediaTypes.isCompressible(mediaType)
        && AcceptEncoding.wantsGzip(request.headers());
  }

  /**
   * Begins a body; sets Content-Type, and what belongs to the coding. Other fields may be set until
   * the first byte is written.
   *
   * @param length of the body as it is, or {@link #UNKNOWN_LENGTH}
   */
  public Body body(Request request, Response response, String mediaType, long length) {
    //> phase 5: which fields belong to the coding, and which are sent even without it?
    response.header("Content-Type", mediaType);
    if (MediaTypes.isCompressible(mediaType)) { //~ cachesBelieveIt: if (mediaType.isEmpty()) {
      response.addHeader("Vary", "Accept-Encoding");
    }
    Body packed = isWorth(request, mediaType, length) ? packed(request, response) : null;
    if (packed != null) {
      return packed;
    }
    if (length != UNKNOWN_LENGTH) {
      response.length(length);
    }
    return plain(response);
    //< phase 5
  }

  /** A compressed body, whose other fields the caller sets; null if all compressors work. */
  @Nullable Body packed(Request request, Response response) {
    boolean isHead = request.method().equals(Method.HEAD);
    if (!isHead && !takeCompressor()) {
      return null;
    }
    response.header("Content-Encoding", "gzip");
    var body =
        new Body(response, true, isHead ? null : new Stream(settings.level, response::write));
    response.onDone(body::over);
    return body;
  }

  /** A body as it is, whose fields the caller sets. */
  static Body plain(Response response) {
    return new Body(response, false, null);
  }

  /** Sends a whole body, compressed if that makes it shorter. */
  public void send(Request request, Response response, String mediaType, byte[] body) {
    byte[] packed = isWorth(request, mediaType, body.length) ? pack(body) : null;
    boolean isShorter = packed != null && packed.length < body.length;
    response.header("Content-Type", mediaType);
    if (MediaTypes.isCompressible(mediaType)) {
      response.addHeader("Vary", "Accept-Encoding");
    }
    if (isShorter) {
      response.header("Content-Encoding", "gzip");
    }
    response.send(isShorter ? Objects.requireNonNull(packed) : body);
  }

  private byte @Nullable [] pack(byte[] body) {
    if (!takeCompressor()) {
      return null;
    }
    var packed = new ByteArrayOutputStream(body.length / 2 + HEAD.length);
    try (var stream = new Stream(settings.level, packed::write)) {
      stream.write(body, 0, body.length);
      stream.end();
    }
    return packed.toByteArray();
  }

  private boolean takeCompressor() {
    if (compressors.incrementAndGet() <= settings.compressorsMax) {
      return true;
    }
    compressors.decrementAndGet();
    return false;
  }

  /** Where compressed bytes go. */
  @FunctionalInterface
  private interface Sink {
    void write(byte[] bytes, int from, int to);
  }

  /** The compressor of one body. */
  private final class Stream implements AutoCloseable {
    private final Deflater deflater;
    private final CRC32 checksum = new CRC32();
    private final byte[] out = new byte[CHUNK_BYTES];
    private final Sink sink;
    private boolean begun;
    private boolean closed;

    Stream(int level, Sink sink) {
      this.deflater = new Deflater(level, true);
      this.sink = sink;
    }

    void write(byte[] bytes, int from, int to) {
      begin();
      checksum.update(bytes, from, to - from);
      deflater.setInput(bytes, from, to - from);
      //> phase 5: the compressor gives less than fits once it has no more input; until then?
      while (hasInput()) { //~ packsTheFirstBlockOnly: if (hasInput()) {
        drain(Deflater.NO_FLUSH);
      }
      //< phase 5
    }

    private void begin() {
      assert !closed : "the exchange is over";
      if (!begun) {
        begun = true;
        sink.write(HEAD, 0, HEAD.length);
      }
    }

    private boolean hasInput() {
      return !closed && !deflater.needsInput();
    }

    /** Hands on one buffer; returns whether it was full. */
    private boolean drain(int flush) {
      int count = deflater.deflate(out, 0, out.length, flush);
      sink.write(out, 0, count);
      return count == out.length;
    }

    void flush() {
      begin();
      //> phase 5: which flush makes all bytes so far readable and does not end the stream?
      int flush = Deflater.SYNC_FLUSH; //~ keepsWhatWasFlushed: int flush = Deflater.NO_FLUSH;
      boolean goesOn = true;
      while (goesOn && !closed) {
        goesOn = drain(flush);
      }
      //< phase 5
    }

    void end() {
      begin();
      deflater.finish();
      while (!closed && !deflater.finished()) {
        drain(Deflater.NO_FLUSH);
      }
      if (closed) {
        return; // a write found out that the peer has gone
      }
      var trailer = new byte[8];
      putLittleEndian((int) checksum.getValue(), trailer, 0);
      putLittleEndian((int) deflater.getBytesRead(), trailer, 4); // modulo 2^32, says RFC 1952
      sink.write(trailer, 0, trailer.length);
    }

    private static void putLittleEndian(int value, byte[] into, int at) {
      for (int i = 0; i < 4; i++) {
        into[at + i] = (byte) (value >>> 8 * i);
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        deflater.end();
        compressors.decrementAndGet(); //~ phase 5 keepsTheCompressor: compressors.get();
        assert compressors.get() >= 0 : "more ended than begun";
      }
    }
  }

  /** A body on its way, compressed or not; the writer need not know. Only on the loop. */
  public static final class Body {
    private final Response response;
    private final boolean compressed;
    private @Nullable Stream stream;

    private Body(Response response, boolean compressed, @Nullable Stream stream) {
      this.response = response;
      this.compressed = compressed;
      this.stream = stream;
    }

    public boolean isCompressed() {
      return compressed;
    }

    /** The entity-tag of this representation, given the one of the body as it is. */
    public String tag(String plain) {
      return compressed ? packedTag(plain) : plain;
    }

    public void write(byte[] bytes, int from, int to) {
      Objects.checkFromToIndex(from, to, bytes.length);
      if (stream == null) {
        response.write(bytes, from, to);
      } else if (from < to) {
        stream.write(bytes, from, to);
      }
    }

    /** Makes all that was written so far readable for the peer. */
    public void flush() {
      if (stream != null) {
        stream.flush();
      }
      response.flush();
    }

    public void end() {
      if (stream != null) {
        stream.end();
      } else {
        response.write(HEAD, 0, 0); // the length that GET would have is not known to be 0
      }
      response.end();
    }

    public boolean isWritable() {
      return response.isWritable();
    }

    public void onWritable(Runnable goOn) {
      response.onWritable(goOn);
    }

    public void abort() {
      response.abort();
    }

    private void over(@Nullable Throwable why) {
      if (stream != null) {
        stream.close();
        stream = null;
      }
    }
  }

  /** The tag of what is compressed here: another one, and weak. */
  static String packedTag(String plain) {
    //> phase 5: same text, other bytes; and are they the same bytes each time?
    String opaque = plain.startsWith("W/") ? plain.substring(2) : plain;
    assert opaque.length() >= 2 && opaque.endsWith("\"") : plain;
    String packed = opaque.substring(0, opaque.length() - 1) + "-gzip\"";
    return "W/" + packed; //~ sameTagForOtherBytes: return "W/" + opaque;
    //< phase 5
  }
}
