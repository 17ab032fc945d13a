package systems.net.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A loop's counters: written by the loop alone but for the wake-ups, read by anybody.
 *
 * <p>One writer needs no atomic addition. The stores are opaque: each becomes visible in the end
 * and none is torn, and they cost what plain ones cost. Two counters that are read one after the
 * other may stem from different moments.
 */
final class Counters {
  static final int TICKS = 0;
  static final int TASKS = 1;
  static final int WAKEUPS = 2;
  static final int ACCEPTED = 3;
  static final int REFUSED = 4;
  static final int OPEN = 5;
  static final int READS = 6;
  static final int WRITES = 7;
  static final int BYTES_IN = 8;
  static final int BYTES_OUT = 9;
  static final int ACCEPT_PAUSES = 10;
  private static final int COUNT = 11;

  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[COUNT];

  void add(int what, long n) {
    COUNTS.setOpaque(counts, what, counts[what] + n);
  }

  /** For a counter that the loop itself never changes. */
  void addFromAnywhere(int what, long n) {
    COUNTS.getAndAdd(counts, what, n);
  }

  LoopStats snapshot() {
    return new LoopStats(
        get(TICKS),
        get(TASKS),
        get(WAKEUPS),
        get(ACCEPTED),
        get(REFUSED),
        get(OPEN),
        get(READS),
        get(WRITES),
        get(BYTES_IN),
        get(BYTES_OUT),
        get(ACCEPT_PAUSES));
  }

  private long get(int what) {
    return (long) COUNTS.getOpaque(counts, what);
  }
}
