package systems.benchmarks.contest;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import systems.benchmarks.ChildJvm;
import systems.benchmarks.contest.Contest.Duel;
import systems.benchmarks.figure.Figure;
import systems.benchmarks.figure.Metric;

/**
 * Runs contests, round after round; in each round all entrants of a contest one after the other, in
 * every second round in the opposite order.
 *
 * <p>Entrants that give an answer must all give the same one, else nothing was measured.
 */
final class Turns {
  /** The key of a digest of what an entrant has computed. */
  static final String ANSWER = "answer";

  private final List<Contest> contests;
  private final List<String> jvmFlags;
  private final Effort effort;
  private final int rounds;
  private final Path log;
  private final PrintWriter out;

  /** By contest and entrant, in the order of the rounds. */
  private final Map<Contest, Map<Entrant, List<Map<String, Object>>>> told = new LinkedHashMap<>();

  private final long startNanos = System.nanoTime();
  private int done;

  Turns(
      List<Contest> contests,
      List<String> jvmFlags,
      Effort effort,
      int rounds,
      Path log,
      PrintWriter out) {
    this.contests = contests;
    this.jvmFlags = jvmFlags;
    this.effort = effort;
    this.rounds = rounds;
    this.log = log;
    this.out = out;
  }

  /** Runs everything; a failed child or a wrong answer ends it. */
  void run() throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (Contest contest : contests) {
        List<Entrant> order = round % 2 == 0 ? entrants(contest) : entrants(contest).reversed();
        for (Entrant entrant : order) {
          runOne(round, contest, entrant);
        }
        checkAnswers(round, contest);
      }
    }
  }

  private static List<Entrant> entrants(Contest contest) {
    var rivals = contest.rivals().stream().map(Contest.Rival::entrant);
    return Stream.concat(Stream.of(contest.ours()), rivals).toList();
  }

  private void runOne(int round, Contest contest, Entrant entrant) throws IOException {
    List<String> flags = new ArrayList<>(jvmFlags);
    flags.add(effort.flag());
    flags.addAll(entrant.jvmFlags());
    var results = ChildJvm.run(log, flags, entrant.main(), entrant.arguments());
    if (results.size() != 1) {
      throw new IOException(
          "%s of %s told %d results, not one: see %s"
              .formatted(entrant.title(), contest.title(), results.size(), log));
    }
    told.computeIfAbsent(contest, _ -> new LinkedHashMap<>())
        .computeIfAbsent(entrant, _ -> new ArrayList<>())
        .add(results.getFirst());
    done++;
    report(round, contest, entrant, results.getFirst());
  }

  private void report(int round, Contest contest, Entrant entrant, Map<String, Object> result) {
    int whole = rounds * contests.stream().mapToInt(each -> entrants(each).size()).sum();
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    List<String> values = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      if (result.get(metric.key()) instanceof Number value) {
        values.add(metric.key() + " " + metric.format(value.doubleValue()));
      }
    }
    out.printf(
        Locale.ROOT,
        "round %d/%d  %-26s %-14s %-44s %.0f s left%n",
        round + 1,
        rounds,
        contest.title(),
        entrant.title(),
        String.join("  ", values),
        seconds / done * (whole - done));
    out.flush();
  }

  private void checkAnswers(int round, Contest contest) throws IOException {
    Map<Entrant, List<Map<String, Object>>> all = Objects.requireNonNull(told.get(contest));
    var answers = new LinkedHashMap<String, Object>();
    all.forEach((entrant, results) -> {
      Object answer = results.get(round).get(ANSWER);
      if (answer != null) {
        answers.put(entrant.title(), answer);
      }
    });
    if (answers.values().stream().distinct().count() > 1) {
      throw new IOException(contest.title() + ": the answers differ: " + answers);
    }
  }

  /** The figures of a duel whose contest has been run. */
  List<Figure> figures(Duel duel) {
    List<Figure> figures = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      double[] ours = values(duel.contest(), duel.contest().ours(), metric);
      double[] rival = values(duel.contest(), duel.against().entrant(), metric);
      Figure.of(duel, metric, ours, rival).ifPresent(figures::add);
    }
    return figures;
  }

  private double[] values(Contest contest, Entrant entrant, Metric metric) {
    return told.getOrDefault(contest, Map.of()).getOrDefault(entrant, List.of()).stream()
        .map(result -> result.get(metric.key()))
        .filter(Number.class::isInstance)
        .mapToDouble(value -> ((Number) value).doubleValue())
        .toArray();
  }
}
