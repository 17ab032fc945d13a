package systems.core.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import systems.core.codec.Gzip;
import systems.core.codec.Lz4Block;
import systems.core.column.ColumnType;

/**
 * Writes the values of a column in a row group as a chunk: perhaps a dictionary page, then pages
 * with values.
 *
 * <p>How values are written is decided by a race. The beginning of the first page is encoded in
 * each way that its type allows and compressed, and what is shortest wins; to the codes is added
 * their share of the dictionary. No rule of thumb knows as much: runs that a delta makes long a
 * compressor makes as short, and bytes of doubles that are split into streams compress better or
 * worse as the data likes. It costs to encode one value in seven three times.
 *
 * <p>A dictionary ends when it is full. The pages whose values it covers have codes, those behind
 * them are written as the best of the other encodings.
 *
 * <p>A chunk that compression shortens by less than a part in {@link #GAIN_PARTS} is left
 * uncompressed: readers get it for nothing.
 */
final class ChunkWriter {
  private static final int GAIN_PARTS = 64;

  /** So many values show how the others compress. */
  private static final int SAMPLE_VALUES_MAX = 1 << 14;

  /**
   * What was written.
   *
   * @param bounds of its pages, or null if one of them has none
   */
  record Written(
      FileMetaData.Chunk chunk,
      PageIndex.Offsets offsets,
      PageIndex.@Nullable Bounds bounds,
      @Nullable BloomFilter bloom) {}

  /** Where pages end: with these rows, and these values that are there; both begin with 0. */
  private record Cuts(int[] rows, int[] values) {
    int pages() {
      return rows.length - 1;
    }
  }

  /**
   * How a chunk is written.
   *
   * @param covered values from the first on that come as codes
   * @param encoding of the others
   */
  private record Plan(int covered, Encoding encoding, Codec codec) {}

  private final ParquetOptions options;
  private final FileOutput out;
  private final Lz4Block lz4 = new Lz4Block();
  private final RunWriter runs = new RunWriter();
  private final CRC32 crc = new CRC32();
  private final Sink raw = new Sink();
  private final Sink packed = new Sink();
  private final Sink header = new Sink();

  // Of the chunk that is being written.
  private long uncompressed;
  private final List<PageIndex.Place> places = new ArrayList<>();
  private final Map<Encoding, Integer> pageCounts = new EnumMap<>(Encoding.class);

  ChunkWriter(ParquetOptions options, FileOutput out) {
    this.options = options;
    this.out = out;
  }

  Written write(ColumnBuffer column) throws IOException {
    uncompressed = 0;
    places.clear();
    pageCounts.clear();
    Cuts cuts = cut(column);
    boolean mayBeCoded = column.physical != PhysicalType.BOOLEAN;
    int covered = mayBeCoded ? column.buildDictionary(options.dictionaryBytes()) : 0;
    Plan plan = race(column, cuts, covered);
    long start = out.position();
    if (plan.covered > 0) {
      writeDictionary(column, plan);
    }
    long dataStart = out.position();
    for (int page = 0; page < cuts.pages(); page++) {
      writePage(column, cuts, page, plan);
    }
    return finish(column, cuts, plan, covered, start, dataStart);
  }

  private Cuts cut(ColumnBuffer column) {
    var rows = new int[16];
    var values = new int[16];
    int pages = 0;
    while (pages == 0 || rows[pages] < column.rows()) {
      if (pages + 1 == rows.length) {
        rows = Arrays.copyOf(rows, 2 * rows.length);
        values = Arrays.copyOf(values, 2 * values.length);
      }
      int row = rows[pages];
      int end = endOfPage(column, row, values[pages]);
      values[pages + 1] = values[pages] + column.present(row, end);
      rows[++pages] = end;
    }
    return new Cuts(Arrays.copyOf(rows, pages + 1), Arrays.copyOf(values, pages + 1));
  }

  /** The row behind the last one of a page: as many as it may have, and as fit. */
  private int endOfPage(ColumnBuffer column, int row, int value) {
    int most = Math.min(column.rows(), row + options.pageRows());
    int bytesMax = options.pageBytes();
    if (column.plainBytes(value, value + column.present(row, most)) <= bytesMax) {
      return most;
    }
    int end = row + 1;
    int next = value + column.present(row, end);
    while (end < most && column.plainBytes(value, next + 1) <= bytesMax) {
      next += column.isAbsent(end) ? 0 : 1;
      end++;
    }
    return end;
  }

