package systems.core.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that one thread holds ready, a stack of handles for each size:
 *
 * <pre>
 *   class 0   [ h h h h h h h h . . . . . . . . ]   64 places, count 8
 *   class 1   [ . . . . . . . . . . . . . . . . ]   64 places, count 0
 *   ...
 *   class 39  [ h . ]                                2 places, count 1
 * </pre>
 *
 * <p>To allocate is to pop, to free is to push; no other thread looks. What was freed last is
 * allocated next, while it is still in the cache. An empty stack is filled to half from the {@link
 * Central}, a full one spills its older half there. So after each visit at least half a magazine of
 * calls of either kind goes by before the next one, and a thread that allocates and frees by turns
 * at the limit does not visit at every call.
 *
 * <p>How much a thread can withhold from the others is bounded: 64 blocks or 16 KiB of each size,
 * two blocks of the largest ones; see {@link #rounds}.
 *
 * <p>Only {@link #owner} may use it, as long as it lives. When it has ended, whoever finds that out
 * by {@link Thread#isAlive} may: everything a thread did happens before another one sees that it is
 * dead (JLS 17.4.4). Virtual threads, which may be a million, share one that has no places: nothing
 * is ever written to it, and they go to the {@link Central} each time.
 *
 * <p>Sources: J. Bonwick, J. Adams, "Magazines and vmem: extending the slab allocator to many CPUs
 * and arbitrary resources", USENIX 2001. Theirs come in pairs, and a thread exchanges a full one
 * for an empty one. One with half of it exchanged gives the same guarantee, copies at most 32
 * numbers a visit, and has one place less to look at in each call.
 */
final class Magazines {
  private static final int ROUNDS_MIN = 2;
  private static final int ROUNDS_MAX = 64;
  private static final int BYTES = 16 << 10;

  /** Whose it is; null if it is nobody's, and then it has no places. */
  final @Nullable Thread owner;

  private final Magazine[] magazines = new Magazine[SizeClasses.COUNT];

  private static final class Magazine {
    final long[] rounds;
    int count;

    Magazine(int places) {
      rounds = new long[places];
    }
  }

  Magazines(@Nullable Thread owner) {
    this.owner = owner;
    Arrays.setAll(magazines, c -> new Magazine(owner == null ? 0 : rounds(c)));
  }

  /** Whether it is left to whoever needs the blocks. */
  boolean isOrphaned() {
    return owner == null || !owner.isAlive();
  }

  /** How many blocks of a size a thread holds at most. */
  static int rounds(int sizeClass) {
    return Math.clamp(BYTES / SizeClasses.bytes(sizeClass), ROUNDS_MIN, ROUNDS_MAX);
  }

  /** The block that was freed last, or {@link SlabAllocator#NONE}. */
  long pop(int sizeClass) {
    Magazine magazine = magazines[sizeClass];
    int count = magazine.count - 1;
    if (count < 0) {
      return SlabAllocator.NONE;
    }
    magazine.count = count;
    return magazine.rounds[count];
  }

  /** False if there is no place. */
  boolean push(int sizeClass, long handle) {
    Magazine magazine = magazines[sizeClass];
    int count = magazine.count;
    if (count >= magazine.rounds.length) {
      return false;
    }
    magazine.rounds[count] = handle;
    magazine.count = count + 1;
    return true;
  }

  /** Loads half a magazine; false if there is nothing to load. */
  boolean fill(int sizeClass, Central central) {
    //> phase 5: why not a whole one?
    Magazine magazine = magazines[sizeClass];
    assert magazine.count == 0;
    magazine.count = central.fill(magazine.rounds, 0, magazine.rounds.length / 2);
    return magazine.count > 0;
    //< phase 5
  }

  /** Gives the older half of a full magazine away. */
  void spillHalf(int sizeClass, Central central) {
    //> phase 5: which half?
    Magazine magazine = magazines[sizeClass];
    int kept = magazine.count / 2;
    int spilled = magazine.count - kept;
    central.spill(magazine.rounds, 0, spilled);
    System.arraycopy(magazine.rounds, spilled, magazine.rounds, 0, kept);
    magazine.count = kept; //~ givesTwice: magazine.count = kept + 1;
    //< phase 5
  }

  /** Gives everything away. */
  void empty(Central[] centrals) {
    for (int sizeClass = 0; sizeClass < centrals.length; sizeClass++) {
      Magazine magazine = magazines[sizeClass];
      centrals[sizeClass].spill(magazine.rounds, 0, magazine.count);
      magazine.count = 0;
    }
  }

  /** How many blocks it holds; of another thread's a guess. */
  long held() {
    long held = 0;
    for (Magazine magazine : magazines) {
      held += magazine.count;
    }
    return held;
  }
}
