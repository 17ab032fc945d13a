package systems.benchmarks.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.benchmarks.Json;
import systems.benchmarks.Spread;

class FigureTest {
  @TempDir Path folder;

  /** What figures are of. */
  private record Toy(String title, List<Goal> goals) implements Subject {
    @Override
    public String what() {
      return "something";
    }

    @Override
    public String rival() {
      return "rival";
    }
  }

  private static final Subject RATED =
      new Toy(
          "rated", List.of(Goal.ratio(Metric.RATE, 4), Goal.difference(Metric.HIT_RATIO, -0.5)));
  private static final Subject TIMED = new Toy("timed", List.of(Goal.ratio(Metric.TIME, 1)));
  private static final Subject SIZED = new Toy("sized", List.of(Goal.ratio(Metric.BYTES, 1.15)));
  private static final Subject FRUGAL = new Toy("frugal", List.of(Goal.ownZero(Metric.SLOW)));
  private static final List<Subject> ALL = List.of(RATED, TIMED, SIZED, FRUGAL);

  private static Figure figure(Subject subject, Metric metric, double... oursToRival) {
    double[] ours = Arrays.stream(oursToRival).map(ratio -> ratio * 100).toArray();
    double[] rival = Arrays.stream(oursToRival).map(_ -> 100).toArray();
    return Figure.of(subject, metric, ours, rival).orElseThrow();
  }

  private static Figure pair(Subject subject, Metric metric, double ours, double rival) {
    return Figure.of(subject, metric, new double[] {ours}, new double[] {rival}).orElseThrow();
  }

  @Test
  void aRatioIsTakenRoundByRound() {
    double[] ours = {10, 100, 30};
    double[] rival = {1, 50, 10};
    assertThat(Figure.of(RATED, Metric.RATE, ours, rival).orElseThrow().ratio())
        .isEqualTo(new Spread(3, 2, 10));
    assertThat(Figure.of(RATED, Metric.RATE, new double[0], new double[0])).isEmpty();
  }

  @Test
  void whatMustNotHappenIsAddedUpOverTheRounds() {
    var never = new Toy("never", List.of(Goal.ownZero(Metric.FAILED)));
    double[] once = {0, 1, 0};
    Figure figure = Figure.of(never, Metric.FAILED, once, new double[3]).orElseThrow();
    assertThat(figure.ours()).isEqualTo(1);
    assertThat(figure.isMet()).contains(false);
  }

  @Test
  void anOwnValueIsComparedWithTheBoundWhateverTheRivalsIs() {
    var light = new Toy("light", List.of(Goal.own(Metric.CONNECTION_BYTES, 2048)));
    assertThat(pair(light, Metric.CONNECTION_BYTES, 2000, 100).isMet()).contains(true);
    assertThat(pair(light, Metric.CONNECTION_BYTES, 2100, 9000).isMet()).contains(false);
  }

  @Test
  void aDifferenceIsOursMinusTheRivals() {
    assertThat(pair(RATED, Metric.HIT_RATIO, 74.6, 75).isMet()).contains(true);
    assertThat(pair(RATED, Metric.HIT_RATIO, 74.4, 75).isMet()).contains(false);
    assertThat(pair(RATED, Metric.HIT_RATIO, 80, 75).isMet()).contains(true);
  }

  @Test
  void aGoalForARateIsReachedFromAboveAndOneForATimeFromBelow() {
    assertThat(figure(RATED, Metric.RATE, 4).isMet()).contains(true);
    assertThat(figure(RATED, Metric.RATE, 3.9).isMet()).contains(false);
    assertThat(figure(TIMED, Metric.TIME, 1).isMet()).contains(true);
    assertThat(figure(TIMED, Metric.TIME, 1.1).isMet()).contains(false);
    assertThat(figure(RATED, Metric.CPU, 1.1).isMet()).isEmpty();
  }

  @Test
  void aGoalOfZeroAsksForOurOwnValue() {
    assertThat(pair(FRUGAL, Metric.SLOW, 24, 0).isMet()).contains(false);
    assertThat(pair(FRUGAL, Metric.SLOW, 0.001, 0).isMet()).contains(true);
  }

  @Test
  void whatIsZeroHasNoRatio() {
    assertThat(figure(RATED, Metric.STALLED, 0).ratio()).isNull();
  }

  @Test
  void aFigureComesBackFromItsJson() {
    Figure figure = figure(SIZED, Metric.BYTES, 1.25, 1, 1.5);
    var json = Json.parseObject(Json.line(figure.toJson()));
    assertThat(Figure.fromJson(SIZED, Metric.BYTES, json)).isEqualTo(figure);
    assertThat(json).containsEntry("met", false).containsEntry("goal", "<= 1.15x");
  }

  @Test
  void aBaselineTellsBetterFromWorseInBothDirections() {
    var recorded =
        new Baseline(
            "2026-01-01", Map.of("rated.rate", Spread.of(4, 5), "sized.bytes", Spread.of(1, 1.1)));
    assertThat(recorded.verdict(figure(RATED, Metric.RATE, 3.8)))
        .isEqualTo(Baseline.Verdict.AS_BEFORE);
    assertThat(recorded.verdict(figure(RATED, Metric.RATE, 3))).isEqualTo(Baseline.Verdict.WORSE);
    assertThat(recorded.verdict(figure(RATED, Metric.RATE, 9))).isEqualTo(Baseline.Verdict.BETTER);
    assertThat(recorded.verdict(figure(SIZED, Metric.BYTES, 1.5)))
        .isEqualTo(Baseline.Verdict.WORSE);
    assertThat(recorded.verdict(figure(SIZED, Metric.BYTES, 0.5)))
        .isEqualTo(Baseline.Verdict.BETTER);
    assertThat(recorded.verdict(figure(TIMED, Metric.RATE, 2)))
        .isEqualTo(Baseline.Verdict.NOT_RECORDED);
  }

  private static Results results(String machine, Figure... figures) {
    var entries = new LinkedHashMap<Subject, Results.Entry>();
    for (Figure figure : figures) {
      entries.put(figure.subject(), new Results.Entry("2026-01-01", "bench", 5, List.of(figure)));
    }
    return new Results(new LinkedHashMap<>(Map.of("machine", machine)), entries);
  }

  @Test
  void aPartialRunReplacesItsWorkloadsInAFileOfTheSameMachineOnly() throws Exception {
    Path file = folder.resolve("r.json");
    Results before = results("a", figure(TIMED, Metric.RATE, 1), figure(RATED, Metric.RATE, 1));
    Files.writeString(file, Json.pretty(before.toJson()));

    Figure again = figure(RATED, Metric.RATE, 2);
    assertThat(results("a", again).over(file, ALL).figures())
        .containsExactly(again, figure(TIMED, Metric.RATE, 1));
    assertThat(results("b", again).over(file, ALL).figures()).containsExactly(again);
  }
}
