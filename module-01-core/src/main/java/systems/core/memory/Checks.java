package systems.core.memory;

/**
 * How much an allocator does to find its users' mistakes. Chosen once, when it is made.
 *
 * <pre>
 *                                   none        sampled(n)    full
 *   foreign or inner pointer        found       found         found
 *   second free, stale handle       found (1)   found (1)     found
 *   two frees at the same moment    -           -             one of them is told
 *   write past the end              -           -             when it is freed, or verified
 *   read after free by a segment    -           -             at once
 *   write after free                -           -             at once by a segment, else when
 *                                                             the block is handed out again
 *   leak                            how many    and where,    each, and where
 *                                               one in n
 *
 *   (1) until the same block has been freed 32768 times more
 * </pre>
 *
 * <p>Without guards a handle is worth something, and a segment or an offset that somebody kept is
 * not: it reads and writes what belongs to the next owner. It never leaves the region. With guards
 * a block costs a canary of at least eight bytes, a fill at each end of its life, and an entry on
 * the heap.
 *
 * @param siteEvery one allocation in so many is recorded with its place; 0 for none
 * @param guarded whether blocks are poisoned, fenced by canaries and kept apart after their death
 */
public record Checks(int siteEvery, boolean guarded) {
  public Checks {
    if (siteEvery < 0 || (guarded && siteEvery != 1)) {
      throw new IllegalArgumentException(
          "one place in " + siteEvery + (guarded ? "; guards need all of them" : ""));
    }
  }

  /** What costs next to nothing. */
  public static Checks none() {
    return new Checks(0, false);
  }

  /** Records the place of one allocation in so many, chosen by chance. For production. */
  public static Checks sampled(int siteEvery) {
    if (siteEvery < 1) {
      throw new IllegalArgumentException("one place in " + siteEvery);
    }
    return new Checks(siteEvery, false);
  }

  /** Everything. For tests. */
  public static Checks full() {
    return new Checks(1, true);
  }
}
