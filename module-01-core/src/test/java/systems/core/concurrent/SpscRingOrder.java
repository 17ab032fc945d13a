package systems.core.concurrent;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Whenever the two meet, each element comes out. Four offers, so that the compiler has four places
 * at which it may get it wrong. What {@link PlainRingOrder} shows of a ring with positions cannot
 * come here: the slot is the flag.
 */
@JCStressTest
@State
@Outcome(id = "10", expect = Expect.ACCEPTABLE, desc = "every element came out")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "an element is lost")
public class SpscRingOrder {
  private final SpscRing<Integer> ring = new SpscRing<>(4);
  private int sum;

  @Actor
  public void producer() {
    ring.offer(1);
    ring.offer(2);
    ring.offer(3);
    ring.offer(4);
  }

  @Actor
  public void consumer() {
    take();
    take();
    take();
    take();
  }

  private void take() {
    Integer element = ring.poll();
    sum += element == null ? 0 : element;
  }

  @Arbiter
  public void sum(I_Result r) {
    take();
    take();
    take();
    take();
    r.r1 = sum;
  }
}
