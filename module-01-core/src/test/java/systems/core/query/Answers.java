package systems.core.query;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.Schema;
import systems.core.column.StringVector;
import systems.core.column.Table;
import systems.core.column.Vector;

/** Runs queries and makes objects of what comes back, as {@link MemoryTable} has them. */
final class Answers {
  private Answers() {}

  static List<List<@Nullable Object>> of(Table table, String sql) {
    return of(table, sql, Settings.ofMachine().withThreads(2));
  }

  static List<List<@Nullable Object>> of(Table table, String sql, Settings settings) {
    var rows = new ArrayList<List<@Nullable Object>>();
    run(table, sql, settings, rows);
    return rows;
  }

  static RunStats run(
      Table table, String sql, Settings settings, List<List<@Nullable Object>> rows) {
    try {
      Statement statement = Query.parse(sql).on(table.schema());
      return statement.run(table, settings, batch -> add(statement.schema(), batch, rows));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static void add(Schema schema, Batch batch, List<List<@Nullable Object>> rows) {
    for (int row = 0; row < batch.rows; row++) {
      var values = new ArrayList<@Nullable Object>();
      for (int column = 0; column < batch.columns(); column++) {
        values.add(object(schema.fields().get(column).type(), batch.vector(column), row));
      }
      rows.add(values);
    }
  }

  private static @Nullable Object object(ColumnType type, Vector vector, int row) {
    if (vector.nullCount != 0 && vector.isNull[row]) {
      return null;
    }
    return switch (vector) {
      case LongVector longs -> object(type, longs.values[row]);
      case DoubleVector doubles -> doubles.values[row];
      case StringVector strings ->
          new String(
              Text.bytes(strings),
              Text.start(strings, row),
              Text.length(strings, row),
              StandardCharsets.UTF_8);
    };
  }

  private static Object object(ColumnType type, long value) {
    return switch (type) {
      case BOOLEAN -> value != 0;
      case DATE -> LocalDate.ofEpochDay(value);
      case TIMESTAMP ->
          LocalDateTime.ofEpochSecond(
              Math.floorDiv(value, 1_000_000L),
              (int) Math.floorMod(value, 1_000_000L) * 1000,
              ZoneOffset.UTC);
      case LONG, DOUBLE, STRING -> value;
    };
  }
}
