package systems.core.tool;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A chart of hit ratios over cache sizes, as SVG that needs nothing else and follows the reader's
 * light or dark theme. Sizes are on a logarithmic scale.
 */
final class HitRatioChart {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 420;
  private static final int LEFT = 56;
  private static final int RIGHT = 110;
  private static final int TOP = 48;
  private static final int BOTTOM = 52;

  private static final String STYLE =
      """
      <style>
        svg { --ink: #1b1f24; --faint: #d0d7de; --ground: #ffffff;
              --c0: #0969da; --c1: #bc4c00; --c2: #1a7f37; --c3: #6e7781;
              font: 13px system-ui, sans-serif; }
        @media (prefers-color-scheme: dark) {
          svg { --ink: #e6edf3; --faint: #30363d; --ground: #0d1117;
                --c0: #58a6ff; --c1: #f0883e; --c2: #3fb950; --c3: #8b949e; }
        }
        text { fill: var(--ink) } .grid { stroke: var(--faint) }
        .line { fill: none; stroke-width: 2.5 }
      </style>
      """;

  private final String title;
  private final List<Integer> sizes;
  private final Map<String, double[]> ratios;

  /**
   * @param sizes ascending
   * @param ratios by policy, one for each size
   */
  HitRatioChart(String title, List<Integer> sizes, Map<String, double[]> ratios) {
    this.title = title;
    this.sizes = sizes;
    this.ratios = ratios;
  }

  String svg() {
    var svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                + " aria-label=\"hit ratio by cache size: %s\">%n",
            WIDTH,
            HEIGHT,
            escaped(title)));
    svg.append(STYLE);
    svg.append("<rect width=\"100%\" height=\"100%\" style=\"fill: var(--ground)\"/>\n");
    text(svg, LEFT, 26, "start", "Hit ratio: " + title);
    axes(svg);
    lines(svg);
    return svg.append("</svg>\n").toString();
  }

  private void axes(StringBuilder svg) {
    for (int percent = 0; percent <= 100; percent += 20) {
      double y = y(percent / 100.0);
      svg.append(
          String.format(
              Locale.ROOT, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>%n", LEFT, y, WIDTH - RIGHT));
      text(svg, LEFT - 8, y + 4, "end", percent + " %");
    }
    for (int size : sizes) {
      text(svg, x(size), HEIGHT - BOTTOM + 20, "middle", String.format(Locale.ROOT, "%,d", size));
    }
    text(svg, LEFT + plotWidth() / 2.0, HEIGHT - 12, "middle", "entries of the cache");
  }

  private void lines(StringBuilder svg) {
    int colour = 0;
    double labelled = Double.NEGATIVE_INFINITY;
    for (Map.Entry<String, double[]> line : byLastValue()) {
      var path = new StringBuilder();
      for (int i = 0; i < sizes.size(); i++) {
        path.append(
            String.format(
                Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", x(sizes.get(i)), y(line, i)));
      }
      svg.append(
          String.format(
              "<path class=\"line\" style=\"stroke: var(--c%d)\" d=\"%s\"/>%n", colour, path));
      labelled = Math.max(y(line, sizes.size() - 1) + 4, labelled + 15); // labels keep apart
      text(svg, WIDTH - RIGHT + 8, labelled, "start", line.getKey());
      colour = (colour + 1) % 4;
    }
  }

  private List<Map.Entry<String, double[]>> byLastValue() {
    int last = sizes.size() - 1;
    return ratios.entrySet().stream()
        .sorted((a, b) -> Double.compare(y(a, last), y(b, last)))
        .toList();
  }

  private double y(Map.Entry<String, double[]> line, int i) {
    return y(line.getValue()[i]);
  }

  private static double y(double ratio) {
    return TOP + (1 - ratio) * (HEIGHT - TOP - BOTTOM);
  }

  private double x(int size) {
    double low = Math.log(sizes.getFirst());
    double high = Math.log(sizes.getLast());
    double part = high == low ? 0.5 : (Math.log(size) - low) / (high - low);
    return LEFT + part * plotWidth();
  }

  private static int plotWidth() {
    return WIDTH - LEFT - RIGHT;
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
