package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.ValueBuffer;
import systems.kvstore.table.TableFixture.KeyShape;

@Tag("phase-6")
class BlockCacheTest {
  private static final int BLOCK_BYTES = 1000;

  @TempDir Path directory;

  private static Block block() throws Exception {
    byte[] bytes = new byte[BLOCK_BYTES];
    bytes[BLOCK_BYTES - 4] = 1;
    return Block.of(bytes, 0, BLOCK_BYTES);
  }

  private static int weight() throws Exception {
    return block().weight();
  }

  @Test
  void aBlockIsFoundUntilItsTableIsClosed() throws Exception {
    var cache = new BlockCache(1 << 20);
    var shelf = cache.shelf(10);
    var block = block();
    assertThat(shelf.get(3)).isNull();
    shelf.put(3, block);
    assertThat(shelf.get(3)).isSameAs(block);
    assertThat(shelf.get(4)).isNull();
    assertThat(cache.hits()).isEqualTo(1);
    assertThat(cache.misses()).isEqualTo(1);
    assertThat(cache.bytesUsed()).isEqualTo(block.weight());
    shelf.close();
    assertThat(shelf.get(3)).isNull();
    assertThat(cache.bytesUsed()).as("bytes in the cache when its only table is closed").isZero();
  }

  @Test
  void theWeightNeverExceedsTheLimit() throws Exception {
    var cache = new BlockCache(10L * weight() + 1);
    var random = new Random(5);
    var shelves = new ArrayList<BlockCache.Shelf>();
    for (int i = 0; i < 5; i++) {
      shelves.add(cache.shelf(100));
    }
    for (int i = 0; i < 5000; i++) {
      shelves.get(random.nextInt(5)).put(random.nextInt(100), block());
      assertThat(cache.bytesUsed())
          .as("bytes in a cache of ten blocks and one byte")
          .isLessThanOrEqualTo(10L * weight() + 1);
    }
    assertThat(cache.bytesUsed()).isEqualTo(10L * weight());
    shelves.forEach(BlockCache.Shelf::close);
    assertThat(cache.bytesUsed()).isZero();
  }

  @Test
  void blocksInUseOutliveAScan() throws Exception {
    var cache = new BlockCache(10L * weight());
    var hot = cache.shelf(5);
    var cold = cache.shelf(1000);
    for (int i = 0; i < 5; i++) {
      hot.put(i, block());
    }
    for (int i = 0; i < 1000; i++) {
      for (int h = 0; h < 5; h++) {
        assertThat(hot.get(h)).as("block " + h + " after " + i + " others").isNotNull();
      }
      cold.put(i, block());
    }
  }

  @Test
  void whatIsLargerThanTheCacheIsNotKept() throws Exception {
    var tight = new BlockCache(weight());
    var shelf = tight.shelf(2);
    shelf.put(0, block());
    assertThat(shelf.get(0)).isNotNull();
    shelf.put(1, Block.of(new byte[] {0, 0, 0, 0, 1, 0, 0, 0}, 0, 8));
    var none = new BlockCache(0).shelf(1);
    none.put(0, block());
    assertThat(none.get(0)).isNull();
    assertThat(tight.bytesUsed()).isLessThan(weight());
  }

  @Test
  void aClosedTableKeepsNothingThatArrivesLate() throws Exception {
    var cache = new BlockCache(1 << 20);
    var shelf = cache.shelf(2);
    shelf.put(1, block());
    assertThat(cache.bytesUsed()).isPositive();
    shelf.close();
    shelf.put(0, block());
    assertThat(shelf.get(0)).isNull();
    assertThat(cache.bytesUsed()).isZero();
  }

  @Test
  void gettersAgreeWhileBlocksComeAndGoAndEndWithTheTable() throws Exception {
    var users = TableFixture.users(new Random(1), KeyShape.DECIMAL, 3000, 100);
    var file = directory.resolve("table.sst");
    TableFixture.write(file, TableFormat.DEFAULT, TableFixture.puts(users));
    var cache = new BlockCache(40_000);
    var table = TableReader.open(new DiskFiles(), file, cache);
    try (var threads = Executors.newFixedThreadPool(4)) {
      var results = new ArrayList<Future<Integer>>();
      for (int t = 0; t < 4; t++) {
        Callable<Integer> reading = () -> readAll(table, users);
        results.add(threads.submit(reading));
      }
      for (var result : results) {
        assertThat(result.get()).isEqualTo(users.size());
      }
    }
    assertThat(cache.bytesUsed()).isBetween(1L, 40_000L);
    assertThat(cache.misses()).isPositive();
    table.close();
    assertThat(cache.bytesUsed()).isZero();
    assertThatThrownBy(() -> readAll(table, users)).isInstanceOf(ClosedChannelException.class);
  }

  private static int readAll(TableReader table, java.util.Map<byte[], byte[]> users)
      throws Exception {
    var lookup = new PointLookup();
    var value = new ValueBuffer();
    int found = 0;
    for (var entry : users.entrySet()) {
      lookup.reset(entry.getKey(), 0, entry.getKey().length, TableFixture.NEWEST);
      boolean same =
          table.get(lookup, value) == PointLookup.Outcome.FOUND
              && java.util.Arrays.equals(value.toByteArray(), entry.getValue());
      found += same ? 1 : 0;
    }
    return found;
  }
}
