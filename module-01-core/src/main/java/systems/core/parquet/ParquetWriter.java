package systems.core.parquet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Schema;
import systems.core.column.TableWriter;

/**
 * Writes a Parquet file.
 *
 * <pre>
 *   batches --> a ColumnBuffer a column --> row group full: a ChunkWriter writes them one by one
 *                                           end: indexes of all chunks, footer, length, "PAR1"
 * </pre>
 *
 * <p>Columns become what most readers know best:
 *
 * <pre>
 *   BOOLEAN     BOOLEAN                       DATE        INT32, DATE
 *   LONG        INT64                         TIMESTAMP   INT64, TIMESTAMP of microseconds, no zone
 *   DOUBLE      DOUBLE                        STRING      BYTE_ARRAY, STRING
 * </pre>
 *
 * <p>Memory: the values of a row group, at most {@link #HELD_BYTES_MAX} and what a batch adds to
 * them, and a page three times over.
 */
public final class ParquetWriter implements TableWriter {
  /** Values of a row group; strings may fill it before it has its rows. */
  static final long HELD_BYTES_MAX = 1 << 27;

  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final String CREATED_BY = "systems.core version 1.0";

  private final Schema schema;
  private final ParquetOptions options;
  private final FileOutput out;
  private final ChunkWriter chunks;
  private final List<ColumnBuffer> columns = new ArrayList<>();
  private final List<List<ChunkWriter.Written>> groups = new ArrayList<>();
  private final List<Integer> groupRows = new ArrayList<>();
  private int rows;
  private boolean isDone;

  private ParquetWriter(Path file, Schema schema, ParquetOptions options, FileOutput out) {
    this.schema = schema;
    this.options = options;
    this.out = out;
    chunks = new ChunkWriter(options, out);
    for (Field field : schema.fields()) {
      columns.add(ColumnBuffer.of(file, field));
    }
  }

