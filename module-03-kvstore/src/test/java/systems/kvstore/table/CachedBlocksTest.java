package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import systems.kvstore.Slice;
import systems.kvstore.table.TableFixture.KeyShape;

class CachedBlocksTest {
  private static final int BLOCK_BYTES = 1024;
  private static final int ENTRIES = 2000;

  @TempDir Path directory;
  private final TreeMap<byte[], byte[]> model =
      TableFixture.puts(TableFixture.users(new Random(3), KeyShape.DECIMAL, ENTRIES, 200));

  private Path file(Compression codec) throws IOException {
    var file = directory.resolve("table-" + codec + ".sst");
    if (!Files.exists(file)) {
      TableFixture.write(file, new TableFormat(codec, BLOCK_BYTES, 16, 10), model);
    }
    return file;
  }

  private TableReader open(Compression codec, BlockCache cache) throws IOException {
    return TableReader.open(new DiskFiles(), file(codec), cache);
  }

  /** Bytes of memory that all blocks of the table take. */
  private long weightOfAll() throws IOException {
    var roomy = new BlockCache(Long.MAX_VALUE / 2);
    try (var table = open(Compression.LZ4, roomy)) {
      pass(table);
      return roomy.bytesUsed();
    }
  }

  private static void pass(TableReader table) throws IOException {
    try (var cursor = table.cursor()) {
      int entries = 0;
      for (cursor.first(); cursor.valid(); cursor.next()) {
        entries++;
      }
      assertThat(entries).isGreaterThan(ENTRIES / 2);
    }
  }

  private static double hitsOf(BlockCache cache, TableReader table) throws IOException {
    long hits = cache.hits();
    long misses = cache.misses();
    pass(table);
    double newHits = cache.hits() - hits;
    return newHits / (newHits + cache.misses() - misses);
  }

  @Test
  @Tag("phase-6")
  void whileThereIsRoomAPassLeavesEverythingInTheCache() throws Exception {
    var cache = new BlockCache(weightOfAll());
    try (var table = open(Compression.LZ4, cache)) {
      pass(table);
      assertThat(hitsOf(cache, table)).isEqualTo(1);
    }
  }

  @Test
  @Tag("phase-6")
  void mostOfARangeThatIsLargerThanTheCacheStaysWhenItIsReadInACircle() throws Exception {
    var cache = new BlockCache(weightOfAll() * 9 / 10);
    try (var table = open(Compression.LZ4, cache)) {
      for (int round = 0; round < 20; round++) {
        pass(table);
      }
      assertThat(hitsOf(cache, table)).isGreaterThan(0.75);
    }
  }

  @Test
  @Tag("phase-6")
  void aRangeThatIsScannedAgainAndAgainGetsIntoACacheFullOfOtherThings() throws Exception {
    var cache = new BlockCache(weightOfAll() * 11 / 10);
    try (var once = open(Compression.LZ4, cache);
        var often = open(Compression.LZ4, cache)) {
      pass(once);
      pass(often);
      assertThat(hitsOf(cache, often)).isLessThan(0.5);
      for (int round = 0; round < 200; round++) {
        pass(often);
      }
      assertThat(hitsOf(cache, often)).isGreaterThan(0.95);
    }
  }

  @Test
  @Tag("phase-6")
  void aPassLeavesNearlyAllOfAFullCacheAsItWas() throws Exception {
    var cache = new BlockCache(weightOfAll());
    try (var kept = open(Compression.LZ4, cache);
        var passed = open(Compression.LZ4, cache)) {
      pass(kept);
      pass(passed);
      assertThat(hitsOf(cache, kept)).isGreaterThan(0.9);
    }
  }

  @Test
  @Tag("phase-6")
  void whatAShortScanReadsIsKeptThoughTheCacheIsFull() throws Exception {
    var cache = new BlockCache(weightOfAll());
    try (var full = open(Compression.LZ4, cache);
        var table = open(Compression.LZ4, cache)) {
      pass(full);
      tenEntriesFromTheMiddle(table);
      long misses = cache.misses();
      tenEntriesFromTheMiddle(table);
      assertThat(cache.misses()).isEqualTo(misses);
    }
  }

