package systems.benchmarks.core;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.SplittableRandom;
import systems.benchmarks.contest.Effort;
import systems.core.column.Batch;
import systems.core.column.Cursor;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.csv.CsvFormat;
import systems.core.csv.CsvTable;
import systems.core.parquet.ParquetOptions;
import systems.core.parquet.ParquetWriter;
import systems.core.tool.WeatherFile;

/**
 * The tables that are read, made once for each effort and kept in {@code target/core}.
 *
 * <pre>
 *   weather-N.txt      station;temperature, the One Billion Row Challenge's form
 *   weather-N.csv      the same with names and a comma      weather-N.parquet
 *   rides-N.csv        a general table: numbers, a timestamp, short and long strings, some quoted,
 *                      some absent                          rides-N.parquet
 * </pre>
 *
 * <p>The Parquet files are ours: both engines read the same bytes.
 */
record InputFiles(Path folder) {
  private static final int WEATHER_ROWS = 20_000_000;
  private static final int RIDE_ROWS = 3_000_000;

  private static int weatherRows(Effort effort) {
    return effort.of(WEATHER_ROWS, WEATHER_ROWS / 4, 2000);
  }

  private static int rideRows(Effort effort) {
    return effort.of(RIDE_ROWS, RIDE_ROWS / 4, 2000);
  }

  /** A name as in the arguments of an entrant, whose effort its process knows. */
  static Path of(String folder, String name) {
    Effort effort = Effort.here();
    String rows =
        Integer.toString(name.startsWith("weather") ? weatherRows(effort) : rideRows(effort));
    return Path.of(folder).resolve(name.replace(".", "-" + rows + "."));
  }

  void make(Effort effort) throws IOException {
    int rows = weatherRows(effort);
    Path measurements = folder.resolve("weather-" + rows + ".txt");
    make(measurements, file -> WeatherFile.write(file, rows));
    make(folder.resolve("weather-" + rows + ".csv"), file -> withNames(measurements, file));
    make(folder.resolve("weather-" + rows + ".parquet"), file -> parquet(csvOf(file), file));
    int rides = rideRows(effort);
    make(folder.resolve("rides-" + rides + ".csv"), file -> rides(file, rides));
    make(folder.resolve("rides-" + rides + ".parquet"), file -> parquet(csvOf(file), file));
  }

  private interface Maker {
    void write(Path file) throws IOException;
  }

  private static void make(Path file, Maker maker) throws IOException {
    if (Files.exists(file)) {
      return;
    }
    String name = file.getFileName().toString();
    Path draft = file.resolveSibling("draft-" + name);
    maker.write(draft);
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Path csvOf(Path parquet) {
    String name = parquet.getFileName().toString().replace("draft-", "");
    return parquet.resolveSibling(name.replace(".parquet", ".csv"));
  }

  private static void withNames(Path measurements, Path file) throws IOException {
    try (var lines = Files.lines(measurements);
        var out = Files.newBufferedWriter(file)) {
      out.write("station,temperature\n");
      for (var each = lines.iterator(); each.hasNext(); ) {
        out.write(each.next().replace(';', ','));
        out.write('\n');
      }
    }
  }

  private static void parquet(Path csv, Path file) throws IOException {
    try (var table = CsvTable.open(csv, CsvFormat.DEFAULTS);
        var writer = ParquetWriter.create(file, table.schema(), ParquetOptions.DEFAULTS)) {
      var fields = table.schema().fields();
      var batch = new Batch(fields.stream().map(each -> each.type()).toList());
      var all = java.util.stream.IntStream.range(0, fields.size()).boxed().toList();
      for (Morsel morsel : table.morsels(new Scan(all, java.util.List.of()))) {
        try (Cursor cursor = morsel.open()) {
          while (cursor.next(batch)) {
            writer.write(batch);
          }
        }
      }
      writer.commit();
    }
  }

  private static void rides(Path file, int rows) throws IOException {
    var random = new SplittableRandom(7);
    var begin = LocalDateTime.of(2026, 1, 1, 0, 0);
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      out.write("id,begun,zone,vendor,passengers,distance,fare,note\n");
      for (int i = 0; i < rows; i++) {
        out.write(
            String.format(
                Locale.ROOT,
                "%d,%s,zone %d,%s,%d,%.2f,%.2f,%s%n",
                1_000_000L + i,
                begin
                    .plusSeconds(i / 3)
                    .toString()
                    .replace('T', ' ')
                    .concat(i / 3 % 60 == 0 ? ":00" : ""),
                random.nextInt(265),
                random.nextInt(3) == 0 ? "\"Oslo, Taxi\"" : "Bergen",
                1 + random.nextInt(6),
                random.nextInt(3000) / 100.0,
                5 + random.nextInt(9000) / 100.0,
                random.nextInt(4) == 0 ? "" : "ride " + Long.toHexString(random.nextLong())));
      }
    }
  }
}
