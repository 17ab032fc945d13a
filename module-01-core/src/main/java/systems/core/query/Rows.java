package systems.core.query;

import java.io.IOException;
import systems.core.column.Batch;

/** Takes the rows of an answer. */
public interface Rows {
  /**
   * Takes a batch, which is to be left alone after the return. Called by one thread at a time, not
   * always the same; the query waits meanwhile.
   *
   * @throws IOException if the rows cannot be passed on; the query then ends with this failure
   */
  void accept(Batch batch) throws IOException;
}
