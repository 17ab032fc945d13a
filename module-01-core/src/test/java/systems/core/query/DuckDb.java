package systems.core.query;

import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import systems.core.column.Field;

/** The judge: the same rows in a DuckDB in memory, as table t. */
final class DuckDb implements AutoCloseable {
  private static final int ROWS_PER_INSERT = 500;

  private final Connection connection;

  DuckDb() throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:");
    execute("set threads = 1");
  }

  /** Makes t anew. */
  void load(MemoryTable table) throws SQLException {
    var columns = new StringJoiner(", ");
    for (Field field : table.schema().fields()) {
      String type =
          switch (field.type()) {
            case LONG -> "bigint";
            case STRING -> "varchar";
            case BOOLEAN, DATE, TIMESTAMP, DOUBLE -> field.type().name();
          };
      columns.add(field.name() + " " + type);
    }
    execute("create or replace table t (" + columns + ")");
    for (int first = 0; first < table.rows.size(); first += ROWS_PER_INSERT) {
      int end = Math.min(table.rows.size(), first + ROWS_PER_INSERT);
      var values = new StringJoiner(", ");
      table.rows.subList(first, end).forEach(row -> values.add(literals(row)));
      execute("insert into t values " + values);
    }
  }

  private static String literals(Object[] row) {
    var literals = new StringJoiner(", ", "(", ")");
    for (Object value : row) {
      literals.add(
          switch (value) {
            case null -> "null";
            case Boolean b -> b.toString();
            case Long l -> l.toString();
            case Double d -> "'" + d + "'::double";
            case LocalDate d -> "date '" + d + "'";
            case LocalDateTime t -> "timestamp '" + t.toString().replace('T', ' ') + "'";
            case String s -> "'" + s.replace("'", "''") + "'";
            default -> throw new AssertionError(value);
          });
    }
    return literals.toString();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The rows of an answer, as {@link Answers} has them. */
  List<List<@Nullable Object>> answer(String sql) throws SQLException {
    var rows = new ArrayList<List<@Nullable Object>>();
    try (Statement statement = connection.createStatement();
        var found = statement.executeQuery(sql)) {
      int columns = found.getMetaData().getColumnCount();
      while (found.next()) {
        var row = new ArrayList<@Nullable Object>();
        for (int i = 1; i <= columns; i++) {
          Object value =
              found.getMetaData().getColumnType(i) == Types.TIMESTAMP
                  ? found.getObject(i, LocalDateTime.class)
                  : found.getObject(i);
          row.add(object(value));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static @Nullable Object object(@Nullable Object value) {
    return switch (value) {
      case Integer i -> (long) i;
      case Short i -> (long) i;
      case Byte i -> (long) i;
      case BigInteger i -> i.longValueExact();
      case java.math.BigDecimal d -> d.doubleValue();
      case Float f -> (double) f;
      case null, default -> value;
    };
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
