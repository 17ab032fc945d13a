package systems.net.loop;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/** A piece of a file on its way out; owns the file's channel. */
final class FilePiece extends Piece {
  /**
   * Most bytes of one call, so that one fast reader of a large file is not all that a loop does.
   */
  static final long TRANSFER_BYTES_MAX = 1 << 20;

  private final FileChannel file;
  private long position;
  private long count;

  FilePiece(FileChannel file, long position, long count) {
    if (position < 0 || count < 0) {
      throw new IllegalArgumentException("position " + position + ", count " + count);
    }
    this.file = file;
    this.position = position;
    this.count = count;
  }

  @Override
  long remaining() {
    return count;
  }

  /** Sends once; returns how many bytes the channel took. */
  long transferTo(WritableByteChannel channel) throws IOException {
    //> phase 3: nothing was sent: does the peer not read, or is there no more file?
    long sent = file.transferTo(position, Math.min(count, TRANSFER_BYTES_MAX), channel);
    if (sent == 0 && count > 0 && position >= file.size()) { //~ waitsForMoreFile: if (sent < 0) {
      throw new IOException("the file ends " + count + " bytes before its promised length");
    }
    assert sent >= 0 && sent <= count;
    position += sent;
    count -= sent;
    return sent;
    //< phase 3
  }

  @Override
  void release() {
    try {
      file.close();
    } catch (IOException ignored) {
      // it was only read; there is nothing that could be lost
    }
  }
}
