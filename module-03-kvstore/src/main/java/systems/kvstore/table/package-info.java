/** Sorted runs of entries: the memtable in memory, block-based tables on disk, and cursors. */
@NullMarked
package systems.kvstore.table;

import org.jspecify.annotations.NullMarked;
