package systems.kvstore.tool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The expected texts were printed by RocksDB 7.8 for the same values. */
@Tag("given")
class HistogramTest {
  private static Histogram of(long... values) {
    var histogram = new Histogram();
    for (long value : values) {
      histogram.add(value);
    }
    return histogram;
  }

  @Test
  void twoValuesReadAsInRocksDb() {
    assertThat(of(1, 2))
        .hasToString(
            """
            Count: 2 Average: 1.5000  StdDev: 0.50
            Min: 1  Median: 1.0000  Max: 2
            Percentiles: P50: 1.00 P75: 1.50 P99: 1.98 P99.9: 2.00 P99.99: 2.00
            ------------------------------------------------------
            [       0,       1 ]        1  50.000%  50.000% ##########
            (       1,       2 ]        1  50.000% 100.000% ##########
            """);
  }

  @Test
  void bucketsGrowByHalfAndHaveTwoDigits() {
    var sizes =
        of(
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100, 110, 119, 130, 170, 250, 251,
            1000, 5000);
    assertThat(sizes)
        .hasToString(
            """
            Count: 25 Average: 292.4800  StdDev: 981.30
            Min: 0  Median: 13.7500  Max: 5000
            Percentiles: P50: 13.75 P75: 125.00 P99: 5000.00 P99.9: 5000.00 P99.99: 5000.00
            ------------------------------------------------------
            [       0,       1 ]        2   8.000%   8.000% ##
            (       1,       2 ]        1   4.000%  12.000% #
            (       2,       3 ]        1   4.000%  16.000% #
            (       3,       4 ]        1   4.000%  20.000% #
            (       4,       6 ]        2   8.000%  28.000% ##
            (       6,      10 ]        4  16.000%  44.000% ###
            (      10,      15 ]        2   8.000%  52.000% ##
            (      15,      22 ]        1   4.000%  56.000% #
            (      22,      34 ]        1   4.000%  60.000% #
            (      34,      51 ]        1   4.000%  64.000% #
            (      76,     110 ]        2   8.000%  72.000% ##
            (     110,     170 ]        3  12.000%  84.000% ##
            (     170,     250 ]        1   4.000%  88.000% #
            (     250,     380 ]        1   4.000%  92.000% #
            (     870,    1300 ]        1   4.000%  96.000% #
            (    4400,    6600 ]        1   4.000% 100.000% #
            """);
  }

  @Test
  void threadsAddUpToOneHistogram() {
    var sum = of(1, 900);
    sum.add(of(2, 70_000));
    assertThat(sum).hasToString(of(1, 2, 900, 70_000).toString());
  }

  @Test
  void emptyOneHasZeros() {
    assertThat(of().toString()).startsWith("Count: 0 Average: 0.0000").contains("Min: 0");
  }

  @Test
  void largestValueHasABucket() {
    assertThat(of(Long.MAX_VALUE).percentile(50)).isEqualTo((double) Long.MAX_VALUE);
  }
}
