package systems.kvstore.table;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import systems.kvstore.KvException;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;
import systems.kvstore.fs.FileSystem.RandomFile;

/**
 * A table's file as a sequence of blocks: reads one, verifies it, decompresses it. Nothing that
 * comes out of here has not been under its checksum in the same call.
 *
 * <pre>
 *   +--------------------------+------+--------------+
 *   | block as stored          | code | checksum     |
 *   +--------------------------+------+--------------+
 *   |&lt;---- checked ------------------&gt;|
 *
 *   code 0   the block itself: kept where it was read
 *   code 4   varint32 bytes of the block, then an LZ4 block
 * </pre>
 *
 * <p>What is allocated is bounded before it is: the stored bytes by the file's size, the
 * decompressed ones by what LZ4 can make of the stored ones.
 *
 * <p>Any thread may read. After {@link #close} reads fail with a {@code ClosedChannelException}.
 */
final class BlockFile implements Closeable {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final RandomFile file;
  private final Path path;
  private final long bytes;
  private Footer.Checksum checksum = Footer.Checksum.CRC32C;

  BlockFile(RandomFile file, Path path) {
    this.file = file;
    this.path = path;
    bytes = file.size();
  }

  /** Says, before the first block is read, what the footer says that blocks are checked by. */
  void checkBy(Footer.Checksum kind) {
    checksum = kind;
  }

  Path path() {
    return path;
  }

  long bytes() {
    return bytes;
  }

  /** Reads a block that lies inside of the file. */
  Block read(long offset, int size) throws IOException {
    byte[] stored = new byte[size + BlockHandle.TRAILER_BYTES];
    readRaw(offset, stored, 0, stored.length);
    return decode(stored, 0, size, offset);
  }

  /** Reads a block that lies inside of the file; it is dead when the scratch is used again. */
  Block read(long offset, int size, BlockScratch scratch) throws IOException {
    int length = size + BlockHandle.TRAILER_BYTES;
    byte[] stored = scratch.stored(length);
    readRaw(offset, stored, 0, length);
    return decode(stored, 0, size, offset, scratch);
  }

  /** Reads bytes as they are, unverified. */
  void readRaw(long offset, byte[] target, int at, int length) throws IOException {
    try {
      file.read(offset, target, at, length);
    } catch (EOFException e) {
      throw new KvException.Corruption(
          path, offset, length + " bytes in a file of " + bytes, "the end of the file");
    }
  }

  /**
   * The bytes of a block that is none of entries, a filter: verified, decompressed, in an array of
   * their own.
   */
  byte[] readContents(long offset, int size) throws IOException {
    byte[] stored = new byte[size + BlockHandle.TRAILER_BYTES];
    readRaw(offset, stored, 0, stored.length);
    try {
      if (!isCompressed(stored, 0, size, offset)) {
        return Arrays.copyOf(stored, size);
      }
      byte[] contents = new byte[lengthDecompressed(stored, 0, size)];
      decompress(stored, 0, size, contents, contents.length);
      return contents;
    } catch (MalformedException e) {
      throw malformed(offset, e);
    }
  }

  /** The block that is stored in {@code stored[at, at + size)}, its trailer behind it. */
  private Block decode(byte[] stored, int at, int size, long offset) throws KvException {
    try {
      if (isCompressed(stored, at, size, offset)) {
        byte[] block = new byte[lengthDecompressed(stored, at, size)];
        decompress(stored, at, size, block, block.length);
        return Block.of(block, 0, block.length);
      }
      return Block.of(stored, at, at + size);
    } catch (MalformedException e) {
      throw malformed(offset, e);
    }
  }

  /** The same, dead when the scratch is used again. */
  Block decode(byte[] stored, int at, int size, long offset, BlockScratch scratch)
      throws KvException {
    try {
      if (isCompressed(stored, at, size, offset)) {
        int length = lengthDecompressed(stored, at, size);
        byte[] block = scratch.decoded(length);
        decompress(stored, at, size, block, length);
        return Block.of(block, 0, length);
      }
      return Block.of(stored, at, at + size);
    } catch (MalformedException e) {
      throw malformed(offset, e);
    }
  }

  /** Verifies a stored block and says how it is stored. */
  private boolean isCompressed(byte[] stored, int at, int size, long offset) throws KvException {
    //> phase 3: what comes first, the checksum or the compression, and why?
    int expected = (int) INT.get(stored, at + size + 1);
    int found = checksum.of(stored, at, size + 1); //~ trustsDisk: int found = expected;
    if (expected != found) {
      throw new KvException.Corruption(
          path,
          offset,
          "a block with checksum " + Integer.toHexString(expected),
          "one with " + Integer.toHexString(found));
    }
    int code = stored[at + size];
    return switch (code) {
      case 0 -> false;
      case 4, 5 -> true;
      default ->
          throw new KvException.Unsupported(
              path, "blocks compressed with " + Compression.nameOf(code) + " are not read here");
    };
    //< phase 3
  }

  private static int lengthDecompressed(byte[] stored, int at, int size) throws MalformedException {
    var source = new ByteSource(stored, at, size);
    int length = source.readVarint32();
    int compressed = source.remaining();
    if (length < 0 || length > (long) compressed * Lz4.RATIO_MAX) {
      throw new MalformedException(
          compressed + " LZ4 bytes for a block of " + Integer.toUnsignedString(length), 0);
    }
    return length;
  }

  private static void decompress(byte[] stored, int at, int size, byte[] into, int length)
      throws MalformedException {
    var source = new ByteSource(stored, at, size);
    source.readVarint32();
    Lz4.decompress(stored, source.position(), source.remaining(), into, 0, length);
  }

  /** What a block turned out not to be. */
  KvException.Corruption malformed(long offset, MalformedException e) {
    return new KvException.Corruption(path, offset, "a well-formed block", e.getMessage());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
