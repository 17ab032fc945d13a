package systems.net.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The field names that a server cares about, found without comparing with each.
 *
 * <pre>
 *   "Content-Length"   length 14, first c, middle -, last h
 *          |                       |
 *          |     key = length, three letters without case, 8 bits each
 *          |                       |  * multiplier, the upper 8 bits
 *          v                       v
 *        compare  &lt;---------  slot 0..255: one name at most
 * </pre>
 *
 * <p>The multiplier is searched when the class is loaded, until all names fall into slots of their
 * own: a perfect hash that nobody has to keep up to date by hand. With five slots for each name the
 * eighth multiplier does it; with half as many slots it was the 5207th. A name that is looked up
 * costs one multiplication and one comparison, known or not.
 *
 * <p>Ids are numbers and no enum: they lie beside the offsets in the index of {@link Headers}.
 */
final class FieldName {
  static final int UNKNOWN = 0;
  static final int HOST = 1;
  static final int CONTENT_LENGTH = 2;
  static final int TRANSFER_ENCODING = 3;
  static final int CONNECTION = 4;
  static final int EXPECT = 5;
  static final int UPGRADE = 6;
  static final int DATE = 7;
  static final int CONTENT_TYPE = 8;
  static final int TRAILER = 9;
  static final int TE = 10;
  static final int KEEP_ALIVE = 11;

  /** Fields from here on are known for their speed, or for what trailers must not say. */
  private static final String[] NAMES = {
    "",
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Expect",
    "Upgrade",
    "Date",
    "Content-Type",
    "Trailer",
    "TE",
    "Keep-Alive",
    "Content-Encoding",
    "Content-Range",
    "Authorization",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "WWW-Authenticate",
    "Set-Cookie",
    "Cookie",
    "Cache-Control",
    "Max-Forwards",
    "Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
    "Age",
    "Expires",
    "Location",
    "Retry-After",
    "Vary",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "User-Agent",
    "Referer",
    "ETag",
    "Last-Modified",
    "Server",
    "X-Forwarded-For",
    "Via",
    "Traceparent",
    "Tracestate",
  };

  /** Ids up to this one speak about framing, routing, access or caching (RFC 9110 §6.5.1). */
  private static final int LAST_FORBIDDEN_IN_TRAILERS = 33;

  private static final int SLOT_BITS = 8;
  private static final byte[][] LOWER = new byte[NAMES.length][];
  private static final byte[] SLOTS = new byte[1 << SLOT_BITS];
  private static final int MULTIPLIER;

  static {
    for (int id = 0; id < NAMES.length; id++) {
      LOWER[id] = NAMES[id].getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < LOWER[id].length; i++) {
        LOWER[id][i] = (byte) Octets.lower(LOWER[id][i]);
      }
    }
    int multiplier = 0x9E3779B1;
    while (!separates(multiplier)) {
      multiplier += 0xC3910C8E; // an odd number plus an even one stays odd
    }
    MULTIPLIER = multiplier;
  }

  private FieldName() {}

  private static boolean separates(int multiplier) {
    Arrays.fill(SLOTS, (byte) UNKNOWN);
    for (int id = 1; id < LOWER.length; id++) {
      int slot = key(LOWER[id], 0, LOWER[id].length) * multiplier >>> Integer.SIZE - SLOT_BITS;
      if (SLOTS[slot] != UNKNOWN) {
        return false;
      }
      SLOTS[slot] = (byte) id;
    }
    return true;
  }

  private static int key(byte[] bytes, int from, int to) {
    int first = bytes[from] | 0x20;
    int middle = bytes[(from + to) >>> 1] | 0x20;
    int last = bytes[to - 1] | 0x20;
    return (first << 24) ^ (middle << 16) ^ (last << 8) ^ (to - from);
  }

  private static int key(String name) {
    int length = name.length();
    int first = (byte) name.charAt(0) | 0x20;
    int middle = (byte) name.charAt(length >>> 1) | 0x20;
    int last = (byte) name.charAt(length - 1) | 0x20;
    return (first << 24) ^ (middle << 16) ^ (last << 8) ^ length;
  }

  /** The id of the name in these bytes, {@link #UNKNOWN} if it has none. */
  static int of(byte[] bytes, int from, int to) {
    assert from < to : "an empty name";
    int id = SLOTS[key(bytes, from, to) * MULTIPLIER >>> Integer.SIZE - SLOT_BITS];
    return Octets.equalsLower(bytes, from, to, LOWER[id]) ? id : UNKNOWN;
  }

  static int of(String name) {
    if (name.isEmpty()) {
      return UNKNOWN;
    }
    int id = SLOTS[key(name) * MULTIPLIER >>> Integer.SIZE - SLOT_BITS];
    if (id != UNKNOWN && NAMES[id].equals(name)) { // the usual spelling, mostly the same constant
      return id;
    }
    byte[] lower = LOWER[id];
    return Octets.equalsIgnoringCase(lower, 0, lower.length, name) ? id : UNKNOWN;
  }

  /** The usual spelling. */
  static String text(int id) {
    assert id > UNKNOWN && id < NAMES.length : id;
    return NAMES[id];
  }

  static int count() {
    return NAMES.length - 1;
  }

  /**
   * Whether a trailer of this name would have had to be known before the body: it must not be taken
   * for a header field.
   */
  static boolean isForbiddenInTrailers(int id) {
    return id != UNKNOWN && id <= LAST_FORBIDDEN_IN_TRAILERS;
  }
}
