package systems.kvstore.table;

import java.io.Closeable;
import java.io.IOException;
import systems.kvstore.Slice;

/**
 * A position in a sorted run of (internal key, value) entries: a memtable, a table, or many of them
 * merged. It is either on an entry or {@linkplain #valid not valid}; a fresh one is not valid.
 * Belongs to one thread. After a method has thrown, only {@link #close()} may be called.
 */
public interface EntryCursor extends Closeable {
  /** Whether the cursor is on an entry. */
  boolean valid();

  void first() throws IOException;

  void last() throws IOException;

  /** Moves to the first entry at or after an internal key. */
  void seek(Slice internalKey) throws IOException;

  /** Moves to the last entry at or before an internal key. */
  void seekForPrev(Slice internalKey) throws IOException;

  /** Moves to the next entry; must be valid before. */
  void next() throws IOException;

  /** Moves to the entry before; must be valid before. */
  void prev() throws IOException;

  /** The internal key: a view that stays until the cursor moves. */
  Slice key();

  /** The value: a view that stays until the cursor moves. */
  Slice value() throws IOException;

  /** {@link InternalKey#prefix} of the user key, kept by the cursor so that merging is cheap. */
  long prefix();

  @Override
  void close();
}
