package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.core.Effort;

/** As {@link RingLinearizabilityTest}, of the structures that have no ring. */
@Tag("phase-4")
public class StackAndQueueLinearizabilityTest {

  /** A stack. */
  public static class StackModel {
    private final ArrayDeque<Integer> elements = new ArrayDeque<>();

    public boolean push(int n) {
      elements.push(n);
      return true;
    }

    public @Nullable Integer pop() {
      return elements.poll();
    }
  }

  /** Nodes from the heap. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class Treiber {
    private final TreiberStack<Integer> stack = new TreiberStack<>();

    @Operation
    public boolean push(@Param(name = "n") int n) {
      stack.push(n);
      return true;
    }

    @Operation
    public @Nullable Integer pop() {
      return stack.pop();
    }
  }

  /** Slots that come back, enough of them for the calls that are under way. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class Tagged {
    private final TaggedStack<Integer> stack = new TaggedStack<>(8);

    @Operation
    public boolean push(@Param(name = "n") int n) {
      return stack.push(n);
    }

    @Operation
    public @Nullable Integer pop() {
      return stack.pop();
    }
  }

  /** A stack that looks and then stores. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class LookThenStore {
    private record Node(int element, @Nullable Node next) {}

    private final AtomicReference<@Nullable Node> top = new AtomicReference<>();

    @Operation
    public boolean push(@Param(name = "n") int n) {
      top.set(new Node(n, top.get()));
      return true;
    }

    @Operation
    public @Nullable Integer pop() {
      Node node = top.get();
      if (node == null) {
        return null;
      }
      top.set(node.next);
      return node.element;
    }
  }

  /** A queue. */
  public static class QueueModel {
    private final ArrayDeque<Integer> elements = new ArrayDeque<>();

    public void offer(int n) {
      elements.add(n);
    }

    public @Nullable Integer poll() {
      return elements.poll();
    }
  }

  /** The real one. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class MichaelScott {
    private final MichaelScottQueue<Integer> queue = new MichaelScottQueue<>();

    @Operation
    public void offer(@Param(name = "n") int n) {
      queue.offer(n);
    }

    @Operation
    public @Nullable Integer poll() {
      return queue.poll();
    }
  }

  /** A queue whose offers swing the tail first and link afterwards. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class TailFirst {
    private static final class Node {
      private @Nullable Integer element;
      private final AtomicReference<@Nullable Node> next = new AtomicReference<>();
    }

    private final AtomicReference<Node> head = new AtomicReference<>(new Node());
    private final AtomicReference<Node> tail = new AtomicReference<>(head.get());

    @Operation
    public void offer(@Param(name = "n") int n) {
      var node = new Node();
      node.element = n;
      tail.getAndSet(node).next.set(node);
    }

    @Operation
    public @Nullable Integer poll() {
      while (true) {
        Node dummy = head.get();
        Node first = dummy.next.get();
        if (first == null) {
          return null;
        }
        if (head.compareAndSet(dummy, first)) {
          return first.element;
        }
      }
    }
  }

  /** A count, whose sum is asked for when nobody adds. */
  public static class CounterModel {
    private long sum;

    public void add(int n) {
      sum += n;
    }

    public long sum() {
      return sum;
    }
  }

  /** All in one cell. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class Counter {
    private final StripedCounter counter = new StripedCounter(1);

    @Operation
    public void add(@Param(name = "n") int n) {
      counter.add(n);
    }

    @Operation
    public long sum() {
      return counter.sum();
    }
  }

  /** A cell of a snapshot as a counter. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class Versions {
    private final Snapshot<Long> total = new Snapshot<>(0L);

    @Operation
    public void add(@Param(name = "n") int n) {
      total.update(sum -> sum + n);
    }

    @Operation
    public long sum() {
      return total.get();
    }
  }

  private static ModelCheckingOptions explorer(Class<?> model) {
    return new ModelCheckingOptions()
        .iterations(Effort.of(10, 8))
        .invocationsPerIteration(Effort.of(150, 100))
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(2)
        .minimizeFailedScenario(false)
        .sequentialSpecification(model);
  }

  @Test
  void theStackOfNodesIsExplainedBySomeOrder() {
    explorer(StackModel.class).check(Treiber.class);
  }

  @Test
  void theStackOfSlotsIsExplainedBySomeOrder() {
    explorer(StackModel.class).check(Tagged.class);
  }

  @Test
  void theQueueIsExplainedBySomeOrder() {
    explorer(QueueModel.class).check(MichaelScott.class);
  }

  @Test
  void aCountLosesNothing() {
    explorer(CounterModel.class).check(Counter.class);
  }

  @Test
  void anUpdateOfASnapshotLosesNoOther() {
    explorer(CounterModel.class).check(Versions.class);
  }

  @Test
  void theCheckerRejectsAStackThatLooksAndThenStores() {
    new TreiberStack<Integer>().push(1);
    assertThatThrownBy(() -> explorer(StackModel.class).check(LookThenStore.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  @Test
  void theCheckerRejectsAQueueWhoseTailRunsAhead() {
    new MichaelScottQueue<Integer>().offer(1);
    assertThatThrownBy(() -> explorer(QueueModel.class).check(TailFirst.class))
        .isInstanceOf(LincheckAssertionError.class);
  }
}
