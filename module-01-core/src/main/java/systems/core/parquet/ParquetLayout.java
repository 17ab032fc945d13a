package systems.core.parquet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Value;

/**
 * How a file is laid out, for people who look: row groups, chunks and pages with their sizes and
 * encodings, without reading a value.
 *
 * @param bytes of the file
 * @param footerRows how many rows the footer says there are
 * @param createdBy who wrote it
 * @param columns of the table, those that are not read here too
 */
public record ParquetLayout(
    long bytes, long footerRows, String createdBy, List<ColumnShape> columns, List<Group> groups) {
  private static final int TEXT_CHARS_MAX = 24;

  /**
   * A column.
   *
   * @param type as the file says it
   * @param refusal why it is not read here, or null
   */
  public record ColumnShape(String name, String type, boolean optional, @Nullable String refusal) {}

  public record Group(long rows, long compressed, long uncompressed, List<Chunk> chunks) {}

  /**
   * A column's part of a row group.
   *
   * @param min as text; empty if unknown
   * @param max as text; empty if unknown
   * @param nulls how many values are absent; -1 if unknown
   * @param pages empty unless they were asked for
   */
  public record Chunk(
      String column,
      String encodings,
      Codec codec,
      long offset,
      long compressed,
      long uncompressed,
      String min,
      String max,
      long nulls,
      boolean hasBloomFilter,
      List<Page> pages) {}

  /**
   * A page of a chunk.
   *
   * @param kind dictionary, data v1 or data v2
   * @param values how many, the absent ones included
   */
  public record Page(
      String kind, String encoding, long offset, int values, int compressed, int uncompressed) {}

  /**
   * Looks at a file.
   *
   * @param pages whether to walk along the pages too
   * @throws ParquetException if the footer, or the header of a page, is damaged
   * @throws IOException if it cannot be read
   */
  public static ParquetLayout of(Path path, boolean pages) throws IOException {
    try (var table = ParquetTable.open(path)) {
      FileMetaData metadata = table.metadata();
      var columns = new ArrayList<ColumnShape>();
      for (Column column : table.columns()) {
        columns.add(
            new ColumnShape(
                column.name(), typeText(metadata, column), column.isOptional(), column.refusal()));
      }
      var groups = new ArrayList<Group>();
      for (FileMetaData.RowGroup group : metadata.groups()) {
        groups.add(group(table, group, pages));
      }
      return new ParquetLayout(
          table.file().size(), metadata.rows(), metadata.createdBy(), columns, groups);
    }
  }

  private static String typeText(FileMetaData metadata, Column column) {
    for (FileMetaData.Element element : metadata.schema()) {
      if (element.name().equals(column.name())) {
        LogicalType logical = element.logical();
        String physical = element.type() == null ? "group" : element.type().toString();
        return logical == null ? physical : physical + " " + logical;
      }
    }
    return column.physical().toString();
  }

  private static Group group(ParquetTable table, FileMetaData.RowGroup group, boolean pages)
      throws ParquetException {
    var chunks = new ArrayList<Chunk>();
    for (Column column : table.columns()) {
      if (column.refusal() == null) {
        chunks.add(chunk(table, column, group.chunks().get(column.chunk()), pages));
      }
    }
    return new Group(group.rows(), group.compressed(), group.bytes(), chunks);
  }

  private static Chunk chunk(
      ParquetTable table, Column column, FileMetaData.Chunk chunk, boolean pages)
      throws ParquetException {
    Statistics statistics = chunk.statistics();
    String encodings = chunk.encodings().stream().map(Enum::name).collect(Collectors.joining(", "));
    boolean isHere = !chunk.elsewhere() && !chunk.encrypted();
    return new Chunk(
        column.name(),
        encodings,
        chunk.codec(),
        chunk.start(),
        chunk.compressed(),
        chunk.uncompressed(),
        text(column, column.bound(statistics.min())),
        text(column, column.bound(statistics.max())),
        statistics.nulls(),
        chunk.bloom().offset() > 0,
        pages && isHere ? pages(table, column, chunk) : List.of());
  }

  private static List<Page> pages(ParquetTable table, Column column, FileMetaData.Chunk chunk)
      throws ParquetException {
    var pages = new ArrayList<Page>();
    var walk = new ChunkPages(table.file(), column, chunk);
    while (walk.hasNext()) {
      pages.add(page(walk));
    }
    return pages;
  }

  private static Page page(ChunkPages walk) throws ParquetException {
    PageHeader header = walk.nextHeader();
    String kind =
        switch (header.body()) {
          case PageHeader.DataV1 _ -> "data v1";
          case PageHeader.DataV2 _ -> "data v2";
          case PageHeader.Dictionary _ -> "dictionary";
          case PageHeader.Other(int type) -> "type " + type;
        };
    return switch (header.body()) {
      case PageHeader.Data data ->
          new Page(
              kind,
              data.encoding().name(),
              walk.headerOffset(),
              data.values(),
              header.compressed(),
              header.uncompressed());
      case PageHeader.Dictionary(int values, Encoding encoding) ->
          new Page(
              kind,
              encoding.name(),
              walk.headerOffset(),
              values,
              header.compressed(),
              header.uncompressed());
      case PageHeader.Other _ ->
          new Page(kind, "", walk.headerOffset(), 0, header.compressed(), header.uncompressed());
    };
  }

  private static String text(Column column, @Nullable Value value) {
    return switch (value) {
      case null -> "";
      case Value.OfDouble(double number) -> String.format(Locale.ROOT, "%.6g", number);
      case Value.OfString(byte[] utf8) -> quoted(new String(utf8, StandardCharsets.UTF_8));
      case Value.OfLong(long number) -> text(column.type(), number);
    };
  }

  private static String quoted(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() <= TEXT_CHARS_MAX
        ? '"' + visible + '"'
        : '"' + visible.substring(0, TEXT_CHARS_MAX - 3) + "...\"";
  }

  private static String text(ColumnType type, long number) {
    try {
      return switch (type) {
        case BOOLEAN -> number == 0 ? "false" : "true";
        case DATE -> LocalDate.ofEpochDay(number).toString();
        case TIMESTAMP ->
            Instant.ofEpochSecond(
                    Math.floorDiv(number, 1_000_000L), Math.floorMod(number, 1_000_000L) * 1000)
                .atOffset(ZoneOffset.UTC)
                .toLocalDateTime()
                .toString();
        case LONG, DOUBLE, STRING -> String.valueOf(number);
      };
    } catch (DateTimeException _) {
      return String.valueOf(number); // a day or a time beyond the calendar
    }
  }
}
