package systems.benchmarks.kvstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.benchmarks.Json;
import systems.benchmarks.Spread;

class FigureTest {
  @TempDir Path folder;

  private static Figure.Round round(Workload workload, Metric metric, double ours, double rival) {
    var round = new EnumMap<Contestant, Measurement>(Contestant.class);
    round.put(Contestant.OURS, Measurement.of(workload).with(metric, ours));
    round.put(Contestant.ROCKSDB, Measurement.of(workload).with(metric, rival));
    return new Figure.Round(round);
  }

  private static Figure figure(Workload workload, Metric metric, double... oursToRival) {
    var rounds = new ArrayList<Figure.Round>();
    for (double ratio : oursToRival) {
      rounds.add(round(workload, metric, ratio * 100, 100));
    }
    return Figure.of(workload, rounds).getFirst();
  }

  @Test
  void aRatioIsTakenRoundByRound() {
    var rounds =
        List.of(
            round(Workload.READSEQ, Metric.RATE, 10, 1),
            round(Workload.READSEQ, Metric.RATE, 100, 50),
            round(Workload.READSEQ, Metric.RATE, 30, 10));
    assertThat(Figure.of(Workload.READSEQ, rounds).getFirst().ratio())
        .isEqualTo(new Spread(3, 2, 10));
  }

  @Test
  void aRoundInWhichTheSystemsReadDifferentDataIsNoResult() {
    var round = new EnumMap<Contestant, Measurement>(Contestant.class);
    round.put(Contestant.OURS, Measurement.of(Workload.READSEQ).withChecksum(1));
    round.put(Contestant.ROCKSDB, Measurement.of(Workload.READSEQ).withChecksum(2));
    assertThatThrownBy(() -> new Figure.Round(round)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aGoalForARateIsReachedFromAboveAndOneForATimeFromBelow() {
    assertThat(figure(Workload.READSEQ, Metric.RATE, 4).isMet()).contains(true);
    assertThat(figure(Workload.READSEQ, Metric.RATE, 3.9).isMet()).contains(false);
    assertThat(figure(Workload.REOPEN, Metric.TIME, 1).isMet()).contains(true);
    assertThat(figure(Workload.REOPEN, Metric.TIME, 1.1).isMet()).contains(false);
    assertThat(figure(Workload.READSEQ, Metric.CPU, 1.1).isMet()).isEmpty();
  }

  @Test
  void aGoalOfZeroAsksForOurOwnValue() {
    var rounds = List.of(round(Workload.ALLOCATION, Metric.GET_ALLOCATION, 24, 0));
    assertThat(Figure.of(Workload.ALLOCATION, rounds).getFirst().isMet()).contains(false);
    rounds = List.of(round(Workload.ALLOCATION, Metric.GET_ALLOCATION, 0.001, 0));
    assertThat(Figure.of(Workload.ALLOCATION, rounds).getFirst().isMet()).contains(true);
  }

  @Test
  void whatIsZeroHasNoRatio() {
    assertThat(figure(Workload.OVERWRITE, Metric.STALLED, 0).ratio()).isNull();
  }

  @Test
  void aFigureComesBackFromItsJson() {
    Figure figure = figure(Workload.SPACE, Metric.BYTES, 1.25, 1, 1.5);
    var json = Json.parseObject(Json.line(figure.toJson()));
    assertThat(Figure.fromJson(Workload.SPACE, Metric.BYTES, json)).isEqualTo(figure);
    assertThat(json).containsEntry("met", false).containsEntry("goal", "<= 1.15x");
  }

  @Test
  void aBaselineTellsBetterFromWorseInBothDirections() {
    var recorded =
        new Baseline(
            "2026-01-01",
            Map.of("readseq.rate", Spread.of(4, 5), "space.bytes", Spread.of(1, 1.1)));
    assertThat(recorded.verdict(figure(Workload.READSEQ, Metric.RATE, 3.8)))
        .isEqualTo(Baseline.Verdict.AS_BEFORE);
    assertThat(recorded.verdict(figure(Workload.READSEQ, Metric.RATE, 3)))
        .isEqualTo(Baseline.Verdict.WORSE);
    assertThat(recorded.verdict(figure(Workload.READSEQ, Metric.RATE, 9)))
        .isEqualTo(Baseline.Verdict.BETTER);
    assertThat(recorded.verdict(figure(Workload.SPACE, Metric.BYTES, 1.5)))
        .isEqualTo(Baseline.Verdict.WORSE);
    assertThat(recorded.verdict(figure(Workload.SPACE, Metric.BYTES, 0.5)))
        .isEqualTo(Baseline.Verdict.BETTER);
    assertThat(recorded.verdict(figure(Workload.FILLSEQ, Metric.RATE, 2)))
        .isEqualTo(Baseline.Verdict.NOT_RECORDED);
  }

  private static Results results(String machine, Figure... figures) {
    var entries = new TreeMap<Workload, Results.Entry>();
    for (Figure figure : figures) {
      entries.put(figure.workload(), new Results.Entry("2026-01-01", "bench", 5, List.of(figure)));
    }
    return new Results(new LinkedHashMap<>(Map.of("machine", machine)), entries);
  }

  @Test
  void aPartialRunReplacesItsWorkloadsInAFileOfTheSameMachineOnly() throws Exception {
    Path file = folder.resolve("r.json");
    Results before =
        results(
            "a",
            figure(Workload.FILLSEQ, Metric.RATE, 1),
            figure(Workload.READSEQ, Metric.RATE, 1));
    Files.writeString(file, Json.pretty(before.toJson()));

    Figure again = figure(Workload.READSEQ, Metric.RATE, 2);
    assertThat(results("a", again).over(file).figures())
        .containsExactly(figure(Workload.FILLSEQ, Metric.RATE, 1), again);
    assertThat(results("b", again).over(file).figures()).containsExactly(again);
  }
}
