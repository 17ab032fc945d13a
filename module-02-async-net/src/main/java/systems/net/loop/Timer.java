package systems.net.loop;

/** A task that waits for its time. Belongs to its loop, like all that it touches. */
public interface Timer {
  /**
   * Takes the task back, in constant time; of a task that has run or was taken back, nothing
   * happens. Only on the loop.
   *
   * @return whether the task will not run because of this call
   */
  boolean cancel();
}
