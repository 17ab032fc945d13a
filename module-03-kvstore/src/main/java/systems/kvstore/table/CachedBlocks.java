package systems.kvstore.table;

import java.io.IOException;

/**
 * Data blocks for a reader of whom nobody knows yet whether it looks at ten entries or goes through
 * everything. It shows by going: whoever has gone to a neighbouring block {@value #NEIGHBOURS}
 * times in a row passes by.
 *
 * <pre>
 *   asked for   17  18  19  20  21  22  23 ...
 *               |--- kept --|   |--- decoded in place, kept if the cache has room for them ---
 * </pre>
 *
 * <p>Passing by, a block that is not in the cache is decoded into a buffer that the next one
 * overwrites. It is copied into the cache while there is room; in a full cache it would take the
 * place of something that is used, or, if the pass comes round again, of a block that it will want
 * sooner: with data a little larger than the cache a clock, like a list by age, drops each block
 * just before it is asked for. A cache with room for nine tenths of a circle then never hits; this
 * way more than three quarters are hits ({@code CachedBlocksTest}). {@link BlockCache.Shelf#wants}
 * takes one block in many, so that a range that is scanned again and again gets into a cache that
 * is full of things nobody asks for any more.
 *
 * <p>Several blocks are not read at once, as {@link BlockSweep} does: files are mapped, the kernel
 * reads ahead, and a window would copy blocks that the cache has.
 *
 * <p>Belongs to one thread.
 */
final class CachedBlocks implements DataBlocks {
  /** Steps to a neighbour that make a pass; a scan of less than 16 KiB is none. */
  private static final int NEIGHBOURS = 4;

  private final TableReader table;
  private final BlockScratch scratch = new BlockScratch();
  private int last = -2;
  private int inARow;

  CachedBlocks(TableReader table) {
    this.table = table;
  }

  @Override
  public Block block(int ordinal) throws IOException {
    inARow = Math.abs(ordinal - last) == 1 ? inARow + 1 : 0;
    last = ordinal;
    Block cached = table.cached(ordinal);
    if (cached != null) {
      return cached;
    }
    return inARow < NEIGHBOURS ? table.load(ordinal) : table.pass(ordinal, scratch);
  }
}
