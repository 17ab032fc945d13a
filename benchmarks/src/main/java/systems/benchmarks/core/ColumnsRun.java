package systems.benchmarks.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;
import systems.core.csv.CsvFormat;
import systems.core.csv.CsvTable;
import systems.core.parquet.ParquetTable;
import systems.core.query.Query;
import systems.core.query.Settings;

/**
 * {@code ColumnsRun ENGINE FOLDER FILE SQL}: one query on one file by two threads, again and again.
 * {@code coldCpu} is the CPU time of the first answer, from the moment at which the engine could be
 * asked: DuckDB's library is loaded then, none of our classes is, and the JIT is ours to pay.
 * {@code cpu} and {@code time} are those of an answer when the JIT has settled.
 *
 * <p>The answer is compared without averages, whose last digits depend on the order of addition.
 */
final class ColumnsRun {
  private static final int THREADS = 2;
  private static final int WARM_UP = 5;

  private ColumnsRun() {}

  public static void main(String[] arguments) throws IOException, SQLException {
    Path file = InputFiles.of(arguments[1], arguments[2]);
    String sql = arguments[3].formatted(file);
    if (arguments[0].equals("OURS")) {
      tell(() -> ours(file, sql));
    } else {
      try (var connection = DuckDb.open(THREADS)) {
        tell(() -> duckDb(connection, sql));
      }
    }
  }

  private interface Question {
    String answer() throws IOException, SQLException;
  }

  private static void tell(Question question) throws IOException, SQLException {
    Effort effort = Effort.here();
    long cpu = Outcome.cpuNanos();
    String digest = question.answer();
    var outcome = new Outcome().with(Metric.COLD_CPU, Outcome.cpuNanos() - cpu);
    for (int again = 1; again < effort.of(WARM_UP, WARM_UP / 2, 1); again++) {
      question.answer();
    }
    int measured = effort.of(3, 2, 1);
    cpu = Outcome.cpuNanos();
    long wall = System.nanoTime();
    for (int again = 0; again < measured; again++) {
      question.answer();
    }
    outcome
        .with(Metric.CPU, (Outcome.cpuNanos() - cpu) / (double) measured)
        .with(Metric.TIME, (System.nanoTime() - wall) / (double) measured)
        .answering(digest)
        .tell();
  }

  private static String ours(Path file, String sql) throws IOException {
    Query query = Query.parse(sql);
    try (var table =
        file.toString().endsWith(".parquet")
            ? ParquetTable.open(file)
            : CsvTable.open(file, CsvFormat.DEFAULTS)) {
      var statement = query.on(table.schema());
      List<String> lines = new ArrayList<>();
      var fields = statement.schema().fields();
      statement.run(
          table,
          Settings.ofMachine().withThreads(THREADS),
          batch -> {
            for (int row = 0; row < batch.rows; row++) {
              var line = new StringBuilder();
              for (int column = 0; column < batch.columns(); column++) {
                if (!fields.get(column).name().startsWith("avg")) {
                  line.append(text(batch.vector(column), row)).append('|');
                }
              }
              lines.add(line.toString());
            }
          });
      return digest(lines);
    }
  }

  private static String text(Vector vector, int row) {
    if (vector.nullCount != 0 && vector.isNull[row]) {
      return "null";
    }
    return switch (vector) {
      case LongVector longs -> Long.toString(longs.values[row]);
      case DoubleVector doubles -> Double.toString(doubles.values[row]);
      case StringVector strings ->
          strings.dictionary == null
              ? new String(
                  strings.bytes, strings.starts[row], strings.lengths[row], StandardCharsets.UTF_8)
              : new String(strings.dictionary.entry(strings.codes[row]), StandardCharsets.UTF_8);
    };
  }

  private static String duckDb(Connection connection, String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      var about = rows.getMetaData();
      while (rows.next()) {
        var line = new StringBuilder();
        for (int column = 1; column <= about.getColumnCount(); column++) {
          if (!about.getColumnLabel(column).startsWith("avg")) {
            line.append(rows.getObject(column)).append('|');
          }
        }
        lines.add(line.toString());
      }
    }
    return digest(lines);
  }

  private static String digest(List<String> lines) {
    var crc = new CRC32();
    lines.stream().sorted().forEach(line -> crc.update(line.getBytes(StandardCharsets.UTF_8)));
    return lines.size() + " rows, " + Long.toHexString(crc.getValue());
  }
}
