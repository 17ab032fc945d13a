package systems.net.engine;

import org.junit.jupiter.api.Tag;

@Tag("phase-6")
final class TlsOnNettyTest extends TransportContract {
  @Override
  Engine engine() {
    return Engine.NETTY;
  }

  @Override
  Tls tls() {
    return TestKeys.tls();
  }
}
