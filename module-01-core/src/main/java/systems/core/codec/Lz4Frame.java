package systems.core.codec;

import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * LZ4's frame format: blocks in a row with lengths and checksums, as the {@code lz4} command writes
 * and reads it.
 *
 * <pre>
 *   frame    | 04 22 4D 18 | descriptor | block | block | ... | 0 (4) | content's XXH32? (4) |
 *
 *   descriptor    | flags | largest block | content's length? (8) | dictionary? (4) | XXH32 >> 8 |
 *     flags         01 | independent | block checksums | length | content checksum | 0 | dictionary
 *
 *   block    | length (4), highest bit: as it is | bytes | XXH32 of these bytes? (4) |
 *
 *   to skip  | 5x 2A 4D 18 | length (4) | bytes |
 * </pre>
 *
 * <p>Blocks that are not independent are linked: they may refer to the last 64 KiB before them,
 * which compresses better and cannot be read from the middle. The checksum of a block is one of its
 * compressed bytes, so that damage is found before anything is decompressed; the checksum of the
 * content also finds what the decompressor itself does wrong.
 *
 * <p>Frames may follow each other; their contents are read as one. The frame of the first lz4
 * programs ("legacy") has no lengths and no checksums; it is refused by name, and so is a frame
 * that needs a dictionary.
 *
 * <p>Source: Y. Collet, "LZ4 Frame Format Description", version 1.6.1.
 */
public final class Lz4Frame {
  static final int MAGIC = 0x184D_2204;
  static final int SKIPPABLE_MAGIC = 0x184D_2A50;
  static final int SKIPPABLE_MASK = 0xFFFF_FFF0;
  static final int LEGACY_MAGIC = 0x184C_2102;

  static final int VERSION = 0x40;
  static final int VERSION_MASK = 0xC0;
  static final int INDEPENDENT = 0x20;
  static final int BLOCK_CHECKSUMS = 0x10;
  static final int CONTENT_SIZE = 0x08;
  static final int CONTENT_CHECKSUM = 0x04;
  static final int RESERVED = 0x02;
  static final int DICTIONARY = 0x01;

  /** The highest bit of a block's length: the bytes are as they are. */
  static final int AS_IT_IS = 0x8000_0000;

  private Lz4Frame() {}

  /** The most that a block of a frame can hold. */
  public enum BlockSize {
    /** 64 KiB. */
    KB_64(4),
    /** 256 KiB. */
    KB_256(5),
    /** 1 MiB. */
    MB_1(6),
    /** 4 MiB, which is what the lz4 command uses. */
    MB_4(7);

    private final int code;

    BlockSize(int code) {
      this.code = code;
    }

    /** The size in bytes. */
    public int bytes() {
      return 1 << 8 + 2 * code;
    }

    int code() {
      return code;
    }

    /** The size of a code, or null where the format has none. */
    static @Nullable BlockSize of(int code) {
      for (BlockSize size : values()) {
        if (size.code == code) {
          return size;
        }
      }
      return null;
    }
  }

  /**
   * What a frame is to have.
   *
   * @param blockSize the most that is compressed at a time
   * @param linked whether blocks may refer to those before them
   * @param blockChecksums whether each block has its own
   * @param contentChecksum whether the whole has one
   * @param contentSize the length of the whole, which stands in the frame's descriptor, or {@link
   *     #UNKNOWN}
   */
  public record Settings(
      BlockSize blockSize,
      boolean linked,
      boolean blockChecksums,
      boolean contentChecksum,
      long contentSize) {
    /** The length of the content is not known before its end. */
    public static final long UNKNOWN = -1;

    /** As the lz4 command has it: 4 MiB, independent, a checksum of the content. */
    public static final Settings STANDARD =
        new Settings(BlockSize.MB_4, false, false, true, UNKNOWN);

    /** A length less than that of {@link #UNKNOWN} makes no sense. */
    public Settings {
      if (contentSize < UNKNOWN) {
        throw new IllegalArgumentException("a content of " + contentSize + " bytes");
      }
    }

    /** With another block size. */
    public Settings withBlockSize(BlockSize size) {
      return new Settings(size, linked, blockChecksums, contentChecksum, contentSize);
    }

    /** With blocks that refer to those before them, or without. */
    public Settings withLinked(boolean yes) {
      return new Settings(blockSize, yes, blockChecksums, contentChecksum, contentSize);
    }

    /** With a checksum of each block, or without. */
    public Settings withBlockChecksums(boolean yes) {
      return new Settings(blockSize, linked, yes, contentChecksum, contentSize);
    }

    /** With a checksum of the whole, or without. */
    public Settings withContentChecksum(boolean yes) {
      return new Settings(blockSize, linked, blockChecksums, yes, contentSize);
    }

    /** With the length of the whole. */
    public Settings withContentSize(long size) {
      return new Settings(blockSize, linked, blockChecksums, contentChecksum, size);
    }
  }

  /**
   * A stream that writes a frame to another stream. {@code flush} ends the block; {@code close}
   * ends the frame and closes the other stream as well. After a failure the frame stays without an
   * end.
   */
  public static OutputStream compressing(OutputStream to, Settings settings) {
    return new Lz4FrameOutput(to, settings);
  }

  /**
   * A stream that reads the contents of all frames of another stream, which it closes with itself.
   * What is wrong is a {@link CorruptDataException}, with the offset in the other stream, and stays
   * one. An empty stream is no frame at all, and its content is empty.
   */
  public static InputStream decompressing(InputStream from) {
    return new Lz4FrameInput(from);
  }
}
