package systems.kvstore;

import java.io.IOException;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;

/**
 * Writes that happen together or not at all. A batch is kept as the very bytes that go into the
 * write-ahead log, so that committing it is one copy:
 *
 * <pre>
 *    0        8       12
 *   +--------+-------+----------+----------+-- -
 *   | fixed64| fixed | record 1 | record 2 |
 *   | seqno  | count |          |          |
 *   +--------+-------+----------+----------+-- -
 *
 *   put           0x01  varint32 length, key    varint32 length, value
 *   delete        0x00  varint32 length, key
 *   deleteRange   0x0F  varint32 length, begin  varint32 length, end
 * </pre>
 *
 * The first record has the sequence number of the header, every further one the next. The encoding
 * is RocksDB's ({@code WriteBatch} in its write-ahead log), which writes further tags for column
 * families, merges and transactions: {@link Records} refuses those by name.
 *
 * <p>Belongs to one thread. Keys and values are copied when they are added.
 */
public final class WriteBatch {
  /** Bytes before the first record. */
  public static final int HEADER_BYTES = 12;

  /** Most bytes of one batch: what a 32-bit array index and the log's bookkeeping leave. */
  public static final int BYTES_MAX = Integer.MAX_VALUE - 64 * 1024;

  static final int TAG_DELETE = 0x00;
  static final int TAG_PUT = 0x01;
  static final int TAG_LOG_DATA = 0x03;
  static final int TAG_NOOP = 0x0D;
  static final int TAG_DELETE_RANGE = 0x0F;

  private final ByteSink bytes;
  private int count;

  /** An empty batch. */
  public WriteBatch() {
    this(128);
  }

  /** An empty batch with room for {@code capacity} bytes. */
  public WriteBatch(int capacity) {
    bytes = new ByteSink(HEADER_BYTES + capacity);
    clear();
  }

  /** Forgets all writes; keeps the memory. */
  public void clear() {
    bytes.clear();
    bytes.putFixed64(0);
    bytes.putFixed32(0);
    count = 0;
  }

  /** Adds: set the value of a key. */
  public WriteBatch put(byte[] key, byte[] value) {
    return put(key, 0, key.length, value, 0, value.length);
  }

  /** Adds: set the value of a key, both of them parts of arrays. */
  public WriteBatch put(
      byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength) {
    checkKey(keyLength);
    if (valueLength > KvStore.VALUE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a value of " + valueLength + " bytes; the limit is " + KvStore.VALUE_BYTES_MAX);
    }
    checkRoom((long) keyLength + valueLength);
    bytes.putByte(TAG_PUT);
    bytes.putLengthPrefixed(key, keyOffset, keyLength);
    bytes.putLengthPrefixed(value, valueOffset, valueLength);
    count++;
    return this;
  }

  /** Adds: remove a key. */
  public WriteBatch delete(byte[] key) {
    return delete(key, 0, key.length);
  }

  /** Adds: remove a key that is part of an array. */
  public WriteBatch delete(byte[] key, int offset, int length) {
    checkKey(length);
    checkRoom(length);
    bytes.putByte(TAG_DELETE);
    bytes.putLengthPrefixed(key, offset, length);
    count++;
    return this;
  }

  /**
   * Adds: remove every key of {@code [begin, end)}; nothing if begin is not below end.
   *
   * @throws IllegalArgumentException if a bound is longer than a key may be
   */
  public WriteBatch deleteRange(byte[] begin, byte[] end) {
    checkKey(begin.length);
    checkKey(end.length);
    checkRoom((long) begin.length + end.length);
    bytes.putByte(TAG_DELETE_RANGE);
    bytes.putLengthPrefixed(begin, 0, begin.length);
    bytes.putLengthPrefixed(end, 0, end.length);
    count++;
    return this;
  }

  private static void checkKey(int length) {
    if (length > KvStore.KEY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a key of " + length + " bytes; the limit is " + KvStore.KEY_BYTES_MAX);
    }
  }

