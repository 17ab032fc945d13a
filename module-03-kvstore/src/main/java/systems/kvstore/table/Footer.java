package systems.kvstore.table;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.Crc32c;
import systems.kvstore.format.MalformedException;
import systems.kvstore.format.Xxh3;

/**
 * The last {@value #BYTES} bytes of a table: what a reader must know before it can read anything.
 *
 * <pre>
 *    0          1                                       41          45             53
 *   +----------+-----------+----------+- - - - - - - - -+-----------+--------------+
 *   | checksum | metaindex | index    | zeros           | fixed32   | fixed64      |
 *   | kind     | handle    | handle   |                 | version   | magic number |
 *   +----------+-----------+----------+- - - - - - - - -+-----------+--------------+
 * </pre>
 *
 * <p>Versions 2 to 5 share this shape. They differ in what the blocks hold (3: the index may drop
 * sequence numbers, 4: it may store sizes instead of whole handles, 5: the Bloom filter of {@link
 * BloomFilter}), and the properties say which of it a table uses. Version 6 moved the index handle
 * into the metaindex and mixes a context into every checksum.
 */
record Footer(Checksum checksum, BlockHandle metaindex, BlockHandle index) {
  static final int BYTES = 53;
  static final int VERSION = 5;

  private static final int VERSION_MIN = 2;
  private static final int HANDLES_END = 41;
  private static final long MAGIC = 0x88e241b785f4cff7L;
  private static final long MAGIC_LEVELDB = 0xdb4775248b80fb57L;
  private static final long MAGIC_PLAIN = 0x8242229663bf9564L;

  /** What stands behind every block. Ours have {@link #CRC32C}, RocksDB's by default the other. */
  enum Checksum {
    CRC32C(1) {
      @Override
      int of(byte[] bytes, int at, int size) {
        return Crc32c.masked(bytes, at, size);
      }
    },
    /** The low half of the hash of all bytes but the last, which is mixed in by a product. */
    XXH3(4) {
      @Override
      int of(byte[] bytes, int at, int size) {
        return (int) Xxh3.hash64(bytes, at, size - 1) ^ (bytes[at + size - 1] & 0xff) * 0x6b9083d9;
      }
    };

    private final int code;

    Checksum(int code) {
      this.code = code;
    }

    /** The checksum of {@code bytes[at, at + size)}, a block and the code of its compression. */
    abstract int of(byte[] bytes, int at, int size);

    private static @Nullable Checksum of(int code) {
      for (Checksum kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      return null;
    }
  }

  /** Appends the footer to {@code sink}. */
  void write(ByteSink sink) {
    int start = sink.size();
    sink.putByte(checksum.code);
    metaindex.write(sink);
    index.write(sink);
    while (sink.size() < start + HANDLES_END) {
      sink.putByte(0);
    }
    sink.putFixed32(VERSION);
    sink.putFixed64(MAGIC);
    assert sink.size() == start + BYTES;
  }

  /**
   * Decodes the footer that stands at {@code offset} of a file.
   *
   * @throws KvException.Corruption if it is none, or points outside of the file before it
   * @throws KvException.Unsupported if it is one of a kind that is not read here
   */
  static Footer read(byte[] bytes, Path file, long offset) throws KvException {
    //> phase 3: what must be known of the footer before its handles may be believed?
    var source = new ByteSource(bytes, 0, BYTES);
    try {
      int checksum = source.readByte();
      int handles = source.position();
      source.skip(HANDLES_END - 1);
      int version = source.readFixed32();
      var kind = checkKind(checksum, version, source.readFixed64(), file, offset);
      source.reset(bytes, handles, HANDLES_END - 1);
      var metaindex = inside(BlockHandle.read(source), file, offset);
      return new Footer(kind, metaindex, inside(BlockHandle.read(source), file, offset));
    } catch (MalformedException e) {
      throw new KvException.Corruption(file, offset, "a table footer", e.getMessage());
    }
    //< phase 3
  }

  //> phase 3 only
  private static BlockHandle inside(BlockHandle handle, Path file, long fileEnd)
      throws KvException.Corruption {
    boolean inside =
        handle.offset() <= fileEnd && handle.size() <= fileEnd && handle.end() <= fileEnd;
    if (!inside) {
      throw new KvException.Corruption(
          file, fileEnd, "a block before the footer", handle.toString());
    }
    return handle;
  }

  private static Checksum checkKind(int checksum, int version, long magic, Path file, long offset)
      throws KvException {
    if (magic != MAGIC) {
      throw unknownMagic(magic, file, offset);
    }
    if (version < VERSION_MIN || version > VERSION) {
      throw new KvException.Unsupported(
          file,
          "table format_version "
              + Integer.toUnsignedString(version)
              + " is not read here; BlockBasedTableOptions::format_version = 5 writes what is");
    }
    var kind = Checksum.of(checksum);
    if (kind == null) {
      throw new KvException.Unsupported(
          file,
          "block checksums of kind "
              + checksumName(checksum)
              + " are not read here; BlockBasedTableOptions::checksum = kCRC32c writes what is");
    }
    return kind;
  }

  private static KvException unknownMagic(long magic, Path file, long offset) {
    if (magic == MAGIC_LEVELDB) {
      return new KvException.Unsupported(file, "a LevelDB table (format_version 0)");
    }
    if (magic == MAGIC_PLAIN) {
      return new KvException.Unsupported(file, "a PlainTable, not a block-based one");
    }
    return new KvException.Corruption(
        file,
        offset + BYTES - 8,
        "the table magic number " + Long.toHexString(MAGIC),
        Long.toHexString(magic));
  }

  private static String checksumName(int kind) {
    return switch (kind) {
      case 0 -> "kNoChecksum";
      case 2 -> "kxxHash";
      case 3 -> "kxxHash64";
      default -> Integer.toString(kind);
    };
  }

  //< phase 3
}
