package systems.kvstore.lsm;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to merge next. Every merge costs writing now and saves reading and space later; how
 * the two are weighed is the whole difference between the kinds of log-structured store.
 *
 * <pre>
 *                   a byte is rewritten    runs to read     dead bytes
 *   leveled         ~10 times a level      one a level      ~10 %
 *   universal       ~once a doubling       up to the trigger  up to 100 % and more
 * </pre>
 *
 * <p>A picker has no state and changes nothing: the same version and the same busy files give the
 * same answer. What it returns is closed as {@link Compaction} says, whatever else runs, provided
 * that all running compactions came from the same picker and that their inputs are among the busy
 * files. Any thread may call it; who runs compactions has to pick and mark as busy in one step.
 */
sealed interface CompactionPicker permits LeveledPicker, UniversalPicker {

  /**
   * The most urgent compaction, or null if nothing is urgent or what is waits for a running one.
   *
   * @param busyFiles numbers of the inputs of all running compactions
   */
  @Nullable Compaction pick(Version version, Set<Long> busyFiles);

  /** How urgent the most urgent compaction is: from 1 on there is something to do. */
  double score(Version version);

  /**
   * A compaction of what a level holds of a range of user keys, both ends included, null for no
   * bound, whether it is urgent or not. It may be a part of it: call again with the version that
   * comes out until the answer is null, then go on with the next level. No other compaction may be
   * running.
   */
  @Nullable Compaction pickRange(
      Version version, int level, byte @Nullable [] begin, byte @Nullable [] end);

  /** Roughly how many bytes have to be rewritten until nothing is urgent. */
  long pendingBytes(Version version);
}
