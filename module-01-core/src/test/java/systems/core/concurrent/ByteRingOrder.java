package systems.core.concurrent;

import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A record is whole before the tail has passed it. */
@JCStressTest
@State
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "the reader came before the writer")
@Outcome(id = "7", expect = Expect.ACCEPTABLE, desc = "the reader got the record as it was")
@Outcome(id = "-2", expect = Expect.FORBIDDEN, desc = "the reader found no record at the tail")
@Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "the reader got the record without its bytes")
public class ByteRingOrder {
  private static final byte[] SEVEN = {7};

  private final RingWriter writer;
  private final RingReader reader;
  private int seen = -1;

  public ByteRingOrder() {
    var words = new long[(int) (ByteRing.RECORDS_AT + ByteRing.CAPACITY_MIN) / Long.BYTES];
    try {
      var ring = ByteRing.over(MemorySegment.ofArray(words));
      writer = ring.writer();
      reader = ring.reader();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Actor
  public void writer() {
    try {
      writer.offer(SEVEN);
    } catch (DamagedRingException e) {
      throw new AssertionError(e);
    }
  }

  @Actor
  public void reader(I_Result r) {
    try {
      reader.drain(
          (memory, at, _) -> seen = memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at), 1);
      r.r1 = seen;
    } catch (DamagedRingException e) {
      r.r1 = -2;
    }
  }
}
