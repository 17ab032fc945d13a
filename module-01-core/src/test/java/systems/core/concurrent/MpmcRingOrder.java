package systems.core.concurrent;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The element must be in its slot before the slot's turn says so. */
@JCStressTest
@State
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the consumer came after the producer")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the consumer came before the producer")
@Outcome(
    id = "0, 0",
    expect = Expect.FORBIDDEN,
    desc = "taken before it was there: the element is lost")
public class MpmcRingOrder {
  private final MpmcRing<Integer> ring = new MpmcRing<>(2);

  @Actor
  public void producer() {
    ring.offer(1);
  }

  @Actor
  public void consumer(II_Result r) {
    Integer element = ring.poll();
    r.r1 = element == null ? 0 : element;
  }

  @Arbiter
  public void rest(II_Result r) {
    Integer element = ring.poll();
    r.r2 = element == null ? 0 : element;
  }
}
