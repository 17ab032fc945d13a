package systems.benchmarks.kvstore;

import systems.benchmarks.Numbers;

/**
 * What a workload is to reach.
 *
 * @param of a ratio ours to rival's, or our own value
 * @param bound least value where more is better, else the largest
 */
record Goal(Metric metric, Of of, double bound) {

  /** Own values of zero may be off by what the measuring itself leaves. */
  private static final double OWN_SLACK = 0.05;

  enum Of {
    RATIO,
    OWN_VALUE
  }

  static Goal ratio(Metric metric, double bound) {
    return new Goal(metric, Of.RATIO, bound);
  }

  static Goal ownZero(Metric metric) {
    return new Goal(metric, Of.OWN_VALUE, 0);
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
      case OWN_VALUE -> bound == 0 ? "0" : side + metric.format(bound);
    };
  }
}
