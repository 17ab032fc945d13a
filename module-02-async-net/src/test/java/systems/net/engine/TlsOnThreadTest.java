package systems.net.engine;

import org.junit.jupiter.api.Tag;

@Tag("phase-6")
final class TlsOnThreadTest extends TransportContract {
  @Override
  Engine engine() {
    return Engine.THREADS;
  }

  @Override
  Tls tls() {
    return TestKeys.tls();
  }
}
