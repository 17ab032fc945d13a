package systems.kvstore.table;

import java.util.Arrays;
import systems.kvstore.format.ByteSink;

/**
 * Writes a block of sorted entries in which a key repeats only what differs from the key before.
 *
 * <pre>
 *   entry   | varint32 shared | varint32 rest | varint32 value | rest of key | value |
 *
 *   +---------+---------+- -+-----------+-----------+- -+----------+
 *   | entry 0 | entry 1 |   | fixed32   | fixed32   |   | fixed32  |
 *   |         |         |   | restart 0 | restart 1 |   | restarts |
 *   +---------+---------+- -+-----------+-----------+- -+----------+
 *       ^                         |
 *       +-------------------------+  offset of an entry whose key is whole (shared = 0)
 * </pre>
 *
 * <p>Every {@code restartInterval} entries a key is stored whole; the array of those places at the
 * end is what a reader searches by halving. More of them makes blocks larger and searches shorter.
 *
 * <p>Invariants: keys ascend strictly in the order of their block (asserted by the caller, who
 * knows that order); restart 0 is 0; an empty block has one restart. Belongs to one thread; {@link
 * #reset} keeps the memory. Source: LevelDB's {@code table_format.md} and RocksDB's wiki, "Rocksdb
 * BlockBasedTable Format".
 */
final class BlockBuilder {
  private final int restartInterval;
  private final ByteSink sink;
  private int[] restarts = new int[16];
  private int restartCount;
  private int sinceRestart;
  private int entries;
  private byte[] lastKey = new byte[64];
  private int lastLength;

  BlockBuilder(int restartInterval, int bytes) {
    this.restartInterval = restartInterval;
    sink = new ByteSink(bytes);
    reset();
  }

  /** Begins a new block. */
  void reset() {
    sink.clear();
    restartCount = 1; // the first entry is always whole
    sinceRestart = 0;
    entries = 0;
    lastLength = 0;
  }

  boolean isEmpty() {
    return entries == 0;
  }

  int entries() {
    return entries;
  }

  /** Bytes that {@link #finish} would give now. */
  int bytes() {
    return sink.size() + 4 * restartCount + 4;
  }

  /**
   * Bytes that {@link #finish} would give after one more entry, as if it shared nothing: the same
   * estimate as RocksDB's, so that both cut the same blocks.
   */
  long bytesWith(int keyLength, int valueLength) {
    int restart = sinceRestart >= restartInterval ? 4 : 0;
    int lengths = 4 + varintBytes(keyLength) + varintBytes(valueLength);
    return (long) bytes() + restart + lengths + keyLength + valueLength;
  }

  private static int varintBytes(int value) {
    return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
  }

  /** The key of the newest entry, in {@code [0, lastLength())}. */
  byte[] lastKey() {
    return lastKey;
  }

  int lastLength() {
    return lastLength;
  }

  void add(byte[] key, int keyOffset, int keyLength, byte[] value, int offset, int length) {
    //> phase 3: when is the key stored whole, and who remembers where?
    int shared = 0;
    if (sinceRestart >= restartInterval) {
      markRestart();
    } else {
      shared = shared(key, keyOffset, keyLength); //~ forgetsKey: shared = Math.min(1, keyLength);
    }
    sink.reserve(15 + keyLength - shared + length);
    sink.putVarint32(shared);
    sink.putVarint32(keyLength - shared);
    sink.putVarint32(length);
    sink.putBytes(key, keyOffset + shared, keyLength - shared);
    sink.putBytes(value, offset, length);
    remember(key, keyOffset, keyLength, shared);
    sinceRestart++;
    entries++;
    //< phase 3
  }

  void add(byte[] key, byte[] value) {
    add(key, 0, key.length, value, 0, value.length);
  }

  /**
   * Adds an entry of an index whose values are block handles: they end by themselves, so that the
   * entry has no value length. The key is stored whole.
   */
  void addHandle(byte[] key, int keyOffset, int keyLength, BlockHandle handle) {
    assert restartInterval == 1;
    if (entries > 0) {
      markRestart();
    }
    sink.putVarint32(0);
    sink.putVarint32(keyLength);
    sink.putBytes(key, keyOffset, keyLength);
    handle.write(sink);
    sinceRestart++;
    entries++;
  }

  /** Appends the restart array; the block is {@code array[0, size)} until {@link #reset}. */
  ByteSink finish() {
    for (int i = 0; i < restartCount; i++) {
      sink.putFixed32(restarts[i]);
    }
    sink.putFixed32(restartCount);
    return sink;
  }

  private void markRestart() {
    if (restartCount == restarts.length) {
      restarts = Arrays.copyOf(restarts, restartCount * 2);
    }
    int at = sink.size(); //~ phase 3 restartLate: int at = sink.size() + 1;
    restarts[restartCount++] = at;
    sinceRestart = 0;
  }

  private int shared(byte[] key, int offset, int length) {
    int max = Math.min(length, lastLength);
    int at = Arrays.mismatch(lastKey, 0, max, key, offset, offset + max);
    return at < 0 ? max : at;
  }

  private void remember(byte[] key, int offset, int length, int shared) {
    if (lastKey.length < length) {
      lastKey = Arrays.copyOf(lastKey, Math.max(length, 2 * lastKey.length));
    }
    System.arraycopy(key, offset + shared, lastKey, shared, length - shared);
    lastLength = length;
  }
}
