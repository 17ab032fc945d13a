package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-2")
public class RecordRingTest {

  private static <E> List<E> drained(RecordRing<E> ring) {
    var out = new ArrayList<E>();
    ring.drain(out::add);
    return out;
  }

  @Test
  void elementsComeOutInTheOrderInWhichTheyWentIn() {
    var ring = new RecordRing<Integer>(8);
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 6; i++) {
        assertThat(ring.offer(i)).isTrue();
      }
      assertThat(drained(ring)).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(drained(ring)).isEmpty();
    }
  }

  @Test
  void aFullRingTakesNothingUntilItIsDrained() {
    var ring = new RecordRing<Integer>(4);
    for (int i = 0; i < 4; i++) {
      assertThat(ring.offerOnce(i)).isEqualTo(RecordRing.Offer.TAKEN);
    }
    assertThat(ring.offerOnce(4)).isEqualTo(RecordRing.Offer.FULL);
    assertThat(ring.offer(4)).isFalse();
    assertThat(drained(ring)).containsExactly(0, 1, 2, 3);
    assertThat(ring.offer(4)).isTrue();
    assertThat(drained(ring)).containsExactly(4);
  }

  @Test
  void aDrainedRingKeepsNobodyAlive() {
    var ring = new RecordRing<Object>(4);
    var seen = new ArrayList<>();
    ring.offer("a");
    ring.drain(element -> {
      seen.add(element);
      ring.offer("b"); // a consumer may be a producer
    });
    assertThat(seen).startsWith("a");
    assertThat(seen.size()).as("a drain is bounded").isLessThanOrEqualTo(4);
  }

  @Test
  void aReadBufferHoldsABoundedNumberAndLosesTheRest() {
    var buffer = new ReadBuffer<Integer>(2);
    int full = 0;
    for (int i = 0; i < 1000; i++) {
      full += buffer.record(i) ? 1 : 0;
    }
    var out = new ArrayList<Integer>();
    buffer.drain(out::add);
    assertThat(out).hasSize(1000 - full).startsWith(0, 1, 2);
    assertThat(out.size()).isLessThanOrEqualTo(buffer.capacity());
    assertThat(buffer.record(7)).as("there is room again").isFalse();
  }

  /** What the explorer calls: two producers and one consumer. */
  public static class Sound {
    private final RecordRing<Integer> ring;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger out = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();

    public Sound() {
      this(new RecordRing<>(2));
    }

    private Sound(RecordRing<Integer> ring) {
      this.ring = ring;
    }

    @Operation
    public void offer() {
      int number = numbers.incrementAndGet();
      if (ring.offer(number)) {
        taken.addAndGet(number);
      }
    }

    @Operation(nonParallelGroup = "consumer")
    public void drain() {
      ring.drain(out::addAndGet);
    }

    @Validate
    public void whatWasTakenComesOutOnce() {
      ring.drain(out::addAndGet);
      if (taken.get() != out.get()) {
        throw new AssertionError("took " + taken + ", gave out " + out);
      }
    }
  }

  /** A ring whose producers look at the tail and then move it, as if nothing came between. */
  private static final class RacyRing extends RecordRing<Integer> {
    RacyRing() {
      super(2);
    }

    @Override
    boolean claim(long tail) {
      if (counters.get(TAIL) != tail) {
        return false;
      }
      counters.set(TAIL, tail + 1);
      return true;
    }
  }

  /** What the checker must reject. */
  public static class Racy extends Sound {
    public Racy() {
      super(new RacyRing());
    }
  }

  /** Only {@link Sound#whatWasTakenComesOutOnce} is asked for: calls give no answers. */
  private static ModelCheckingOptions explorer() {
    return new ModelCheckingOptions()
        .iterations(10)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsBefore(0)
        .actorsPerThread(3)
        .actorsAfter(0)
        .minimizeFailedScenario(false);
  }

  @Test
  void noInterleavingLosesOrDoublesAnElement() {
    explorer().check(Sound.class);
  }

  @Test
  void theCheckerRejectsProducersThatLookAndThenMove() {
    var alone = new Racy();
    alone.offer();
    alone.offer();
    alone.offer();
    alone.drain();
    alone.whatWasTakenComesOutOnce();
    var checker = explorer();
    assertThatThrownBy(() -> checker.check(Racy.class))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("whatWasTakenComesOutOnce");
  }
}