  /** The plan by which pages with values are shortest. */
  private Plan race(ColumnBuffer column, Cuts cuts, int covered) {
    int page = pageBehind(cuts, 0);
    if (page == cuts.pages()) {
      return new Plan(0, Encoding.PLAIN, Codec.UNCOMPRESSED); // all values are absent
    }
    int to = Math.min(cuts.values[page + 1], SAMPLE_VALUES_MAX);
    Lap plain = fastest(column, 0, to);
    if (cuts.values[page + 1] > covered) { // no page would be coded
      return new Plan(0, plain.encoding, codec(plain));
    }
    Lap coded = coded(column, to, covered);
    if (coded.length >= plain.length) {
      return new Plan(0, plain.encoding, codec(plain));
    }
    int rest = pageBehind(cuts, covered);
    boolean isAll = covered == column.present() || rest == cuts.pages();
    Lap behind = isAll ? plain : fastest(column, cuts.values[rest], cuts.values[rest + 1]);
    return new Plan(covered, behind.encoding, codec(isAll ? coded : coded.plus(behind)));
  }

  /** How long a page gets in an encoding, compressed and not. */
  private record Lap(Encoding encoding, long length, long rawLength) {
    Lap plus(Lap other) {
      return new Lap(encoding, length + other.length, rawLength + other.rawLength);
    }
  }

  /** The first page that has values behind the first so many. */
  private static int pageBehind(Cuts cuts, int values) {
    int page = 0;
    while (page < cuts.pages() && cuts.values[page + 1] <= values) {
      page++;
    }
    return page;
  }

  private Lap fastest(ColumnBuffer column, int from, int to) {
    Lap fastest = new Lap(Encoding.PLAIN, Long.MAX_VALUE, 0);
    for (Encoding encoding : column.encodings()) {
      raw.clear();
      column.encode(encoding, from, to, raw);
      Lap lap = new Lap(encoding, packedLength(raw), raw.size);
      fastest = lap.length < fastest.length ? lap : fastest;
    }
    return fastest;
  }

  private Lap coded(ColumnBuffer column, int to, int covered) {
    double share = (double) to / covered;
    raw.clear();
    column.encodeDictionary(raw);
    double length = packedLength(raw) * share;
    double rawLength = raw.size * share;
    raw.clear();
    encodeCodes(column, 0, to);
    return new Lap(
        Encoding.RLE_DICTIONARY,
        (long) (length + packedLength(raw)),
        (long) (rawLength + raw.size));
  }

  private Codec codec(Lap lap) {
    return lap.length < lap.rawLength - lap.rawLength / GAIN_PARTS
        ? options.codec()
        : Codec.UNCOMPRESSED;
  }

  private void encodeCodes(ColumnBuffer column, int from, int to) {
    int width = RunWriter.width(column.distinct.size());
    raw.u8(width);
    runs.write(column.codes, from, to - from, width, raw);
  }

  private long packedLength(Sink source) {
    packed.clear();
    pack(options.codec(), source, 0);
    return packed.size;
  }

  /** Appends what is in a sink from a byte on, compressed. */
  private void pack(Codec codec, Sink source, int from) {
    int length = source.size - from;
    switch (codec) {
      case UNCOMPRESSED -> packed.put(source.bytes, from, length);
      case LZ4_RAW -> {
        int room = Lz4Block.maxCompressedLength(length);
        packed.reserve(room);
        packed.size += lz4.compress(source.bytes, from, length, packed.bytes, packed.size, room);
      }
      case GZIP -> {
        int room = length + (length >>> 8) + 64;
        packed.reserve(room);
        packed.size += Gzip.compress(source.bytes, from, length, packed.bytes, packed.size, room);
      }
      case SNAPPY, LZO, BROTLI, LZ4, ZSTD -> throw new AssertionError(codec + " is not written");
    }
  }

  private void writeDictionary(ColumnBuffer column, Plan plan) throws IOException {
    raw.clear();
    packed.clear();
    column.encodeDictionary(raw);
    pack(plan.codec, raw, 0);
    put(new PageHeader.Dictionary(column.distinct.size(), Encoding.PLAIN));
  }

