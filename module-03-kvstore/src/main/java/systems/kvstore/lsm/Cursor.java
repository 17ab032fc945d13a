package systems.kvstore.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.EntryKind;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.RangeTombstones;

/**
 * A position in the keys of a store as of one moment. Below it lie <em>versions</em>, newest first
 * within a key; the cursor shows of each key the newest version that its moment may see, unless
 * that is a deletion.
 *
 * <pre>{@code
 * versions   a@9   b@12  b@7   c@8(deleted)  c@3   d@5       moment: 10
 * forward    ^---------> ^ 12 is too new, 7 shows            c is hidden with all its versions
 * backward               ^ <----- walks oldest to newest and keeps the last that it may see
 * shown      a     b                               d
 * }</pre>
 *
 * <ol>
 *   <li>Forward, the entry cursor stands on the version that is shown; key and value are views of
 *       it.
 *   <li>Backward, it stands before all versions of the key that is shown, so that the newest of
 *       them could be known; key and value are copies kept here.
 * </ol>
 *
 * <p>Belongs to one thread. A step allocates nothing. The moment, with its memtables and tables,
 * stays until {@link #close()}: an open cursor keeps the files that compactions have replaced.
 */
public final class Cursor implements Closeable {

  private enum Direction {
    FORWARD,
    BACKWARD
  }

  private final EntryCursor entries;
  private final long snapshot;
  private final RangeTombstones tombstones;
  private final byte @Nullable [] lower;
  private final byte @Nullable [] upper;
  private final long upperPrefix;
  private final Runnable unpin;
  private final Slice target = new Slice();
  private final Slice shownKey = new Slice();
  private final Slice shownValue = new Slice();
  private byte[] targetBytes = new byte[64];
  private byte[] savedKey = new byte[64];
  private byte[] savedValue = new byte[256];
  private int savedKeyLength;
  private int savedValueLength;
  private long savedPrefix;
  private Direction direction = Direction.FORWARD;
  private boolean valid;
  private boolean closed;

  Cursor(
      EntryCursor entries,
      long snapshot,
      RangeTombstones tombstones,
      byte @Nullable [] lower,
      byte @Nullable [] upper,
      Runnable unpin) {
    this.entries = entries;
    this.snapshot = snapshot;
    this.tombstones = tombstones;
    this.lower = lower == null ? null : lower.clone();
    this.upper = upper == null ? null : upper.clone();
    this.upperPrefix = upper == null ? -1L : InternalKey.prefix(upper, 0, upper.length);
    this.unpin = unpin;
  }

  /** Whether the cursor is on a key. */
  public boolean valid() {
    return valid;
  }

  /** Moves to the first key; like every movement it returns {@link #valid()} after the move. */
  public boolean first() throws IOException {
    checkOpen();
    direction = Direction.FORWARD;
    if (lower == null) {
      entries.first();
    } else {
      entries.seek(target(lower, InternalKey.seekTrailer(snapshot)));
    }
    return showNext(false);
  }

  /** Moves to the last key. */
  public boolean last() throws IOException {
    checkOpen();
    direction = Direction.BACKWARD;
    if (upper == null) {
      entries.last();
    } else {
      entries.seekForPrev(target(upper, -1L));
    }
    return showPrevious();
  }

  /** Moves to the first key at or after {@code key}. */
  public boolean seek(byte[] key) throws IOException {
    checkOpen();
    direction = Direction.FORWARD;
    var from = lower != null && Arrays.compareUnsigned(key, lower) < 0 ? lower : key;
    entries.seek(target(from, InternalKey.seekTrailer(snapshot)));
    return showNext(false);
  }

  /** Moves to the last key at or before {@code key}. */
  public boolean seekForPrev(byte[] key) throws IOException {
    if (upper != null && Arrays.compareUnsigned(key, upper) >= 0) {
      return last();
    }
    checkOpen();
    direction = Direction.BACKWARD;
    entries.seekForPrev(target(key, 0));
    return showPrevious();
  }

  /**
   * Moves to the next key.
   *
   * @throws IllegalStateException if the cursor is not valid
   */
  public boolean next() throws IOException {
    checkValid();
    if (direction == Direction.FORWARD) {
      saveKey(entries.key());
      entries.next();
    } else {
      turnForward();
    }
    return showNext(true);
  }

  /**
   * Moves to the key before.
   *
   * @throws IllegalStateException if the cursor is not valid
   */
  public boolean prev() throws IOException {
    checkValid();
    if (direction == Direction.FORWARD) {
      turnBackward();
    }
    return showPrevious();
  }

  /** From before the versions of the saved key to the first of them. */
  private void turnForward() throws IOException {
    direction = Direction.FORWARD;
    if (entries.valid()) {
      entries.next();
    } else {
      entries.seek(target(savedKey, savedKeyLength, -1L));
    }
  }

  /** From the version that is shown to before all versions of its key. */
  private void turnBackward() throws IOException {
    direction = Direction.BACKWARD;
    saveKey(entries.key());
    entries.seekForPrev(target(savedKey, savedKeyLength, -1L));
  }

