package systems.benchmarks.core;

import java.util.List;
import java.util.Locale;
import systems.benchmarks.contest.Contest;
import systems.benchmarks.contest.Contest.Rival;
import systems.benchmarks.contest.Entrant;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Metric;

/** Files of columns, each time by a process that has done nothing before. */
record ColumnContests(String folder) {
  private static final String BY_STATION =
      "select station, min(temperature), max(temperature), avg(temperature), count(*)"
          + " from '%s' group by station";

  private static final String BY_ZONE =
      "select zone, vendor, count(*), min(fare), avg(distance) from '%s'"
          + " where passengers > 2 group by zone, vendor";

  List<Contest> all() {
    return List.of(
        new Contest(
            "1brc",
            "the One Billion Row Challenge on 20 M rows",
            brc("ours", "OURS"),
            List.of(
                Rival.of(brc("streams", "STREAMS").withJvmFlags("-XX:+UseParallelGC")),
                Rival.of(brc("duckdb", "DUCKDB")))),
        groupBy("csv-group", "of 20 M rows of CSV", "weather.csv", BY_STATION, 0.5),
        groupBy("csv-group-rides", "of 3 M rows of CSV, eight columns", "rides.csv", BY_ZONE, 0.5),
        groupBy("parquet-group", "of 20 M rows of Parquet", "weather.parquet", BY_STATION, 1),
        groupBy(
            "parquet-group-rides",
            "of 3 M rows of Parquet, eight columns",
            "rides.parquet",
            BY_ZONE,
            1),
        size("parquet-size-lz4", "LZ4_RAW"),
        size("parquet-size-gzip", "GZIP"));
  }

  private Entrant brc(String title, String contestant) {
    return Entrant.program(title, OneBrcRun.class, contestant, folder)
        .withJvmFlags(CoreBench.SHORT_RUN);
  }

  private Contest groupBy(String title, String what, String file, String sql, double cpuAtMost) {
    return new Contest(
        title,
        "group by " + what,
        query("ours", "OURS", file, sql),
        List.of(Rival.of(query("duckdb", "DUCKDB", file, sql), Goal.ratio(Metric.CPU, cpuAtMost))));
  }

  private Entrant query(String title, String engine, String file, String sql) {
    return Entrant.program(title, ColumnsRun.class, engine, folder, file, sql)
        .withJvmFlags(CoreBench.SHORT_RUN);
  }

  private Contest size(String title, String codec) {
    return new Contest(
        title,
        "CSV of 3 M rows to Parquet with codec " + codec.toLowerCase(Locale.ROOT),
        written("ours", "OURS", codec),
        List.of(Rival.of(written("duckdb", "DUCKDB", codec), Goal.ratio(Metric.BYTES, 1.05))));
  }

  private Entrant written(String title, String writer, String codec) {
    return Entrant.program(title, SizeRun.class, writer, folder, "rides.csv", codec)
        .withJvmFlags(CoreBench.SHORT_RUN);
  }
}
