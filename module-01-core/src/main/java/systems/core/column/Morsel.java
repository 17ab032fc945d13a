package systems.core.column;

import java.io.IOException;

/**
 * A stretch of a table that one thread reads: some ten thousand rows or more, so that fetching the
 * next one costs nothing and the threads still end together.
 *
 * <p>Source: V. Leis, P. Boncz, A. Kemper, T. Neumann, "Morsel-driven parallelism: a NUMA-aware
 * query evaluation framework for the many-core age", SIGMOD 2014.
 */
public interface Morsel {
  /** How much of the file it is. */
  long bytes();

  /**
   * Begins to read. Called by the thread that will read and close the cursor.
   *
   * @throws IOException if the file is damaged or cannot be read
   */
  Cursor open() throws IOException;
}
