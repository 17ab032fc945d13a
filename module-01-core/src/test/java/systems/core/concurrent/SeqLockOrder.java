package systems.core.concurrent;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two fields that are written together are read together. */
@JCStressTest
@State
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before the write")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "after the write")
@Outcome(
    id = {"0, 1", "1, 0"},
    expect = Expect.FORBIDDEN,
    desc = "one field from before the write and one from after it")
public class SeqLockOrder {
  private final SeqLock lock = new SeqLock();
  private int bid;
  private int ask;

  @Actor
  public void writer() {
    lock.writeBegin();
    bid = 1;
    ask = 1;
    lock.writeEnd();
  }

  @Actor
  public void reader(II_Result r) {
    long stamp;
    do {
      stamp = lock.readBegin();
      r.r1 = ask;
      r.r2 = bid;
    } while (lock.readRetry(stamp));
  }
}