  /**
   * Goes forward to the first version to show.
   *
   * @param hiding whether versions of the saved key are to be passed over
   */
  private boolean showNext(boolean hiding) throws IOException {
    //> phase 4: of the versions ahead, which is the first that this moment shows?
    boolean hide = hiding;
    for (; entries.valid(); entries.next()) {
      var key = entries.key();
      if (upper != null && isAtOrPastUpper(key)) {
        break;
      }
      long trailer = InternalKey.trailer(key);
      if (InternalKey.sequence(trailer) > snapshot || (hide && isSavedKey(key))) {
        continue;
      }
      if (isPut(trailer) && !isCovered(key, trailer)) {
        return show(entries.value());
      }
      saveKey(key);
      hide = true;
    }
    valid = false;
    return false;
    //< phase 4
  }

  /** Goes backward over all versions of a key and saves the newest that may be seen. */
  private boolean showPrevious() throws IOException {
    //> phase 5: backward, the oldest version comes first; when is it known which one shows?
    boolean found = false;
    for (; entries.valid(); entries.prev()) {
      var key = entries.key();
      if ((found && !isSavedKey(key)) || isBelowLower(key)) {
        break;
      }
      long trailer = InternalKey.trailer(key);
      if (InternalKey.sequence(trailer) <= snapshot) {
        found = isPut(trailer) && !isCovered(key, trailer);
        if (found) {
          saveKey(key);
          saveValue(entries.value());
        }
      }
    }
    valid = found;
    if (found) {
      shownKey.set(savedKey, 0, savedKeyLength);
      shownValue.set(savedValue, 0, savedValueLength);
    }
    return found;
    //< phase 5
  }

  private boolean show(Slice value) {
    var key = entries.key();
    shownKey.set(key.array(), key.offset(), InternalKey.userLength(key));
    shownValue.set(value);
    valid = true;
    return true;
  }

  private static boolean isPut(long trailer) {
    return InternalKey.kind(trailer) == EntryKind.PUT.code();
  }

  private boolean isCovered(Slice key, long trailer) {
    return !tombstones.isEmpty()
        && tombstones.covering(key.array(), key.offset(), InternalKey.userLength(key), snapshot)
            > InternalKey.sequence(trailer);
  }

  private boolean isAtOrPastUpper(Slice key) {
    int order = Long.compareUnsigned(entries.prefix(), upperPrefix);
    return order > 0 || (order == 0 && upper != null && compareUser(key, upper) >= 0);
  }

  private boolean isBelowLower(Slice key) {
    return lower != null && compareUser(key, lower) < 0;
  }

  private static int compareUser(Slice key, byte[] userKey) {
    int length = InternalKey.userLength(key);
    return Arrays.compareUnsigned(
        key.array(), key.offset(), key.offset() + length, userKey, 0, userKey.length);
  }

  private boolean isSavedKey(Slice key) {
    int length = InternalKey.userLength(key);
    return length == savedKeyLength
        && entries.prefix() == savedPrefix
        && Arrays.equals(
            key.array(), key.offset(), key.offset() + length, savedKey, 0, savedKeyLength);
  }

  private void saveKey(Slice key) {
    savedKeyLength = InternalKey.userLength(key);
    savedPrefix = entries.prefix();
    if (savedKey.length < savedKeyLength) {
      savedKey = new byte[2 * savedKeyLength];
    }
    System.arraycopy(key.array(), key.offset(), savedKey, 0, savedKeyLength);
  }

  private void saveValue(Slice value) {
    savedValueLength = value.length();
    if (savedValue.length < savedValueLength) {
      savedValue = new byte[Math.max(savedValueLength, Math.min(2 * savedValueLength, 1 << 30))];
    }
    System.arraycopy(value.array(), value.offset(), savedValue, 0, savedValueLength);
  }

  private Slice target(byte[] userKey, long trailer) {
    return target(userKey, userKey.length, trailer);
  }

  private Slice target(byte[] userKey, int length, long trailer) {
    int needed = length + InternalKey.TRAILER_BYTES;
    if (targetBytes.length < needed) {
      targetBytes = new byte[2 * needed];
    }
    System.arraycopy(userKey, 0, targetBytes, 0, length);
    InternalKey.putTrailer(targetBytes, length, trailer);
    return target.set(targetBytes, 0, needed);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the cursor is closed");
    }
  }

  private void checkValid() {
    checkOpen();
    if (!valid) {
      throw new IllegalStateException("the cursor is on no key: seek first");
    }
  }

  /** The key: a view that stays until the cursor moves. */
  public Slice key() {
    checkValid();
    return shownKey;
  }

  /** The value: a view that stays until the cursor moves. */
  public Slice value() {
    checkValid();
    return shownValue;
  }

  /** Lets go of the moment. Closing twice is harmless. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      valid = false;
      entries.close();
      unpin.run();
    }
  }
}
