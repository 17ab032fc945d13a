package systems.kvstore.lsm;

import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.InternalKey;

/**
 * A cursor over the disjoint files of one level, one after the other, as if they were one table.
 *
 * <pre>
 *   files     [a . . c]  [d . . f]  [k . . m]
 *   cursor               ^ open, at e
 *
 *   seek(g):  the first file that does not end before g is [k..m]: close, open, seek
 * </pre>
 *
 * <ol>
 *   <li>At most one table cursor is open, and it is on an entry whenever this cursor is valid.
 *   <li>A file may hold no entry on the side where it was entered (it may consist of range
 *       deletions only): then the walk goes on to the next file, or ends behind the last.
 *   <li>Steps within a file allocate nothing; changing files costs what opening a cursor costs.
 * </ol>
 *
 * Belongs to one thread.
 */
final class LevelCursor implements EntryCursor {

  /** Opens the cursor of a table. */
  @FunctionalInterface
  interface Opener {
    EntryCursor cursor(FileMetadata file) throws IOException;
  }

  private final List<FileMetadata> files;
  private final Opener opener;
  private int index = -1;
  private @Nullable EntryCursor current;

  /**
   * @param files ascending and disjoint, as {@link Version#files} has those of a level below 0
   */
  LevelCursor(List<FileMetadata> files, Opener opener) {
    this.files = files;
    this.opener = opener;
  }

  @Override
  public boolean valid() {
    return current != null && current.valid();
  }

  @Override
  public void first() throws IOException {
    EntryCursor cursor = open(0);
    if (cursor != null) {
      cursor.first();
      skipForward();
    }
  }

  @Override
  public void last() throws IOException {
    EntryCursor cursor = open(files.size() - 1);
    if (cursor != null) {
      cursor.last();
      skipBackward();
    }
  }

  @Override
  public void seek(Slice internalKey) throws IOException {
    EntryCursor cursor = open(firstEndingAtOrAfter(internalKey));
    if (cursor != null) {
      cursor.seek(internalKey);
      skipForward();
      assert !valid() || InternalKey.compare(key(), internalKey) >= 0 : "seek fell short";
    }
  }

  private int firstEndingAtOrAfter(Slice key) {
    int low = 0;
    int high = files.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(files.get(middle).largest(), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public void seekForPrev(Slice key) throws IOException {
    //> phase 5: which is the last file that can hold an entry at or before the key?
    int last = firstStartingAfter(key) - 1; //~ oneTooFar: int last = firstStartingAfter(key);
    EntryCursor cursor = open(last);
    if (cursor != null) {
      cursor.seekForPrev(key);
      skipBackward();
      assert !valid() || InternalKey.compare(key(), key) <= 0 : "seekForPrev went too far";
    }
    //< phase 5
  }

  private int firstStartingAfter(Slice key) {
    int low = 0;
    int high = files.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(files.get(middle).smallest(), key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int compare(byte[] bound, Slice key) {
    return InternalKey.compare(bound, 0, bound.length, key.array(), key.offset(), key.length());
  }

  @Override
  public void next() throws IOException {
    EntryCursor cursor = onEntry();
    cursor.next();
    if (!cursor.valid()) {
      skipForward();
    }
  }

  @Override
  public void prev() throws IOException {
    EntryCursor cursor = onEntry();
    cursor.prev();
    if (!cursor.valid()) {
      skipBackward();
    }
  }

  private EntryCursor onEntry() {
    EntryCursor cursor = current;
    if (cursor == null) {
      throw new NoSuchElementException("the cursor is not on an entry");
    }
    assert cursor.valid() : "not on an entry of " + files.get(index);
    return cursor;
  }

  /** From behind the end of a file to the first entry of the ones after it. */
  private void skipForward() throws IOException {
    //> phase 4: a file may have no entry that you are looking for; how often can that happen?
    while (exhausted()) { //~ skipsOnce: if (exhausted()) {
      EntryCursor cursor = open(index + 1);
      if (cursor != null) {
        cursor.first();
      }
    }
    //< phase 4
  }

  /** From before the start of a file to the last entry of the ones before it. */
  private void skipBackward() throws IOException {
    //> phase 5: and in the other direction?
    while (exhausted()) {
      EntryCursor cursor = open(index - 1);
      if (cursor != null) {
        cursor.last();
      }
    }
    //< phase 5
  }

  private boolean exhausted() {
    return current != null && !current.valid();
  }

  /** The cursor of a file, or null if there is none with that index; closes any other. */
  private @Nullable EntryCursor open(int newIndex) throws IOException {
    if (newIndex != index || current == null) {
      close();
      if (newIndex >= 0 && newIndex < files.size()) {
        index = newIndex;
        current = opener.cursor(files.get(newIndex));
      }
    }
    return current;
  }

  @Override
  public Slice key() {
    return onEntry().key();
  }

  @Override
  public Slice value() throws IOException {
    return onEntry().value();
  }

  @Override
  public long prefix() {
    return onEntry().prefix();
  }

  @Override
  public void close() {
    EntryCursor closing = current;
    current = null;
    index = -1;
    if (closing != null) {
      closing.close();
    }
  }
}
