package systems.benchmarks.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import systems.core.csv.Measurements;

/** Who takes part in the One Billion Row Challenge. All print the same, but for a rounded mean. */
enum OneBrc {
  OURS,
  STREAMS,
  DUCKDB;

  private static final int THREADS = 2;

  /** {@code {Abha=-23.0/18.0/59.2, ...}}, by two threads. */
  String summary(Path file) throws IOException, SQLException {
    return switch (this) {
      case OURS -> Measurements.summary(file, THREADS);
      case STREAMS -> streams(file);
      case DUCKDB -> {
        try (var connection = DuckDb.open(THREADS)) {
          yield duckDb(connection, file);
        }
      }
    };
  }

  /** What one writes first. */
  private static String streams(Path file) throws IOException {
    try (var lines = Files.lines(file)) {
      Map<String, IntSummaryStatistics> stations =
          lines
              .parallel()
              .map(line -> line.split(";"))
              .collect(
                  Collectors.groupingBy(
                      parts -> parts[0],
                      TreeMap::new,
                      Collectors.summarizingInt(
                          parts -> (int) Math.round(Double.parseDouble(parts[1]) * 10))));
      return stations.entrySet().stream()
          .map(e -> e.getKey() + "=" + text(e.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
  }

  private static String text(IntSummaryStatistics tenths) {
    double mean = Math.round(tenths.getAverage()) / 10.0;
    return tenths.getMin() / 10.0 + "/" + mean + "/" + tenths.getMax() / 10.0;
  }

  static String duckDb(Connection connection, Path file) throws SQLException {
    String sql =
        """
        select station || '=' || printf('%%.1f', min(t)) || '/' || printf('%%.1f', avg(t)) || '/'
            || printf('%%.1f', max(t))
        from read_csv('%s', delim=';', header=false, auto_detect=false,
            columns={'station': 'VARCHAR', 't': 'DOUBLE'})
        group by station
        order by station
        """
            .formatted(file);
    var stations = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var result = statement.executeQuery(sql)) {
      while (result.next()) {
        stations.add(result.getString(1));
      }
    }
    return "{" + String.join(", ", stations) + "}";
  }
}
