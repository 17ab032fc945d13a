package systems.core.parquet;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.Cursor;
import systems.core.column.Vector;

/** Reads rows of a group, stretch by stretch, all columns side by side. */
final class GroupCursor implements Cursor {
  private final MappedFile file;
  private final ColumnReader[] readers;
  private final RowRanges rows;
  private int range;
  private long row;

  private GroupCursor(MappedFile file, ColumnReader[] readers, RowRanges rows) {
    this.file = file;
    this.readers = readers;
    this.rows = rows;
  }

  /**
   * A cursor on some rows of a group.
   *
   * @param offsets of each column's pages, or null where they are not known
   */
  static GroupCursor open(
      MappedFile file,
      FileMetaData.RowGroup group,
      List<Column> columns,
      List<PageIndex.@Nullable Offsets> offsets,
      RowRanges rows)
      throws ParquetException {
    try {
      var readers = new ColumnReader[columns.size()];
      for (int i = 0; i < readers.length; i++) {
        Column column = columns.get(i);
        FileMetaData.Chunk chunk = group.chunks().get(column.chunk());
        readers[i] = ColumnReader.open(file, column, chunk, group.rows(), offsets.get(i));
      }
      return new GroupCursor(file, readers, rows);
    } catch (InternalError e) {
      throw file.shortened(e);
    }
  }

  @Override
  public boolean next(Batch batch) throws ParquetException {
    try {
      batch.rows = 0;
      while (range < rows.size() && row >= rows.to(range)) {
        range++;
      }
      if (range == rows.size()) {
        return false;
      }
      row = Math.max(row, rows.from(range));
      int count = (int) Math.min(Vector.ROWS_MAX, rows.to(range) - row);
      for (int i = 0; i < readers.length; i++) {
        readers[i].skipTo(row);
        readers[i].read(batch.vector(i), count);
      }
      batch.rows = count;
      row += count;
      return true;
    } catch (InternalError e) { // the trap may be reported a little after the copy
      throw file.shortened(e);
    }
  }

  @Override
  public void close() {}
}
