/**
 * Tables as operators see them: up to 2048 rows at a time, each column an array of its own.
 *
 * <pre>
 *   query                      asks
 *     |   Scan: which columns, which ranges
 *     v
 *   Table  --morsels-->  Morsel  --open-->  Cursor  --next-->  Batch
 *   a file               what one           of one             one Vector
 *                        thread reads       thread             a column
 *     ^
 *     |
 *   csv, parquet               answer
 * </pre>
 *
 * <p>The files below and the engine above meet here and know nothing of each other.
 */
@NullMarked
package systems.core.column;

import org.jspecify.annotations.NullMarked;
