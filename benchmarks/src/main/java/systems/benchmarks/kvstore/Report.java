package systems.benchmarks.kvstore;

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
record Report(Results results, Machine machine, Optional<Baseline> baseline) {

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
          Metric.P999);

  private List<Figure> principal() {
    return results.figures().stream()
        .filter(figure -> figure.goal().isPresent() || PRINCIPAL.contains(figure.metric()))
        .toList();
  }

  /** The table on the console. */
  String console() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%n%-36s %10s %10s  %-20s %-10s %-7s %s%n",
            "figure",
            "ours",
            "rocksdb",
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
                + ": nobody has recorded one (bench kvstore --record writes it)\n");
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

  /** The file {@code kvstore.md}. */
  String markdown() {
    var text = new StringBuilder("# Key-value store against RocksDB\n\n");
    text.append("Written by `bench kvstore`; do not edit. Scale: ")
        .append(results.head().get("scale"))
        .append(", ")
        .append(results.head().get("data"))
        .append(".\nMachine: ")
        .append(machine.describe())
        .append(".\n");
    text.append(
        """
        A ratio is ours / RocksDB's: median of the rounds, least and largest in parentheses. For \
        rates more is better, for CPU, times and bytes less. Each round measures both in turns, \
        each in a fresh process. CPU is that of the whole process an operation.

        ![ratios](kvstore.svg)

        """);
    row(text, "figure", "ours", "RocksDB", "ratio", "goal", "");
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
    row(text, "figure", "ours", "RocksDB", "ratio");
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
    text.append("\n## What the workloads are\n\n");
    row(text, "workload", "what", "rounds", "date");
    row(text, "---", "---", "---:", "---");
    results
        .workloads()
        .forEach((workload, entry) ->
            row(
                text,
                workload.title(),
                workload.what(),
                Integer.toString(entry.rounds()),
                entry.date()));
    return text.toString();
  }

  private static void row(StringBuilder text, String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** The file {@code kvstore.svg}. */
  String svg() {
    var rows = new ArrayList<RatioChart.Row>();
    for (Figure figure : principal()) {
      if (figure.metric() != Metric.P999) {
        figure.advantage().ifPresent(spread -> rows.add(row(figure, spread)));
      }
    }
    return RatioChart.svg(
        "Key-value store against tuned RocksDB",
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
            ? figure.workload().title()
            : figure.workload().title() + " " + figure.metric().key();
    return new RatioChart.Row(label, advantage.toString(), advantage, goal);
  }

  /** One sentence on how many goals are reached. */
  String summary() {
    long goals = results.figures().stream().filter(figure -> figure.isMet().isPresent()).count();
    long met = results.figures().stream().filter(figure -> figure.isMet().orElse(false)).count();
    return met + " of " + goals + " goals reached";
  }
}
