package systems.benchmarks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The middle and the ends of the values of several rounds. */
public record Spread(double median, double min, double max) {

  public Spread {
    assert !(min > median) && !(median > max) : min + " " + median + " " + max;
  }

  /**
   * The spread of at least one value; the median of an even number is the mean of the middle two.
   */
  public static Spread of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values to take a median of");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int upper = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** The spread of 1/x: what is below one comes out above it. */
  public Spread inverse() {
    return new Spread(1 / median, 1 / max, 1 / min);
  }

  /** Median with the ends behind it: {@code 1.52 (1.44-1.61)}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s (%s-%s)", Numbers.three(median), Numbers.three(min), Numbers.three(max));
  }

  /** As it stands in a results file. */
  public Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("median", Numbers.rounded(median));
    json.put("min", Numbers.rounded(min));
    json.put("max", Numbers.rounded(max));
    return json;
  }

  /** What {@link #toJson()} wrote. */
  public static Spread fromJson(Map<String, Object> json) {
    return new Spread(
        Json.number(json, "median"), Json.number(json, "min"), Json.number(json, "max"));
  }
}
