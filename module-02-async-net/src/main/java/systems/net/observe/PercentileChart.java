package systems.net.observe;

import java.util.List;
import java.util.Locale;

/**
 * Percentiles of several runs as an SVG, with the tail in view.
 *
 * <pre>
 *   ms |                                  .-----
 *      |                          .------'
 *      |__________.--------------'
 *      +-----+----------+---------+---------+--
 *      0 %  90 %       99 %     99.9 %    99.99 %
 * </pre>
 *
 * <p>With a linear axis all that users complain about lies in the last pixel. Here each nine has
 * the same width: the place of p is {@code -log10(1 - p)}. A page of 100 requests shows a user the
 * 99th percentile more often than not, so the right half of the picture is the usual case.
 */
public final class PercentileChart {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 360;
  private static final int LEFT = 60;
  private static final int RIGHT = 120;
  private static final int TOP = 40;
  private static final int BOTTOM = 40;
  private static final int STEPS = 200;
  private static final double NINES = 4;
  private static final double MILLIS = 1e6;
  private static final List<String> COLORS =
      List.of("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#9c6b4e");
  private static final double[] MARKS = {0, 90, 99, 99.9, 99.99};

  /** One line of the picture. */
  public record Series(String name, Histogram nanos) {}

  private final double max;
  private final StringBuilder out = new StringBuilder();

  private PercentileChart(List<Series> series) {
    long highest =
        series.stream().mapToLong(s -> s.nanos.percentile(percent(NINES))).max().orElse(0);
    max = Math.max(1, highest) / MILLIS;
  }

  /** The percentile at which there are so many nines. */
  private static double percent(double nines) {
    return 100 * (1 - Math.pow(10, -nines));
  }

  /** The document. */
  public static String svg(String title, List<Series> series) {
    var chart = new PercentileChart(series);
    chart.frame(title);
    for (int i = 0; i < series.size(); i++) {
      chart.line(series.get(i), COLORS.get(i % COLORS.size()), i);
    }
    return chart.out.append("</svg>\n").toString();
  }

  private void frame(String title) {
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-size='12'",
        WIDTH, HEIGHT);
    add(" font-family='sans-serif'>\n<rect width='%d' height='%d' fill='#fff'/>\n", WIDTH, HEIGHT);
    add("<text x='%d' y='20' font-size='15'>%s</text>\n", LEFT, escaped(title));
    for (double mark : MARKS) {
      double x = x(-Math.log10(1 - mark / 100));
      add("<path d='M%.1f %dV%d' stroke='#ddd'/>\n", x, TOP, HEIGHT - BOTTOM);
      String label = Double.toString(mark).replaceFirst("\\.0$", "");
      add("<text x='%.1f' y='%d' text-anchor='middle'>%s %%</text>\n", x, HEIGHT - 20, label);
    }
    for (int i = 0; i <= 4; i++) {
      double millis = max * i / 4;
      add("<path d='M%d %.1fH%d' stroke='#ddd'/>\n", LEFT, y(millis), WIDTH - RIGHT);
      add("<text x='%d' y='%.1f' text-anchor='end'>%.3g</text>\n", LEFT - 6, y(millis) + 4, millis);
    }
    add("<text x='6' y='%d'>ms</text>\n", TOP - 6);
  }

  private void line(Series series, String color, int row) {
    add("<polyline fill='none' stroke='%s' stroke-width='2' points='", color);
    for (int step = 0; step <= STEPS; step++) {
      //> phase 7: the same width for each nine
      double nines = NINES * step / STEPS;
      double percent = percent(nines); //~ tailInOnePixel: double percent = 100.0 * step / STEPS;
      add("%.1f,%.1f ", x(nines), y(series.nanos.percentile(percent) / MILLIS));
      //< phase 7
    }
    int y = TOP + 16 + row * 18;
    add("'/>\n<text x='%d' y='%d' fill='%s'>", WIDTH - RIGHT + 8, y, color);
    add("%s</text>\n", escaped(series.name));
  }

  private static double x(double nines) {
    assert nines >= 0 && nines < NINES + 0.001 : "beyond the axis: " + nines;
    return LEFT + nines / NINES * (WIDTH - LEFT - RIGHT);
  }

  private double y(double millis) {
    assert millis >= 0 && millis <= max * 1.001 : "beyond the axis: " + millis;
    return HEIGHT - BOTTOM - millis / max * (HEIGHT - TOP - BOTTOM);
  }

  private void add(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
