package systems.core.csv;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Cursor;
import systems.core.column.Field;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.StringVector;
import systems.core.column.Table;

/** The rows of a table as objects that can be compared and shown. */
final class Rows {
  /** Rows that came before something was wrong, and that. */
  record Outcome(List<List<@Nullable Object>> rows, @Nullable CsvException damage) {}

  private Rows() {}

  static Path file(Path folder, String text) throws IOException {
    return Files.writeString(folder.resolve("t.csv"), text);
  }

  static List<List<@Nullable Object>> of(Path file, CsvFormat format) throws IOException {
    return of(file, format, 1 << 20, 1 << 16);
  }

  /** All rows, through morsels and buffers of a size. */
  static List<List<@Nullable Object>> of(Path file, CsvFormat format, int morsel, int buffer)
      throws IOException {
    Outcome outcome = outcome(file, format, morsel, buffer);
    if (outcome.damage != null) {
      throw outcome.damage;
    }
    return outcome.rows;
  }

  static Outcome outcome(Path file, CsvFormat format, int morsel, int buffer) throws IOException {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    try (var table = CsvTable.open(file, format, morsel, buffer)) {
      add(rows, table, everything(table), morsel % 2 == 1);
      return new Outcome(rows, null);
    } catch (CsvException damage) {
      return new Outcome(rows, damage);
    }
  }

  static Scan everything(Table table) {
    return new Scan(IntStream.range(0, table.schema().fields().size()).boxed().toList(), List.of());
  }

  static void add(List<List<@Nullable Object>> rows, Table table, Scan scan) throws IOException {
    add(rows, table, scan, false);
  }

  /**
   * Adds all rows.
   *
   * @param ahead whether all morsels are opened before the first is read, so that no morsel learns
   *     from the one before where it begins
   */
  static void add(List<List<@Nullable Object>> rows, Table table, Scan scan, boolean ahead)
      throws IOException {
    List<Morsel> morsels = table.morsels(scan);
    List<Cursor> cursors = new ArrayList<>();
    for (Morsel morsel : ahead ? morsels : List.<Morsel>of()) {
      cursors.add(morsel.open());
    }
    for (int i = 0; i < morsels.size(); i++) {
      try (Cursor cursor = ahead ? cursors.get(i) : morsels.get(i).open()) {
        add(rows, table, scan, cursor);
      }
    }
  }

  /** The rows of one morsel. */
  static List<List<@Nullable Object>> of(Table table, Scan scan, Morsel morsel) throws IOException {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    try (Cursor cursor = morsel.open()) {
      add(rows, table, scan, cursor);
    }
    return rows;
  }

  private static void add(List<List<@Nullable Object>> rows, Table table, Scan scan, Cursor cursor)
      throws IOException {
    List<Field> fields = scan.columns().stream().map(table.schema().fields()::get).toList();
    var batch = new Batch(fields.stream().map(Field::type).toList());
    while (cursor.next(batch)) {
      for (int row = 0; row < batch.rows; row++) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int column = 0; column < fields.size(); column++) {
          values.add(value(batch, column, row, fields.get(column).type()));
        }
        rows.add(values);
      }
    }
  }

  static @Nullable Object value(Batch batch, int column, int row, ColumnType type) {
    if (batch.vector(column).nullCount > 0 && batch.vector(column).isNull[row]) {
      return null;
    }
    return switch (type) {
      case BOOLEAN -> batch.longs(column).values[row] == 1;
      case LONG -> batch.longs(column).values[row];
      case DATE -> LocalDate.ofEpochDay(batch.longs(column).values[row]);
      case TIMESTAMP -> time(batch.longs(column).values[row]);
      case DOUBLE -> batch.doubles(column).values[row];
      case STRING -> string(batch.strings(column), row);
    };
  }

  static LocalDateTime time(long micros) {
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L),
        (int) Math.floorMod(micros, 1_000_000L) * 1000,
        ZoneOffset.UTC);
  }

  private static String string(StringVector vector, int row) {
    if (vector.dictionary != null) {
      return new String(vector.dictionary.entry(vector.codes[row]), StandardCharsets.UTF_8);
    }
    return new String(
        vector.bytes, vector.starts[row], vector.lengths[row], StandardCharsets.UTF_8);
  }
}
