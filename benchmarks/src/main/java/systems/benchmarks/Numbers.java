package systems.benchmarks;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them: three digits that count, the unit scaled to the size. */
public final class Numbers {
  private Numbers() {}

  /** Three significant digits without an exponent. */
  public static String three(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    double size = Math.abs(value);
    int digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.0995 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** Operations a second. */
  public static String rate(double perSecond) {
    return scaled(perSecond) + "/s";
  }

  /** A time. */
  public static String nanos(double nanos) {
    if (nanos < 1e3) {
      return three(nanos) + " ns";
    }
    if (nanos < 1e6) {
      return three(nanos / 1e3) + " us";
    }
    return nanos < 1e9 ? three(nanos / 1e6) + " ms" : three(nanos / 1e9) + " s";
  }

  /** An amount of memory or disk. */
  public static String bytes(double bytes) {
    return scaled(bytes) + "B";
  }

  private static String scaled(double value) {
    if (value < 1e3) {
      return three(value) + " ";
    }
    if (value < 1e6) {
      return three(value / 1e3) + " k";
    }
    return value < 1e9 ? three(value / 1e6) + " M" : three(value / 1e9) + " G";
  }

  /** The value with four significant digits, so that results files are stable to read. */
  public static double rounded(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).round(new MathContext(4)).doubleValue()
        : value;
  }
}
