package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Against the slow model: all values, sorted. */
@Tag("phase-7")
final class HistogramProperties {
  private static Histogram of(int bits, long... values) {
    var histogram = new Histogram(bits);
    for (long value : values) {
      histogram.record(value);
    }
    return histogram;
  }

  @Property(tries = 300)
  void percentilesAreNearThoseOfASortedList(
      @ForAll("times") long[] values,
      @ForAll @DoubleRange(min = 0, max = 100) double percent,
      @ForAll @IntRange(min = 1, max = 9) int bits) {
    Histogram histogram = of(bits, values);
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.max(1, Math.ceil(sorted.length * percent / 100));
    long exact = sorted[rank - 1];
    assertThat(histogram.percentile(percent))
        .as("percentile %s of %d values with %d bits", percent, sorted.length, bits)
        .isBetween(exact, exact + (exact >> bits));
    assertThat(histogram.percentile(100)).as("the largest").isEqualTo(sorted[sorted.length - 1]);
  }

  @Property(tries = 300)
  void numberSumAndExtremesAreExact(@ForAll("times") long[] values) {
    Histogram histogram = of(Histogram.PRECISION_BITS, values);
    assertThat(histogram.count()).isEqualTo(values.length);
    assertThat(histogram.sum()).isEqualTo(LongStream.of(values).sum());
    assertThat(histogram.min()).isEqualTo(LongStream.of(values).min().orElseThrow());
    assertThat(histogram.max()).isEqualTo(LongStream.of(values).max().orElseThrow());
  }

  @Property(tries = 300)
  void aValueLiesInItsBucket(
      @ForAll @LongRange(min = 0) long value, @ForAll @IntRange(min = 1, max = 12) int bits) {
    var histogram = new Histogram(bits);
    for (long near : new long[] {value, Math.max(0, value - 1), value & -value, Long.MAX_VALUE}) {
      int bucket = histogram.bucket(near);
      assertThat(histogram.lowest(bucket)).as("lowest of bucket %d", bucket).isBetween(0L, near);
      boolean isLast = histogram.bucket(Long.MAX_VALUE) == bucket;
      assertThat(isLast || histogram.lowest(bucket + 1) > near)
          .as("%d lies below bucket %d", near, bucket + 1)
          .isTrue();
    }
  }

  @Property(tries = 100)
  void bucketsFollowEachOther(@ForAll @IntRange(min = 1, max = 8) int bits) {
    var histogram = new Histogram(bits);
    int last = histogram.bucket(Long.MAX_VALUE);
    for (int bucket = 0; bucket <= last; bucket++) {
      assertThat(histogram.bucket(histogram.lowest(bucket))).isEqualTo(bucket);
    }
  }

  @Property(tries = 100)
  void twoHistogramsAddUp(@ForAll("times") long[] a, @ForAll("times") long[] b) {
    Histogram one = of(6, a);
    one.add(of(6, b));
    Histogram both = of(6, LongStream.concat(LongStream.of(a), LongStream.of(b)).toArray());
    assertThat(one.count()).isEqualTo(both.count());
    assertThat(one.sum()).isEqualTo(both.sum());
    assertThat(one.percentile(50)).isEqualTo(both.percentile(50));
    assertThat(one.min()).isEqualTo(both.min());
    assertThat(one.max()).as("the largest of both").isEqualTo(both.max());
  }

  /** The slow model records one missing value after the other. */
  @Property(tries = 300)
  void whatAClosedLoopHasLeftOutIsFilledIn(
      @ForAll @LongRange(min = 0, max = 200_000) long value,
      @ForAll @LongRange(min = 1, max = 5000) long interval) {
    var fast = new Histogram();
    fast.recordExpected(value, interval);
    var slow = new Histogram();
    slow.record(value);
    for (long missing = value - interval; missing >= interval; missing -= interval) {
      slow.record(missing);
    }
    assertThat(fast.count()).as("values of %d each %d", value, interval).isEqualTo(slow.count());
    assertThat(fast.sum()).isEqualTo(slow.sum());
    assertThat(fast.min()).isEqualTo(slow.min());
    assertThat(fast.max()).isEqualTo(slow.max());
    for (int percent = 0; percent <= 100; percent += 5) {
      assertThat(fast.percentile(percent)).as("%d %%", percent).isEqualTo(slow.percentile(percent));
    }
  }

  @Property(tries = 40)
  void countsUpToABoundAreOffByItsBucketAtMost(
      @ForAll("times") long[] values, @ForAll @LongRange(min = 0, max = 1L << 51) long bound) {
    long seen = of(6, values).countUpTo(bound);
    long least = LongStream.of(values).filter(value -> value <= bound).count();
    long most = LongStream.of(values).filter(value -> value <= bound + (bound >> 6)).count();
    assertThat(seen).as("values up to %d", bound).isBetween(least, most);
  }

  @Provide
  Arbitrary<long[]> times() {
    Arbitrary<Long> small = Arbitraries.longs().between(0, 200);
    Arbitrary<Long> large = Arbitraries.longs().between(0, 1L << 50);
    return Arbitraries.oneOf(small, large).array(long[].class).ofMinSize(1).ofMaxSize(300);
  }
}
