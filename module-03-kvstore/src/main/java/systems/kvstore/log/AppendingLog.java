package systems.kvstore.log;

import java.io.IOException;
import systems.kvstore.format.ByteSink;
import systems.kvstore.fs.FileSystem;

/**
 * A log that is written by calls: the fragments of a record are gathered in a buffer that is kept,
 * and handed to the file at once. A record that is larger than the buffer takes several calls, so
 * that a record of a gigabyte does not need a second gigabyte.
 */
final class AppendingLog extends LogWriter {
  private static final int BUFFER_BYTES_MAX = 1 << 20;
  private static final byte[] ZEROS = new byte[LogBlock.HEADER_BYTES];

  private final FileSystem.WritableFile file;
  private final ByteSink buffer = new ByteSink(4 * 1024);

  AppendingLog(FileSystem.WritableFile file) {
    this.file = file;
    assert file.size() == 0 : "a log begins in an empty file";
  }

  @Override
  void begin(long at, long atMost) {
    assert buffer.size() == 0 && file.size() == at;
  }

  @Override
  void pad(long at, int count) {
    buffer.putBytes(ZEROS, 0, count);
  }

  @Override
  void put(long at, int type, byte[] bytes, int offset, int length) throws IOException {
    if (buffer.size() + LogBlock.BLOCK_BYTES > BUFFER_BYTES_MAX) {
      commit();
    }
    buffer.putFixed32(checksum(type, bytes, offset, length));
    buffer.putByte(length);
    buffer.putByte(length >>> 8);
    buffer.putByte(type);
    buffer.putBytes(bytes, offset, length);
  }

  @Override
  void commit() throws IOException {
    file.append(buffer.array(), 0, buffer.size());
    buffer.clear();
  }

  @Override
  void force(long from, long to) throws IOException {
    file.sync();
  }

  @Override
  void finish(long bytes) throws IOException {
    file.close();
  }
}
