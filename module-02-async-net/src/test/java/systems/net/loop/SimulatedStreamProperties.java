package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Two ends that do what they like, on any seed: each gets exactly what the other has sent. */
@Tag("phase-2")
class SimulatedStreamProperties {
  private static final long MILLI = 1_000_000;
  private static final int ACTIONS = 30;

  /** Writes, pauses and takes at random; ends after so many actions. */
  private static final class Capricious extends Recorder {
    final Loop loop;
    final Random random;
    final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private int left = ACTIONS;
    private boolean ended;

    /** Bytes that were taken, and those that were offered last. */
    private int offered;

    Capricious(Loop loop, long seed) {
      this.loop = loop;
      random = new Random(seed);
    }

    @Override
    void onConnected() {
      act();
    }

    private void act() {
      switch (random.nextInt(6)) {
        case 0 -> own().pauseReading();
        case 1 -> own().resumeReading();
        case 2 -> own().flush();
        default -> write(random.nextInt(4) == 0 ? random.nextInt(20_000) : random.nextInt(50));
      }
      if (--left > 0) {
        loop.schedule(random.nextInt(3) * MILLI, this::act);
      } else {
        own().resumeReading();
        own().finish();
      }
    }

    private void write(int count) {
      var bytes = new byte[count];
      random.nextBytes(bytes);
      own().write(bytes, 0, count);
      sent.writeBytes(bytes);
      if (random.nextBoolean()) {
        own().flush();
      }
    }

    @Override
    int onReceive(byte[] bytes, int from, int to) {
      if (random.nextInt(20) == 0) {
        own().pauseReading();
        loop.schedule(MILLI, () -> own().resumeReading());
      }
      offered = taken.size() + to - from;
      int count = random.nextInt(to - from + 1);
      return super.onReceive(bytes, from, from + count);
    }

    @Override
    void onInputEnded() {
      ended = true;
    }
  }

  @Property(tries = 200)
  void eachGetsWhatTheOtherSent(@ForAll long seed) {
    var simulation = new Simulation(seed);
    Loop one = simulation.loop("one");
    Loop other = simulation.loop("other");
    var client = new Capricious(one, seed + 1);
    var server = new Capricious(other, seed + 2);
    var at = new InetSocketAddress("10.0.0.2", 80);
    var listener = simulation.network(other).listen(at, () -> server);
    one.execute(() -> simulation.network(one).connect(listener.address(), 100 * MILLI, client));
    simulation.run();
    for (Capricious end : new Capricious[] {client, server}) {
      assertThat(end.ended).as("the end of input was told, seed %s", seed).isTrue();
      assertThat(end.calls).as("seed %s", seed).startsWith("connected").endsWith("closed");
      assertThat(end.calls.stream().filter("closed"::equals)).hasSize(1);
      assertThat(end.closed.join()).as("cause of the end, seed %s", seed).isEqualTo("null");
    }
    assertSame(client, server, seed);
    assertSame(server, client, seed);
  }

  private static void assertSame(Capricious from, Capricious to, long seed) {
    byte[] sent = from.sent.toByteArray();
    byte[] taken = to.taken.toByteArray();
    assertThat(to.offered).as("bytes offered, seed %s", seed).isEqualTo(sent.length);
    int mismatch = Arrays.mismatch(taken, 0, taken.length, sent, 0, taken.length);
    assertThat(mismatch).as("first byte that is not as sent, seed %s", seed).isEqualTo(-1);
  }
}
