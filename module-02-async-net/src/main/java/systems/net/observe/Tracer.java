package systems.net.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans and keeps those that have ended until somebody fetches them.
 *
 * <p><b>Sampling.</b> Who begins a trace decides once whether it is recorded, and the flag in the
 * header tells all others; a trace of which every hop decides for itself is full of holes. The
 * decision is a comparison of the last 56 bits of the trace's id with the share: so another system
 * with the same id and a larger share records this trace too (W3C Trace Context level 2 keeps these
 * bits random for it).
 *
 * <pre>
 *   last 56 bits of the id    0 ............................ 2^56
 *   share 0.25                                    | sampled |
 *   share 0.50                          |      sampled      |
 * </pre>
 *
 * <p><b>The buffer</b> is bounded: a collector that is down must not cost the proxy its memory.
 * What does not fit is counted.
 *
 * <p>Spans are made and ended on one loop; {@link #fetch} and {@link #dropped} may come from any
 * thread, which is the one lock here. It is taken for sampled spans only.
 */
public final class Tracer {
  private static final int RANDOM_BITS = 56;

  private final RandomGenerator random;
  private final LongSupplier epochNanos;
  private final long threshold;
  private final int bufferMax;
  private List<Span> ended = new ArrayList<>();
  private long dropped;

  /**
   * With ids from this generator.
   *
   * @param random makes ids; a {@code SecureRandom} where strangers see them and must not guess
   * @param epochNanos tells the time since 1970
   * @param sampledShare of the traces that begin here, 0 to 1
   * @param bufferMax spans that wait to be fetched
   */
  public Tracer(
      RandomGenerator random, LongSupplier epochNanos, double sampledShare, int bufferMax) {
    if (!(sampledShare >= 0 && sampledShare <= 1)) {
      throw new IllegalArgumentException("a share of traces from 0 to 1, not " + sampledShare);
    }
    if (bufferMax < 1) {
      throw new IllegalArgumentException("room for at least one span, not " + bufferMax);
    }
    this.random = random;
    this.epochNanos = epochNanos;
    this.bufferMax = bufferMax;
    threshold = Math.round((1 - sampledShare) * (1L << RANDOM_BITS));
  }

  /** With ids from a seed. */
  public Tracer(long seed, LongSupplier epochNanos, double sampledShare, int bufferMax) {
    this(new SplittableRandom(seed), epochNanos, sampledShare, bufferMax);
  }

  long now() {
    return epochNanos.getAsLong();
  }

  /** A span for a request that came with these headers, or without. */
  public Span start(
      @Nullable String traceparent, @Nullable String tracestate, String name, Span.Kind kind) {
    TraceContext before = TraceContext.parse(traceparent, tracestate);
    if (before == null) {
      return new Span(this, fresh(), 0, name, kind);
    }
    return new Span(this, before.child(random), before.span(), name, kind);
  }

  private TraceContext fresh() {
    long low = TraceContext.nonZero(random);
    return TraceContext.fresh(random, low, isSampled(low));
  }

  /** Whether a trace that begins here is recorded. */
  boolean isSampled(long traceLow) {
    //> phase 7: two systems with the same share should choose the same traces
    long bits = traceLow & (1L << RANDOM_BITS) - 1; //~ tossesACoin: long bits = now() % 2 << 55;
    return bits >= threshold;
    //< phase 7
  }

  Span child(Span parent, String name, Span.Kind kind) {
    //> phase 7: whose id is the parent's?
    TraceContext above = parent.context();
    long id = above.span(); //~ childOfItsGrandparent: long id = parent.parent();
    return new Span(this, above.child(random), id, name, kind);
    //< phase 7
  }

  void ended(Span span) {
    assert span.context().sampled();
    //> phase 7: nobody fetches: what happens to the next span?
    synchronized (this) {
      if (ended.size() < bufferMax) { //~ keepsAll: if (ended.size() < Integer.MAX_VALUE) {
        ended.add(span);
      } else {
        dropped++;
      }
    }
    //< phase 7
  }

  /** Those that have ended since the last call. */
  public synchronized List<Span> fetch() {
    List<Span> now = ended;
    assert now.size() <= bufferMax;
    ended = new ArrayList<>();
    return now;
  }

  /** Spans that did not fit. */
  public synchronized long dropped() {
    return dropped;
  }
}
