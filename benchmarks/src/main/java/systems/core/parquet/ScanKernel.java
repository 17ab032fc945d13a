package systems.core.parquet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import systems.core.column.Batch;
import systems.core.column.Cursor;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * One thread reads a column of a file of four million rows and adds its values up, of strings their
 * lengths. Both read the same file, which DuckDB wrote; the operating system has it in memory.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ScanKernel {
  private static final int ROWS = 4_000_000;

  /** Who reads. */
  public enum Contestant {
    OURS,
    DUCKDB
  }

  /** What the column holds. */
  public enum Content {
    FEW_INTEGERS("(hash(i) % 1000)::bigint", "v"),
    ANY_INTEGERS("(hash(i) >> 8)::bigint", "v"),
    RISING("i * 7 + (hash(i) & 3)::bigint", "v"),
    DOUBLES("sin(i)", "v"),
    GAPS("case when hash(i) % 4 > 0 then (hash(i) % 1000)::bigint end", "v"),
    FEW_STRINGS("'city number ' || hash(i) % 200", "strlen(v)"),
    MANY_STRINGS("'user ' || hash(i)", "strlen(v)");

    private final String values;
    private final String summed;

    Content(String values, String summed) {
      this.values = values;
      this.summed = summed;
    }
  }

  @Param public Contestant contestant = Contestant.OURS;

  @Param public Content content = Content.FEW_INTEGERS;

  @Param({"v1", "v2"})
  public String version = "v1";

  @Param({"uncompressed", "lz4_raw", "snappy"})
  public String codec = "snappy";

  private Path file = Path.of("");
  private @Nullable Connection duck;
  private @Nullable PreparedStatement query;

  @Setup
  public void write() throws IOException, SQLException {
    file = Files.createTempFile("scan", ".parquet");
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    try (var statement = connection.createStatement()) {
      statement.execute("set threads = 1");
      statement.execute(
          String.format(
              "copy (select %s as v from range(%d) r(i)) to '%s'"
                  + " (format parquet, codec '%s', parquet_version '%s')",
              content.values, ROWS, file, codec, version));
    }
    duck = connection;
    query = connection.prepareStatement("select sum(" + content.summed + ") from '" + file + "'");
  }

  @TearDown
  public void delete() throws IOException, SQLException {
    Objects.requireNonNull(duck).close();
    Files.delete(file);
  }

  @Benchmark
  public double sum() throws IOException, SQLException {
    return switch (contestant) {
      case OURS -> ours();
      case DUCKDB -> theirs();
    };
  }

  private double theirs() throws SQLException {
    try (ResultSet result = Objects.requireNonNull(query).executeQuery()) {
      result.next();
      return result.getDouble(1);
    }
  }

  private double ours() throws IOException {
    double sum = 0;
    try (var table = ParquetTable.open(file)) {
      var batch = new Batch(List.of(table.schema().fields().getFirst().type()));
      for (Morsel morsel : table.morsels(new Scan(List.of(0), List.of()))) {
        try (Cursor cursor = morsel.open()) {
          while (cursor.next(batch)) {
            sum += sum(batch.vector(0), batch.rows);
          }
        }
      }
    }
    return sum;
  }

  private static double sum(Vector vector, int rows) {
    return switch (vector) {
      case LongVector longs -> {
        long sum = 0;
        for (int i = 0; i < rows; i++) {
          sum += longs.values[i]; // of an absent value the slot is 0
        }
        yield sum;
      }
      case DoubleVector doubles -> {
        double sum = 0;
        for (int i = 0; i < rows; i++) {
          sum += doubles.values[i];
        }
        yield sum;
      }
      case StringVector strings -> lengths(strings, rows);
    };
  }

  private static long lengths(StringVector strings, int rows) {
    Dictionary dictionary = strings.dictionary;
    long sum = 0;
    for (int i = 0; i < rows; i++) {
      int code = strings.codes[i];
      sum +=
          dictionary == null
              ? strings.lengths[i]
              : dictionary.starts[code + 1] - dictionary.starts[code];
    }
    return sum;
  }
}
