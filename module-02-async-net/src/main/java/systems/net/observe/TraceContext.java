package systems.net.observe;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Where a request belongs: W3C Trace Context, levels 1 and 2.
 *
 * <pre>
 *   traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *                |  |                                |                |
 *                |  trace, 16 bytes: the same at     parent, 8 bytes: flags: 1 sampled
 *                |  every hop                        the span of the         2 the trace's id
 *                version                             one who asks              is random
 *   tracestate:  rojo=00f067aa0ba902b7,congo=t61rcWkgMzE
 * </pre>
 *
 * <p>It is all that travels: names, times and outcomes go from each hop to a collector, which puts
 * them together by these ids. A hop that forgets to pass them on cuts the trace in two; one that
 * passes them on without an id of its own makes its work and its caller's look like one.
 *
 * <p>The header is a stranger's text. What does not parse is ignored and a new trace begins:
 * nobody's request fails because of a header for observers. Strict are: the lengths, lower-case
 * digits, version ff and ids of zeros (which are invalid), and more behind a version 00. A later
 * version is read as far as this one goes, and passed on as this one (section 3.2.4).
 *
 * <p>Invariants: (1) neither id is 0; (2) of the flags only the two that are known are kept; (3)
 * {@code parse(c.header(), c.state())} is c.
 *
 * @param traceHigh the first eight bytes of the trace's id
 * @param traceLow the last eight; not both are 0
 * @param span the id of the span that is current; not 0
 * @param flags 1: somebody records this trace; 2: its id is random
 * @param state the tracestate header, or null
 */
public record TraceContext(
    long traceHigh, long traceLow, long span, int flags, @Nullable String state) {
  private static final int LENGTH = 55;
  private static final int SAMPLED = 1;
  private static final int RANDOM = 2;

  public TraceContext {
    assert (traceHigh | traceLow) != 0 && span != 0 : "ids of zeros are invalid";
    assert (flags & ~(SAMPLED | RANDOM)) == 0;
  }

  /** A new trace, with ids from a seeded generator or a secure one. */
  public static TraceContext fresh(RandomGenerator random, boolean sampled) {
    long low = nonZero(random);
    return fresh(random, low, sampled);
  }

  static TraceContext fresh(RandomGenerator random, long traceLow, boolean sampled) {
    int flags = RANDOM | (sampled ? SAMPLED : 0);
    return new TraceContext(random.nextLong(), traceLow, nonZero(random), flags, null);
  }

  static long nonZero(RandomGenerator random) {
    for (; ; ) {
      long id = random.nextLong();
      if (id != 0) {
        return id;
      }
    }
  }

  /** Whether somebody records this trace. */
  public boolean sampled() {
    return (flags & SAMPLED) != 0;
  }

  /** The same trace, one span deeper. */
  public TraceContext child(RandomGenerator random) {
    //> phase 7: what stays, and what is new?
    long own = nonZero(random); //~ spansShareAnId: long own = span;
    long low = traceLow; //~ startsANewTrace: long low = nonZero(random);
    return new TraceContext(traceHigh, low, own, flags, state);
    //< phase 7
  }

  /** What two headers say, or null if there is no valid traceparent. */
  public static @Nullable TraceContext parse(@Nullable String parent, @Nullable String state) {
    //> phase 7: lengths, dashes, lower-case digits; a version of ff and ids of zeros are invalid
    if (parent == null || parent.length() < LENGTH || !isWellFormed(parent)) {
      return null;
    }
    int version = (int) hex(parent, 0, 2);
    boolean isLonger = parent.length() > LENGTH;
    if (version == 0xff || version == 0 && isLonger) { //~ versionsAreEqual: if (version == 0xff) {
      return null;
    }
    if (isLonger && parent.charAt(LENGTH) != '-') {
      return null;
    }
    long high = hex(parent, 3, 19);
    long low = hex(parent, 19, 35);
    long span = hex(parent, 36, 52);
    if ((high | low) == 0 || span == 0) { //~ takesZeros: if (parent.isEmpty()) {
      return null;
    }
    int flags = (int) hex(parent, 53, 55) & (SAMPLED | RANDOM);
    return new TraceContext(high, low, span, flags, checked(state));
    //< phase 7
  }

  //> phase 7 only
  private static boolean isWellFormed(String parent) {
    return isHex(parent, 0, 2)
        && parent.charAt(2) == '-'
        && isHex(parent, 3, 35)
        && parent.charAt(35) == '-'
        && isHex(parent, 36, 52)
        && parent.charAt(52) == '-'
        && isHex(parent, 53, 55);
  }

  private static boolean isHex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) { // Character.digit takes F as well
        return false;
      }
    }
    return true;
  }

  private static long hex(String text, int from, int to) {
    return Long.parseUnsignedLong(text, from, to, 16);
  }

  /** As it came, if it is valid and not too long. */
  private static @Nullable String checked(@Nullable String state) {
    TraceState parsed = state == null ? null : TraceState.parse(state);
    if (parsed == null || parsed.members().isEmpty()) {
      return null;
    }
    if (state != null && state.length() <= TraceState.LENGTH_MAX) {
      return state;
    }
    String shortened = parsed.header();
    return shortened.isEmpty() ? null : shortened;
  }

  //< phase 7

  /** The same with another state. */
  public TraceContext with(TraceState next) {
    String header = next.header();
    return new TraceContext(traceHigh, traceLow, span, flags, header.isEmpty() ? null : header);
  }

  /** The header {@code traceparent}. */
  public String header() {
    String header = "00-" + traceId() + "-" + spanId() + "-0" + flags;
    assert header.length() == LENGTH;
    return header;
  }

  public String traceId() {
    return hex(traceHigh) + hex(traceLow);
  }

  public String spanId() {
    return hex(span);
  }

  /** Sixteen digits. */
  static String hex(long id) {
    String digits = Long.toHexString(id);
    assert digits.length() <= 16;
    return "0".repeat(16 - digits.length()) + digits;
  }
}
