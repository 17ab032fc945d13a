package systems.core.parquet;

import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import systems.core.codec.CorruptDataException;
import systems.core.codec.Gzip;
import systems.core.codec.Lz4Block;
import systems.core.codec.Snappy;

/**
 * Walks along the pages of a chunk. A page's header is read when one comes to it, the page itself
 * only when somebody asks: what is skipped is neither checked nor decompressed.
 *
 * <pre>
 *   v1   header | compressed( length of levels | levels | values )
 *   v2   header | levels | compressed( values )
 * </pre>
 *
 * <p>Nothing that a header says is believed before it was compared with what is known: a page lies
 * within its chunk and a chunk within the file; it grows by no more than its codec can make it
 * grow, and to {@link #PAGE_BYTES_MAX} at most; it has no more values than the chunk has rows left.
 * Its checksum, if it has one, is that of the bytes in the file.
 *
 * <p>The arrays that pages are decompressed into are used again: a page is gone when the next one
 * is asked for.
 */
final class ChunkPages {
  /** Uncompressed. */
  static final int PAGE_BYTES_MAX = 1 << 28;

  private static final int HEADER_BYTES = 128;

  /** With statistics of long strings in it. */
  private static final int HEADER_BYTES_MAX = 1 << 24;

  private final MappedFile file;
  private final Column column;
  private final FileMetaData.Chunk chunk;
  private final long end;

  /** Where the next header begins. */
  private long at;

  /** Where the header of this page begins, and the page itself. */
  private long headerAt;

  private long bodyAt;
  private PageHeader header = new PageHeader(0, 0, null, new PageHeader.Other(-1));
  private byte[] packed = {};
  private byte[] unpacked = {};
  private final CRC32 crc = new CRC32();

  ChunkPages(MappedFile file, Column column, FileMetaData.Chunk chunk) {
    this.file = file;
    this.column = column;
    this.chunk = chunk;
    at = chunk.start();
    end = at + chunk.compressed();
  }

  /** Goes to the page at an offset; it must lie within the chunk. */
  void seek(long offset) throws ParquetException {
    if (offset < chunk.start() || offset >= end) {
      throw damaged(offset, "a page within its chunk", "one at " + offset);
    }
    at = offset;
  }

  /** A page is not where, or not what, the offset index says. */
  ParquetException wrongPlace(PageIndex.Place place, int values) {
    return damaged(
        headerAt,
        "a page that begins with row " + place.firstRow() + " and ends where" + " the index says",
        values + " values in it");
  }

  private ParquetException damaged(long offset, String expected, String found) {
    return ParquetException.damaged(
        file.path, offset, expected + " in column " + column.name(), found);
  }

  /**
   * The dictionary page, or null if there is none. It comes first: the next page is then the first
   * one with data.
   */
  @Nullable Window dictionary() throws ParquetException {
    if (at == end) {
      return null;
    }
    readHeader();
    if (!(header.body() instanceof PageHeader.Dictionary dictionary)) {
      at = headerAt;
      return null;
    }
    if (dictionary.encoding() != Encoding.PLAIN
        && dictionary.encoding() != Encoding.PLAIN_DICTIONARY) {
      throw damaged(headerAt, "a plain dictionary", dictionary.encoding().toString());
    }
    return values(0);
  }

  /** How many entries the dictionary has whose page was read. */
  int dictionarySize() {
    return header.body() instanceof PageHeader.Dictionary dictionary ? dictionary.values() : 0;
  }

  /**
   * Goes to the next page with values.
   *
   * @param rows how many there are left in the chunk
   */
  PageHeader.Data next(long rows) throws ParquetException {
    //> phase 7: what may come between, and what must hold of a page before one looks into it?
    while (true) {
      if (at == end) {
        throw damaged(end, rows + " more values", "the end of the chunk");
      }
      readHeader();
      if (header.body() instanceof PageHeader.Data data) {
        if (data.values() > rows) { //~ believesPages: if (data.values() < 0) {
          throw damaged(headerAt, rows + " values at most", data.values() + " in a page");
        }
        return data;
      }
    }
    //< phase 7
  }

  boolean hasNext() {
    return at < end;
  }

  /** The header of the next page, whatever it is of. */
  PageHeader nextHeader() throws ParquetException {
    readHeader();
    return header;
  }

  /** Where that header is. */
  long headerOffset() {
    return headerAt;
  }

  private void readHeader() throws ParquetException {
    headerAt = at;
    long left = end - at;
    int room = HEADER_BYTES;
    while (true) {
      Window window = file.window(at, (int) Math.min(room, left), "the header of a page");
      try {
        header = PageHeader.read(new ThriftReader(window));
        bodyAt = at + window.at;
        break;
      } catch (ParquetException e) {
        if (!window.isExhausted() || room >= left || room >= HEADER_BYTES_MAX) {
          throw e;
        }
        room *= 8; // a header does not say how long it is
      }
    }
    at = bodyAt + header.compressed();
    if (at > end) {
      throw damaged(headerAt, "a page within its chunk", (at - end) + " bytes more");
    }
  }

