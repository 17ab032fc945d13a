package systems.net.observe;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Bars that are drawn anew in place; plain lines where there is no terminal.
 *
 * <pre>
 *   loop     ##########                 12.1 us  ▂▂▃▂▂▁▂▂
 *   netty    ###############            18.4 us  ▃▃▅▃▃▃▂▃
 * </pre>
 *
 * <p>To draw in place is to go up as many lines as were drawn, and to write over them; each is
 * cleared first, and what a longer picture has left below as well. Lines are not wrapped, since a
 * terminal that is too narrow would make two of one, and the count would be wrong from then on. In
 * place each row also shows its last values, each as a part of the largest; in a file, where each
 * picture stands below the one before, they would say it twice.
 */
public final class LiveChart {
  private static final int BAR = 40;
  private static final int NAME_MIN = 10;
  private static final int HISTORY = 16;
  private static final String BLOCKS = "▁▂▃▄▅▆▇█";
  private static final String ASCII = "_.-=+*%#";

  private static final String UP = "\u001b[%dA";
  private static final String CLEAR_LINE = "\u001b[2K";
  private static final String CLEAR_BELOW = "\u001b[J";
  private static final String WRAP_OFF = "\u001b[?7l";
  private static final String WRAP_ON = "\u001b[?7h";

  /** A row: a name, a number, its unit, and a remark. */
  public record Row(String name, double value, String unit, String remark) {}

  private final PrintStream out;
  private final boolean inPlace;
  private final String levels;
  private final Map<String, ArrayDeque<Double>> history = new HashMap<>();
  private int drawn;

  /**
   * To this stream.
   *
   * @param inPlace whether the last picture is overwritten, as in a terminal
   */
  public LiveChart(PrintStream out, boolean inPlace) {
    this.out = out;
    this.inPlace = inPlace;
    levels = out.charset().newEncoder().canEncode(BLOCKS) ? BLOCKS : ASCII;
  }

  /** To standard output: in place if that is a terminal. */
  public static LiveChart toStandardOutput() {
    var console = System.console();
    return new LiveChart(System.out, console != null && console.isTerminal());
  }

  public void draw(String title, List<Row> rows) {
    var lines = new ArrayList<String>();
    lines.add(title);
    double max = rows.stream().mapToDouble(Row::value).filter(Double::isFinite).max().orElse(0);
    int name = rows.stream().mapToInt(row -> row.name.length()).max().orElse(0);
    for (Row row : rows) {
      lines.add(line(row, max, Math.max(NAME_MIN, name)));
    }
    history.keySet().retainAll(rows.stream().map(Row::name).toList());
    out.print(picture(lines));
    out.flush();
    drawn = lines.size();
    assert drawn == rows.size() + 1 && history.size() <= rows.size();
  }

  private String line(Row row, double max, int nameWidth) {
    String pattern = "%-" + nameWidth + "s %-" + BAR + "s %10.1f %s  %s%s";
    String past = inPlace ? past(row) : "";
    String bar = "#".repeat(length(row.value, max));
    return String.format(Locale.ROOT, pattern, row.name, bar, row.value, row.unit, past, row.remark)
        .stripTrailing();
  }

  private static int length(double value, double max) {
    //> phase 7: nothing yet, nothing at all, and no number
    if (!(value > 0) || max <= 0) {
      return 0;
    }
    return (int) Math.min(BAR, Math.round(value / max * BAR));
    //< phase 7
  }

  private String past(Row row) {
    ArrayDeque<Double> values = history.computeIfAbsent(row.name, _ -> new ArrayDeque<>());
    values.add(row.value);
    if (values.size() > HISTORY) {
      values.remove();
    }
    return sparkline(values.stream().mapToDouble(Double::doubleValue).toArray(), levels) + "  ";
  }

  /** A sign for each value, by its part of the largest. */
  static String sparkline(double[] values, String levels) {
    //> phase 7: eight heights; which of them has a value of a half?
    double max = 0;
    for (double value : values) {
      max = Double.isFinite(value) ? Math.max(max, value) : max;
    }
    var line = new StringBuilder();
    for (double value : values) {
      int top = levels.length() - 1;
      double part = max > 0 && value > 0 ? Math.min(1, value / max) : 0;
      line.append(levels.charAt((int) Math.round(part * top)));
    }
    return line.toString();
    //< phase 7
  }

  private String picture(List<String> lines) {
    if (!inPlace) {
      return String.join("\n", lines) + "\n";
    }
    //> phase 7: up by as many lines as there are of the last picture, and nothing of it may stay
    var picture = new StringBuilder(WRAP_OFF);
    if (drawn > 0) {
      picture.append(UP.formatted(drawn)); //~ drawsBelow: assert drawn > 0;
    }
    for (String line : lines) {
      picture.append(CLEAR_LINE).append(line).append('\n');
    }
    return picture.append(CLEAR_BELOW).append(WRAP_ON).toString();
    //< phase 7
  }
}
