package systems.net.loop;

import java.util.Objects;

/**
 * The bounds of one event loop; each is a number that somebody can look up when it is hit.
 *
 * @param tasksMax tasks from other threads that may wait; a power of two
 * @param tasksPerTick tasks that run before the sockets are looked at again
 * @param failures hears of what was thrown by tasks and protocols
 */
public record LoopSettings(
    int tasksMax, int tasksPerTick, Memory memory, Accepting accepting, FailureListener failures) {
  public static final LoopSettings USUAL =
      new LoopSettings(
          64 << 10,
          1024,
          new Memory(64 << 10, 1 << 20, 64L << 20, 4096),
          new Accepting(4096, 256, 100_000_000L, Admission.OPEN),
          FailureListener.LOG);

  /**
   * What a loop may hold.
   *
   * @param readBytes of the loop's one read buffer: the most that one read call brings
   * @param receiveBytesMax bytes that a protocol may leave untaken before its connection is aborted
   * @param poolBytesMax direct memory for queued output; what is needed beyond it is not pooled
   * @param leaksEvery one buffer of so many is watched by the {@link LeakDetector}; 0 for none
   */
  public record Memory(int readBytes, int receiveBytesMax, long poolBytesMax, int leaksEvery) {
    public Memory {
      require(readBytes >= 1024, "readBytes below 1024: " + readBytes);
      require(receiveBytesMax >= 1, "receiveBytesMax: " + receiveBytesMax);
      require(poolBytesMax >= 0, "poolBytesMax: " + poolBytesMax);
      require(leaksEvery >= 0, "leaksEvery: " + leaksEvery);
    }
  }

  /**
   * How a loop's listeners let peers in.
   *
   * @param backlog connections that the system accepts ahead of the loop
   * @param acceptsPerTick connections that one listener takes before the sockets get their turn
   * @param pauseNanos how long a listener rests when the system has no descriptor left
   * @param admission who may connect; share one between the loops of a group
   */
  public record Accepting(int backlog, int acceptsPerTick, long pauseNanos, Admission admission) {
    public Accepting {
      require(backlog >= 1, "backlog: " + backlog);
      require(acceptsPerTick >= 1, "acceptsPerTick: " + acceptsPerTick);
      require(pauseNanos >= 0, "pauseNanos: " + pauseNanos);
      Objects.requireNonNull(admission);
    }
  }

  /** Hears of a failure that the loop has survived, on the loop. Must not throw. */
  @FunctionalInterface
  public interface FailureListener {
    /** Writes to the platform's log. */
    FailureListener LOG =
        (where, cause) ->
            System.getLogger(EventLoop.class.getName())
                .log(System.Logger.Level.WARNING, where, cause);

    void failed(String where, Throwable cause);
  }

  /** Checks each number once, here, so that nobody has to later. */
  public LoopSettings {
    require(Integer.bitCount(tasksMax) == 1, "tasksMax is no power of two: " + tasksMax);
    require(tasksPerTick >= 1, "tasksPerTick: " + tasksPerTick);
    Objects.requireNonNull(memory);
    Objects.requireNonNull(accepting);
    Objects.requireNonNull(failures);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  public LoopSettings withTasksMax(int tasks) {
    return new LoopSettings(tasks, tasksPerTick, memory, accepting, failures);
  }

  public LoopSettings withTasksPerTick(int tasks) {
    return new LoopSettings(tasksMax, tasks, memory, accepting, failures);
  }

  public LoopSettings withFailures(FailureListener listener) {
    return new LoopSettings(tasksMax, tasksPerTick, memory, accepting, listener);
  }

  public LoopSettings with(Memory other) {
    return new LoopSettings(tasksMax, tasksPerTick, other, accepting, failures);
  }

  public LoopSettings with(Accepting other) {
    return new LoopSettings(tasksMax, tasksPerTick, memory, other, failures);
  }

  public LoopSettings withReadBytes(int bytes) {
    var m = memory;
    return with(new Memory(bytes, m.receiveBytesMax, m.poolBytesMax, m.leaksEvery));
  }

  public LoopSettings withReceiveBytesMax(int bytes) {
    var m = memory;
    return with(new Memory(m.readBytes, bytes, m.poolBytesMax, m.leaksEvery));
  }

  public LoopSettings withPoolBytesMax(long bytes) {
    var m = memory;
    return with(new Memory(m.readBytes, m.receiveBytesMax, bytes, m.leaksEvery));
  }

  public LoopSettings withLeaksEvery(int buffers) {
    var m = memory;
    return with(new Memory(m.readBytes, m.receiveBytesMax, m.poolBytesMax, buffers));
  }

  public LoopSettings withBacklog(int connections) {
    var a = accepting;
    return with(new Accepting(connections, a.acceptsPerTick, a.pauseNanos, a.admission));
  }

  public LoopSettings withAcceptPauseNanos(long nanos) {
    var a = accepting;
    return with(new Accepting(a.backlog, a.acceptsPerTick, nanos, a.admission));
  }

  public LoopSettings withAdmission(Admission who) {
    var a = accepting;
    return with(new Accepting(a.backlog, a.acceptsPerTick, a.pauseNanos, who));
  }
}
