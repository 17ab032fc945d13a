package systems.kvstore.table;

import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;

/**
 * Where a block lies: its first byte in the file and its bytes as stored, the trailer of {@value
 * #TRAILER_BYTES} bytes not counted. Stored as two varint64.
 *
 * <pre>
 *   offset                     offset + size
 *   +------------ - - ---------+-------------+----------------------+
 *   | block, maybe compressed  | compression | fixed32: masked      |
 *   |                          | code        | CRC-32C of all before|
 *   +------------ - - ---------+-------------+----------------------+
 * </pre>
 */
record BlockHandle(long offset, long size) {
  static final int TRAILER_BYTES = 5;

  BlockHandle {
    assert offset >= 0 && size >= 0;
  }

  static BlockHandle read(ByteSource source) throws MalformedException {
    int start = source.position();
    long offset = source.readVarint64();
    long size = source.readVarint64();
    if (offset < 0 || size < 0) {
      throw new MalformedException("a block handle " + offset + ", " + size, start);
    }
    return new BlockHandle(offset, size);
  }

  void write(ByteSink sink) {
    sink.putVarint64(offset);
    sink.putVarint64(size);
  }

  /** The first byte behind the block and its trailer. */
  long end() {
    return offset + size + TRAILER_BYTES;
  }
}
