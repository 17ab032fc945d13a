package systems.kvstore.table;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import systems.kvstore.Slice;

/**
 * Many sorted runs read as one, forward and backward: a tournament in which the smallest key wins.
 *
 * <pre>
 *                    winner: run 2 (b)
 *                           |
 *                    node 1: run 0 (c)            each inner node keeps the LOSER of the match
 *                   /                  \          that was played there, the winner went up
 *          node 2: run 1 (d)     node 3: run 3 (f)
 *          /         \            /         \
 *      leaf 4      leaf 5     leaf 6      leaf 7
 *      run 0 (c)   run 1 (d)  run 2 (b)   run 3 (f)
 * </pre>
 *
 * The tree is an array: node {@code i} has the children {@code 2i} and {@code 2i + 1}, run {@code
 * r} of {@code n} sits at leaf {@code n + r}. When the winner moves on, only the matches on its way
 * from leaf to root must be played again, one comparison per level; a heap would need two. A match
 * compares the first eight bytes of the keys, kept here as one signed number per run and already
 * turned round when reading backward; only where they are equal are the keys looked at.
 *
 * <p>Runs of a store are not shuffled evenly: after a bulk load, or deep inside a level, one of
 * them goes on winning for long. When the same run wins twice, its strongest rival is looked up:
 * the smallest of the losers it met on its way. From then on a step is one comparison with that
 * rival, and no match is played until it fails.
 *
 * <ol>
 *   <li>Forward, every run is at its first entry after the one the cursor is on, the winner is on
 *       it; backward, every run is at its last entry before it. A run without one has lost to all.
 *   <li>Entries are ordered by internal key, equal ones by the index of their run. So the order is
 *       total, and going back gives what going forward gave, in reverse.
 *   <li>Each inner node holds the run that lost there, {@code tree[0]} the one that never lost.
 *   <li>{@code rival} is -1 or the best of all runs but the winner.
 * </ol>
 *
 * A change of direction moves every other run to the other side of the current key by a seek: it
 * costs like one, and a caller that goes back and forth at each step pays it each time.
 *
 * <p>Nothing is allocated after the constructor. Belongs to one thread. Source: D. Knuth, "The Art
 * of Computer Programming" vol. 3, section 5.4.1, trees of losers.
 */
public final class MergingCursor implements EntryCursor {
  private static final int NOBODY = -1;

  private final EntryCursor[] runs;
  private final Slice[] keys;
  private final long[] ranks; // order of the prefix in the direction, as a signed number
  private final boolean[] ended;
  private final int[] tree;
  private int winner = NOBODY;
  private int rival = NOBODY;
  private boolean backward;

  private MergingCursor(List<EntryCursor> children) {
    int count = children.size();
    runs = children.toArray(EntryCursor[]::new);
    keys = new Slice[count];
    ranks = new long[count];
    ended = new boolean[count];
    tree = new int[Math.max(1, count)];
    Arrays.setAll(keys, i -> new Slice());
    Arrays.fill(ended, true);
  }

  /** The children as one cursor, which owns them from now on; of one child, that child itself. */
  public static EntryCursor merge(List<EntryCursor> children) {
    return children.size() == 1 ? children.getFirst() : new MergingCursor(children);
  }

  @Override
  public boolean valid() {
    return winner != NOBODY && !ended[winner];
  }

  @Override
  public void first() throws IOException {
    //> phase 4: put every run on its first entry, then play all matches
    for (EntryCursor run : runs) {
      run.first();
    }
    backward = false;
    playAll();
    //< phase 4
  }

  @Override
  public void seek(Slice internalKey) throws IOException {
    //> phase 4: the first entry of all at or after a key is the first of which entries?
    for (EntryCursor run : runs) {
      run.seek(internalKey);
    }
    backward = false;
    playAll();
    //< phase 4
  }

  @Override
  public void next() throws IOException {
    assert valid();
    if (backward) {
      turn();
    }
    //> phase 4: which matches does a step of the winner make stale?
    runs[winner].next();
    load(winner);
    settle();
    //< phase 4
  }

  @Override
  public void last() throws IOException {
    //> phase 5: what first() does, seen in a mirror
    for (EntryCursor run : runs) {
      run.last();
    }
    backward = true; //~ smallestOfTheLast: backward = false;
    playAll();
    //< phase 5
  }

  @Override
  public void seekForPrev(Slice internalKey) throws IOException {
    //> phase 5: what seek() does, seen in a mirror
    for (EntryCursor run : runs) {
      run.seekForPrev(internalKey);
    }
    backward = true;
    playAll();
    //< phase 5
  }

  @Override
  public void prev() throws IOException {
    assert valid();
    //> phase 5: after next() the other runs stand behind the current key; where must they be?
    if (!backward) {
      turn();
    }
    runs[winner].prev();
    load(winner);
    settle();
    //< phase 5
  }

