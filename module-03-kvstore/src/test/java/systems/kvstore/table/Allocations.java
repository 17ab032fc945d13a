package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/** Measures that a piece of code allocates nothing once it is compiled. */
final class Allocations {
  private static final int ROUNDS_MAX = 400;

  private Allocations() {}

  /** What is measured. */
  interface Step {
    void run(int i) throws IOException;
  }

  /**
   * Runs rounds of {@code steps} steps until one of them has allocated less than a byte per ten
   * steps. Code that is still interpreted may box; code that allocates by itself never gets there.
   */
  static void assertNonePerStep(int steps, Step step) throws IOException {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS_MAX && least >= steps / 10; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < steps; i++) {
        step.run(i);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least).as("bytes allocated by %d steps", steps).isLessThan(steps / 10);
  }
}
