package systems.kvstore.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import systems.kvstore.Slice;
import systems.kvstore.format.MalformedException;

/**
 * A position among the entries of one {@link Block}, both ways and without an allocation per step.
 *
 * <p><b>Forward</b> is what the format is made for: keep the key in an array, and each entry
 * overwrites its tail.
 *
 * <p><b>Search</b> halves the restarts, then goes forward through one interval. It need not rebuild
 * the keys it passes. Let the key before be smaller than the target and differ from it first at
 * byte {@code m}, inside of both:
 *
 * <pre>
 *   target   k e y 0 7 3                 m = 4
 *   before   k e y 0 5 1
 *   entry    shared = 5  (key05.)        shared &gt; m: the same byte decides again, smaller: pass
 *   entry    shared = 4  (key0?)         shared &lt;= m: the rest must be compared, from m on
 * </pre>
 *
 * An entry that is compared shares its first bytes with the target itself, so the key array is
 * right again after writing the rest, although the keys in between were never in it. Where the
 * deciding byte lies outside of one of the user keys (one is a prefix of the other, or they are
 * equal and the trailers decide) the next entry is compared in any case.
 *
 * <p>Where an entry ends is known only when its head has been read, so a search through a block
 * that is not in the processor's cache would wait for memory once per entry. It therefore first
 * reads a byte of every cache line that it may need: the loads do not depend on each other and wait
 * together, which takes a fifth off a lookup among more blocks than the caches hold. ({@code
 * fetched} keeps the compiler from dropping them.)
 *
 * <p><b>Backward</b> the format does not go: the key before an entry is not in the entry. One
 * interval is decoded forward, and each step pushes what it overwrites; going back pops:
 *
 * <pre>
 *   key array     undo (entry, value, lengths | overwritten bytes)
 *   apple
 *   applied       apple  | e
 *   apply         applied| ied
 * </pre>
 *
 * The bytes pushed are bytes that some entry brought, each once, so the log is never larger than
 * the block, however cleverly a damaged block shares prefixes. (Keeping whole keys would be simpler
 * and can be made to need gigabytes.)
 *
 * <p>Invariants: while on an entry, {@code key[0, keyLength)} is its internal key, of at least
 * eight bytes; {@code restartsAt} bounds everything that is read; whatever else a block with a
 * right checksum contains ends in a {@link MalformedException}. Belongs to one thread.
 */
final class BlockCursor {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int COMPARE_ALWAYS = Integer.MAX_VALUE;
  private static final int UNDO_INTS = 5;
  private static final int LINE_BYTES = 64;
  private static final int FETCH_MAX = 16;

  private Block block;
  private byte[] bytes;
  private int end;

  private byte[] key = new byte[64];
  private int keyLength;
  private long prefix;
  private int entryAt;
  private int shared;
  private int rest;
  private int restAt;
  private int valueAt;
  private int valueLength;
  private boolean exact;

  @SuppressWarnings("UnusedVariable") // see above
  private int fetched;

  private int[] undo = new int[16 * UNDO_INTS];
  private int undoDepth;
  private byte[] undoBytes = new byte[256];
  private int undoSize;

  private final Slice keyView = new Slice();
  private final Slice valueView = new Slice();

  /** A cursor on no entry of {@link Block#EMPTY}. */
  BlockCursor() {
    block = Block.EMPTY;
    bytes = block.bytes;
  }

  /** Goes to another block; then on no entry. */
  void reset(Block newBlock) {
    block = newBlock;
    bytes = newBlock.bytes;
    end = newBlock.restartsAt;
    entryAt = end;
    undoDepth = 0;
  }

  byte[] blockBytes() {
    return bytes;
  }

  boolean valid() {
    return entryAt < end;
  }

  Slice key() {
    assert valid();
    return keyView.set(key, 0, keyLength);
  }

  Slice value() {
    assert valid();
    return valueView.set(bytes, valueAt, valueLength);
  }

  long prefix() {
    return prefix;
  }

  long trailer() {
    return InternalKey.trailer(key, 0, keyLength);
  }

  int valueOffset() {
    return valueAt;
  }

  int valueLength() {
    return valueLength;
  }

  boolean first() throws MalformedException {
    keyLength = 0;
    undoDepth = 0;
    return step(block.from);
  }

  boolean next() throws MalformedException {
    assert valid();
    undoDepth = 0;
    return step(valueAt + valueLength);
  }

  /** Goes on to the entry at {@code at}, which follows the one whose key is in the array. */
  private boolean step(int at) throws MalformedException {
    //> phase 3: three varints, then which bytes of the key stay and which are new?
    entryAt = at;
    if (at >= end) {
      return false;
    }
    readLengths(at);
    takeKey(keyLength);
    return true;
    //< phase 3
  }

