package systems.core.concurrent;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A thread that is about to sleep sees what happened, or is woken; or both. */
@JCStressTest
@State
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "seen, so nobody need be woken")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "not seen, and woken")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "seen and woken")
@Outcome(
    id = "false, false",
    expect = Expect.FORBIDDEN,
    desc = "it sleeps though there is work: not seen, not woken")
public class EventCountOrder {
  private final EventCount event = new EventCount();
  private int work;
  private long ticket;

  @Actor
  public void acts() {
    work = 1;
    event.signal();
  }

  @Actor
  public void waits(ZZ_Result r) {
    ticket = event.announce();
    r.r1 = work != 0;
  }

  @Arbiter
  public void wasWoken(ZZ_Result r) {
    r.r2 = event.isOver(ticket);
  }
}
