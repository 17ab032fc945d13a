package systems.net.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The field Range (RFC 9110 §14.1.2, §14.2): which pieces of a representation are asked for.
 *
 * <pre>
 *   of 100 bytes    bytes=0-9   [0, 10)      bytes=90-   [90, 100)     bytes=-10   [90, 100)
 *                   bytes=95-200  [95, 100)  bytes=100-  none          bytes=5-2   ignored
 * </pre>
 *
 * <p>A few bytes of request can ask for the whole again and again. So at most {@link #COUNT_MAX}
 * pieces are sent, and never more bytes than the whole has: who asks for more gets the whole, once
 * (§14.2 lets a server ignore such a field).
 */
final class Ranges {
  static final int COUNT_MAX = 16;

  /** Digits of a position; with more it lies behind the end of everything. */
  private static final int DIGITS_MAX = 18;

  /**
   * A piece.
   *
   * @param to the first byte that does not belong to it
   */
  record Slice(long from, long to) {
    Slice {
      assert from >= 0 && from < to : from + " to " + to;
    }

    long count() {
      return to - from;
    }

    /** The value of Content-Range. */
    String of(long length) {
      return "bytes " + from + "-" + (to - 1) + "/" + length;
    }
  }

  private Ranges() {}

  /** The pieces, in their order; null to send the whole, empty if none can be satisfied (416). */
  static @Nullable List<Slice> of(String field, long length) {
    //> phase 5: which fault makes the field void, which one only a piece, and what is too much?
    if (!field.toLowerCase(Locale.ROOT).startsWith("bytes=")) {
      return null;
    }
    var slices = new ArrayList<Slice>();
    long sum = 0;
    String[] specs = field.substring(6).split(",", COUNT_MAX + 1);
    if (specs.length > COUNT_MAX) { //~ anyNumberOfPieces: if (specs.length > field.length()) {
      return null;
    }
    for (String spec : specs) {
      String bare = spec.strip();
      if (!isSpec(bare)) {
        return null;
      }
      Slice slice = slice(bare, length);
      if (slice != null) {
        slices.add(slice);
        sum += slice.count();
      }
    }
    return sum > length ? null : slices; //~ sendsMoreThanThereIs: return slices;
    //< phase 5
  }

  //> phase 5 only
  private static boolean isSpec(String spec) {
    int dash = spec.indexOf('-');
    if (dash < 0 || spec.length() == 1 || !isDigits(spec, 0, dash)) {
      return false;
    }
    String last = spec.substring(dash + 1);
    if (!isDigits(last, 0, last.length())) {
      return false;
    }
    return dash == 0 || last.isEmpty() || number(spec.substring(0, dash)) <= number(last);
  }

  private static boolean isDigits(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static long number(String digits) {
    return digits.length() > DIGITS_MAX ? Long.MAX_VALUE - 1 : Long.parseLong(digits);
  }

  /** The piece, or null if the representation has none of its bytes. */
  private static @Nullable Slice slice(String spec, long length) {
    int dash = spec.indexOf('-');
    if (dash == 0) {
      long count = Math.min(length, number(spec.substring(1)));
      long first = length - count; //~ suffixIsAPosition: long first = count;
      return count > 0 ? new Slice(first, length) : null;
    }
    long from = number(spec.substring(0, dash));
    String last = spec.substring(dash + 1);
    long to = length;
    if (!last.isEmpty()) {
      long end = number(last) + 1; //~ lastByteIsLeftOut: long end = number(last);
      to = Math.min(length, end);
    }
    return from < length && from < to ? new Slice(from, to) : null;
  }
  //< phase 5
}
