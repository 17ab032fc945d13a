package systems.kvstore.lsm;

import java.util.Arrays;
import systems.kvstore.Slice;
import systems.kvstore.table.EntryKind;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.RangeTombstones;

/**
 * Decides which versions of a key a flush or compaction writes again. The open snapshots cut the
 * line of sequence numbers into stripes; whoever reads, reads at the upper end of one of them:
 *
 * <pre>
 *   sequence   1 ---- 5 | 6 ------ 9 | 10 ------------ now
 *   snapshot            5            9                 (every later one)
 * </pre>
 *
 * <ol>
 *   <li>Of the versions of a key in one stripe only the newest can be read: the others go.
 *   <li>A version below a range tombstone of its own stripe cannot be read: it goes.
 *   <li>A tombstone that has nothing left to hide goes: nothing of its key lies below the output
 *       level, and it is in the oldest stripe, where everything older of the key in this merge goes
 *       by rule 1 or 2.
 * </ol>
 *
 * Entries are to be shown in the order of internal keys. The "later" snapshots need no entry of
 * their own: the snapshots were listed before the merge began, and all that it merges was visible
 * then. Belongs to one thread.
 */
final class Survivors {
  private final long[] snapshots;
  private final RangeTombstones tombstones;
  private final boolean bottommost;
  private byte[] lastKey = new byte[64];
  private int lastLength = -1;
  private long lastStripe;
  private long dropped;

  /**
   * @param snapshots sequence numbers of the open snapshots, ascending
   * @param tombstones all range tombstones of the merge
   * @param bottommost nothing of the merged key range lies below the output
   */
  Survivors(long[] snapshots, RangeTombstones tombstones, boolean bottommost) {
    this.snapshots = snapshots;
    this.tombstones = tombstones;
    this.bottommost = bottommost;
  }

  /** Whether the entry is to be written. */
  boolean keeps(Slice internalKey) {
    boolean keep = decide(internalKey);
    if (!keep) {
      dropped++;
    }
    return keep;
  }

  private boolean decide(Slice internalKey) {
    //> phase 5: which versions may a merge forget, when snapshots still read some of them?
    long trailer = InternalKey.trailer(internalKey);
    long sequence = InternalKey.sequence(trailer);
    long stripe = stripe(sequence);
    boolean sameKey = isLastKey(internalKey);
    if (sameKey && stripe == lastStripe) { //~ forgetsSnapshots: if (sameKey) {
      return false;
    }
    if (!sameKey) {
      remember(internalKey);
    }
    lastStripe = stripe;
    if (isCovered(internalKey, sequence, stripe)) {
      return false;
    }
    return InternalKey.kind(trailer) == EntryKind.PUT.code() || !isSpent(sequence);
    //< phase 5 with: return true;
  }

  /** Whether a range tombstone is to be written. */
  boolean keeps(RangeTombstones.Tombstone tombstone) {
    return !isSpent(tombstone.sequence());
  }

  private boolean isSpent(long sequence) {
    boolean oldestStripe = snapshots.length == 0 || sequence <= snapshots[0];
    return bottommost && oldestStripe; //~ phase 5 dropsAllTombstones: return true;
  }

  private boolean isCovered(Slice key, long sequence, long stripe) {
    return !tombstones.isEmpty()
        && tombstones.covering(key.array(), key.offset(), InternalKey.userLength(key), stripe)
            > sequence;
  }

  /** The end of the stripe: the oldest snapshot that sees the sequence number. */
  private long stripe(long sequence) {
    if (snapshots.length == 0) {
      return InternalKey.SEQUENCE_MAX;
    }
    int at = Arrays.binarySearch(snapshots, sequence);
    int index = at >= 0 ? at : -at - 1;
    return index < snapshots.length ? snapshots[index] : InternalKey.SEQUENCE_MAX;
  }

  private boolean isLastKey(Slice key) {
    return Arrays.equals(
            key.array(),
            key.offset(),
            key.offset() + InternalKey.userLength(key),
            lastKey,
            0,
            Math.max(lastLength, 0))
        && lastLength >= 0;
  }

  private void remember(Slice key) {
    lastLength = InternalKey.userLength(key);
    if (lastKey.length < lastLength) {
      lastKey = new byte[lastLength * 2];
    }
    System.arraycopy(key.array(), key.offset(), lastKey, 0, lastLength);
  }

  /** Entries that were not kept. */
  long dropped() {
    return dropped;
  }
}
