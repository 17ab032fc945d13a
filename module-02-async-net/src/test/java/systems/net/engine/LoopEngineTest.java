package systems.net.engine;

import org.junit.jupiter.api.Tag;

@Tag("phase-5")
final class LoopEngineTest extends EngineContract {
  @Override
  Engine engine() {
    return Engine.LOOP;
  }
}