  /** Moves every run but the winner to the other side of the current entry. */
  private void turn() throws IOException {
    //> phase 5: an entry with the very same key in another run: before or after the current one?
    int current = winner;
    backward = !backward;
    for (int run = 0; run < runs.length; run++) {
      if (run < current) {
        moveBelow(run, keys[current]);
      } else if (run > current) {
        moveAbove(run, keys[current]);
      }
    }
    playAll();
    assert winner == current;
    //< phase 5
  }

  //> phase 5 only
  /** Of a run whose equal entries come before the current one. */
  private void moveBelow(int run, Slice current) throws IOException {
    EntryCursor cursor = runs[run];
    if (backward) {
      cursor.seekForPrev(current); //~ staysAhead: cursor.seek(current);
      return;
    }
    cursor.seek(current);
    if (cursor.valid() && InternalKey.compare(cursor.key(), current) == 0) {
      cursor.next();
    }
  }

  /** Of a run whose equal entries come after the current one. */
  private void moveAbove(int run, Slice current) throws IOException {
    EntryCursor cursor = runs[run];
    if (!backward) {
      cursor.seek(current);
      return;
    }
    cursor.seekForPrev(current);
    if (cursor.valid() && InternalKey.compare(cursor.key(), current) == 0) {
      cursor.prev();
    }
  }

  //< phase 5

  //> phase 4 only
  /** Notes where a run stands after it was moved. */
  private void load(int run) {
    EntryCursor cursor = runs[run];
    ended[run] = !cursor.valid();
    if (ended[run]) {
      ranks[run] = Long.MAX_VALUE;
    } else {
      keys[run] = cursor.key();
      long rank = cursor.prefix() ^ Long.MIN_VALUE; //~ ranksSigned: long rank = cursor.prefix();
      ranks[run] = backward ? ~rank : rank;
    }
  }

  private void playAll() {
    Arrays.fill(tree, NOBODY);
    for (int run = 0; run < runs.length; run++) {
      load(run);
      enter(run);
    }
    winner = runs.length == 0 ? NOBODY : tree[0];
    rival = NOBODY;
  }

  /** Lets a run play upward until it waits for an opponent or has won. */
  private void enter(int run) {
    int best = run;
    for (int node = (runs.length + run) >> 1; node > 0; node >>= 1) {
      if (tree[node] == NOBODY) {
        tree[node] = best;
        return;
      }
      best = play(node, best);
    }
    tree[0] = best;
  }

  /** Plays at a node: the loser stays there, the winner is returned. */
  private int play(int node, int challenger) {
    int waiting = tree[node];
    if (precedes(waiting, challenger)) {
      tree[node] = challenger;
      return waiting;
    }
    return challenger;
  }

  /** Finds the winner again after the old one has moved. */
  private void settle() {
    if (rival != NOBODY && precedes(winner, rival)) {
      return;
    }
    int best = winner;
    for (int node = (runs.length + winner) >> 1; node > 0; node >>= 1) {
      best = play(node, best);
    }
    tree[0] = best;
    if (best != winner) {
      rival = NOBODY; //~ beatenIsRival: rival = winner;
      winner = best;
    } else {
      rival = strongestRival();
    }
    assert rival == NOBODY || precedes(winner, rival);
  }

  private int strongestRival() {
    int best = NOBODY;
    for (int node = (runs.length + winner) >> 1; node > 0; node >>= 1) {
      if (best == NOBODY || precedes(tree[node], best)) {
        best = tree[node];
      }
    }
    return best;
  }

  private boolean precedes(int a, int b) {
    return ranks[a] != ranks[b] ? ranks[a] < ranks[b] : precedesAmongEqualPrefixes(a, b);
  }

  private boolean precedesAmongEqualPrefixes(int a, int b) {
    if (ended[a] || ended[b]) {
      return ended[a] == ended[b] ? a < b : ended[b];
    }
    int order = InternalKey.compare(keys[a], keys[b]); //~ prefixOnly: int order = 0;
    boolean before = order != 0 ? order < 0 : a < b;
    return before != backward;
  }

  //< phase 4

  @Override
  public Slice key() {
    assert valid();
    return keys[winner];
  }

  @Override
  public Slice value() throws IOException {
    assert valid();
    return runs[winner].value();
  }

  @Override
  public long prefix() {
    assert valid();
    return runs[winner].prefix();
  }

  /** Closes every child, even if closing one of them fails. */
  @Override
  public void close() {
    //> phase 4: what becomes of the other runs if closing one of them throws?
    winner = NOBODY;
    RuntimeException failure = null;
    for (EntryCursor run : runs) {
      try {
        run.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    //< phase 4
  }
}