  private void tenEntriesFromTheMiddle(TableReader table) throws IOException {
    byte[] middle = List.copyOf(model.keySet()).get(model.size() / 2);
    try (var cursor = table.cursor()) {
      cursor.seek(new Slice(middle));
      for (int i = 0; i < 10; i++) {
        cursor.next();
      }
      assertThat(cursor.valid()).isTrue();
    }
  }

  @Test
  @Tag("phase-6")
  void aPassAllocatesFarLessThanItReads() throws Exception {
    try (var table = open(Compression.LZ4, new BlockCache(0))) {
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      pass(table);
      long before = threads.getCurrentThreadAllocatedBytes();
      pass(table);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(allocated).isLessThan(weightOfAll() / 3);
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-3")
  void forwardAndBackwardPastAFullCacheShowWhatTheMapShows(Compression codec) throws Exception {
    var random = new Random(8);
    try (var table = open(codec, new BlockCache(3 * BLOCK_BYTES));
        var cursor = table.cursor()) {
      cursor.first();
      var expected = model.firstEntry();
      for (int run = 0; run < 40; run++) {
        boolean forward = random.nextInt(3) > 0;
        for (int step = random.nextInt(300); step > 0 && expected != null; step--) {
          if (forward) {
            cursor.next();
          } else {
            cursor.prev();
          }
          expected =
              forward ? model.higherEntry(expected.getKey()) : model.lowerEntry(expected.getKey());
          check(cursor, expected);
        }
        if (expected == null) {
          cursor.first();
          expected = model.firstEntry();
        }
      }
    }
  }

  private static void check(EntryCursor cursor, Map.Entry<byte[], byte[]> expected)
      throws IOException {
    assertThat(cursor.valid()).isEqualTo(expected != null);
    if (expected != null) {
      assertThat(cursor.key().toByteArray()).isEqualTo(expected.getKey());
      assertThat(cursor.value().toByteArray()).isEqualTo(expected.getValue());
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("phase-5")
  void runsThatPassByAFullCacheTogetherAreMergedInOrder(Compression codec) throws Exception {
    var parts = List.of(TableFixture.entries(), TableFixture.entries(), TableFixture.entries());
    var random = new Random(9);
    model.forEach((key, value) -> parts.get(random.nextInt(3)).put(key, value));
    var runs = new ArrayList<EntryCursor>();
    for (int i = 0; i < 3; i++) {
      var file = directory.resolve("part" + i);
      TableFixture.write(file, new TableFormat(codec, BLOCK_BYTES, 16, 10), parts.get(i));
      runs.add(TableReader.open(new DiskFiles(), file, new BlockCache(0)).cursor());
    }
    try (var merged = MergingCursor.merge(runs)) {
      assertThat(TableFixture.same(model, TableFixture.scan(merged))).isTrue();
      var expected = model.lastEntry();
      for (merged.last(); merged.valid(); merged.prev()) {
        check(merged, expected);
        expected = model.lowerEntry(expected.getKey());
      }
      assertThat(expected).isNull();
    }
  }

  @Test
  @Tag("phase-3")
  void blocksTooLargeToKeepARoomForPassByTheSameWay() throws Exception {
    var large = TableFixture.entries();
    for (int i = 0; i < 12; i++) {
      large.put(
          TableFixture.put(("key" + (char) ('a' + i)).getBytes(), i + 1),
          new byte[BlockScratch.KEPT_BYTES_MAX - 1000 + 300 * i]);
    }
    var file = directory.resolve("large.sst");
    TableFixture.write(file, TableFormat.DEFAULT, large);
    try (var table = TableReader.open(new DiskFiles(), file, new BlockCache(0));
        var cursor = table.cursor()) {
      assertThat(TableFixture.same(large, TableFixture.scan(cursor))).isTrue();
    }
  }
}
