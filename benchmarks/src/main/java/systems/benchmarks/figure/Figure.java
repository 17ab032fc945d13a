package systems.benchmarks.figure;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import systems.benchmarks.Json;
import systems.benchmarks.Numbers;
import systems.benchmarks.Spread;

/**
 * One metric of one subject after all rounds.
 *
 * @param ratio ours to rival's, round by round; null where a value is zero or one side has none
 * @param ours median of our values, or their sum if the metric is a total
 * @param rival the same of the rival's values, NaN if it has none
 */
public record Figure(
    Subject subject, Metric metric, @Nullable Spread ratio, double ours, double rival) {

  private static final String OURS = "ours";

  /** The name under which a document takes the number: {@code readseq.rate}. */
  public String key() {
    return subject.title() + "." + metric.key();
  }

  /** What it is to reach, if anything. */
  public Optional<Goal> goal() {
    return subject.goals().stream().filter(goal -> goal.metric() == metric).findFirst();
  }

  /** Whether the goal is reached; empty if there is none or nothing to compare. */
  public Optional<Boolean> isMet() {
    return goal().flatMap(this::isMet);
  }

  private Optional<Boolean> isMet(Goal goal) {
    return switch (goal.of()) {
      case OWN_VALUE -> Double.isNaN(ours) ? Optional.empty() : Optional.of(goal.isMet(ours));
      case DIFFERENCE ->
          Double.isNaN(ours - rival) ? Optional.empty() : Optional.of(goal.isMet(ours - rival));
      case RATIO -> Optional.ofNullable(ratio).map(spread -> goal.isMet(spread.median()));
    };
  }

  /** The ratio such that more is better. */
  public Optional<Spread> advantage() {
    return Optional.ofNullable(ratio)
        .map(spread -> metric.moreIsBetter() ? spread : spread.inverse());
  }

  /** As it stands in a results file. */
  public Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    if (ratio != null) {
      json.put("ratio", ratio.toJson());
    }
    json.put(OURS, Numbers.rounded(ours));
    if (!Double.isNaN(rival)) {
      json.put(subject.rival(), Numbers.rounded(rival));
    }
    goal().ifPresent(goal -> json.put("goal", goal.toString()));
    isMet().ifPresent(met -> json.put("met", met));
    return json;
  }

  /** What {@link #toJson()} wrote. */
  public static Figure fromJson(Subject subject, Metric metric, Map<String, Object> json) {
    return new Figure(
        subject,
        metric,
        json.containsKey("ratio") ? Spread.fromJson(Json.object(json, "ratio")) : null,
        numberOrNaN(json, OURS),
        numberOrNaN(json, subject.rival()));
  }

  private static double numberOrNaN(Map<String, Object> json, String side) {
    return json.get(side) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  /**
   * The figure of a metric from its rounds; empty if neither side has measured it.
   *
   * @param ours a value a round, or none
   * @param rival the same of the rival, or none
   */
  public static Optional<Figure> of(Subject subject, Metric metric, double[] ours, double[] rival) {
    return ours.length + rival.length == 0
        ? Optional.empty()
        : Optional.of(
            new Figure(
                subject, metric, ratio(ours, rival), whole(metric, ours), whole(metric, rival)));
  }

  private static double whole(Metric metric, double[] values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    return metric.isTotal() ? Arrays.stream(values).sum() : Spread.of(values).median();
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