  private void checkRoom(long more) {
    if (bytes.size() + more + 16 > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a batch of more than " + BYTES_MAX + " bytes; write it in parts");
    }
  }

  /** Number of writes. */
  public int count() {
    return count;
  }

  /** Bytes of the encoded batch, header included. */
  public int size() {
    return bytes.size();
  }

  /** The encoded batch in {@code [0, size())}, for the log; the header is set by {@link #seal}. */
  public byte[] array() {
    return bytes.array();
  }

  /** Writes the header: the sequence number of the first write, and how many there are. */
  public void seal(long firstSequence) {
    bytes.setFixed64(0, firstSequence);
    bytes.setFixed32(8, count);
  }

  /** The writes one after the other. */
  public Records records() throws MalformedException {
    bytes.setFixed32(8, count);
    return new Records(bytes.array(), 0, bytes.size());
  }

  /** What a record of a batch does. */
  public enum Kind {
    PUT,
    DELETE,
    DELETE_RANGE
  }

  /**
   * Walks over an encoded batch that may come from a damaged or foreign log. Every length is
   * checked before use; the number of records must be the header's.
   */
  public static final class Records {
    private final ByteSource source = new ByteSource(new byte[0]);
    private long firstSequence;
    private int count;
    private int seen;
    private Kind kind = Kind.PUT;
    private final Slice key = new Slice();
    private final Slice value = new Slice();

    /** No records yet: {@link #reset} says where they are. */
    public Records() {}

    /**
     * @throws MalformedException if the header is cut short
     */
    public Records(byte[] array, int offset, int length) throws MalformedException {
      reset(array, offset, length);
    }

    /**
     * Begins anew with another encoded batch.
     *
     * @throws MalformedException if the header is cut short
     */
    public Records reset(byte[] array, int offset, int length) throws MalformedException {
      source.reset(array, offset, length);
      firstSequence = source.readFixed64();
      count = source.readFixed32();
      seen = 0;
      return this;
    }

    /** Sequence number of the first record. */
    public long firstSequence() {
      return firstSequence;
    }

    /** How many records the header promises. */
    public int count() {
      return count;
    }

    /**
     * Moves to the next record.
     *
     * @return false after the last one
     * @throws MalformedException if the bytes are no record, or are not as many as promised
     * @throws IOException for a record of a kind that this engine does not write or apply
     */
    public boolean next() throws IOException {
      while (source.remaining() > 0) {
        int position = source.position();
        int tag = source.readByte();
        if (tag == TAG_LOG_DATA) {
          source.skip(source.readLength());
        } else if (tag != TAG_NOOP) {
          read(tag, position);
          seen++;
          return true;
        }
      }
      if (seen != count) {
        throw new MalformedException(
            "a batch of " + seen + " records whose header says " + count, source.position());
      }
      return false;
    }

    private void read(int tag, int position) throws IOException {
      switch (tag) {
        case TAG_PUT -> {
          kind = Kind.PUT;
          readInto(key);
          readInto(value);
        }
        case TAG_DELETE -> {
          kind = Kind.DELETE;
          readInto(key);
          value.set(source.array(), source.position(), 0);
        }
        case TAG_DELETE_RANGE -> {
          kind = Kind.DELETE_RANGE;
          readInto(key);
          readInto(value);
        }
        default ->
            throw new MalformedException(
                "a batch record of the unknown kind 0x" + Integer.toHexString(tag), position);
      }
    }

    private void readInto(Slice slice) throws MalformedException {
      int length = source.readLength();
      slice.set(source.array(), source.skip(length), length);
    }

    public Kind kind() {
      return kind;
    }

    /** The key, or the first key of a range. A view that stays until {@link #next()}. */
    public Slice key() {
      return key;
    }

    /** The value, the end of a range (exclusive), or nothing. A view until {@link #next()}. */
    public Slice value() {
      return value;
    }
  }
}