  /**
   * Levels and values of a page with values.
   *
   * @param levels null if no value can be absent
   */
  record Body(@Nullable Levels levels, Window values) {}

  /** Reads, checks and decompresses this page. */
  Body body(PageHeader.Data data) throws ParquetException {
    return switch (data) {
      case PageHeader.DataV1 v1 -> bodyV1(v1);
      case PageHeader.DataV2 v2 -> bodyV2(v2);
    };
  }

  private Body bodyV1(PageHeader.DataV1 data) throws ParquetException {
    //> phase 7: what comes first in the page, and how long is it?
    Window page = values(0);
    if (!column.isOptional()) {
      return new Body(null, page);
    }
    Levels levels =
        switch (data.levels()) {
          case RLE -> {
            int length = page.int32("the length of levels");
            yield Levels.inRuns(page.part(length, "levels"));
          }
          case BIT_PACKED -> Levels.inBits(page, data.values());
          default -> throw damaged(headerAt, "levels in runs", data.levels().toString());
        };
    return new Body(levels, page);
    //< phase 7
  }

  private Body bodyV2(PageHeader.DataV2 data) throws ParquetException {
    //> phase 7: which part is not compressed?
    long levelBytes = (long) data.definitionBytes() + data.repetitionBytes();
    if (levelBytes > header.compressed() || levelBytes > header.uncompressed()) {
      throw damaged(headerAt, "levels within their page", levelBytes + " bytes");
    }
    if (data.rows() != data.values()) {
      throw damaged(headerAt, data.values() + " rows", data.rows() + " rows");
    }
    Window values = values((int) levelBytes);
    if (!column.isOptional()) {
      return new Body(null, values);
    }
    int from = data.repetitionBytes();
    Window levels =
        Window.verbatim(file.path, bodyAt + from, packed, from, from + data.definitionBytes());
    return new Body(Levels.inRuns(levels), values);
    //< phase 7
  }

  /** The page from a byte on, decompressed; what is before it stays in the packed array. */
  private Window values(int from) throws ParquetException {
    int length = header.compressed();
    packed = room(packed, length);
    file.copy(bodyAt, length, packed, 0);
    checkCrc(length);
    boolean isCompressed =
        chunk.codec() != Codec.UNCOMPRESSED
            && !(header.body() instanceof PageHeader.DataV2 v2 && !v2.isCompressed());
    if (!isCompressed) {
      if (header.uncompressed() != length) {
        throw damaged(headerAt, header.uncompressed() + " bytes", length + " bytes");
      }
      return Window.verbatim(file.path, bodyAt + from, packed, from, length);
    }
    int unpackedLength = header.uncompressed() - from;
    checkGrowth(length - from, unpackedLength);
    unpacked = room(unpacked, unpackedLength);
    decompress(from, length - from, unpackedLength);
    return Window.decoded(file.path, headerAt, unpacked, 0, unpackedLength);
  }

  /** Eight bytes more than asked for, so that bits can be read in whole words. */
  private static byte[] room(byte[] array, int length) {
    return array.length >= length + 8 ? array : new byte[Math.max(length + 8, 2 * array.length)];
  }

  private void checkCrc(int length) throws ParquetException {
    Integer stated = header.crc();
    if (stated == null) {
      return;
    }
    crc.reset();
    crc.update(packed, 0, length);
    int computed = (int) crc.getValue();
    if (computed != stated) {
      throw damaged(
          headerAt,
          String.format("a page with the checksum %08x", stated),
          String.format("%08x", computed));
    }
  }

  private void checkGrowth(long packedLength, long length) throws ParquetException {
    if (length > PAGE_BYTES_MAX || length > packedLength * chunk.codec().expansionMax() + 64) {
      throw damaged(
          headerAt,
          "what " + packedLength + " bytes of " + chunk.codec() + " can become",
          length + " bytes");
    }
  }

  private void decompress(int from, int length, int expected) throws ParquetException {
    if (expected == 0) {
      return; // some writers leave out a stream of nothing
    }
    try {
      int found =
          switch (chunk.codec()) {
            case SNAPPY -> Snappy.decompress(packed, from, length, unpacked, 0, expected);
            case GZIP -> Gzip.decompress(packed, from, length, unpacked, 0, expected);
            case LZ4_RAW -> Lz4Block.decompress(packed, from, length, unpacked, 0, expected);
            case UNCOMPRESSED, LZO, BROTLI, LZ4, ZSTD ->
                throw new AssertionError("chunks of this codec are refused");
          };
      if (found != expected) {
        throw damaged(headerAt, expected + " bytes", found + " bytes");
      }
    } catch (CorruptDataException e) {
      throw ParquetException.damaged(
          file.path,
          bodyAt + from + Math.max(0, e.offset()),
          chunk.codec() + " in column " + column.name(),
          String.valueOf(e.getMessage()),
          e);
    }
  }
}
