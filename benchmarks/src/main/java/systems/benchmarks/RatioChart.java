package systems.benchmarks;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Ratios to a rival as one SVG: a row each, on a logarithmic axis on which twice as fast and half
 * as fast are equally far from the middle.
 *
 * <pre>
 *                 0.5       1        2        4
 *   fillrandom     .        |   |--o-|        .       1.62 (1.44-1.80)
 *   readseq        .        |        .   !  |-o-|     4.90 (4.61-5.20)
 *                        rival's    goal  median, with the least and the largest round
 * </pre>
 *
 * Right is always better: the caller inverts what is better when smaller. Whoever reaches the goal
 * is told by the dot's shape as well as by its colour. The colours follow the reader's light or
 * dark setting; the file stands alone and loads nothing.
 */
public final class RatioChart {
  /**
   * One row.
   *
   * @param label what was measured
   * @param note the figure in words, at the end of the row
   * @param advantage the ratio, more is better
   * @param goal the ratio to reach, or null
   */
  public record Row(String label, String note, Spread advantage, @Nullable Double goal) {
    boolean isMet() {
      return goal == null || advantage.median() >= goal;
    }
  }

  private static final int LABEL_WIDTH = 190;
  private static final int AXIS_WIDTH = 460;
  private static final int NOTE_WIDTH = 210;
  private static final int ROW_HEIGHT = 22;
  private static final int HEAD_HEIGHT = 76;
  private static final int FOOT_HEIGHT = 34;
  private static final double[] TICKS = {
    0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512
  };
  private static final String STYLE =
      """
      <style>
        :root { color-scheme: light dark; }
        svg { background: #ffffff; font: 12px system-ui, sans-serif; }
        text { fill: #24292f; } .dim { fill: #656d76; }
        .grid { stroke: #d8dee4; } .one { stroke: #656d76; stroke-width: 1.5; }
        .met { stroke: #0969da; fill: #0969da; } .missed { stroke: #bc4c00; fill: #ffffff; }
        .bar { stroke-width: 3; } .goal { stroke: #1f883d; stroke-width: 2; stroke-dasharray: 3 2; }
        @media (prefers-color-scheme: dark) {
          svg { background: #0d1117; }
          text { fill: #e6edf3; } .dim { fill: #8d96a0; }
          .grid { stroke: #30363d; } .one { stroke: #8d96a0; }
          .met { stroke: #4493f8; fill: #4493f8; } .missed { stroke: #f0883e; fill: #0d1117; }
          .goal { stroke: #3fb950; }
        }
      </style>
      """;

  private final String title;
  private final String subtitle;
  private final List<Row> rows;
  private final double least;
  private final double most;
  private final StringBuilder svg = new StringBuilder();

  private RatioChart(String title, String subtitle, List<Row> rows) {
    this.title = title;
    this.subtitle = subtitle;
    this.rows = rows;
    this.least = rows.stream().mapToDouble(row -> row.advantage().min()).min().orElse(1);
    this.most = rows.stream().mapToDouble(RatioChart::rightEnd).max().orElse(1);
  }

  private static double rightEnd(Row row) {
    double goal = row.goal() == null ? 0 : row.goal();
    return Math.max(goal, row.advantage().max());
  }

  /** The text of the SVG file. */
  public static String svg(String title, String subtitle, List<Row> rows) {
    return new RatioChart(title, subtitle, rows).draw();
  }

  private String draw() {
    int width = LABEL_WIDTH + AXIS_WIDTH + NOTE_WIDTH;
    int height = HEAD_HEIGHT + rows.size() * ROW_HEIGHT + FOOT_HEIGHT;
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                + " aria-label=\"%s\">%n",
            width,
            height,
            escaped(title)));
    svg.append(STYLE);
    text(12, 22, "font-weight=\"600\" font-size=\"15\"", title);
    text(12, 40, "class=\"dim\"", subtitle);
    drawAxis(height - FOOT_HEIGHT + 4);
    for (int i = 0; i < rows.size(); i++) {
      drawRow(rows.get(i), HEAD_HEIGHT + i * ROW_HEIGHT + ROW_HEIGHT / 2);
    }
    text(
        12,
        height - 10,
        "class=\"dim\"",
        "right is better; bar: least and largest round, dot: median (filled: goal reached or none"
            + " set), dashed: goal");
    return svg.append("</svg>\n").toString();
  }

  private void drawAxis(int bottom) {
    for (double tick : TICKS) {
      if (tick >= lowest() && tick <= highest()) {
        String style = tick == 1 ? "one" : "grid";
        line(style, x(tick), HEAD_HEIGHT - 8, x(tick), bottom);
        text(
            (int) x(tick),
            HEAD_HEIGHT - 14,
            "class=\"dim\" text-anchor=\"middle\"",
            (tick < 1 ? "1/" + Math.round(1 / tick) : Long.toString(Math.round(tick))) + "x");
      }
    }
  }

  private void drawRow(Row row, int y) {
    text(LABEL_WIDTH - 10, y + 4, "text-anchor=\"end\"", row.label());
    String style = row.isMet() ? "met" : "missed";
    line("bar " + style, x(row.advantage().min()), y, x(row.advantage().max()), y);
    if (row.goal() != null) {
      line("goal", x(row.goal()), y - 8, x(row.goal()), y + 8);
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<circle class=\"%s\" stroke-width=\"2\" cx=\"%.1f\" cy=\"%d\" r=\"4.5\"/>%n",
            style,
            x(row.advantage().median()),
            y));
    text(LABEL_WIDTH + AXIS_WIDTH + 12, y + 4, "class=\"dim\"", row.note());
  }

  /** The power of two at or below everything that is drawn. */
  private double lowest() {
    return Math.min(0.5, Math.pow(2, Math.floor(log2(least))));
  }

  private double highest() {
    return Math.max(2, Math.pow(2, Math.ceil(log2(most))));
  }

  private double x(double ratio) {
    double share = (log2(ratio) - log2(lowest())) / (log2(highest()) - log2(lowest()));
    return LABEL_WIDTH + share * AXIS_WIDTH;
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private void line(String style, double x1, int y1, double x2, int y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>%n",
            style,
            x1,
            y1,
            x2,
            y2));
  }

  private void text(int x, int y, String attributes, String words) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" %s>%s</text>%n",
            x,
            y,
            attributes,
            escaped(words)));
  }

  private static String escaped(String words) {
    return words
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
