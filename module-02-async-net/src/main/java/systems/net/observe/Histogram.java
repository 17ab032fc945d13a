package systems.net.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A distribution of times in a fixed array, with a bounded relative error.
 *
 * <pre>
 *   two bits of precision, so four buckets for each doubling:
 *
 *   value    0 1 2 3 4 5 6 7 | 8   10   12   14 | 16    20    24    28 | 32 ...
 *   bucket   0 1 2 3 4 5 6 7 | 8    9   10   11 | 12    13    14    15 | 16 ...
 *   width    1               | 2                | 4                    | 8
 *
 *   27 = binary 11011: its highest bit says which doubling, the two bits behind it (10) which of
 *   the four: bucket 14, with 24 to 27
 * </pre>
 *
 * <p>A bucket is never wider than {@code 2^-precision} of its lowest value, so what a percentile
 * says is too large by that much at most: with the usual 6 bits by 1/64, for a millisecond as for
 * an hour, in 29 KiB. To record is a shift, two adds and two compares. A sorted list of all values
 * would be exact and grow; buckets of equal width would be too coarse for microseconds or too many
 * for seconds; an average hides what one looks for.
 *
 * <p><b>Coordinated omission.</b> A client that sends a request each 10 ms, and waits for the
 * answer before it sends the next, sends none while the server hangs for a second. It records one
 * bad value, where 100 requests would have been slow, and the 99th percentile looks fine. {@link
 * #recordExpected} adds those that were not sent: 990 ms, 980 ms and so on. Better is a client that
 * does not wait, and counts from the time at which it should have sent.
 *
 * <p>Invariants: (1) {@code lowest(bucket(v)) <= v <= highest(bucket(v))}; (2) {@code highest(b) +
 * 1 == lowest(b + 1)}; (3) {@code exact <= percentile <= exact + exact / 2^precision}; (4) the
 * number of values is the sum of the buckets, and kept nowhere else: a reader on another thread
 * sees a moment that lies a little back, but never a total that the buckets contradict.
 *
 * <p>One thread records; any may read meanwhile. The stores are opaque: no value is torn or kept in
 * a register for ever, and no fence is paid for. The idea is that of Gil Tene's HdrHistogram.
 */
public final class Histogram {
  /** An error of 1/64 at most. */
  public static final int PRECISION_BITS = 6;

  private static final int PRECISION_BITS_MAX = 12;
  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle SUM;
  private static final VarHandle MIN;
  private static final VarHandle MAX;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      SUM = lookup.findVarHandle(Histogram.class, "sum", long.class);
      MIN = lookup.findVarHandle(Histogram.class, "min", long.class);
      MAX = lookup.findVarHandle(Histogram.class, "max", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int bits;
  private final long[] counts;
  private long sum;
  private long min = Long.MAX_VALUE;
  private long max;

  public Histogram() {
    this(PRECISION_BITS);
  }

  /**
   * With another precision.
   *
   * @param precisionBits 1 to 12: the error is at most 1 / 2^bits, the array has 2^bits * (64 -
   *     bits) longs
   */
  public Histogram(int precisionBits) {
    if (precisionBits < 1 || precisionBits > PRECISION_BITS_MAX) {
      throw new IllegalArgumentException("a precision of 1 to 12 bits, not " + precisionBits);
    }
    bits = precisionBits;
    counts = new long[(Long.SIZE - bits) << bits];
  }

  /** The bucket of a value that is 0 or more. */
  int bucket(long value) {
    assert value >= 0;
    //> phase 7: the position of the highest bit says the doubling, the bits behind it the place
    if (value < 2L << bits) {
      return (int) value;
    }
    int shift = Long.SIZE - 1 - bits - Long.numberOfLeadingZeros(value);
    int base = shift << bits; //~ wrongDoubling: int base = (shift + 1) << bits;
    return base + (int) (value >>> shift);
    //< phase 7
  }

  /** The lowest value of a bucket. */
  long lowest(int bucket) {
    //> phase 7: the way back
    if (bucket < 2 << bits) {
      return bucket;
    }
    int shift = (bucket >>> bits) - 1;
    return (bucket - ((long) shift << bits)) << shift;
    //< phase 7
  }

  private long highest(int bucket) {
    assert bucket >= 0 && bucket < counts.length;
    return bucket + 1 == counts.length ? Long.MAX_VALUE : lowest(bucket + 1) - 1;
  }

  /** Records a value; a negative one, of a clock that went back, counts as 0. */
  public void record(long value) {
    long counted = Math.max(0, value);
    count(counted, 1);
    extend(counted);
    SUM.setOpaque(this, sum + counted);
  }

  private void count(long value, long times) {
    assert times > 0;
    int bucket = bucket(value);
    COUNTS.setOpaque(counts, bucket, counts[bucket] + times);
  }

  private void extend(long value) {
    assert value >= 0;
    if (value > max) {
      MAX.setOpaque(this, value);
    }
    if (value < min) {
      MIN.setOpaque(this, value);
    }
  }

  /**
   * Records a value, and those that a client which waits for its answer has left out: the value
   * less one interval, less two, and so on, down to one interval. Takes a step for each bucket, not
   * for each value.
   *
   * @param intervalNanos between two requests, as it should have been; in the unit of the value
   */
  public void recordExpected(long value, long intervalNanos) {
    if (intervalNanos < 1) {
      throw new IllegalArgumentException("an interval has to be positive, not " + intervalNanos);
    }
    record(value);
    //> phase 7: how many of the missing values fall into the same bucket as the largest of them?
    long missing = value - intervalNanos; //~ omits: long missing = 0;
    while (missing >= intervalNanos) {
      long least = Math.max(intervalNanos, lowest(bucket(missing)));
      long times = (missing - least) / intervalNanos + 1;
      long last = missing - (times - 1) * intervalNanos;
      count(missing, times);
      extend(last);
      SUM.setOpaque(this, sum + times * last + intervalNanos * (times * (times - 1) / 2));
      missing = last - intervalNanos;
    }
    //< phase 7
  }

  /** How many values there are. */
  public long count() {
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += (long) COUNTS.getOpaque(counts, i);
    }
    return seen;
  }

  /** Of all values; wraps around after 292 years of nanoseconds. */
  public long sum() {
    return (long) SUM.getOpaque(this);
  }

  /** The largest value; 0 if there is none. */
  public long max() {
    return (long) MAX.getOpaque(this);
  }

  /** The smallest value; 0 if there is none. */
  public long min() {
    long least = (long) MIN.getOpaque(this);
    return least == Long.MAX_VALUE ? 0 : least;
  }

  public double mean() {
    long n = count();
    return n == 0 ? 0 : (double) sum() / n;
  }

  /**
   * A value that so many percent of all are not above; too large by {@code 2^-precision} of itself
   * at most, and never above {@link #max}. 0 if there is none.
   *
   * @param percent 0 to 100
   */
  public long percentile(double percent) {
    if (!(percent >= 0 && percent <= 100)) {
      throw new IllegalArgumentException("0 to 100 percent, not " + percent);
    }
    long n = count();
    //> phase 7: how many values must lie at or below the answer?
    long rank = Math.max(1, (long) Math.ceil(n * percent / 100)); //~ oneTooLow: long rank = 1;
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += (long) COUNTS.getOpaque(counts, i);
      if (seen >= rank) {
        return Math.min(max(), highest(i)); //~ tooGood: return Math.min(max(), lowest(i));
      }
    }
    return 0;
    //< phase 7
  }

  /**
   * How many values are at or below a bound; those above it in the bound's own bucket are counted,
   * so that the bound is too large by {@code 2^-precision} at most.
   */
  public long countUpTo(long bound) {
    int last = bucket(Math.max(0, bound));
    long seen = 0;
    for (int i = 0; i <= last; i++) {
      seen += (long) COUNTS.getOpaque(counts, i);
    }
    return seen;
  }

  /** Adds what another one of the same precision has recorded, as far as it is seen. */
  public void add(Histogram other) {
    if (other.bits != bits) {
      throw new IllegalArgumentException(
          "bits of precision differ: " + bits + " and " + other.bits);
    }
    //> phase 7: three things besides the buckets
    for (int i = 0; i < counts.length; i++) {
      long n = (long) COUNTS.getOpaque(other.counts, i);
      COUNTS.setOpaque(counts, i, counts[i] + n);
    }
    SUM.setOpaque(this, sum + other.sum());
    long least = (long) MIN.getOpaque(other);
    MIN.setOpaque(this, Math.min(min, least));
    MAX.setOpaque(this, Math.max(max, other.max())); //~ forgetsTheWorst: MAX.setOpaque(this, max);
    //< phase 7
  }

  /** Forgets all; only on the thread that records. */
  public void clear() {
    for (int i = 0; i < counts.length; i++) {
      COUNTS.setOpaque(counts, i, 0L);
    }
    SUM.setOpaque(this, 0L);
    MIN.setOpaque(this, Long.MAX_VALUE);
    MAX.setOpaque(this, 0L);
  }
}
