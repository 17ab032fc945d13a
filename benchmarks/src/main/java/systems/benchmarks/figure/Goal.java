package systems.benchmarks.figure;

import systems.benchmarks.Numbers;

/**
 * What a subject is to reach.
 *
 * @param of a ratio ours to rival's, our own value, or ours minus the rival's
 * @param bound least value where more is better, else the largest
 */
public record Goal(Metric metric, Of of, double bound) {

  /** Own values of zero may be off by what the measuring itself leaves. */
  private static final double OWN_SLACK = 0.05;

  /** Of what the bound is. */
  public enum Of {
    RATIO,
    OWN_VALUE,
    DIFFERENCE
  }

  /** Ours to the rival's. */
  public static Goal ratio(Metric metric, double bound) {
    return new Goal(metric, Of.RATIO, bound);
  }

  /** Nothing at all. */
  public static Goal ownZero(Metric metric) {
    return new Goal(metric, Of.OWN_VALUE, 0);
  }

  /** Our own value, whatever a rival's is. */
  public static Goal own(Metric metric, double bound) {
    return new Goal(metric, Of.OWN_VALUE, bound);
  }

  /** Ours minus the rival's. */
  public static Goal difference(Metric metric, double bound) {
    return new Goal(metric, Of.DIFFERENCE, bound);
  }

  boolean isMet(double value) {
    double slack = of == Of.OWN_VALUE ? OWN_SLACK : 0;
    return metric.moreIsBetter() ? value >= bound - slack : value <= bound + slack;
  }

  @Override
  public String toString() {
    String side = metric.moreIsBetter() ? ">= " : "<= ";
    return switch (of) {
      case RATIO -> side + Numbers.three(bound) + "x";
      case DIFFERENCE -> side + "rival's " + (bound < 0 ? "- " : "+ ") + Math.abs(bound);
      case OWN_VALUE -> bound == 0 ? "0" : side + metric.format(bound);
    };
  }
}