  /**
   * Begins a file of these columns.
   *
   * @throws IllegalArgumentException if there are none
   * @throws IOException if a file beside it cannot be created
   */
  public static ParquetWriter create(Path file, Schema schema, ParquetOptions options)
      throws IOException {
    if (schema.fields().isEmpty()) {
      throw new IllegalArgumentException("a Parquet file has a column at least");
    }
    var out = FileOutput.create(file);
    try {
      out.write(MAGIC, MAGIC.length);
      return new ParquetWriter(file, schema, options, out);
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  @Override
  public void write(Batch batch) throws IOException {
    requireOpen();
    isDone = true; // given up, if what follows fails
    int at = 0;
    while (at < batch.rows) {
      int count = Math.min(batch.rows - at, options.rowGroupRows() - rows);
      long held = 0;
      for (int i = 0; i < columns.size(); i++) {
        columns.get(i).append(batch.vector(i), at, count);
        held += columns.get(i).bytes();
      }
      rows += count;
      at += count;
      if (rows == options.rowGroupRows() || held > HELD_BYTES_MAX) {
        writeGroup();
      }
    }
    isDone = false;
  }

  private void requireOpen() {
    if (isDone) {
      throw new IllegalStateException("the file is written, or was given up");
    }
  }

  private void writeGroup() throws IOException {
    var written = new ArrayList<ChunkWriter.Written>();
    for (ColumnBuffer column : columns) {
      written.add(chunks.write(column));
      column.clear();
    }
    groups.add(written);
    groupRows.add(rows);
    rows = 0;
  }

  @Override
  public void commit() throws IOException {
    requireOpen();
    isDone = true;
    if (rows > 0) {
      writeGroup();
    }
    writeFooter();
    out.commit();
  }

  private void writeFooter() throws IOException {
    //> phase 7: what stands behind the last chunk, and where does a reader begin?
    var indexes = writeIndexes();
    var footer = new Sink();
    metadata(indexes).write(new ThriftWriter(footer));
    int length = footer.size;
    footer.int32(length); //~ lengthOfAll: footer.int32(length + 8);
    footer.put(MAGIC, 0, MAGIC.length);
    out.write(footer);
    //< phase 7
  }

  //> phase 7 only
  /** Writes what stands between chunks and footer; returns the chunks that know where it is. */
  private List<List<FileMetaData.Chunk>> writeIndexes() throws IOException {
    var blooms = new ArrayList<FileMetaData.Section>();
    var bounds = new ArrayList<FileMetaData.Section>();
    var offsets = new ArrayList<FileMetaData.Section>();
    List<ChunkWriter.Written> all = groups.stream().flatMap(List::stream).toList();
    for (var written : all) {
      blooms.add(
          section(sink -> {
            if (written.bloom() != null) {
              written.bloom().write(sink);
            }
          }));
    }
    for (var written : all) {
      bounds.add(
          section(sink -> {
            if (written.bounds() != null) {
              written.bounds().write(new ThriftWriter(sink));
            }
          }));
    }
    for (var written : all) {
      offsets.add(section(sink -> written.offsets().write(new ThriftWriter(sink))));
    }
    var indexed = new ArrayList<List<FileMetaData.Chunk>>();
    int next = 0;
    for (var group : groups) {
      var chunksOfGroup = new ArrayList<FileMetaData.Chunk>();
      for (var written : group) {
        chunksOfGroup.add(
            written.chunk().indexed(blooms.get(next), offsets.get(next), bounds.get(next)));
        next++;
      }
      indexed.add(chunksOfGroup);
    }
    return indexed;
  }

  private FileMetaData.Section section(Consumer<Sink> content) throws IOException {
    var sink = new Sink();
    content.accept(sink);
    long start = out.position();
    out.write(sink);
    return new FileMetaData.Section(start, sink.size);
  }

  private FileMetaData metadata(List<List<FileMetaData.Chunk>> indexed) {
    var rowGroups = new ArrayList<FileMetaData.RowGroup>();
    long allRows = 0;
    for (int i = 0; i < indexed.size(); i++) {
      List<FileMetaData.Chunk> group = indexed.get(i);
      long bytes = group.stream().mapToLong(FileMetaData.Chunk::uncompressed).sum();
      long compressed = group.stream().mapToLong(FileMetaData.Chunk::compressed).sum();
      rowGroups.add(new FileMetaData.RowGroup(group, bytes, groupRows.get(i), compressed));
      allRows += groupRows.get(i);
    }
    var elements = new ArrayList<FileMetaData.Element>();
    elements.add(
        new FileMetaData.Element(
            null, FileMetaData.REQUIRED, "schema", schema.fields().size(), -1, null));
    schema.fields().forEach(field -> elements.add(element(field)));
    List<Integer> orders = Collections.nCopies(schema.fields().size(), FileMetaData.TYPE_ORDER);
    return new FileMetaData(elements, allRows, rowGroups, CREATED_BY, orders);
  }

  private static FileMetaData.Element element(Field field) {
    int repetition = field.nullable() ? FileMetaData.OPTIONAL : FileMetaData.REQUIRED;
    ColumnType type = field.type();
    PhysicalType physical =
        switch (type) {
          case BOOLEAN -> PhysicalType.BOOLEAN;
          case LONG, TIMESTAMP -> PhysicalType.INT64;
          case DATE -> PhysicalType.INT32;
          case DOUBLE -> PhysicalType.DOUBLE;
          case STRING -> PhysicalType.BYTE_ARRAY;
        };
    LogicalType logical =
        switch (type) {
          case BOOLEAN, LONG, DOUBLE -> null;
          case DATE -> LogicalType.Simple.DATE;
          case TIMESTAMP -> new LogicalType.Timestamp(false, LogicalType.Unit.MICROS);
          case STRING -> LogicalType.Simple.STRING;
        };
    int converted =
        switch (type) {
          case BOOLEAN, LONG, DOUBLE -> -1;
          case DATE -> 6;
          case TIMESTAMP -> 10;
          case STRING -> 0;
        };
    return new FileMetaData.Element(physical, repetition, field.name(), 0, converted, logical);
  }

  //< phase 7

  @Override
  public void close() throws IOException {
    isDone = true;
    out.close();
  }
}
