package systems.core.column;

import java.io.Closeable;
import java.io.IOException;

/**
 * A file that rows are written into. Of one thread.
 *
 * <p>It has its name only when it is whole: rows go to a temporary file beside it, {@link #commit}
 * forces that to the disk and renames it. Whoever dies or closes before leaves what was there
 * before.
 */
public interface TableWriter extends Closeable {
  /**
   * Appends rows; the batch has a vector for each column of the schema, and is the caller's again
   * afterwards.
   *
   * @throws IOException if the disk is full or fails; the file is then given up
   */
  void write(Batch batch) throws IOException;

  /**
   * Ends the file and gives it its name, in place of an older one.
   *
   * @throws IOException if it cannot; the older one stays
   */
  void commit() throws IOException;
}
