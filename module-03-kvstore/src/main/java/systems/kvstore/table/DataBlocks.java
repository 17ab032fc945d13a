package systems.kvstore.table;

import java.io.IOException;

/** Where a {@link TableCursor} has its data blocks from; belongs to the cursor's thread. */
sealed interface DataBlocks permits BlockSweep, CachedBlocks {

  /** A data block, verified. It may be dead as soon as another one is asked for. */
  Block block(int ordinal) throws IOException;
}
