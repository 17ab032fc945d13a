package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import systems.net.Effort;

/**
 * Tries interleavings of offers, polls and a close, one after the other, and looks for answers that
 * no order of the same calls explains.
 *
 * <p>What is explored is sequentially consistent; a release that is missing is not found in this
 * way. A checker that cannot fail proves nothing, so it also has to reject a second consumer.
 */
@Tag("phase-1")
@Tag("slow")
public class TaskQueueLinearizabilityTest {
  private static final int CAPACITY = 2;

  /** A task that can be told from others. */
  public record Task(int n) implements Runnable {
    @Override
    public void run() {}
  }

  /** What the answers must be explained by. */
  public static class Model {
    private final ArrayDeque<Integer> tasks = new ArrayDeque<>();
    private boolean closed;

    public boolean offer(int n) {
      return !closed && tasks.size() < CAPACITY && tasks.add(n);
    }

    public int poll() {
      return tasks.isEmpty() ? 0 : tasks.poll();
    }

    public void close() {
      closed = true;
    }
  }

  private static int number(TaskQueue queue) {
    return queue.poll() instanceof Task(int n) ? n : 0;
  }

  /** As the loop uses it. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class OneConsumer {
    private final TaskQueue queue = new TaskQueue(CAPACITY);

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      return queue.offer(new Task(n));
    }

    @Operation(nonParallelGroup = "consumer")
    public int poll() {
      return number(queue);
    }

    @Operation
    public void close() {
      queue.close();
    }
  }

  /** As nobody may use it. */
  @Param(name = "n", gen = IntGen.class, conf = "1:3")
  public static class TwoConsumers {
    private final TaskQueue queue = new TaskQueue(CAPACITY);

    @Operation
    public boolean offer(@Param(name = "n") int n) {
      return queue.offer(new Task(n));
    }

    @Operation
    public int poll() {
      return number(queue);
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

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void someOrderExplainsAllAnswers() {
    explorer(Effort.of(40, 10), Effort.of(1_000, 200)).check(OneConsumer.class);
    explorer(Effort.of(20, 5), Effort.of(1_000, 200)).threads(3).check(OneConsumer.class);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void theCheckerRejectsASecondConsumer() {
    new TaskQueue(CAPACITY).offer(new Task(1));
    var checker = explorer(30, 300);
    assertThatThrownBy(() -> checker.check(TwoConsumers.class))
        .isInstanceOf(LincheckAssertionError.class);
  }
}