  private void writePage(ColumnBuffer column, Cuts cuts, int page, Plan plan) throws IOException {
    int from = cuts.values[page];
    int to = cuts.values[page + 1];
    boolean isCoded = plan.covered > 0 && to <= plan.covered;
    Encoding encoding = isCoded ? Encoding.RLE_DICTIONARY : plan.encoding;
    raw.clear();
    packed.clear();
    if (column.field.nullable()) {
      writeLevels(column, cuts.rows[page], cuts.rows[page + 1]);
    }
    int levels = raw.size;
    if (isCoded) {
      encodeCodes(column, from, to);
    } else {
      column.encode(encoding, from, to, raw);
    }
    long offset = out.position();
    putPage(levels, cuts.rows[page + 1] - cuts.rows[page], to - from, encoding, plan.codec);
    places.add(new PageIndex.Place(offset, (int) (out.position() - offset), cuts.rows[page]));
    pageCounts.merge(encoding, 1, Integer::sum);
  }

  private void putPage(int levels, int rows, int present, Encoding encoding, Codec codec)
      throws IOException {
    //> phase 7: what of a page is compressed, in each version?
    if (options.pageVersion() == 1) {
      pack(codec, raw, 0);
      put(new PageHeader.DataV1(rows, encoding, Encoding.RLE));
    } else {
      packed.put(raw.bytes, 0, levels);
      pack(codec, raw, levels); //~ levelsTwice: pack(codec, raw, 0);
      boolean isCompressed = codec != Codec.UNCOMPRESSED;
      put(new PageHeader.DataV2(rows, rows - present, rows, encoding, levels, 0, isCompressed));
    }
    //< phase 7
  }

  private void writeLevels(ColumnBuffer column, int from, int to) {
    int[] levels = new int[to - from];
    for (int row = from; row < to; row++) {
      levels[row - from] = column.isAbsent(row) ? 0 : 1;
    }
    int lengthAt = raw.size;
    if (options.pageVersion() == 1) {
      raw.int32(0);
    }
    int start = raw.size;
    runs.write(levels, 0, levels.length, 1, raw);
    if (options.pageVersion() == 1) {
      raw.int32At(lengthAt, raw.size - start);
    }
  }

  /** Writes a page, whose bytes are in the sinks, behind its header. */
  private void put(PageHeader.Body body) throws IOException {
    crc.reset();
    crc.update(packed.bytes, 0, packed.size);
    header.clear();
    new PageHeader(raw.size, packed.size, (int) crc.getValue(), body)
        .write(new ThriftWriter(header));
    out.write(header);
    out.write(packed);
    uncompressed += header.size + raw.size;
  }

  private Written finish(
      ColumnBuffer column, Cuts cuts, Plan plan, int covered, long start, long dataStart) {
    var bounds = new BoundsBuilder(column, cuts.pages());
    for (int page = 0; page < cuts.pages(); page++) {
      int absent =
          cuts.rows[page + 1] - cuts.rows[page] - (cuts.values[page + 1] - cuts.values[page]);
      bounds.add(page, cuts.values[page], cuts.values[page + 1], absent);
    }
    boolean isCountable = covered == column.present() && column.field.type() != ColumnType.DOUBLE;
    boolean isCounted = isCountable && column.physical != PhysicalType.BOOLEAN;
    var encodings = EnumSet.copyOf(pageCounts.keySet());
    encodings.add(Encoding.RLE); // of levels
    var pages = new ArrayList<FileMetaData.PageCount>();
    if (plan.covered > 0) {
      encodings.add(Encoding.PLAIN); // of the dictionary
      pages.add(new FileMetaData.PageCount(2, Encoding.PLAIN, 1));
    }
    int kind = options.pageVersion() == 1 ? 0 : 3;
    pageCounts.forEach((e, count) -> pages.add(new FileMetaData.PageCount(kind, e, count)));
    var chunk =
        new FileMetaData.Chunk(
            false,
            false,
            column.physical,
            encodings,
            List.of(column.field.name()),
            plan.codec,
            column.rows(),
            uncompressed,
            out.position() - start,
            dataStart,
            dataStart == start ? 0 : start,
            bounds.statistics(isCounted ? column.distinct.size() : -1),
            pages,
            FileMetaData.Section.NONE,
            FileMetaData.Section.NONE,
            FileMetaData.Section.NONE);
    boolean isFiltered = options.bloomFilters() && plan.covered < column.present();
    return new Written(
        chunk,
        new PageIndex.Offsets(List.copyOf(places)),
        bounds.pageBounds(),
        isFiltered ? filter(column) : null);
  }

  private static BloomFilter filter(ColumnBuffer column) {
    var filter = BloomFilter.of(column.present());
    var scratch = new Sink();
    for (int value = 0; value < column.present(); value++) {
      filter.add(column.hash(value, scratch));
    }
    return filter;
  }
}
