package systems.core.query;

import java.io.IOException;
import systems.core.column.Batch;
import systems.core.column.Vector;

/**
 * The end of a query: leaves out the rows before the offset and those after the limit, and stops
 * the workers as soon as there are enough. Of any thread, one at a time.
 */
final class Output {
  private final Rows rows;
  private final Workers workers;
  private final RowBatch cut;
  private long toSkip;
  private long toReturn;
  private long returned;

  Output(Plan plan, Rows rows, Workers workers) {
    this.rows = rows;
    this.workers = workers;
    cut = new RowBatch(plan.schema().fields().stream().map(f -> f.type()).toList());
    toSkip = plan.offset();
    toReturn = plan.limit() < 0 ? Long.MAX_VALUE : plan.limit();
  }

  /** How many rows of one thread may already be enough. */
  synchronized long wanted() {
    return toReturn > Long.MAX_VALUE - toSkip ? Long.MAX_VALUE : toSkip + toReturn;
  }

  synchronized void accept(Batch batch) throws IOException {
    int first = (int) Math.min(toSkip, batch.rows);
    int end = (int) Math.min(first + Math.min(toReturn, Vector.ROWS_MAX), batch.rows);
    toSkip -= first;
    toReturn -= end - first;
    returned += end - first;
    if (first == 0 && end == batch.rows) {
      pass(batch);
    } else {
      pass(part(batch, first, end));
    }
    if (toReturn == 0) {
      workers.stop();
    }
  }

  private void pass(Batch batch) throws IOException {
    if (batch.rows > 0) {
      rows.accept(batch);
    }
  }

  private Batch part(Batch batch, int first, int end) {
    cut.clear();
    for (int row = first; row < end; row++) {
      for (int column = 0; column < batch.columns(); column++) {
        cut.copy(batch.vector(column), row, column);
      }
      cut.endRow();
    }
    return cut.batch;
  }

  synchronized long returned() {
    return returned;
  }
}
