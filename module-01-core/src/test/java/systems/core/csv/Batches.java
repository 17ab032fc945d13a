package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.StringVector;

/** Batches made of rows that a test can write down. */
final class Batches {
  private Batches() {}

  static void fillStrings(StringVector vector, int column, @Nullable String[][] rows) {
    var all = new StringBuilder();
    for (int row = 0; row < rows.length; row++) {
      String value = rows[row][column];
      vector.isNull[row] = value == null;
      vector.nullCount += value == null ? 1 : 0;
      vector.starts[row] = all.toString().getBytes(StandardCharsets.UTF_8).length;
      all.append(value == null ? "" : value);
      vector.lengths[row] = value == null ? 0 : value.getBytes(StandardCharsets.UTF_8).length;
    }
    vector.bytes = all.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A batch of values as {@link Rows} shows them, but days and times as numbers. */
  static Batch of(List<ColumnType> types, List<List<@Nullable Object>> rows) {
    var batch = new Batch(types);
    batch.rows = rows.size();
    @Nullable String[][] texts = new @Nullable String[rows.size()][types.size()];
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < types.size(); column++) {
        Object value = rows.get(row).get(column);
        switch (value) {
          case null -> absent(batch, column, row);
          case String text -> texts[row][column] = text;
          case Double number -> batch.doubles(column).values[row] = number;
          case Long number -> batch.longs(column).values[row] = number;
          default -> throw new IllegalArgumentException(value + "");
        }
      }
    }
    for (int column = 0; column < types.size(); column++) {
      if (types.get(column) == ColumnType.STRING) {
        batch.strings(column).nullCount = 0;
        fillStrings(batch.strings(column), column, texts);
      }
    }
    return batch;
  }

  private static void absent(Batch batch, int column, int row) {
    batch.vector(column).isNull[row] = true;
    batch.vector(column).nullCount++;
  }
}
