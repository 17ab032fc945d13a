package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

@Tag("phase-7")
final class TokenBucketProperties {
  private static final long SECOND = 1_000_000_000L;

  /**
   * The slow model: whole numbers without end, one level of billionths of a token, and nothing
   * clever.
   */
  @Property(tries = 300)
  void itDecidesAsWholeNumbersWithoutEndDo(
      @ForAll @LongRange(min = 1, max = SECOND) long perSecond,
      @ForAll @IntRange(min = 1, max = 20) int burst,
      @ForAll("gaps") List<Long> gaps) {
    var bucket = new TokenBucket(perSecond, burst, 0);
    BigInteger one = BigInteger.valueOf(SECOND);
    BigInteger brim = one.multiply(BigInteger.valueOf(burst));
    BigInteger level = brim;
    long now = 0;
    for (long gap : gaps) {
      now += gap;
      level = level.add(BigInteger.valueOf(gap).multiply(BigInteger.valueOf(perSecond))).min(brim);
      boolean passes = level.compareTo(one) >= 0;
      assertThat(bucket.tryTake(now)).as("%d a second, at %d ns", perSecond, now).isEqualTo(passes);
      level = passes ? level.subtract(one) : level;
    }
  }

  /** Who asks exactly when he may gets the whole rate, and no request more. */
  @Property(tries = 200)
  void nothingIsLostToRounding(
      @ForAll @LongRange(min = 1, max = SECOND) long perSecond,
      @ForAll @IntRange(min = 1, max = 500) int requests) {
    var bucket = new TokenBucket(perSecond, 2, 0);
    assertThat(bucket.tryTake(0) && bucket.tryTake(0)).isTrue();
    long now = 0;
    for (int i = 0; i < requests; i++) {
      long wait = bucket.waitNanos(now);
      assertThat(wait > 0 && bucket.tryTake(now + wait - 1)).as("a nanosecond too early").isFalse();
      now += wait;
      assertThat(bucket.tryTake(now)).as("request %d at %d ns", i, now).isTrue();
    }
    BigInteger exact = BigInteger.valueOf(requests).multiply(BigInteger.valueOf(SECOND));
    long ceiling =
        exact
            .add(BigInteger.valueOf(perSecond - 1))
            .divide(BigInteger.valueOf(perSecond))
            .longValueExact();
    assertThat(now).as("%d requests, %d a second", requests, perSecond).isEqualTo(ceiling);
  }

  @Property(tries = 50)
  void anIdleTimeIsNotSavedUp(
      @ForAll @LongRange(min = 1, max = SECOND) long perSecond,
      @ForAll @IntRange(min = 1, max = 50) int burst,
      @ForAll @LongRange(min = 0, max = Long.MAX_VALUE / 2) long idle) {
    var bucket = new TokenBucket(perSecond, burst, -5);
    int passed = 0;
    for (int i = 0; i < 60; i++) {
      passed += bucket.tryTake(idle) ? 1 : 0;
    }
    assertThat(passed).as("at once, after %d ns", idle).isEqualTo(burst);
  }

  @Provide
  Arbitrary<List<Long>> gaps() {
    Arbitrary<Long> tiny = Arbitraries.longs().between(0, 10);
    Arbitrary<Long> usual = Arbitraries.longs().between(0, SECOND / 50);
    Arbitrary<Long> long1 = Arbitraries.longs().between(0, 100_000 * SECOND);
    return Arbitraries.oneOf(tiny, usual, long1).list().ofMaxSize(100);
  }
}
