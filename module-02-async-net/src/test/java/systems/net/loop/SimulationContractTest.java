package systems.net.loop;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

/** What holds on the real machine holds in a simulation, and the other way round. */
class SimulationContractTest {
  private static final int SEEDS = Effort.of(30, 5);

  private static void inSimulations(List<Consumer<World>> checks, int seeds) {
    for (Consumer<World> check : checks) {
      Simulation.forSeeds(1, seeds, simulation -> check.accept(new World.Simulated(simulation)));
    }
  }

  private static void onTheMachine(List<Consumer<World>> checks) {
    for (Consumer<World> check : checks) {
      try (var world = new World.Real()) {
        check.accept(world);
      }
    }
  }

  @Test
  @Tag("phase-2")
  void simulatedLoopsKeepTheContractOfLoops() {
    inSimulations(LoopContract.ALL, SEEDS);
  }

  @Test
  @Tag("phase-2")
  void simulatedConnectionsKeepTheContractOfTransports() {
    inSimulations(TransportContract.ALL, SEEDS);
    inSimulations(TransportContract.LONG, 1);
  }

  @Test
  @Tag("phase-2")
  void realLoopsKeepTheContractOfLoops() {
    onTheMachine(LoopContract.ALL);
  }

  @Test
  @Tag("phase-3")
  void realConnectionsKeepTheContractOfTransports() {
    onTheMachine(TransportContract.ALL);
    onTheMachine(TransportContract.LONG);
  }
}
