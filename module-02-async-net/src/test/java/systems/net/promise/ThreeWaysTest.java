package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.loop.Simulation;

/** The three programs ask the same questions and come to the same end. */
@Tag("phase-2")
class ThreeWaysTest {
  private enum Way {
    CALLBACKS,
    PROMISES,
    AWAIT
  }

  private static List<String> run(Way way, List<String> failing) {
    var simulation = new Simulation(1);
    var loop = simulation.loop("loop");
    var service = new ThreeWays.Flaky(loop, failing);
    var heard = new ArrayList<String>();
    loop.execute(() -> {
      switch (way) {
        case CALLBACKS ->
            ThreeWays.callbacks(
                loop, service, (sum, cause) -> heard.add("sum " + sum + ", cause " + cause));
        case PROMISES, AWAIT -> {
          var sum =
              way == Way.AWAIT ? ThreeWays.await(loop, service) : ThreeWays.promises(loop, service);
          var unused =
              sum.whenDone((value, cause) -> heard.add("sum " + value + ", cause " + cause));
          assertThat(unused).isSameAs(sum);
        }
      }
    });
    simulation.run();
    heard.addAll(service.asked);
    return heard;
  }

  @Test
  void allIsWell() {
    for (Way way : Way.values()) {
      assertThat(run(way, List.of()))
          .as("%s", way)
          .containsExactly("sum 6, cause null", "group", "ann", "bob", "cyd");
    }
  }

  @Test
  void oneFailureIsTriedAgain() {
    for (Way way : Way.values()) {
      assertThat(run(way, List.of("bob")))
          .as("%s", way)
          .containsExactly("sum 6, cause null", "group", "ann", "bob", "bob", "cyd");
    }
  }

  @Test
  void twoFailuresAreTheEnd() {
    for (Way way : Way.values()) {
      assertThat(run(way, List.of("bob", "bob")))
          .as("%s", way)
          .containsExactly(
              "sum null, cause java.io.IOException: bob is down", "group", "ann", "bob", "bob");
    }
  }
}
