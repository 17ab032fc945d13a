package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class HistogramTest {
  private final Histogram histogram = new Histogram();

  /** The example of the class: a server that hangs for a second, asked each 10 ms. */
  @Test
  void aPauseThatAClosedLoopHidesIsShown() {
    var corrected = new Histogram();
    for (int i = 0; i < 1000; i++) {
      histogram.record(1);
      corrected.recordExpected(1, 10);
    }
    histogram.record(1000);
    corrected.recordExpected(1000, 10);
    assertThat(histogram.percentile(99)).as("p99 as measured, ms").isEqualTo(1);
    assertThat(corrected.percentile(99)).as("p99 with the requests left out").isBetween(880L, 905L);
  }

  @Test
  void aPauseIsFilledInByBucketsAndNotByValues() {
    histogram.recordExpected(Long.MAX_VALUE / 4, 1);
    assertThat(histogram.count()).isEqualTo(Long.MAX_VALUE / 4);
    assertThat(histogram.min()).isEqualTo(1);
  }

  @Test
  void withoutValuesAllIsZero() {
    assertThat(histogram.percentile(50)).isZero();
    assertThat(histogram.min() + histogram.max() + histogram.count()).isZero();
    assertThat(histogram.mean()).isZero();
  }

  @Test
  void aClockThatGoesBackCountsAsZero() {
    histogram.record(-5);
    assertThat(histogram.count()).isEqualTo(1);
    assertThat(histogram.percentile(100)).isZero();
  }

  @Test
  void whatIsClearedIsGone() {
    histogram.record(77);
    histogram.clear();
    histogram.record(5);
    assertThat(histogram.count()).isEqualTo(1);
    assertThat(histogram.max()).isEqualTo(5);
    assertThat(histogram.min()).isEqualTo(5);
    assertThat(histogram.mean()).isEqualTo(5);
  }

  @Test
  void toRecordAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    histogram.record(1);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100_000; i++) {
      histogram.record(i * 997L);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).as("bytes for 100,000 values").isLessThan(10_000);
  }

  @Test
  void differentPrecisionsDoNotAddUp() {
    histogram.record(1);
    assertThatThrownBy(() -> histogram.add(new Histogram(5))).hasMessageContaining("6 and 5");
    assertThatThrownBy(() -> new Histogram(0)).hasMessageContaining("not 0");
    assertThatThrownBy(() -> histogram.percentile(101)).hasMessageContaining("101");
  }
}
