package systems.benchmarks.kvstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import systems.benchmarks.figure.Figure;
import systems.benchmarks.figure.Metric;

/**
 * One round of a workload: what each system has measured. Systems that have not read the same data
 * are refused: then nothing was measured.
 */
record Round(Map<Contestant, Measurement> measurements) {
  Round {
    if (measurements.values().stream().map(Measurement::checksum).distinct().count() > 1) {
      throw new IllegalStateException("the systems have read different data: " + measurements);
    }
  }

  /** The figures of a workload from its rounds, in the order of the metrics. */
  static List<Figure> figures(Workload workload, List<Round> rounds) {
    var figures = new ArrayList<Figure>();
    for (Metric metric : Metric.values()) {
      double[] ours = values(rounds, Contestant.OURS, metric);
      double[] rival = values(rounds, Contestant.ROCKSDB, metric);
      Figure.of(workload, metric, ours, rival).ifPresent(figures::add);
    }
    return figures;
  }

  private static double[] values(List<Round> rounds, Contestant contestant, Metric metric) {
    return rounds.stream()
        .map(round -> round.measurements().get(contestant))
        .filter(measurement -> measurement != null && measurement.values().containsKey(metric))
        .mapToDouble(measurement -> measurement.values().get(metric))
        .toArray();
  }
}
