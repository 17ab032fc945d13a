package systems.kvstore.table;

import java.util.Arrays;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;

/**
 * Reads the entries of a block once, from the front: for metaindex, properties, range tombstones
 * and index, which are decoded into something else when a table is opened. Belongs to one thread.
 */
final class BlockScan {
  private final int from;
  private final ByteSource source;
  private byte[] key = new byte[64];
  private int keyLength;
  private int shared;
  private int valueOffset;
  private int valueLength;

  BlockScan(Block block) {
    from = block.from;
    source = new ByteSource(block.bytes, block.from, block.restartsAt - block.from);
  }

  /** Moves to the next entry; false after the last. */
  boolean next() throws MalformedException {
    if (source.remaining() == 0) {
      return false;
    }
    shared = source.readVarint32();
    int rest = source.readVarint32();
    valueLength = source.readVarint32();
    readKey(rest);
    valueOffset = source.skip(valueLength);
    return true;
  }

  /**
   * Moves to the next entry of a block whose values end by themselves: the caller reads the value
   * from {@link #source}.
   */
  boolean nextKey() throws MalformedException {
    if (source.remaining() == 0) {
      return false;
    }
    shared = source.readVarint32();
    readKey(source.readVarint32());
    return true;
  }

  private void readKey(int rest) throws MalformedException {
    if (shared < 0 || shared > keyLength) {
      throw new MalformedException("a key that shares " + shared + " bytes", position());
    }
    int start = source.skip(rest);
    if (key.length - shared < rest) {
      key = Arrays.copyOf(key, Math.max(shared + rest, 2 * key.length));
    }
    System.arraycopy(source.array(), start, key, shared, rest);
    keyLength = shared + rest;
  }

  /** The array under {@link #keyLength} bytes of key. */
  byte[] keyArray() {
    return key;
  }

  int keyLength() {
    return keyLength;
  }

  byte[] key() {
    return Arrays.copyOf(key, keyLength);
  }

  /** Whether the key was stored as a difference to the one before. */
  boolean isShared() {
    return shared != 0;
  }

  byte[] value() {
    return Arrays.copyOfRange(source.array(), valueOffset, valueOffset + valueLength);
  }

  ByteSource source() {
    return source;
  }

  /** Bytes of the block read so far. */
  int position() {
    return source.position() - from;
  }
}
