package systems.core.concurrent;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** What was written into a message before the offer is seen by who polls it. */
@JCStressTest
@State
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "the consumer came before the producer")
@Outcome(id = "7", expect = Expect.ACCEPTABLE, desc = "the consumer got the message as it was")
@Outcome(
    id = "0",
    expect = Expect.FORBIDDEN,
    desc = "it got the message and not what was written in it")
public class MpscRingOrder {
  private static final class Message {
    private int text;
  }

  private final MpscRing<Message> ring = new MpscRing<>(2);
  private final Message message = new Message();

  @Actor
  public void producer() {
    message.text = 7;
    ring.offer(message);
  }

  @Actor
  public void consumer(I_Result r) {
    Message got = ring.poll();
    r.r1 = got == null ? -1 : got.text;
  }
}
