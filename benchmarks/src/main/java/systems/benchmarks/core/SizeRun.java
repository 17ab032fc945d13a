package systems.benchmarks.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.stream.IntStream;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;
import systems.core.column.Batch;
import systems.core.column.Field;
import systems.core.column.Scan;
import systems.core.csv.CsvFormat;
import systems.core.csv.CsvTable;
import systems.core.parquet.Codec;
import systems.core.parquet.ParquetOptions;
import systems.core.parquet.ParquetWriter;

/**
 * {@code SizeRun WRITER FOLDER FILE CODEC}: a CSV file becomes Parquet; {@code bytes} is the
 * result's length, {@code cpu} what the process took for it, reading the CSV included.
 */
final class SizeRun {
  private SizeRun() {}

  public static void main(String[] arguments) throws IOException, SQLException {
    Path csv = InputFiles.of(arguments[1], arguments[2]);
    Path parquet = csv.resolveSibling("written.parquet");
    Files.deleteIfExists(parquet);
    if (arguments[0].equals("OURS")) {
      long cpu = Outcome.cpuNanos();
      ours(csv, parquet, Codec.valueOf(arguments[3]));
      tell(parquet, cpu);
    } else {
      try (var connection = DuckDb.open(2)) {
        long cpu = Outcome.cpuNanos();
        duckDb(connection, csv, parquet, arguments[3]);
        tell(parquet, cpu);
      }
    }
    Files.delete(parquet);
  }

  private static void tell(Path parquet, long cpuBefore) throws IOException {
    new Outcome()
        .with(Metric.BYTES, Files.size(parquet))
        .with(Metric.CPU, Outcome.cpuNanos() - cpuBefore)
        .tell();
  }

  private static void ours(Path csv, Path parquet, Codec codec) throws IOException {
    try (var table = CsvTable.open(csv, CsvFormat.DEFAULTS);
        var writer =
            ParquetWriter.create(
                parquet, table.schema(), ParquetOptions.DEFAULTS.withCodec(codec))) {
      var fields = table.schema().fields();
      var batch = new Batch(fields.stream().map(Field::type).toList());
      var all = IntStream.range(0, fields.size()).boxed().toList();
      for (var morsel : table.morsels(new Scan(all, java.util.List.of()))) {
        try (var cursor = morsel.open()) {
          while (cursor.next(batch)) {
            writer.write(batch);
          }
        }
      }
      writer.commit();
    }
  }

  private static void duckDb(Connection connection, Path csv, Path parquet, String codec)
      throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(
          "copy (from read_csv('%s')) to '%s' (format parquet, codec '%s')"
              .formatted(csv, parquet, codec));
    }
  }
}
