package systems.core.codec;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import systems.core.codec.Lz4Frame.BlockSize;

/**
 * Reads frames, one after the other.
 *
 * <pre>
 *   window   | at most 64 KiB of before, if linked | block, decompressed |
 *            0                                     start    next         limit
 * </pre>
 *
 * <p>Nothing is allocated before a descriptor has proved by its checksum that somebody meant it,
 * and then two blocks at most, which the format limits to 4 MiB. A block is handed out only when
 * its checksum was right; the content's checksum comes last, so that a reader who cannot give bytes
 * back must read to the end before he believes.
 *
 * <p>One thread at a time.
 */
final class Lz4FrameInput extends InputStream {
  private static final byte[] NOTHING = {};
  private static final int DESCRIPTOR_BYTES_MAX = 15;

  private final InputStream in;
  private final XxHash32 contentHash = new XxHash32(0);
  private long position; // in the compressed stream
  private @Nullable CorruptDataException failure;

  private boolean inFrame;
  private int flags;
  private int blockBytes;
  private long contentSize;
  private long content;

  private byte[] packed = NOTHING;
  private byte[] window = NOTHING;
  private int start;
  private int next;
  private int limit;

  Lz4FrameInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    return ready() ? window[next++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    Bytes.requirePart(bytes, from, length);
    if (length == 0) {
      return 0;
    }
    if (!ready()) {
      return -1;
    }
    int part = Math.min(length, limit - next);
    System.arraycopy(window, next, bytes, from, part);
    next += part;
    return part;
  }

  @Override
  public int available() {
    return limit - next;
  }

  @Override
  public void close() throws IOException {
    next = limit;
    in.close();
  }

  /** Sees to it that there is a byte to hand out; false at the end. */
  private boolean ready() throws IOException {
    if (failure != null) {
      throw failure;
    }
    try {
      while (next == limit) {
        if (inFrame) {
          readBlock();
        } else if (!beginFrame()) {
          return false;
        }
      }
      return true;
    } catch (CorruptDataException e) {
      failure = e;
      next = limit;
      throw e;
    }
  }

  private boolean beginFrame() throws IOException {
    byte[] magic = new byte[4];
    int there = in.readNBytes(magic, 0, magic.length);
    if (there == 0) {
      return false;
    }
    position += there;
    if (there < magic.length) {
      throw corrupt("LZ4 data that ends within the first bytes of a frame");
    }
    int number = Bytes.intAt(magic, 0);
    if (number == Lz4Frame.MAGIC) {
      readDescriptor();
    } else if ((number & Lz4Frame.SKIPPABLE_MASK) == Lz4Frame.SKIPPABLE_MAGIC) {
      stepOver(readInt() & 0xFFFF_FFFFL);
    } else if (number == Lz4Frame.LEGACY_MAGIC) {
      throw corrupt("a frame of LZ4's legacy format, which has no checksums and is not read");
    } else {
      throw corrupt(String.format("no LZ4 frame: it begins with %08x", number));
    }
    return true;
  }

  private void readDescriptor() throws IOException {
    byte[] descriptor = new byte[DESCRIPTOR_BYTES_MAX];
    fill(descriptor, 0, 2);
    flags = descriptor[0] & 0xFF;
    requireKnown(descriptor[1] & 0xFF);
    int size = 2 + (has(Lz4Frame.CONTENT_SIZE) ? 8 : 0) + (has(Lz4Frame.DICTIONARY) ? 4 : 0);
    fill(descriptor, 2, size + 1 - 2);
    if ((byte) (XxHash32.hash(descriptor, 0, size, 0) >>> 8) != descriptor[size]) {
      throw corrupt("the descriptor of an LZ4 frame with a wrong checksum");
    }
    if (has(Lz4Frame.DICTIONARY)) {
      throw corrupt(
          String.format(
              "an LZ4 frame that needs the dictionary %08x", Bytes.intAt(descriptor, size - 4)));
    }
    contentSize = has(Lz4Frame.CONTENT_SIZE) ? Bytes.longAt(descriptor, 2) : -1;
    prepare();
  }

