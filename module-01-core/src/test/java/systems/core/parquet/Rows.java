package systems.core.parquet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Cursor;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.Field;
import systems.core.column.LongVector;
import systems.core.column.Morsel;
import systems.core.column.Range;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.StringVector;
import systems.core.column.Table;
import systems.core.column.Vector;

/**
 * A small table as lists of its columns: what files are written from and compared with. Values are
 * {@code Long}, {@code Double}, {@code String} or null.
 */
record Rows(Schema schema, List<List<Object>> columns) {

  static Rows of(Field field, Object... values) {
    return new Rows(new Schema(List.of(field)), List.of(Arrays.asList(values)));
  }

  static Field field(String name, ColumnType type) {
    return new Field(name, type, true);
  }

  int size() {
    return columns.getFirst().size();
  }

  /** Writes a file. */
  void write(Path file, ParquetOptions options) throws IOException {
    try (var writer = ParquetWriter.create(file, schema, options)) {
      writeTo(writer, Vector.ROWS_MAX);
      writer.commit();
    }
  }

  void writeTo(ParquetWriter writer, int batchRows) throws IOException {
    var batch = new Batch(schema.fields().stream().map(Field::type).toList());
    for (int from = 0; from < size(); from += batchRows) {
      batch.rows = Math.min(batchRows, size() - from);
      for (int i = 0; i < columns.size(); i++) {
        fill(batch.vector(i), columns.get(i).subList(from, from + batch.rows));
      }
      writer.write(batch);
    }
  }

  private static void fill(Vector vector, List<Object> values) {
    vector.nullCount = 0;
    var text = new Sink();
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i);
      vector.isNull[i] = value == null;
      vector.nullCount += value == null ? 1 : 0;
      switch (vector) {
        case LongVector longs -> longs.values[i] = value == null ? 0 : (Long) value;
        case DoubleVector doubles -> doubles.values[i] = value == null ? 0 : (Double) value;
        case StringVector strings -> {
          byte[] utf8 =
              value == null ? new byte[0] : ((String) value).getBytes(StandardCharsets.UTF_8);
          strings.starts[i] = text.size;
          strings.lengths[i] = utf8.length;
          text.put(utf8, 0, utf8.length);
          strings.bytes = text.bytes;
          strings.dictionary = null;
        }
      }
    }
  }

  /** Reads all columns of a file. */
  static Rows read(Path file) throws IOException {
    try (var table = ParquetTable.open(file)) {
      return read(table, all(table));
    }
  }

  static List<Integer> all(Table table) {
    return IntStream.range(0, table.schema().fields().size()).boxed().toList();
  }

  static Rows read(Table table, List<Integer> asked, Range... ranges) throws IOException {
    List<List<Object>> columns = new ArrayList<>();
    asked.forEach(_ -> columns.add(new ArrayList<>()));
    List<Field> fields = asked.stream().map(table.schema().fields()::get).toList();
    for (Morsel morsel : table.morsels(new Scan(asked, List.of(ranges)))) {
      read(morsel, fields, columns);
    }
    return new Rows(new Schema(fields), columns);
  }

  static void read(Morsel morsel, List<Field> fields, List<List<Object>> columns)
      throws IOException {
    var batch = new Batch(fields.stream().map(Field::type).toList());
    try (Cursor cursor = morsel.open()) {
      while (cursor.next(batch)) {
        for (int i = 0; i < columns.size(); i++) {
          addAll(batch.vector(i), batch.rows, columns.get(i));
        }
      }
    }
  }

  private static void addAll(Vector vector, int rows, List<Object> column) {
    int nulls = 0;
    for (int row = 0; row < rows; row++) {
      boolean isNull = vector.nullCount > 0 && vector.isNull[row];
      nulls += isNull ? 1 : 0;
      Object value = value(vector, row);
      if (isNull && !List.of(0L, 0.0, "").contains(value) && !(vector instanceof StringVector)) {
        throw new AssertionError("the slot of an absent value holds " + value);
      }
      column.add(isNull ? null : value);
    }
    if (nulls != vector.nullCount) {
      throw new AssertionError(
          "nullCount says " + vector.nullCount + " absent values, isNull marks " + nulls);
    }
  }

  private static Object value(Vector vector, int row) {
    return switch (vector) {
      case LongVector longs -> longs.values[row];
      case DoubleVector doubles -> doubles.values[row];
      case StringVector strings -> {
        Dictionary dictionary = strings.dictionary;
        yield dictionary != null
            ? new String(dictionary.entry(strings.codes[row]), StandardCharsets.UTF_8)
            : new String(
                strings.bytes, strings.starts[row], strings.lengths[row], StandardCharsets.UTF_8);
      }
    };
  }
}
