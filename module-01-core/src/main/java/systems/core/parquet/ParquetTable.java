package systems.core.parquet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Cursor;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Table;

/**
 * A Parquet file to be read.
 *
 * <pre>
 *   open     magic, length of the footer, footer; every chunk lies in the file
 *   morsels  row groups, without those that no wanted row can be in; large ones cut where pages end
 *   cursor   of each asked column its chunk: dictionary, then pages, as far as rows are wanted
 * </pre>
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>Nothing but an {@link IOException} comes of a damaged file: every length is compared with
 *       what is there before there is an array for it, every number of values with the others.
 *   <li>Columns that are not asked for are not looked at, so their codecs, types and damages do no
 *       harm.
 *   <li>A table is immutable and cursors share nothing but it: any threads may read any morsels.
 * </ol>
 *
 * <p>A morsel is a row group if that has up to {@link #MORSEL_ROWS} rows or so. A larger one is cut
 * where pages of the heaviest column begin, so that hardly any page is decoded twice; its
 * dictionary pages are, by each part.
 */
public final class ParquetTable implements Table {
  /** A morsel has about so many rows. */
  static final int MORSEL_ROWS = 1 << 17;

  static final int FOOTER_BYTES_MAX = 1 << 26;

  /** Rows of a group: many readers count them in 32 bits, so nobody writes more. */
  private static final long GROUP_ROWS_MAX = Integer.MAX_VALUE;

  private static final int MAGIC_BYTES = 4;
  private static final int TAIL_BYTES = 8;
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ENCRYPTED = "PARE".getBytes(StandardCharsets.US_ASCII);

  private final MappedFile file;
  private final FileMetaData metadata;
  private final List<Column> columns;
  private final Schema schema;
  private final long bytes;

  private ParquetTable(MappedFile file, FileMetaData metadata, List<Column> columns) {
    this.file = file;
    this.metadata = metadata;
    this.columns = columns;
    schema = new Schema(columns.stream().map(Column::field).toList());
    bytes = metadata.groups().stream().mapToLong(FileMetaData.RowGroup::compressed).sum();
  }

