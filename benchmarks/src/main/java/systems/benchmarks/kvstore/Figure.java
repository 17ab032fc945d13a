package systems.benchmarks.kvstore;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import systems.benchmarks.Json;
import systems.benchmarks.Numbers;
import systems.benchmarks.Spread;

/**
 * One metric of one workload after all rounds.
 *
 * @param ratio ours to rival's, round by round; null where a value is zero or one side has none
 * @param ours median of our values
 * @param rival median of the rival's values, NaN if it has none
 */
record Figure(Workload workload, Metric metric, @Nullable Spread ratio, double ours, double rival) {

  /** The name under which a document takes the number: {@code readseq.rate}. */
  String key() {
    return workload.title() + "." + metric.key();
  }

  Optional<Goal> goal() {
    return workload.goals().stream().filter(goal -> goal.metric() == metric).findFirst();
  }

  /** Whether the goal is reached; empty if there is none or nothing to compare. */
  Optional<Boolean> isMet() {
    return goal().flatMap(this::isMet);
  }

  private Optional<Boolean> isMet(Goal goal) {
    return switch (goal.of()) {
      case OWN_VALUE -> Double.isNaN(ours) ? Optional.empty() : Optional.of(goal.isMet(ours));
      case RATIO -> Optional.ofNullable(ratio).map(spread -> goal.isMet(spread.median()));
    };
  }

  /** The ratio such that more is better. */
  Optional<Spread> advantage() {
    return Optional.ofNullable(ratio)
        .map(spread -> metric.moreIsBetter() ? spread : spread.inverse());
  }

  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    if (ratio != null) {
      json.put("ratio", ratio.toJson());
    }
    json.put(Contestant.OURS.title(), Numbers.rounded(ours));
    if (!Double.isNaN(rival)) {
      json.put(Contestant.ROCKSDB.title(), Numbers.rounded(rival));
    }
    goal().ifPresent(goal -> json.put("goal", goal.toString()));
    isMet().ifPresent(met -> json.put("met", met));
    return json;
  }

  static Figure fromJson(Workload workload, Metric metric, Map<String, Object> json) {
    return new Figure(
        workload,
        metric,
        json.containsKey("ratio") ? Spread.fromJson(Json.object(json, "ratio")) : null,
        numberOrNaN(json, Contestant.OURS),
        numberOrNaN(json, Contestant.ROCKSDB));
  }

  private static double numberOrNaN(Map<String, Object> json, Contestant contestant) {
    return json.get(contestant.title()) instanceof Number number
        ? number.doubleValue()
        : Double.NaN;
  }

  /** The figures of a workload from its rounds, in the order of the metrics. */
  static List<Figure> of(Workload workload, List<Round> rounds) {
    var figures = new ArrayList<Figure>();
    for (Metric metric : Metric.values()) {
      double[] ours = values(rounds, Contestant.OURS, metric);
      double[] rival = values(rounds, Contestant.ROCKSDB, metric);
      if (ours.length + rival.length > 0) {
        figures.add(new Figure(workload, metric, ratio(ours, rival), median(ours), median(rival)));
      }
    }
    return figures;
  }

  /**
   * One round of a workload: what each system has measured. Systems that have not read the same
   * data are refused: then nothing was measured.
   */
  record Round(Map<Contestant, Measurement> measurements) {
    Round {
      if (measurements.values().stream().map(Measurement::checksum).distinct().count() > 1) {
        throw new IllegalStateException("the systems have read different data: " + measurements);
      }
    }
  }

  private static double[] values(List<Round> rounds, Contestant contestant, Metric metric) {
    return rounds.stream()
        .map(round -> round.measurements().get(contestant))
        .filter(measurement -> measurement != null && measurement.values().containsKey(metric))
        .mapToDouble(measurement -> measurement.values().get(metric))
        .toArray();
  }

  private static double median(double[] values) {
    return values.length == 0 ? Double.NaN : Spread.of(values).median();
  }

  private static @Nullable Spread ratio(double[] ours, double[] rival) {
    if (ours.length == 0 || ours.length != rival.length) {
      return null;
    }
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ours.length; i++) {
      if (ours[i] <= 0 || rival[i] <= 0) {
        return null;
      }
      ratios[i] = ours[i] / rival[i];
    }
    return Spread.of(ratios);
  }
}
