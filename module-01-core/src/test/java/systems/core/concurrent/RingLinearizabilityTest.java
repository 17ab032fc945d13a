package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import systems.core.Effort;

/**
 * Tries interleavings of calls one after the other, and looks for answers that no order of the same
 * calls explains. What is explored is sequentially consistent: stores that a processor or a
 * compiler reorders are left to {@link MemoryOrderTest}.
 *
 * <p>A checker that cannot fail proves nothing, so the same one has to reject rings that are used
 * by more threads than they are made for, and one that is broken on purpose.
 */
@Tag("phase-4")
public class RingLinearizabilityTest {
  private static final int CAPACITY = 2;

  /** What the answers must be explained by. */
  public static class Model {
    private final ArrayDeque<Integer> elements = new ArrayDeque<>();

    public boolean offer(int n) {
      return elements.size() < CAPACITY && elements.add(n);
    }

    public int fill(int n) {
      return offer(n) ? 1 : 0;
    }

    public @Nullable Integer poll() {
      return elements.poll();
    }

    public @Nullable Integer peek() {
      return elements.peek();
    }
  }

  /** One producer, one consumer. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class OneToOne {
    private final SpscRing<Integer> ring = new SpscRing<>(CAPACITY);

    @Operation(nonParallelGroup = "producer")
    public boolean offer(@Param(name = "n") int n) {
      return ring.offer(n);
    }

    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer poll() {
      return ring.poll();
    }

    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer peek() {
      return ring.peek();
    }
  }

  /** Many producers, one consumer. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class ManyToOne {
    private final MpscRing<Integer> ring = new MpscRing<>(CAPACITY);

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      return ring.offer(n);
    }

    /** Of one; a longer batch takes the room that it finds, and that is no moment. */
    @Operation
    public int fill(@Param(name = "n") int n) {
      return ring.fill(new Integer[] {n}, 0, 1);
    }

    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer poll() {
      return ring.poll();
    }
  }

  /** Many of both. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class ManyToMany {
    private final MpmcRing<Integer> ring = new MpmcRing<>(CAPACITY);

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      return ring.offer(n);
    }

    @Operation
    public @Nullable Integer poll() {
      return ring.poll();
    }
  }

  /** A ring for one producer, with two. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class OneProducerTooMany {
    private final SpscRing<Integer> ring = new SpscRing<>(CAPACITY);

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      return ring.offer(n);
    }

    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer poll() {
      return ring.poll();
    }
  }

  /** A ring for one consumer, with two. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class OneConsumerTooMany {
    private final MpscRing<Integer> ring = new MpscRing<>(CAPACITY);

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      return ring.offer(n);
    }

    @Operation
    public @Nullable Integer poll() {
      return ring.poll();
    }
  }

  /** A ring that answers "full" and "empty" by the slot alone, whoever is under way in it. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class Hasty {
    private final AtomicReferenceArray<@Nullable Integer> slots =
        new AtomicReferenceArray<>(CAPACITY);
    private final AtomicLong tail = new AtomicLong();
    private final AtomicLong head = new AtomicLong();

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      while (true) {
        long at = tail.get();
        if (at - head.get() >= CAPACITY || slots.get((int) at % CAPACITY) != null) {
          return false;
        }
        if (tail.compareAndSet(at, at + 1)) {
          slots.set((int) at % CAPACITY, n);
          return true;
        }
      }
    }

    @Operation
    public @Nullable Integer poll() {
      while (true) {
        long at = head.get();
        Integer element = slots.get((int) at % CAPACITY);
        if (at == tail.get() || element == null) {
          return null;
        }
        if (head.compareAndSet(at, at + 1)) {
          slots.set((int) at % CAPACITY, null);
          return element;
        }
      }
    }
  }

  private static ModelCheckingOptions explorer(int scenarios, int interleavings) {
    return new ModelCheckingOptions()
        .iterations(scenarios)
        .invocationsPerIteration(interleavings)
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(1)
        .minimizeFailedScenario(false)
        .sequentialSpecification(Model.class);
  }

  private static final int SCENARIOS = Effort.of(10, 8);
  private static final int INTERLEAVINGS = Effort.of(150, 100);

  @Test
  void oneToOneIsExplainedBySomeOrder() {
    explorer(SCENARIOS, INTERLEAVINGS).check(OneToOne.class);
  }

  @Test
  void manyToOneIsExplainedBySomeOrder() {
    explorer(SCENARIOS, INTERLEAVINGS).check(ManyToOne.class);
  }

  @Test
  void manyToManyIsExplainedBySomeOrder() {
    explorer(SCENARIOS, INTERLEAVINGS).check(ManyToMany.class);
  }

  private static void checkIsRejected(Class<?> wrong) {
    new MpscRing<Integer>(CAPACITY).offer(1);
    var checker = explorer(30, 200);
    assertThatThrownBy(() -> checker.check(wrong))
        .as("what the checker says of %s", wrong.getSimpleName())
        .isInstanceOf(LincheckAssertionError.class);
  }

  @Test
  void theCheckerRejectsASecondProducer() {
    checkIsRejected(OneProducerTooMany.class);
  }

  @Test
  void theCheckerRejectsASecondConsumer() {
    checkIsRejected(OneConsumerTooMany.class);
  }

  @Test
  void theCheckerRejectsARingThatDoesNotWaitForWhoIsUnderWay() {
    checkIsRejected(Hasty.class);
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void manyMoreScenariosAreExplained() {
    explorer(100, 2_000).check(OneToOne.class);
    explorer(100, 2_000).threads(3).check(ManyToOne.class);
    explorer(100, 2_000).threads(3).check(ManyToMany.class);
  }
}