  //> phase 3 only
  /** Reads the head of the entry at {@code at} and checks it against the block. */
  private void readLengths(int at) throws MalformedException {
    byte[] b = bytes;
    if (end - at >= 3 && (b[at] | b[at + 1] | b[at + 2]) >= 0) {
      shared = b[at];
      rest = b[at + 1];
      valueLength = b[at + 2];
      restAt = at + 3;
    } else {
      restAt = at;
      shared = varint();
      rest = varint();
      valueLength = varint();
    }
    if (rest > end - restAt || valueLength > end - restAt - rest || shared + rest < 8) {
      throw malformed("an entry of " + shared + " + " + rest + " + " + valueLength + " bytes", at);
    }
    valueAt = restAt + rest;
  }

  /** Reads a varint of at most 31 bits at {@link #restAt} and moves that behind it. */
  private int varint() throws MalformedException {
    int value = 0;
    for (int shift = 0; shift <= 28 && restAt < end; shift += 7) {
      byte group = bytes[restAt++];
      value |= (group & 0x7f) << shift;
      if (group >= 0) {
        if (shift == 28 && group > 7) {
          break;
        }
        return value;
      }
    }
    throw malformed("a length that is none", restAt);
  }

  /** Writes the rest of the entry's key behind what it shares with the one before. */
  private void takeKey(int lengthBefore) throws MalformedException {
    if (shared > lengthBefore) {
      throw malformed("a key that shares " + shared + " of " + lengthBefore + " bytes", entryAt);
    }
    int length = shared + rest;
    if (key.length < length) {
      growKey(length);
    }
    System.arraycopy(bytes, restAt, key, shared, rest);
    boolean prefixStays = shared >= 8 && length >= 16 && lengthBefore >= 16;
    keyLength = length;
    if (!prefixStays) {
      prefix = InternalKey.prefix(key, 0, length - InternalKey.TRAILER_BYTES);
    }
  }

  //< phase 3

  private void growKey(int length) {
    key = Arrays.copyOf(key, Math.max(length, (int) Math.min(2L * key.length, 1 << 30)));
  }

  /**
   * Goes to the first entry at or after the internal key {@code target[offset, offset + length)}.
   *
   * @return false if there is none in this block
   */
  boolean seek(byte[] target, int offset, int length) throws MalformedException {
    //> phase 3: halve the restarts, then forward; which keys need no comparison at all?
    int userLength = length - InternalKey.TRAILER_BYTES;
    long trailer = InternalKey.trailer(target, offset, length);
    undoDepth = 0;
    exact = false;
    int decidesAt = COMPARE_ALWAYS;
    fetchRestarts();
    int at = restartBefore(target, offset, userLength, trailer);
    fetchLines(at);
    keyLength = 0;
    for (; at < end; at = valueAt + valueLength) {
      entryAt = at;
      readLengths(at);
      if (shared > decidesAt && shared <= keyLength) {
        keyLength = shared + rest;
        continue;
      }
      takeKey(keyLength);
      int keyUserLength = keyLength - InternalKey.TRAILER_BYTES;
      int m = matching(key, 0, keyUserLength, target, offset, userLength);
      int order = order(key, 0, keyUserLength, target, offset, userLength, m);
      if (isAtOrAfter(order, trailer)) {
        exact = order == 0;
        return true;
      }
      boolean inside = order < 0 && m < keyUserLength; //~ skipsLonger: boolean inside = order < 0;
      decidesAt = inside ? m : COMPARE_ALWAYS;
    }
    entryAt = end;
    return false;
    //< phase 3
  }

  private boolean isAtOrAfter(int order, long targetTrailer) {
    if (order != 0) {
      return order > 0;
    }
    int newer = Long.compareUnsigned(trailer(), targetTrailer);
    return newer <= 0; //~ phase 3 ignoresSnapshot: return true;
  }

  /** Whether the last {@link #seek} came to rest on an entry with the target's user key. */
  boolean isExact() {
    return exact;
  }

  //> phase 3 only
  /** Reads a byte of each of the first restarts, see the essay. */
  private void fetchRestarts() {
    int sum = 0;
    for (int i = Math.min(block.restartCount, FETCH_MAX) - 1; i >= 0; i--) {
      int at = block.restart(i);
      sum += at >= block.from && at < end ? bytes[at] : 0;
    }
    fetched = sum;
  }

  /** Reads a byte of each cache line that the search may go through. */
  private void fetchLines(int from) {
    int sum = 0;
    int to = Math.min(end, from + FETCH_MAX * LINE_BYTES);
    for (int at = from; at < to; at += LINE_BYTES) {
      sum += bytes[at];
    }
    fetched += sum;
  }

