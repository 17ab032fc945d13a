package systems.core.parquet;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** DuckDB, the judge: it reads and writes the same files. */
final class Duck implements AutoCloseable {
  private final Connection connection;

  Duck() throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:");
    execute("set threads = 1");
    execute("set timezone = 'UTC'");
  }

  /** A file as it may stand in SQL. */
  static String quoted(Path file) {
    return "'" + file.toString().replace("'", "''") + "'";
  }

  void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Rows of values as in {@link Rows}. */
  List<List<Object>> query(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet results = statement.executeQuery(sql)) {
      var rows = new ArrayList<List<Object>>();
      int columns = results.getMetaData().getColumnCount();
      while (results.next()) {
        var row = new ArrayList<Object>();
        for (int i = 1; i <= columns; i++) {
          row.add(plain(results.getObject(i)));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  /** Columns instead of rows. */
  List<List<Object>> columns(String sql) throws SQLException {
    List<List<Object>> rows = query(sql);
    List<List<Object>> columns = new ArrayList<>();
    for (int i = 0; !rows.isEmpty() && i < rows.getFirst().size(); i++) {
      int column = i;
      List<Object> values = new ArrayList<>();
      rows.forEach(row -> values.add(row.get(column)));
      columns.add(values);
    }
    return columns;
  }

  private static Object plain(Object value) {
    return switch (value) {
      case Boolean truth -> truth ? 1L : 0L;
      case Byte number -> number.longValue();
      case Short number -> number.longValue();
      case Integer number -> number.longValue();
      case java.math.BigInteger number -> number.longValueExact();
      case java.math.BigDecimal number -> number.doubleValue();
      case Float number -> number.doubleValue();
      case java.time.LocalDate day -> day.toEpochDay();
      case Date day -> day.toLocalDate().toEpochDay();
      case Timestamp time -> micros(time.toLocalDateTime());
      case LocalDateTime time -> micros(time);
      case OffsetDateTime time ->
          micros(time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime());
      case null, default -> value;
    };
  }

  private static long micros(LocalDateTime time) {
    return ChronoUnit.MICROS.between(LocalDateTime.of(1970, 1, 1, 0, 0), time);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
