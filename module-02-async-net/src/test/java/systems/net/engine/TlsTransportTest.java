package systems.net.engine;

import org.junit.jupiter.api.Tag;

@Tag("phase-5")
final class TlsTransportTest extends TransportContract {
  @Override
  Engine engine() {
    return Engine.LOOP;
  }

  @Override
  Tls tls() {
    return TestKeys.tls();
  }
}
