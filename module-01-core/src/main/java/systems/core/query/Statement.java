package systems.core.query;

import java.io.IOException;
import systems.core.column.Schema;
import systems.core.column.Table;

/** A query for tables of one schema. Immutable; it may run several times, also at once. */
public final class Statement {
  private final Plan plan;
  private final Schema table;

  Statement(Plan plan, Schema table) {
    this.plan = plan;
    this.table = table;
  }

  /** The columns of the answer. */
  public Schema schema() {
    return plan.schema();
  }

  /** What will be done, one step a line. */
  public String explain() {
    return plan.describe(table);
  }

  /**
   * Runs the query and returns when all rows were taken. If the calling thread is interrupted the
   * query stops.
   *
   * @throws SqlException if a number does not fit into its type
   * @throws IOException if the table cannot be read, a temporary file not be written, or {@code
   *     rows} fails
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public RunStats run(Table source, Settings settings, Rows rows) throws IOException {
    assert source.schema().equals(table);
    return new Execution(plan, source, settings, rows).run();
  }
}
