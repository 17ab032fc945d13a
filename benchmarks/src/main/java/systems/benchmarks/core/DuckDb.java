package systems.benchmarks.core;

import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.benchmarks.contest.Outcome;

/**
 * DuckDB as a judge: answers SQL over files of the current directory, in its own database in
 * memory, and prints what it finds as CSV.
 */
@Command(
    name = "duckdb",
    mixinStandardHelpOptions = true,
    description = "Answers SQL by DuckDB, for example \"select count(*) from 'a.parquet'\".")
public final class DuckDb implements Callable<Integer> {
  @Parameters(paramLabel = "SQL", description = "one statement")
  private String sql = "";

  @Option(names = "--threads", description = "threads (default: ${DEFAULT-VALUE})")
  private int threads = 2;

  @Option(names = "--time", description = "say on standard error what it took")
  private boolean timed;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Made by picocli. */
  public DuckDb() {}

  /**
   * A database in memory whose library is loaded and has answered, so that no clock counts that.
   */
  static Connection open(int threads) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    try (var statement = connection.createStatement()) {
      statement.execute("set threads to " + threads);
      statement.execute("select 1");
    }
    return connection;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (var connection = open(threads);
        var statement = connection.createStatement()) {
      long cpu = Outcome.cpuNanos();
      long wall = System.nanoTime();
      if (statement.execute(sql)) {
        print(statement.getResultSet(), out);
      }
      if (timed) {
        spec.commandLine()
            .getErr()
            .printf(
                "duckdb: %.2f s, %.2f s of CPU%n",
                (System.nanoTime() - wall) / 1e9, (Outcome.cpuNanos() - cpu) / 1e9);
      }
      out.flush();
      return 0;
    } catch (SQLException e) {
      throw new IOException("DuckDB: " + e.getMessage(), e);
    }
  }

  private static void print(ResultSet rows, PrintWriter out) throws SQLException {
    ResultSetMetaData about = rows.getMetaData();
    List<String> line = new ArrayList<>();
    for (int column = 1; column <= about.getColumnCount(); column++) {
      line.add(about.getColumnLabel(column));
    }
    out.println(String.join(",", line));
    while (rows.next()) {
      line.clear();
      for (int column = 1; column <= about.getColumnCount(); column++) {
        line.add(String.valueOf(rows.getString(column)));
      }
      out.println(String.join(",", line));
    }
  }
}