  private void requireKnown(int blockDescriptor) throws CorruptDataException {
    if ((flags & Lz4Frame.VERSION_MASK) != Lz4Frame.VERSION) {
      throw corrupt("an LZ4 frame of the unknown version " + (flags >>> 6));
    }
    BlockSize size = BlockSize.of(blockDescriptor >>> 4 & 7);
    if (size == null || (blockDescriptor & 0x8F) != 0 || has(Lz4Frame.RESERVED)) {
      throw corrupt(
          String.format("an LZ4 frame with reserved bits, %02x %02x", flags, blockDescriptor));
    }
    blockBytes = size.bytes();
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  private void prepare() {
    inFrame = true;
    content = 0;
    contentHash.reset();
    int windowBytes = blockBytes + (has(Lz4Frame.INDEPENDENT) ? 0 : Lz4Block.WINDOW_BYTES);
    if (packed.length < blockBytes) {
      packed = new byte[blockBytes];
    }
    if (window.length < windowBytes) {
      window = new byte[windowBytes];
    }
    start = 0;
    next = 0;
    limit = 0;
  }

  private void readBlock() throws IOException {
    int header = readInt();
    if (header == 0) {
      endFrame();
      return;
    }
    int length = header & ~Lz4Frame.AS_IT_IS;
    if (length > blockBytes) {
      throw corrupt("a block of " + length + " bytes in a frame of " + blockBytes + " a block");
    }
    long blockAt = position;
    fill(packed, 0, length);
    if (has(Lz4Frame.BLOCK_CHECKSUMS) && readInt() != XxHash32.hash(packed, 0, length, 0)) {
      throw corrupt("a block with a wrong checksum");
    }
    slide();
    int unpacked = unpack(length, header < 0, blockAt);
    content += unpacked;
    if (contentSize >= 0 && content > contentSize) {
      throw corrupt("an LZ4 frame of more than the " + contentSize + " bytes that it says");
    }
    if (has(Lz4Frame.CONTENT_CHECKSUM)) {
      contentHash.update(window, start, unpacked);
    }
    limit = start + unpacked;
  }

  /** Keeps what the next block may refer to; it comes behind that. */
  private void slide() {
    int kept = has(Lz4Frame.INDEPENDENT) ? 0 : Math.min(limit, Lz4Block.WINDOW_BYTES);
    System.arraycopy(window, limit - kept, window, 0, kept);
    start = kept;
    next = kept;
    limit = kept;
  }

  private int unpack(int length, boolean asItIs, long blockAt) throws CorruptDataException {
    //> phase 6: how far back may a block of this frame refer?
    if (asItIs) {
      System.arraycopy(packed, 0, window, start, length);
      return length;
    }
    try {
      int history = start; //~ forgetsTheBlockBefore: int history = 0;
      return Lz4Block.decompressAfter(packed, 0, length, window, start, blockBytes, history);
    } catch (CorruptDataException e) {
      throw new CorruptDataException("a block that is wrong: " + e.getMessage(), blockAt);
    }
    //< phase 6
  }

  private void endFrame() throws IOException {
    if (contentSize >= 0 && content != contentSize) {
      throw corrupt("an LZ4 frame of " + content + " bytes that says " + contentSize);
    }
    if (has(Lz4Frame.CONTENT_CHECKSUM) && readInt() != contentHash.value()) {
      throw corrupt("the content of an LZ4 frame with a wrong checksum");
    }
    inFrame = false;
  }

  private int readInt() throws IOException {
    byte[] bytes = new byte[4];
    fill(bytes, 0, bytes.length);
    return Bytes.intAt(bytes, 0);
  }

  private void fill(byte[] bytes, int from, int length) throws IOException {
    int there = in.readNBytes(bytes, from, length);
    position += there;
    if (there < length) {
      throw corrupt("an LZ4 frame that ends too early");
    }
  }

  private void stepOver(long length) throws IOException {
    byte[] scratch = new byte[(int) Math.min(length, 8192)];
    while (length > 0) {
      int part = (int) Math.min(length, scratch.length);
      fill(scratch, 0, part);
      length -= part;
    }
  }

  private CorruptDataException corrupt(String message) {
    return new CorruptDataException(message, position);
  }
}
