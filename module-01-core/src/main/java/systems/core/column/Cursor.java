package systems.core.column;

import java.io.Closeable;
import java.io.IOException;

/** Reads the batches of a morsel. Of one thread. */
public interface Cursor extends Closeable {
  /**
   * Fills a batch that was made for the columns of the scan, in place of what was in it.
   *
   * @return false if there are no more rows; the batch is then empty
   * @throws IOException if the file is damaged or cannot be read; the cursor is then of no use
   */
  boolean next(Batch batch) throws IOException;
}
