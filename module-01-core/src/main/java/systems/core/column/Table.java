package systems.core.column;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * An open file of rows. Any thread may ask it; it must stay open as long as one of its cursors is.
 */
public interface Table extends Closeable {
  Schema schema();

  /** What {@link Morsel#bytes()} of a scan without ranges adds up to, for a progress bar. */
  long bytes();

  /**
   * Cuts a scan into pieces that threads can take, in the order of the file's rows.
   *
   * @throws IOException if the file is damaged or cannot be read
   */
  List<Morsel> morsels(Scan scan) throws IOException;
}
