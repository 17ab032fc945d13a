package systems.net.engine;

import org.junit.jupiter.api.Tag;

@Tag("phase-6")
final class NettyEngineTest extends EngineContract {
  @Override
  Engine engine() {
    return Engine.NETTY;
  }
}
