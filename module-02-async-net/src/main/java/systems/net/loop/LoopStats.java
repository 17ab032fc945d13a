package systems.net.loop;

/**
 * What a loop, or a group of loops, has done so far.
 *
 * @param ticks turns of the loop
 * @param tasks tasks that were run, timers not among them
 * @param wakeups times that another thread had to wake the selector
 * @param accepted connections that were accepted and admitted
 * @param refused connections that were accepted and closed at once by {@link Admission}
 * @param open connections that stand
 * @param reads read calls, each a system call
 * @param writes write calls, gathered ones counting as one, and transfers of a file
 * @param bytesIn bytes read from sockets
 * @param bytesOut bytes written to sockets
 * @param acceptPauses times that a listener rested because the system had no descriptor left
 */
public record LoopStats(
    long ticks,
    long tasks,
    long wakeups,
    long accepted,
    long refused,
    long open,
    long reads,
    long writes,
    long bytesIn,
    long bytesOut,
    long acceptPauses) {
  static final LoopStats NONE = new LoopStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** The sum, field by field. */
  public LoopStats plus(LoopStats other) {
    return new LoopStats(
        ticks + other.ticks,
        tasks + other.tasks,
        wakeups + other.wakeups,
        accepted + other.accepted,
        refused + other.refused,
        open + other.open,
        reads + other.reads,
        writes + other.writes,
        bytesIn + other.bytesIn,
        bytesOut + other.bytesOut,
        acceptPauses + other.acceptPauses);
  }
}
