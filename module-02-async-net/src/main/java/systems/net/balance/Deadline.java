package systems.net.balance;

/**
 * The moment after which nobody waits for the answer.
 *
 * <pre>
 *   client   |--------------------- 2000 ms ---------------------|
 *   proxy         attempt 1 |-- 800 ms --x   attempt 2 |-- 800 ms --|
 *   upstream                  told: 800        told: what is left, 700
 * </pre>
 *
 * <p>A timeout says how long, and starts anew at each hop: three layers with two seconds each work
 * up to six seconds for a client that left after two. A moment is the same for all that work on one
 * request; on the wire it travels as the time that is left, since clocks of two machines differ
 * (gRPC's {@code grpc-timeout} does so).
 *
 * @param atNanos on the clock of the loop; only differences mean something
 */
public record Deadline(long atNanos) {
  /** As far off as a difference of two times may be. */
  private static final long FAR_NANOS = Long.MAX_VALUE / 2;

  /** So much later than now; a timeout without end is far off, not in the past. */
  public static Deadline after(long timeoutNanos, long nowNanos) {
    //> phase 7: now + Long.MAX_VALUE is in the past
    long far = Math.min(timeoutNanos, FAR_NANOS); //~ endlessIsPast: long far = timeoutNanos;
    return new Deadline(nowNanos + far);
    //< phase 7
  }

  /** 0 if it is over. */
  public long leftNanos(long nowNanos) {
    //> phase 7: what is left never is negative
    return Math.max(0, atNanos - nowNanos); //~ leavesDebts: return atNanos - nowNanos;
    //< phase 7
  }

  public boolean isOver(long nowNanos) {
    return leftNanos(nowNanos) == 0;
  }

  /** For one attempt within it, which gets so long, or what is left. */
  public Deadline attempt(long timeoutNanos, long nowNanos) {
    //> phase 7: the earlier of two moments, on a clock that may wrap
    Deadline own = after(timeoutNanos, nowNanos);
    boolean isEarlier = own.atNanos - atNanos < 0; //~ outlives: boolean isEarlier = true;
    return isEarlier ? own : this;
    //< phase 7
  }
}
