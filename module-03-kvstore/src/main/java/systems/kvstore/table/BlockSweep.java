package systems.kvstore.table;

import java.io.IOException;

/**
 * Data blocks for one pass over a table: reads as many neighbours at once as fit into a window, and
 * leaves the cache alone, which a pass over everything would only empty of what is needed.
 *
 * <pre>
 *   file     | block 41 | block 42 | block 43 | block 44 | ...
 *   window              [ block 42 | block 43 | block 44 ]      one read of up to 256 KiB
 * </pre>
 *
 * <p>Uncompressed blocks are used where they lie in the window, compressed ones are decoded into
 * one buffer, so a block that was handed out is dead as soon as another one is asked for. Belongs
 * to one thread.
 */
final class BlockSweep implements DataBlocks {
  private static final int WINDOW_BYTES = 256 << 10;

  private final BlockFile file;
  private final TableIndex index;
  private final BlockScratch scratch = new BlockScratch();
  private byte[] window = new byte[0];
  private int first;
  private int end;

  BlockSweep(BlockFile file, TableIndex index) {
    this.file = file;
    this.index = index;
  }

  @Override
  public Block block(int ordinal) throws IOException {
    if (ordinal < first || ordinal >= end) {
      fill(ordinal);
    }
    int at = (int) (index.offset(ordinal) - index.offset(first));
    return file.decode(window, at, index.size(ordinal), index.offset(ordinal), scratch);
  }

  private void fill(int ordinal) throws IOException {
    boolean backwards = ordinal == first - 1;
    int from = ordinal;
    int to = ordinal + 1;
    if (backwards) {
      while (from > 0 && index.end(ordinal) - index.offset(from - 1) <= WINDOW_BYTES) {
        from--;
      }
    } else {
      while (to < index.count() && index.end(to) - index.offset(ordinal) <= WINDOW_BYTES) {
        to++;
      }
    }
    int bytes = Math.toIntExact(index.end(to - 1) - index.offset(from));
    if (window.length < bytes) {
      window = new byte[bytes];
    }
    end = first; // nothing is in the window until the read has succeeded
    file.readRaw(index.offset(from), window, 0, bytes);
    first = from;
    end = to;
  }
}
