package systems.kvstore.table;

import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;
import systems.kvstore.format.XxPh3;

/**
 * One {@code get} on its way through memtables and tables, newest first: the key in the form that
 * each of them compares fastest, and the answer as far as it is known. It is used again for the
 * next get of the same thread, so a lookup allocates nothing.
 */
public final class PointLookup {

  /** What a memtable or table knows about the key. */
  public enum Outcome {
    /** Nothing: look further down. */
    ABSENT,
    /** A value, now in the caller's buffer. */
    FOUND,
    /** Deleted: do not look further down. */
    DELETED
  }

  private byte[] bytes = new byte[64];
  private final Slice internalKey = new Slice();
  private int userLength;
  private long prefix;
  private long hash;
  private boolean hashed;
  private long snapshot;
  private long sequence;
  private final BlockCursor blockCursor = new BlockCursor();

  /** Begins a lookup of a user key as of a sequence number. */
  public void reset(byte[] key, int offset, int length, long snapshotSequence) {
    int needed = length + InternalKey.TRAILER_BYTES;
    if (bytes.length < needed) {
      bytes = new byte[needed * 2];
    }
    System.arraycopy(key, offset, bytes, 0, length);
    InternalKey.putTrailer(bytes, length, InternalKey.seekTrailer(snapshotSequence));
    internalKey.set(bytes, 0, needed);
    userLength = length;
    prefix = InternalKey.prefix(bytes, 0, length);
    hashed = false;
    snapshot = snapshotSequence;
    sequence = -1;
  }

  /** Where to seek: the user key with the snapshot's trailer. */
  public Slice internalKey() {
    return internalKey;
  }

  /** The bytes of {@link #internalKey()}; the user key begins at 0. */
  public byte[] array() {
    return bytes;
  }

  public int userLength() {
    return userLength;
  }

  public long prefix() {
    return prefix;
  }

  /** Hash of the user key for Bloom filters, computed when the first table asks. */
  public long hash() {
    if (!hashed) {
      hash = XxPh3.hash64(bytes, 0, userLength);
      hashed = true;
    }
    return hash;
  }

  /** No entry with a larger sequence number is to be seen. */
  public long snapshot() {
    return snapshot;
  }

  /** Sequence number of the entry that was found, FOUND or DELETED. */
  public long sequence() {
    return sequence;
  }

  /** For whoever searches a block on behalf of this lookup. */
  BlockCursor blockCursor() {
    return blockCursor;
  }

  /** Notes the version that was found and reports what it is. */
  Outcome found(long trailer, byte[] value, int offset, int length, ValueBuffer into) {
    sequence = InternalKey.sequence(trailer);
    if (InternalKey.kind(trailer) != EntryKind.PUT.code()) {
      return Outcome.DELETED;
    }
    into.set(value, offset, length);
    return Outcome.FOUND;
  }

  /** Notes the version that was found; the caller has put a value, if any, where it belongs. */
  void foundAt(long trailer) {
    sequence = InternalKey.sequence(trailer);
  }
}
