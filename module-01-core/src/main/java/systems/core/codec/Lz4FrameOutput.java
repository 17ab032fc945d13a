package systems.core.codec;

import java.io.IOException;
import java.io.OutputStream;
import systems.core.codec.Lz4Frame.Settings;

/**
 * Writes a frame. Bytes are gathered until a block is full.
 *
 * <pre>
 *   window   | at most 64 KiB of before, if linked | block, filling |
 * </pre>
 *
 * <p>One thread at a time. A block that does not get smaller is written as it is, so that a frame
 * is never longer than its content by more than its headers.
 */
final class Lz4FrameOutput extends OutputStream {
  private static final int HEADER_BYTES_MAX = 19;
  private static final int LENGTH_BYTES = 4;

  private final OutputStream out;
  private final Settings settings;
  //> phase 6 only
  private final Lz4Block block = new Lz4Block();
  //< phase 6
  private final XxHash32 contentHash = new XxHash32(0);
  private final int blockBytes;
  private final byte[] window;
  private final byte[] packed;

  private int start; // of the block in the window; before it lies the history
  private int filled;
  private long written;
  private boolean begun;
  private boolean broken;
  private boolean closed;

  Lz4FrameOutput(OutputStream out, Settings settings) {
    this.out = out;
    this.settings = settings;
    blockBytes = settings.blockSize().bytes();
    window = new byte[blockBytes + (settings.linked() ? Lz4Block.WINDOW_BYTES : 0)];
    packed = new byte[LENGTH_BYTES + blockBytes + LENGTH_BYTES];
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    Bytes.requirePart(bytes, from, length);
    requireOpen();
    int end = from + length;
    while (from < end) {
      int part = Math.min(end - from, blockBytes - filled);
      System.arraycopy(bytes, from, window, start + filled, part);
      filled += part;
      from += part;
      if (filled == blockBytes) {
        writeBlock();
      }
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the frame has been ended");
    }
    if (broken) {
      throw new IOException("the frame could not be written further");
    }
  }

  @Override
  public void flush() throws IOException {
    requireOpen();
    writeBlock();
    out.flush();
  }

  private void begin() throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    byte[] header = new byte[HEADER_BYTES_MAX];
    Bytes.putInt(header, 0, Lz4Frame.MAGIC);
    header[4] = (byte) flags();
    header[5] = (byte) (settings.blockSize().code() << 4);
    int end = 6;
    if (settings.contentSize() >= 0) {
      Bytes.putLong(header, end, settings.contentSize());
      end += 8;
    }
    header[end] = (byte) (XxHash32.hash(header, 4, end - 4, 0) >>> 8);
    out.write(header, 0, end + 1);
  }

  private int flags() {
    return Lz4Frame.VERSION
        | (settings.linked() ? 0 : Lz4Frame.INDEPENDENT)
        | (settings.blockChecksums() ? Lz4Frame.BLOCK_CHECKSUMS : 0)
        | (settings.contentSize() >= 0 ? Lz4Frame.CONTENT_SIZE : 0)
        | (settings.contentChecksum() ? Lz4Frame.CONTENT_CHECKSUM : 0);
  }

  private void writeBlock() throws IOException {
    broken = true; // until it is all there
    begin();
    if (filled > 0) {
      requireSize(written + filled);
      if (settings.contentChecksum()) {
        contentHash.update(window, start, filled);
      }
      out.write(packed, 0, pack());
      written += filled;
      slide();
    }
    broken = false;
  }

  /** Makes the block with its length and checksum; returns how long all of it is. */
  private int pack() {
    //> phase 6: which bytes has the checksum of a block, and what if the block got no smaller?
    int length = compressed();
    int header = length;
    if (length < 0) {
      System.arraycopy(window, start, packed, LENGTH_BYTES, filled);
      length = filled;
      header = filled | Lz4Frame.AS_IT_IS;
    }
    Bytes.putInt(packed, 0, header);
    int end = LENGTH_BYTES + length;
    if (settings.blockChecksums()) {
      byte[] bytes = packed; //~ hashesTheContent: byte[] bytes = window;
      int hash = XxHash32.hash(bytes, LENGTH_BYTES, length, 0);
      Bytes.putInt(packed, end, hash);
      end += LENGTH_BYTES;
    }
    return end;
    //< phase 6
  }

  //> phase 6 only
  private int compressed() {
    int room = filled - 1; // else it may as well stay as it is
    return settings.linked()
        ? block.compressLinked(window, start, filled, start, packed, LENGTH_BYTES, room)
        : block.compress(window, start, filled, packed, LENGTH_BYTES, room);
  }

  //< phase 6

  /** Keeps what the next block may refer to, and makes room for it. */
  private void slide() {
    int end = start + filled;
    filled = 0;
    start = settings.linked() ? Math.min(end, Lz4Block.WINDOW_BYTES) : 0;
    System.arraycopy(window, end - start, window, 0, start);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    try (out) {
      if (!broken) {
        writeBlock();
        broken = true;
        end();
        out.flush();
      }
    } finally {
      closed = true;
    }
  }

  private void end() throws IOException {
    if (settings.contentSize() >= 0 && written != settings.contentSize()) {
      throw new IOException(
          "a frame of " + written + " bytes that was announced with " + settings.contentSize());
    }
    byte[] end = new byte[2 * LENGTH_BYTES];
    Bytes.putInt(end, LENGTH_BYTES, contentHash.value());
    out.write(end, 0, settings.contentChecksum() ? end.length : LENGTH_BYTES);
  }

  private void requireSize(long size) throws IOException {
    if (settings.contentSize() >= 0 && size > settings.contentSize()) {
      throw new IOException(
          "a frame of "
              + size
              + " bytes or more that was announced with "
              + settings.contentSize());
    }
  }
}
