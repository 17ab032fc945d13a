package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import systems.kvstore.format.XxPh3;

@Tag("phase-3")
class BloomFilterTest {
  @TempDir Path directory;

  private static byte[] ours(Iterable<byte[]> keys, int bitsPerKey) {
    var builder = new BloomFilter.Builder();
    for (byte[] key : keys) {
      builder.add(XxPh3.hash64(key, 0, key.length));
    }
    return builder.finish(bitsPerKey);
  }

  private byte[] theirs(Map<byte[], byte[]> keys, int bitsPerKey) throws Exception {
    Path file = directory.resolve("rocks.sst");
    try (var policy = new org.rocksdb.BloomFilter(bitsPerKey);
        var options =
            new Options().setTableFormatConfig(TableFixture.readable().setFilterPolicy(policy))) {
      TableFixture.writeByRocks(file, options, keys);
    }
    byte[] filter = TableFixture.metaBlock(file, BloomFilter.BLOCK_NAME);
    Files.delete(file);
    return filter;
  }

  @Test
  void filterOfOneKeyIsRocksDbsBitByBitForEveryLengthClass() throws Exception {
    var random = new Random(3);
    var lengths =
        IntStream.concat(
            IntStream.rangeClosed(0, 300), IntStream.of(1023, 1024, 1025, 2048, 4097, 65_000));
    for (int length : lengths.toArray()) {
      var keys = TableFixture.users();
      keys.put(TableFixture.bytes(random, length), new byte[0]);
      assertThat(ours(keys.keySet(), 10)).as("key of " + length).isEqualTo(theirs(keys, 10));
    }
  }

  @Test
  void filterOfManyKeysIsRocksDbsBitByBitForManySizes() throws Exception {
    for (int bits = 1; bits <= 60; bits += bits < 30 ? 1 : 10) {
      var random = new Random(bits);
      var keys = TableFixture.users();
      for (int i = random.nextInt(1, 2500); i > 0; i--) {
        keys.put(TableFixture.bytes(random, random.nextInt(300)), new byte[0]);
      }
      assertThat(ours(keys.keySet(), bits)).as(bits + " bits a key").isEqualTo(theirs(keys, bits));
    }
  }

  @Test
  void everyAddedKeyPassesAndFewOthersDo() {
    var builder = new BloomFilter.Builder();
    var random = new Random(11);
    long[] hashes = random.longs(20_000).toArray();
    for (long hash : hashes) {
      builder.add(hash);
    }
    var filter = BloomFilter.decode(builder.finish(10));
    assertThat(java.util.Arrays.stream(hashes)).allMatch(filter::mayContain);
    long passed = random.longs(100_000).filter(filter::mayContain).count();
    assertThat(passed).as("false positives of 100,000").isBetween(300L, 1500L);
  }

  @Test
  void aKeyAddedTwiceInARowCountsOnce() {
    var builder = new BloomFilter.Builder();
    builder.add(5);
    builder.add(5);
    builder.add(6);
    assertThat(builder.count()).isEqualTo(2);
    assertThat(builder.finish(10)).hasSize(64 + 5);
  }

  @Test
  void filtersOfAnotherKindAreLeftAside() {
    var builder = new BloomFilter.Builder();
    builder.add(5);
    byte[] block = builder.finish(10);
    block[64] = 6; // LevelDB's: the number of probes
    assertThat(BloomFilter.decode(block)).isNull();
    block[64] = -2; // Ribbon
    assertThat(BloomFilter.decode(block)).isNull();
    assertThat(BloomFilter.decode(new byte[0])).isNull();
  }
}
