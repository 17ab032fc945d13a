package systems.net.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Feeds parser and decoder as a connection does, in pieces, and writes down what they make of it:
 * {@code method target ... body [trailers]} for each request, then a status or {@code more}.
 */
final class Parsing {
  /** Behind each request of the story: no byte that a test sends. */
  static final char END = '\u0001';

  private final Limits limits;
  private final RequestParser parser;
  private final BodyDecoder decoder;
  private final Request request = new Request();
  private final StringBuilder story = new StringBuilder();
  private byte[] held = new byte[0];
  private boolean inBody;
  private boolean refused;

  Parsing(Limits limits) {
    this.limits = limits;
    this.parser = new RequestParser(limits);
    this.decoder = new BodyDecoder(limits);
  }

  /** What is made of these bytes, when they come in pieces that end at these places. */
  static String of(byte[] bytes, int... cuts) {
    var parsing = new Parsing(Server.LIMITS);
    int from = 0;
    for (int cut : cuts) {
      parsing.feed(Arrays.copyOfRange(bytes, from, cut));
      from = cut;
    }
    parsing.feed(Arrays.copyOfRange(bytes, from, bytes.length));
    return parsing.story();
  }

  static String of(String text) {
    return of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static String byteByByte(byte[] bytes) {
    int[] cuts = new int[bytes.length];
    Arrays.setAll(cuts, i -> i);
    return of(bytes, cuts);
  }

  /** The request that was read last. */
  Request request() {
    return request;
  }

  String story() {
    boolean goesOn = !refused && (inBody || parser.isBegun());
    return goesOn ? story + "more" : story.toString();
  }

  void feed(byte[] piece) {
    byte[] bytes = Arrays.copyOf(held, held.length + piece.length);
    System.arraycopy(piece, 0, bytes, held.length, piece.length);
    int at = 0;
    int before = -1;
    while (!refused && before < at) {
      before = at;
      at = step(bytes, at, bytes.length);
    }
    held = refused ? new byte[0] : Arrays.copyOfRange(bytes, at, bytes.length);
    int most = limits.requestLineBytes() + limits.headerBytes() + 4;
    if (held.length > most) {
      throw new AssertionError("it waits for a head of more than " + most + " bytes");
    }
  }

  private int step(byte[] bytes, int from, int to) {
    try {
      return inBody ? body(bytes, from, to) : head(bytes, from, to);
    } catch (BadMessage bad) {
      refused = true;
      story.append(bad.status());
      return from;
    }
  }

  private int head(byte[] bytes, int from, int to) throws BadMessage {
    int end = parser.parse(bytes, from, to, request);
    if (end < 0) {
      return from;
    }
    story.append(request.method()).append(' ').append(request.target());
    story.append(' ').append(request.authority()).append(' ').append(request.path());
    story.append(' ').append(request.query()).append(' ').append(request.minorVersion());
    request
        .headers()
        .forEach((name, value) ->
            story.append(" <").append(name).append(": ").append(value).append('>'));
    story.append(" (");
    if (request.contentLength() < 0) {
      decoder.chunked();
    } else {
      decoder.length(request.contentLength());
    }
    inBody = true;
    endBodyIfDone();
    return end;
  }

  private int body(byte[] bytes, int from, int to) throws BadMessage {
    int at = decoder.decode(bytes, from, to);
    story.append(Octets.text(bytes, decoder.dataFrom(), decoder.dataTo()));
    endBodyIfDone();
    return at;
  }

  private void endBodyIfDone() {
    if (decoder.isDone()) {
      inBody = false;
      story.append(')');
      decoder
          .trailers()
          .forEach((name, value) ->
              story.append(" <").append(name).append(": ").append(value).append('>'));
      story.append(END);
    }
  }
}