  /**
   * Opens a file.
   *
   * @throws ParquetException if it is none, is encrypted, or its footer is damaged
   * @throws IOException if it cannot be opened
   */
  public static ParquetTable open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return open(file);
    } catch (InternalError e) {
      ParquetException shortened = file.shortened(e);
      file.close();
      throw shortened;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static ParquetTable open(MappedFile file) throws ParquetException {
    long footerEnd = file.size() - TAIL_BYTES;
    Window footer = footer(file, footerEnd);
    FileMetaData metadata = FileMetaData.read(new ThriftReader(footer));
    List<Column> columns = Column.of(file.path, metadata.schema());
    var table = new ParquetTable(file, metadata, columns);
    table.check(footerEnd - (footer.to - footer.from));
    return table;
  }

  private static Window footer(MappedFile file, long footerEnd) throws ParquetException {
    if (footerEnd < MAGIC_BYTES) {
      throw ParquetException.damaged(
          file.path, 0, "a Parquet file", "a file of " + file.size() + " bytes");
    }
    requireMagic(file, 0);
    requireMagic(file, footerEnd + MAGIC_BYTES);
    long length = file.window(footerEnd, MAGIC_BYTES, "a length").int32("a length") & 0xffff_ffffL;
    if (length > footerEnd - MAGIC_BYTES || length > FOOTER_BYTES_MAX) {
      throw ParquetException.damaged(
          file.path,
          footerEnd,
          "a footer of at most " + Math.min(footerEnd - MAGIC_BYTES, FOOTER_BYTES_MAX) + " bytes",
          length + " bytes");
    }
    return file.window(footerEnd - length, (int) length, "the footer");
  }

  private static void requireMagic(MappedFile file, long offset) throws ParquetException {
    Window found = file.window(offset, MAGIC_BYTES, "PAR1");
    if (Arrays.equals(found.bytes, ENCRYPTED)) {
      throw ParquetException.refused(file.path, "its footer is encrypted, which is not read");
    }
    if (!Arrays.equals(found.bytes, MAGIC)) {
      String text = new String(found.bytes, StandardCharsets.ISO_8859_1);
      throw found.wrong(
          "PAR1, the mark of a Parquet file", '"' + text.replaceAll("[^ -~]", "?") + '"');
    }
  }

  /** States that numbers of the footer agree and every chunk lies before it. */
  private void check(long footerAt) throws ParquetException {
    int leaves = 0;
    for (FileMetaData.Element element : metadata.schema()) {
      leaves += element.type() == null ? 0 : 1;
    }
    long rows = 0;
    for (FileMetaData.RowGroup group : metadata.groups()) {
      if (group.chunks().size() != leaves || group.rows() > GROUP_ROWS_MAX) {
        throw wrong(
            footerAt,
            "row groups of " + leaves + " chunks and " + GROUP_ROWS_MAX + " rows at most",
            group.chunks().size() + " chunks, " + group.rows() + " rows");
      }
      rows += group.rows();
      for (Column column : columns) {
        check(footerAt, group, column);
      }
    }
    if (rows != metadata.rows()) {
      throw wrong(footerAt, metadata.rows() + " rows in all groups", rows + " rows");
    }
  }

  private void check(long footerAt, FileMetaData.RowGroup group, Column column)
      throws ParquetException {
    if (column.refusal() != null) {
      return;
    }
    FileMetaData.Chunk chunk = group.chunks().get(column.chunk());
    if (chunk.elsewhere() || chunk.encrypted()) {
      return;
    }
    if (chunk.type() != column.physical() || chunk.values() != group.rows()) {
      throw wrong(
          footerAt,
          group.rows() + " values of " + column.physical() + " in column " + column.name(),
          chunk.values() + " of " + chunk.type());
    }
    long start = chunk.start();
    if (start < MAGIC_BYTES || chunk.compressed() < 0 || start > footerAt - chunk.compressed()) {
      throw wrong(
          footerAt,
          "a chunk of column " + column.name() + " before the footer",
          chunk.compressed() + " bytes at " + start);
    }
  }

  private ParquetException wrong(long offset, String expected, String found) {
    return ParquetException.damaged(file.path, offset, expected, found);
  }

  @Override
  public Schema schema() {
    return schema;
  }

  /** How many rows there are. */
  public long rows() {
    return metadata.rows();
  }

  @Override
  public long bytes() {
    return bytes;
  }

  FileMetaData metadata() {
    return metadata;
  }

  List<Column> columns() {
    return columns;
  }

  MappedFile file() {
    return file;
  }

  /**
   * Cuts a scan into pieces.
   *
   * @throws ParquetException if a column that is asked for is not read here: it is nested, of
   *     another type, compressed otherwise, or encrypted; the message has its name
   */
  @Override
  public List<Morsel> morsels(Scan scan) throws ParquetException {
    try {
      List<Column> asked = scan.columns().stream().map(columns::get).toList();
      for (Column column : asked) {
        if (column.refusal() != null) {
          throw ParquetException.refused(file.path, column.refusal());
        }
      }
      var pruning = new Pruning(file, metadata, columns, scan.ranges());
      var morsels = new ArrayList<Morsel>();
      for (FileMetaData.RowGroup group : metadata.groups()) {
        for (Column column : asked) {
          requireReadable(column, group);
        }
        cut(group, asked, pruning.rows(group), morsels);
      }
      return morsels;
    } catch (InternalError e) {
      throw file.shortened(e);
    }
  }

  private void requireReadable(Column column, FileMetaData.RowGroup group) throws ParquetException {
    FileMetaData.Chunk chunk = group.chunks().get(column.chunk());
    String why =
        chunk.encrypted()
            ? "is encrypted"
            : chunk.elsewhere()
                ? "lies in another file"
                : chunk.codec().isRead() ? null : "is compressed with " + chunk.codec();
    if (why != null) {
      throw ParquetException.refused(
          file.path, "column " + column.name() + " " + why + ", which is not read");
    }
  }

  private void cut(
      FileMetaData.RowGroup group, List<Column> asked, RowRanges wanted, List<Morsel> morsels)
      throws ParquetException {
    if (wanted.isEmpty()) {
      return;
    }
    boolean isWhole = wanted.rows() == group.rows();
    var offsets = new ArrayList<PageIndex.@Nullable Offsets>();
    for (Column column : asked) {
      boolean isUseful = !isWhole || group.rows() > 2 * MORSEL_ROWS;
      FileMetaData.Chunk chunk = group.chunks().get(column.chunk());
      offsets.add(isUseful ? Pruning.offsets(file, chunk, group.rows()) : null);
    }
    PageIndex.Offsets cuts = offsetsOfHeaviest(group, asked, offsets);
    long from = 0;
    while (from < group.rows()) {
      long to = cuts == null ? group.rows() : cutBehind(cuts, from, group.rows());
      RowRanges part = wanted.and(RowRanges.of(from, to));
      if (!part.isEmpty()) {
        morsels.add(new GroupPart(file, group, asked, offsets, part, share(group, from, to)));
      }
      from = to;
    }
  }

  private static PageIndex.@Nullable Offsets offsetsOfHeaviest(
      FileMetaData.RowGroup group, List<Column> asked, List<PageIndex.@Nullable Offsets> offsets) {
    PageIndex.Offsets heaviest = null;
    long most = -1;
    for (int i = 0; i < asked.size(); i++) {
      long weight = group.chunks().get(asked.get(i).chunk()).compressed();
      if (weight > most) {
        most = weight;
        heaviest = offsets.get(i);
      }
    }
    return heaviest;
  }

  /** The end of a part that begins with a row: near to what it should have, between pages. */
  private static long cutBehind(PageIndex.Offsets cuts, long from, long rows) {
    if (rows - from < MORSEL_ROWS + MORSEL_ROWS / 2) {
      return rows;
    }
    long wanted = from + MORSEL_ROWS;
    int page = cuts.pageOf(wanted);
    long begin = cuts.places().get(page).firstRow();
    long end = cuts.endRow(page, rows);
    return begin > from && wanted - begin <= end - wanted ? begin : end;
  }

  /** So that the shares of all parts are the whole. */
  private static long share(FileMetaData.RowGroup group, long from, long to) {
    double perRow = (double) group.compressed() / group.rows();
    return (to == group.rows() ? group.compressed() : (long) (to * perRow))
        - (long) (from * perRow);
  }

  private record GroupPart(
      MappedFile file,
      FileMetaData.RowGroup group,
      List<Column> columns,
      List<PageIndex.@Nullable Offsets> offsets,
      RowRanges rows,
      long bytes)
      implements Morsel {
    @Override
    public Cursor open() throws IOException {
      return GroupCursor.open(file, group, columns, offsets, rows);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
