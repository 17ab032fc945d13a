package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.LongRange;

@Tag("phase-7")
final class SlidingCountProperties {
  private static final long SLICE = 100;

  /** The slow model keeps all times, and counts those whose slice is among the last ten. */
  @Property(tries = 300)
  void itCountsTheLastTenSlices(
      @ForAll("gaps") List<Long> gaps, @ForAll @LongRange(min = -5000, max = 5000) long start) {
    var count = new SlidingCount(10 * SLICE, start);
    List<Long> times = new ArrayList<>();
    long now = start;
    for (long gap : gaps) {
      now += gap;
      count.add(now);
      times.add(now);
      long slice = Math.floorDiv(now, SLICE);
      long expected = times.stream().filter(t -> Math.floorDiv(t, SLICE) > slice - 10).count();
      assertThat(count.sum(now)).as("at %d of %s", now, times).isEqualTo(expected);
    }
  }

  @Provide
  Arbitrary<List<Long>> gaps() {
    Arbitrary<Long> near = Arbitraries.longs().between(0, 3 * SLICE);
    Arbitrary<Long> far = Arbitraries.longs().between(0, 40 * SLICE);
    return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(5, near), net.jqwik.api.Tuple.of(1, far))
        .list()
        .ofMaxSize(60);
  }
}