  /** Where the last restart whose key is before the target is, or the first of all. */
  private int restartBefore(byte[] target, int offset, int userLength, long trailer)
      throws MalformedException {
    int low = 0;
    int high = block.restartCount - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (isBefore(restart(middle), target, offset, userLength, trailer)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low == 0 ? block.from : restart(low);
  }

  private boolean isBefore(int at, byte[] target, int offset, int userLength, long trailer)
      throws MalformedException {
    readLengths(at);
    if (shared != 0) {
      throw malformed("a restart whose key is not whole", at);
    }
    int keyUserLength = rest - InternalKey.TRAILER_BYTES;
    int m = matching(bytes, restAt, keyUserLength, target, offset, userLength);
    int order = order(bytes, restAt, keyUserLength, target, offset, userLength, m);
    return order < 0
        || order == 0
            && Long.compareUnsigned(InternalKey.trailer(bytes, restAt, rest), trailer) > 0;
  }

  private int restart(int index) throws MalformedException {
    int at = block.restart(index);
    if (at < block.from || at >= end) {
      throw malformed("a restart outside of the entries", at);
    }
    return at;
  }

  /** How many first bytes agree. */
  private static int matching(byte[] a, int aAt, int aLength, byte[] b, int bAt, int bLength) {
    int max = Math.min(aLength, bLength);
    int i = 0;
    for (; i <= max - 8; i += 8) {
      long difference = (long) LONG.get(a, aAt + i) ^ (long) LONG.get(b, bAt + i);
      if (difference != 0) {
        return i + (Long.numberOfTrailingZeros(difference) >>> 3);
      }
    }
    while (i < max && a[aAt + i] == b[bAt + i]) {
      i++;
    }
    return i;
  }

  /** The order of two keys whose first {@code m} bytes agree and whose next ones do not. */
  private static int order(byte[] a, int aAt, int aLength, byte[] b, int bAt, int bLength, int m) {
    return m < aLength && m < bLength
        ? (a[aAt + m] & 0xff) - (b[bAt + m] & 0xff)
        : aLength - bLength;
  }

  //< phase 3

  /** Goes to the last entry; false if the block is empty. */
  boolean last() throws MalformedException {
    return fill(end);
  }

  /** Goes to the entry before; false, and on no entry, if there is none. */
  boolean prev() throws MalformedException {
    //> phase 3: which bytes of the key did the entry overwrite, and who has kept them?
    assert valid();
    if (undoDepth == 0) {
      return fill(entryAt);
    }
    pop();
    return true;
    //< phase 3
  }

  /** Goes to the entry that ends at {@code target}, through its interval from the front. */
  private boolean fill(int target) throws MalformedException {
    //> phase 3: the format only goes forward; what must be remembered to go back?
    undoDepth = 0;
    undoSize = 0;
    if (target == block.from) {
      entryAt = end;
      return false;
    }
    keyLength = 0;
    entryAt = lastRestartBefore(target);
    readLengths(entryAt);
    takeKey(0);
    for (int at = valueAt + valueLength; at != target; at = valueAt + valueLength) {
      if (at > target) {
        throw malformed("an entry that runs into the next", entryAt);
      }
      push(at);
    }
    return true;
    //< phase 3
  }

  //> phase 3 only
  private int lastRestartBefore(int target) throws MalformedException {
    int low = 0;
    int high = block.restartCount - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (block.restart(middle) < target) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return restart(low);
  }

  /** Goes on to the entry at {@code at} and remembers how to come back. */
  private void push(int at) throws MalformedException {
    if (undo.length < (undoDepth + 1) * UNDO_INTS) {
      undo = Arrays.copyOf(undo, undo.length * 2);
    }
    int u = undoDepth * UNDO_INTS;
    undo[u] = entryAt;
    undo[u + 1] = valueAt;
    undo[u + 2] = valueLength;
    undo[u + 3] = keyLength;
    undo[u + 4] = undoSize;
    entryAt = at;
    readLengths(at);
    saveOverwritten();
    takeKey(keyLength);
    undoDepth++;
  }

  private void saveOverwritten() {
    int lost = keyLength - shared;
    if (lost <= 0) {
      return;
    }
    if (undoBytes.length - undoSize < lost) {
      undoBytes = Arrays.copyOf(undoBytes, Math.max(undoSize + lost, 2 * undoBytes.length));
    }
    System.arraycopy(key, shared, undoBytes, undoSize, lost);
    undoSize += lost;
  }

  private void pop() {
    undoDepth--;
    int u = undoDepth * UNDO_INTS;
    int lengthAfter = keyLength;
    entryAt = undo[u];
    valueAt = undo[u + 1];
    valueLength = undo[u + 2];
    keyLength = undo[u + 3];
    int lost = undoSize - undo[u + 4];
    undoSize = undo[u + 4];
    int kept = keyLength - lost;
    System.arraycopy(undoBytes, undoSize, key, kept, lost);
    if (kept < 8 || keyLength < 16 || lengthAfter < 16) {
      prefix = InternalKey.prefix(key, 0, keyLength - InternalKey.TRAILER_BYTES);
    }
  }

  //< phase 3

  private MalformedException malformed(String what, int at) {
    return new MalformedException(what, at - block.from);
  }
}
