package systems.benchmarks.figure;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import systems.benchmarks.Machine;
import systems.benchmarks.RatioChart;
import systems.benchmarks.Spread;

/** Results as people read them: lines on a console, a table in Markdown, a chart. */
public record Report(Cover cover, Results results, Machine machine, Optional<Baseline> baseline) {

  /**
   * What the pages of a module begin with.
   *
   * @param module as on the command line
   * @param title of table and chart
   * @param rival in words, as the head of a column
   * @param how a paragraph: what a ratio is and how it was measured
   */
  public record Cover(String module, String title, String rival, String how) {}

  /** What the first table and the chart show even without a goal. */
  private static final Set<Metric> PRINCIPAL =
      EnumSet.of(
          Metric.RATE,
          Metric.CPU,
          Metric.WRITE_RATE,
          Metric.BYTES,
          Metric.TIME,
          Metric.NO_CACHE_TIME,
          Metric.WARM_TIME,
          Metric.P999,
          Metric.COLD_CPU,
          Metric.ENTRY_BYTES,
          Metric.HIT_RATIO,
          Metric.REQUEST_CPU);

  private List<Figure> principal() {
    return results.figures().stream()
        .filter(figure -> figure.goal().isPresent() || PRINCIPAL.contains(figure.metric()))
        .toList();
  }

  /** The table on the console. */
  public String console() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%n%-36s %10s %10.10s  %-20s %-10s %-7s %s%n",
            "figure",
            "ours",
            cover.rival(),
            "ratio (min-max)",
            "goal",
            "",
            "baseline"));
    for (Figure figure : principal()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-36s %10s %10s  %-20s %-10s %-7s %s%n",
              figure.key(),
              value(figure, figure.ours()),
              value(figure, figure.rival()),
              ratio(figure),
              goal(figure),
              outcome(figure),
              baseline.map(recorded -> recorded.verdict(figure).toString()).orElse("")));
    }
    return text.append(comparison()).toString();
  }

  private String comparison() {
    return baseline
        .map(recorded -> "\nbaseline of " + machine.arch() + ", recorded " + recorded.date() + "\n")
        .orElse(
            "\nno baseline for "
                + machine.arch()
                + ": nobody has recorded one (bench "
                + cover.module()
                + " --record writes it)\n");
  }

  private static String value(Figure figure, double value) {
    return Double.isNaN(value) ? "-" : figure.metric().format(value);
  }

  private static String ratio(Figure figure) {
    return figure.ratio() == null ? "-" : figure.ratio().toString();
  }

  private static String goal(Figure figure) {
    return figure.goal().map(Goal::toString).orElse("");
  }

  private static String outcome(Figure figure) {
    return figure.isMet().map(met -> met ? "met" : "MISSED").orElse("");
  }

  /** The file {@code module.md}. */
  public String markdown() {
    var text = new StringBuilder("# " + cover.title() + "\n\n");
    text.append("Written by `bench ")
        .append(cover.module())
        .append("`; do not edit. Scale: ")
        .append(results.head().get("scale"))
        .append(", ")
        .append(results.head().get("data"))
        .append(".\nMachine: ")
        .append(machine.describe())
        .append(".\n")
        .append(cover.how())
        .append("\n\n![ratios](")
        .append(cover.module())
        .append(".svg)\n\n");
    row(text, "figure", "ours", cover.rival(), "ratio", "goal", "");
    row(text, "---", "---:", "---:", "---:", "---:", "---");
    for (Figure figure : principal()) {
      row(
          text,
          figure.key(),
          value(figure, figure.ours()),
          value(figure, figure.rival()),
          ratio(figure),
          goal(figure),
          figure.isMet().map(met -> met ? "met" : "**missed**").orElse(""));
    }
    return text.append(details()).toString();
  }

  private String details() {
    var text = new StringBuilder("\n## Everything else that was measured\n\n");
    row(text, "figure", "ours", cover.rival(), "ratio");
    row(text, "---", "---:", "---:", "---:");
    var shown = principal();
    for (Figure figure : results.figures()) {
      if (!shown.contains(figure)) {
        row(
            text,
            figure.key(),
            value(figure, figure.ours()),
            value(figure, figure.rival()),
            ratio(figure));
      }
    }
    text.append("\n## What was measured\n\n");
    row(text, "figures", "what", "rounds", "date");
    row(text, "---", "---", "---:", "---");
    results
        .subjects()
        .forEach((subject, entry) ->
            row(
                text,
                subject.title(),
                subject.what(),
                Integer.toString(entry.rounds()),
                entry.date()));
    return text.toString();
  }

  private static void row(StringBuilder text, String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** The file {@code module.svg}. */
  public String svg() {
    var rows = new ArrayList<RatioChart.Row>();
    for (Figure figure : principal()) {
      if (figure.metric() != Metric.P999) {
        figure.advantage().ifPresent(spread -> rows.add(row(figure, spread)));
      }
    }
    return RatioChart.svg(
        cover.title(),
        machine.cpu()
            + ", "
            + machine.cores()
            + " cores; rates, and for CPU, times and bytes how many times less",
        rows);
  }

  private static RatioChart.Row row(Figure figure, Spread advantage) {
    Double goal =
        figure
            .goal()
            .filter(wanted -> wanted.of() == Goal.Of.RATIO)
            .map(wanted -> figure.metric().moreIsBetter() ? wanted.bound() : 1 / wanted.bound())
            .orElse(null);
    String label =
        figure.metric() == Metric.RATE
            ? figure.subject().title()
            : figure.subject().title() + " " + figure.metric().key();
    return new RatioChart.Row(label, advantage.toString(), advantage, goal);
  }

  /** One sentence on how many goals are reached. */
  public String summary() {
    long goals = results.figures().stream().filter(figure -> figure.isMet().isPresent()).count();
    long met = results.figures().stream().filter(figure -> figure.isMet().orElse(false)).count();
    return met + " of " + goals + " goals reached";
  }
}
