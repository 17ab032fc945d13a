package systems.benchmarks.kvstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import systems.benchmarks.Spread;
import systems.benchmarks.figure.Metric;

class RoundTest {
  private static Round round(Measurement ours, Measurement rival) {
    var measurements = new EnumMap<Contestant, Measurement>(Contestant.class);
    measurements.put(Contestant.OURS, ours);
    measurements.put(Contestant.ROCKSDB, rival);
    return new Round(measurements);
  }

  private static Measurement readseq() {
    return Measurement.of(Workload.READSEQ);
  }

  @Test
  void whatBothHaveMeasuredBecomesAFigure() {
    var rounds =
        List.of(
            round(readseq().with(Metric.RATE, 10), readseq().with(Metric.RATE, 1)),
            round(readseq().with(Metric.RATE, 30), readseq().with(Metric.RATE, 10)));
    var figures = Round.figures(Workload.READSEQ, rounds);
    assertThat(figures).singleElement().extracting("ratio").isEqualTo(Spread.of(10, 3));
    assertThat(figures.getFirst().key()).isEqualTo("readseq.rate");
  }

  @Test
  void aRoundInWhichTheSystemsReadDifferentDataIsNoResult() {
    assertThatThrownBy(() -> round(readseq().withChecksum(1), readseq().withChecksum(2)))
        .isInstanceOf(IllegalStateException.class);
  }
}
