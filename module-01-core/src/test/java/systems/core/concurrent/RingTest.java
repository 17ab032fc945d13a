package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one thread sees of a ring, whichever it is. */
class RingTest {
  enum Kind {
    SPSC(SpscRing::new),
    MPSC(MpscRing::new),
    MPMC(MpmcRing::new);

    private final IntFunction<Ring<Object>> maker;

    Kind(IntFunction<Ring<Object>> maker) {
      this.maker = maker;
    }

    Ring<Object> ring(int capacity) {
      return maker.apply(capacity);
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void elementsComeOutInTheOrderInWhichTheyWentIn(Kind kind) {
    var ring = kind.ring(8);
    int in = 0;
    int out = 0;
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i <= round % 8; i++) {
        assertThat(ring.offer(in++)).as("there is room").isTrue();
      }
      assertThat(ring.size()).isEqualTo(in - out);
      while (out < in) {
        assertThat(ring.poll()).isEqualTo(out++);
      }
      assertThat(ring.poll()).as("the ring is empty").isNull();
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void aFullRingTakesNothingAndLosesNothing(Kind kind) {
    for (int capacity = 2; capacity <= 64; capacity *= 2) {
      var ring = kind.ring(capacity);
      int in = 0;
      for (int lap = 0; lap < 3; lap++) {
        while (ring.offer(in)) {
          in++;
        }
        assertThat(ring.size()).as("elements in a full ring of %d", capacity).isEqualTo(capacity);
        assertThat(in).as("offers taken so far, in lap %d", lap).isEqualTo((lap + 1) * capacity);
        for (int out = in - capacity; out < in; out++) {
          assertThat(ring.poll()).as("the oldest of %d", capacity).isEqualTo(out);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void oneTakenOutMakesRoomForOne(Kind kind) {
    var ring = kind.ring(8);
    for (int i = 0; i < 8; i++) {
      ring.offer(i);
    }
    for (int i = 8; i < 100; i++) {
      assertThat(ring.offer(i)).as("a full ring").isFalse();
      assertThat(ring.poll()).isEqualTo(i - 8);
      assertThat(ring.offer(i)).as("room for one").isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void nullIsNoElement(Kind kind) {
    var ring = kind.ring(4);
    assertThatThrownBy(() -> ring.offer(none())).isInstanceOf(NullPointerException.class);
    Object[] withHole = {1, none(), 3};
    assertThatThrownBy(() -> ring.fill(withHole, 0, 3)).isInstanceOf(NullPointerException.class);
    ring.drain(_ -> {}, 4);
    assertThat(ring.offer("a")).isTrue();
    assertThat(ring.size()).as("a refused batch claims no place").isEqualTo(1);
    assertThat(ring.poll()).isEqualTo("a");
  }

  @SuppressWarnings({"NullAway", "DataFlowIssue"})
  private static Object none() {
    return null;
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void aBatchFillsWhatIsFree(Kind kind) {
    var ring = kind.ring(8);
    Object[] numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assertThat(ring.fill(numbers, 2, 2)).isZero();
    assertThat(ring.fill(numbers, 1, 6)).isEqualTo(5);
    assertThat(ring.fill(numbers, 0, 10)).as("three places are left").isEqualTo(3);
    assertThat(ring.fill(numbers, 0, 10)).as("none is").isZero();
    List<Object> out = new ArrayList<>();
    assertThat(ring.drain(out::add, 6)).isEqualTo(6);
    assertThat(ring.drain(out::add, 6)).isEqualTo(2);
    assertThat(out).containsExactly(1, 2, 3, 4, 5, 0, 1, 2);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void aConsumerThatThrowsLosesTheOneThatItGot(Kind kind) {
    var ring = kind.ring(4);
    for (int i = 0; i < 4; i++) {
      ring.offer(i);
    }
    assertThatThrownBy(() ->
            ring.drain(
                e -> {
                  throw new IllegalStateException("not " + e);
                },
                4))
        .hasMessage("not 0");
    List<Object> out = new ArrayList<>();
    ring.drain(out::add, 4);
    assertThat(out).containsExactly(1, 2, 3);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void aConsumerMayOffer(Kind kind) {
    var ring = kind.ring(4);
    ring.offer("a");
    int taken = ring.drain(e -> ring.offer(e + "a"), 3);
    assertThat(taken).isEqualTo(3);
    assertThat(ring.poll()).isEqualTo("aaaa");
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-4")
  void aSlotThatIsEmptyKeepsNobodyAlive(Kind kind) {
    var ring = kind.ring(4);
    for (int i = 0; i < 7; i++) {
      ring.offer(i);
      ring.poll();
    }
    assertThat(((Cursors) ring).slots).as("slots of an empty ring").containsOnlyNulls();
  }

  @Test
  @Tag("phase-4")
  void aLookTakesNothing() {
    var single = new SpscRing<String>(2);
    var many = new MpscRing<String>(2);
    assertThat(single.peek()).isNull();
    assertThat(many.peek()).isNull();
    single.offer("a");
    many.offer("a");
    single.offer("b");
    many.offer("b");
    assertThat(single.peek()).isEqualTo("a").isEqualTo(single.peek()).isEqualTo(single.poll());
    assertThat(many.peek()).isEqualTo("a").isEqualTo(many.peek()).isEqualTo(many.poll());
    assertThat(single.peek()).isEqualTo("b");
    assertThat(many.peek()).isEqualTo("b");
  }

  /** The counters pass the numbers that an {@code int} can hold. */
  @ParameterizedTest
  @EnumSource(names = {"SPSC", "MPSC"})
  @Tag("phase-4")
  void positionsGoBeyondAnInt(Kind kind) {
    var ring = kind.ring(4);
    var cursors = (Cursors) ring;
    cursors.tail = (1L << 32) - 2;
    cursors.head = cursors.tail;
    cursors.limit = cursors.tail;
    for (int i = 0; i < 10; i++) {
      for (int k = 0; k < 4; k++) {
        assertThat(ring.offer(i + k)).isTrue();
      }
      assertThat(ring.offer(-1)).isFalse();
      for (int k = 0; k < 4; k++) {
        assertThat(ring.poll()).isEqualTo(i + k);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("given")
  void theCapacityIsAPowerOfTwo(Kind kind) {
    for (int capacity : new int[] {-8, 0, 1, 3, 12, (1 << 30) + 1, Integer.MIN_VALUE}) {
      assertThatThrownBy(() -> kind.ring(capacity))
          .as("capacity %d", capacity)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(kind.ring(2).capacity()).isEqualTo(2);
  }
}
