package systems.course.exam;

import java.time.Duration;

/**
 * What examined code may use up.
 *
 * @param heapMebibytes of the room's JVM; what it may have outside of the heap is bounded by the
 *     same number
 * @param perTest longest time without one test or invocation ending
 * @param whole longest time of one examination
 * @param deathsMax so many tests may end the JVM, then the examination ends
 */
public record Limits(int heapMebibytes, Duration perTest, Duration whole, int deathsMax) {
  public static final Limits USUAL =
      new Limits(768, Duration.ofSeconds(60), Duration.ofMinutes(10), 20);

  public Limits {
    if (heapMebibytes < 32 || deathsMax < 1 || !perTest.isPositive() || !whole.isPositive()) {
      throw new IllegalArgumentException("no room for a test: " + heapMebibytes + " MiB");
    }
  }
}
