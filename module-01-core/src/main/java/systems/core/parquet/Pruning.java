package systems.core.parquet;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Range;
import systems.core.column.Value;

/**
 * Which rows of a group a query can want, by what the file says of its values: first of the whole
 * chunk, from the footer and, if one value is wanted, from its Bloom filter; then of each page,
 * from the column index.
 *
 * <pre>
 *   where 20 &lt;= a and a &lt;= 30 and 5 &lt;= b
 *
 *   a, pages   | 0..19 | 18..25 |  26..40   | 41..90 |
 *   wanted             #####################
 *   b, pages   |  1..4   |    2..9     |   0..3      |
 *   wanted                #############
 *   both                  #############
 * </pre>
 *
 * <p>What is left out for certain has no wanted row; what stays may have none either. Bounds are
 * believed only in an order that is known. A NaN is in no bounds, and greater than all numbers for
 * SQL: where one may be, a range without an upper end keeps the stretch.
 */
final class Pruning {
  /** A column index of more is not read: it would cost more than it saves. */
  private static final int INDEX_BYTES_MAX = 1 << 26;

  private final MappedFile file;
  private final FileMetaData metadata;
  private final List<Column> columns;
  private final List<Range> ranges;

  Pruning(MappedFile file, FileMetaData metadata, List<Column> columns, List<Range> ranges) {
    this.file = file;
    this.metadata = metadata;
    this.columns = columns;
    this.ranges = ranges.stream().filter(range -> isUsable(range)).toList();
  }

  private boolean isUsable(Range range) {
    Column column = columns.get(range.column());
    if (column.refusal() != null) {
      return false;
    }
    int order =
        column.chunk() < metadata.orders().size() ? metadata.orders().get(column.chunk()) : 0;
    return switch (column.physical()) {
      case BOOLEAN, INT32, INT64 -> order == FileMetaData.TYPE_ORDER || metadata.orders().isEmpty();
      case FLOAT, DOUBLE -> order == FileMetaData.TYPE_ORDER || order == FileMetaData.TOTAL_ORDER;
      case BYTE_ARRAY -> order == FileMetaData.TYPE_ORDER;
      case INT96, FIXED_LEN_BYTE_ARRAY -> false;
    };
  }

  /** The rows of a group that can be wanted. */
  RowRanges rows(FileMetaData.RowGroup group) throws ParquetException {
    RowRanges rows = RowRanges.of(0, group.rows());
    for (Range range : ranges) {
      FileMetaData.Chunk chunk = group.chunks().get(columns.get(range.column()).chunk());
      Statistics known = chunk.statistics();
      boolean isEmpty = known.nulls() == group.rows();
      if (isEmpty || !mayHave(range, known.min(), known.max(), known.nans())) {
        return new RowRanges();
      }
      if (isFilteredOut(range, chunk)) {
        return new RowRanges();
      }
    }
    for (Range range : ranges) {
      FileMetaData.Chunk chunk = group.chunks().get(columns.get(range.column()).chunk());
      PageIndex.Bounds bounds = bounds(chunk);
      PageIndex.Offsets offsets = offsets(file, chunk, group.rows());
      if (bounds != null && offsets != null) {
        rows = rows.and(rows(range, bounds, offsets, group.rows()));
      }
    }
    return rows;
  }

  /** Whether a stretch with such values may have a row that is wanted. */
  private boolean mayHave(Range range, byte @Nullable [] min, byte @Nullable [] max, long nans) {
    //> phase 7: bounds say what is not there; when do they say nothing?
    Column column = columns.get(range.column());
    Value least = column.bound(min);
    Value greatest = column.bound(max);
    if (least == null || greatest == null) {
      return true; //~ unknownIsNothing: return false;
    }
    boolean isUpward = column.type() == ColumnType.DOUBLE && range.greatest() == null;
    return isUpward && nans != 0 || range.overlaps(least, greatest);
    //< phase 7
  }

  /** Whether one value is wanted, and the chunk's Bloom filter says that it is not there. */
  private boolean isFilteredOut(Range range, FileMetaData.Chunk chunk) throws ParquetException {
    Value least = range.least();
    Value greatest = range.greatest();
    if (least == null || greatest == null || least.compareTo(greatest) != 0) {
      return false;
    }
    byte[] plain = columns.get(range.column()).plain(least);
    BloomFilter filter = plain == null ? null : BloomFilter.read(file, chunk.bloom());
    return plain != null
        && filter != null
        && !filter.mayHave(BloomFilter.hash(plain, 0, plain.length));
  }

  private RowRanges rows(Range range, PageIndex.Bounds bounds, PageIndex.Offsets offsets, long rows)
      throws ParquetException {
    if (bounds.pages() != offsets.places().size()) {
      throw ParquetException.refused(
          file.path,
          "column "
              + columns.get(range.column()).name()
              + " has "
              + offsets.places().size()
              + " pages in one index and "
              + bounds.pages()
              + " in the other");
    }
    var wanted = new RowRanges();
    for (int page = 0; page < bounds.pages(); page++) {
      long nans = page < bounds.nans().length ? bounds.nans()[page] : -1;
      if (!bounds.nullPages()[page]
          && mayHave(range, bounds.mins().get(page), bounds.maxs().get(page), nans)) {
        wanted.add(offsets.places().get(page).firstRow(), offsets.endRow(page, rows));
      }
    }
    return wanted;
  }

  private PageIndex.@Nullable Bounds bounds(FileMetaData.Chunk chunk) throws ParquetException {
    Window index = index(file, chunk.columnIndex(), "a column index");
    return index == null ? null : PageIndex.Bounds.read(new ThriftReader(index));
  }

  /** Where the pages of a chunk are, or null if the file does not say it. */
  static PageIndex.@Nullable Offsets offsets(MappedFile file, FileMetaData.Chunk chunk, long rows)
      throws ParquetException {
    Window index = index(file, chunk.offsetIndex(), "an offset index");
    if (index == null) {
      return null;
    }
    var offsets = PageIndex.Offsets.read(new ThriftReader(index));
    if (offsets.places().isEmpty() || offsets.places().getLast().firstRow() >= rows) {
      throw index.wrong("pages of " + rows + " rows", offsets.places().size() + " pages");
    }
    return offsets;
  }

  static @Nullable Window index(MappedFile file, FileMetaData.Section place, String what)
      throws ParquetException {
    return place.length() <= 0 || place.length() > INDEX_BYTES_MAX
        ? null
        : file.window(place.offset(), place.length(), what);
  }
}
