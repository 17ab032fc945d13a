package systems.benchmarks.kvstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final List<Workload> ALL = List.of(Workload.values());

  @Test
  void whatMustRunBeforeIsPartOfThePlan() {
    assertThat(Plan.separate(List.of(Workload.READSEQ)).steps())
        .containsExactly(
            List.of(Workload.FILLRANDOM), List.of(Workload.SPACE), List.of(Workload.READSEQ));
  }

  @Test
  void aStoreIsKeptForAsLongAsAStepRunsOnIt() {
    Plan plan = Plan.separate(List.of(Workload.READSEQ, Workload.FILLSYNC_1));
    assertThat(plan.isLastOnItsStore(1)).isFalse();
    assertThat(plan.isLastOnItsStore(2)).isTrue();
    assertThat(plan.isLastOnItsStore(3)).isTrue();
  }

  @Test
  void aStepOfManyWorkloadsHasOneStoreAndEndsWithAKill() {
    for (List<Workload> step : Plan.together(ALL).steps()) {
      assertThat(step).extracting(Workload::root).containsOnly(step.getFirst().root());
      assertThat(step.subList(0, step.size() - 1)).noneMatch(Workload::endsByKill);
    }
  }

  @Test
  void everyWorkloadComesAfterTheOneWhoseStoreItNeeds() {
    for (Workload workload : ALL) {
      assertThat(workload.on() == null || workload.on().ordinal() < workload.ordinal())
          .as(workload.title())
          .isTrue();
    }
  }

  @Test
  void noTwoWorkloadsHaveOneTitle() {
    assertThat(ALL).extracting(Workload::title).doesNotHaveDuplicates();
    assertThat(Workload.of("fillsync-8")).isEqualTo(Workload.FILLSYNC_8);
  }

  @Test
  void aScaleSurvivesTheWayThroughACommandLine() {
    Scale scale = Scale.FULL.withEntries(1000).withKeys(Keys.DECIMAL);
    List<String> arguments = scale.toArguments();
    assertThat(Scale.of(arguments.get(0), arguments.get(1), arguments.get(2))).isEqualTo(scale);
  }
}
