/** The log-structured merge store: commit, flush, compaction, versions, cursors, recovery. */
@NullMarked
package systems.kvstore.lsm;

import org.jspecify.annotations.NullMarked;
