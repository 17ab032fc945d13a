package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.Crc32c;
import systems.kvstore.table.TableFixture.KeyShape;

/** What a reader makes of a table that is not as it was written. */
@Tag("phase-3")
class TableDamageTest {
  private static final int FLIPS = Effort.of(10_000, 1_000);

  @TempDir Path directory;

  private byte[] table(TreeMap<byte[], byte[]> entries, Compression compression)
      throws IOException {
    Path file = directory.resolve("000007.sst");
    TableFixture.write(
        new DiskFiles(), file, new TableFormat(compression, 1024, 4, 10), entries, List.of());
    return Files.readAllBytes(file);
  }

  /** Reads everything in every way; false where an answer is not what was written. */
  private static boolean answersRight(byte[] bytes, TreeMap<byte[], byte[]> entries)
      throws IOException {
    var lookup = new PointLookup();
    var value = new ValueBuffer();
    try (var table = TableFixture.open(bytes)) {
      boolean right = true;
      for (var entry : entries.entrySet()) {
        byte[] user = TableFixture.user(entry.getKey());
        lookup.reset(user, 0, user.length, TableFixture.NEWEST);
        right &= table.get(lookup, value) == PointLookup.Outcome.FOUND;
        right &= Arrays.equals(value.toByteArray(), entry.getValue());
      }
      return right && TableFixture.same(entries, TableFixture.scan(table.cursor()));
    }
  }

  @Test
  void noFlippedBitOfTenThousandGivesAWrongAnswer() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var entries = TableFixture.puts(TableFixture.users(new Random(1), KeyShape.DECIMAL, 150, 80));
    byte[] bytes = table(entries, Compression.LZ4);
    assertThat(answersRight(bytes, entries)).isTrue();
    int located = 0;
    int refused = 0;
    int harmless = 0;
    for (int i = 0; i < FLIPS; i++) {
      int at = random.nextInt(bytes.length);
      int bit = 1 << random.nextInt(8);
      bytes[at] ^= (byte) bit;
      try {
        assertThat(answersRight(bytes, entries)).as("bit of byte %d, seed %d", at, seed).isTrue();
        harmless++;
      } catch (KvException.Corruption e) {
        located += e.offset() <= at && at - e.offset() < 1100 ? 1 : 0;
      } catch (KvException.Unsupported e) {
        refused++;
      }
      bytes[at] ^= (byte) bit;
    }
    System.out.printf(
        "table of %d bytes, %d flips: %d located, %d refused as unknown, %d in unused bytes%n",
        bytes.length, FLIPS, located, refused, harmless);
    assertThat(located).as("flips reported at their block").isGreaterThan(FLIPS * 95 / 100);
  }

  @Test
  void aFlippedBitNamesFileOffsetAndBothChecksums() throws Exception {
    var entries = TableFixture.puts(TableFixture.users(new Random(1), KeyShape.DECIMAL, 150, 80));
    byte[] bytes = table(entries, Compression.NONE);
    bytes[500] ^= 4;
    assertThatThrownBy(() -> answersRight(bytes, entries), "a block with a flipped bit")
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageMatching(
            "memory.sst at offset 0: expected a block with checksum [0-9a-f]+, "
                + "found one with [0-9a-f]+");
  }

  @Test
  void aFileCutShortAtAnyByteIsRefused() throws Exception {
    var entries = TableFixture.puts(TableFixture.users(new Random(1), KeyShape.DECIMAL, 30, 80));
    byte[] bytes = table(entries, Compression.NONE);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> answersRight(cut, entries))
          .as("cut to " + length)
          .isInstanceOf(KvException.class);
    }
  }

  /** All blocks of a table: data, index and meta. */
  private static List<BlockHandle> blocks(byte[] bytes) throws IOException {
    int end = bytes.length - Footer.BYTES;
    var footer =
        Footer.read(Arrays.copyOfRange(bytes, end, bytes.length), Path.of("memory.sst"), end);
    var blocks = new ArrayList<>(List.of(footer.metaindex(), footer.index()));
    var scan = new BlockScan(block(bytes, footer.metaindex()));
    while (scan.next()) {
      blocks.add(BlockHandle.read(new ByteSource(scan.value())));
    }
    var index = TableIndex.decode(block(bytes, footer.index()), false, true, end);
    for (int i = 0; i < index.count(); i++) {
      blocks.add(new BlockHandle(index.offset(i), index.size(i)));
    }
    return blocks;
  }

  private static Block block(byte[] bytes, BlockHandle handle) throws IOException {
    return Block.of(bytes, (int) handle.offset(), (int) (handle.offset() + handle.size()));
  }

  private static void seal(byte[] bytes, BlockHandle handle) {
    int at = (int) handle.offset();
    int size = (int) handle.size();
    int crc = Crc32c.masked(bytes, at, size + 1);
    for (int i = 0; i < 4; i++) {
      bytes[at + size + 1 + i] = (byte) (crc >>> 8 * i);
    }
  }

  @Test
  void malformedBlocksUnderRightChecksumsEndInNamedErrors() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (var compression : Compression.values()) {
      var entries = TableFixture.versions(new Random(2), KeyShape.NESTED, 120, 40, 2);
      byte[] whole = table(entries, compression);
      var blocks = blocks(whole);
      for (int i = 0; i < Effort.of(6000, 600); i++) {
        byte[] bytes = whole.clone();
        var handle = blocks.get(random.nextInt(blocks.size()));
        mutate(bytes, handle, random);
        seal(bytes, handle);
        readAsFarAsItGoes(bytes, entries, random, seed);
      }
    }
  }

  private static void mutate(byte[] bytes, BlockHandle handle, Random random) {
    for (int n = random.nextInt(3); n >= 0; n--) {
      boolean tail = random.nextInt(3) == 0;
      int size = (int) handle.size() + 1; // with the byte that names the codec
      int at = tail ? size - 1 - random.nextInt(Math.min(12, size)) : random.nextInt(size);
      bytes[(int) handle.offset() + at] =
          (byte)
              switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> 0xff;
                case 2 -> 0x80 | random.nextInt(256);
                default -> random.nextInt(256);
              };
    }
  }

  private static void readAsFarAsItGoes(
      byte[] bytes, TreeMap<byte[], byte[]> entries, Random random, long seed) {
    try (var table = TableFixture.open(bytes)) {
      table.properties();
      attempt(() -> table.verify());
      attempt(() -> walk(table.cursor(), true));
      attempt(() -> walk(table.cursor(), false));
      for (int i = 0; i < 5; i++) {
        byte[] user = KeyShape.NESTED.draw(random);
        Slice target = TableFixture.target(user, random.nextInt(1000));
        attempt(() -> table.cursor().seek(target));
        attempt(() -> table.cursor().seekForPrev(target));
        attempt(() -> get(table, user));
        table.approximateOffset(target);
      }
    } catch (KvException e) {
      assertThat(e).hasMessageContaining("memory.sst");
    } catch (IOException | RuntimeException | Error e) {
      fail("seed " + seed, e);
    }
  }

  private static void get(TableReader table, byte[] user) throws IOException {
    var lookup = new PointLookup();
    lookup.reset(user, 0, user.length, 500);
    table.get(lookup, new ValueBuffer());
  }

  /** Walks at most as many steps as the file has bytes: no entry takes less than one. */
  private static void walk(EntryCursor cursor, boolean forward) throws IOException {
    int steps = 0;
    if (forward) {
      cursor.first();
    } else {
      cursor.last();
    }
    while (cursor.valid()) {
      assertThat(steps++).isLessThan(1 << 20);
      assertThat(cursor.key().length() + cursor.value().length()).isPositive();
      if (forward) {
        cursor.next();
      } else {
        cursor.prev();
      }
    }
  }

  private interface Reading {
    void run() throws IOException;
  }

  private static void attempt(Reading reading) throws IOException {
    try {
      reading.run();
    } catch (KvException.Corruption | KvException.Unsupported e) {
      assertThat(e).hasMessageContaining("memory.sst");
    }
  }

  @Test
  void verifyFindsKeysOutOfOrderOutsideOfTheirBlockAndUnknownToTheFilter() throws Exception {
    var entries = TableFixture.entries();
    for (int i = 0; i < 100; i++) {
      entries.put(TableFixture.put("key%03d".formatted(i).getBytes(), 1), new byte[50]);
    }
    byte[] bytes = table(entries, Compression.NONE);
    var data = blocks(bytes).stream().filter(handle -> handle.offset() == 0).findFirst();
    int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("key000");
    for (byte damage : new byte[] {'z', 'a'}) {
      byte[] damaged = bytes.clone();
      damaged[at] = damage;
      seal(damaged, data.orElseThrow());
      try (var table = TableFixture.open(damaged)) {
        assertThatThrownBy(table::verify).isInstanceOf(KvException.Corruption.class);
      }
    }
  }

  /** No damage: the format allows any separator between two keys, also between two versions. */
  @Test
  void aSeparatorBetweenTwoVersionsLeadsToTheSecondBlock() throws Exception {
    byte[] user = "key".getBytes();
    var entries = TableFixture.entries();
    for (int i = 1; i <= 20; i++) {
      entries.put(TableFixture.put(user, i), new byte[300]);
    }
    byte[] bytes = table(entries, Compression.NONE);
    int end = bytes.length - Footer.BYTES;
    var footer =
        Footer.read(Arrays.copyOfRange(bytes, end, bytes.length), Path.of("memory.sst"), end);
    var scan = new BlockScan(block(bytes, footer.index()));
    assertThat(scan.nextKey()).isTrue();
    long last = InternalKey.sequence(InternalKey.trailer(scan.key(), 0, scan.keyLength()));
    int trailerAt = (int) footer.index().offset() + scan.position() - InternalKey.TRAILER_BYTES;
    InternalKey.putTrailer(bytes, trailerAt, InternalKey.seekTrailer(last - 1));
    seal(bytes, footer.index());
    try (var table = TableFixture.open(bytes)) {
      assertThat(table.verify()).isEqualTo(20);
      var lookup = new PointLookup();
      lookup.reset(user, 0, user.length, last - 1);
      assertThat(table.get(lookup, new ValueBuffer())).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(lookup.sequence()).isEqualTo(last - 1);
    }
  }

  @Test
  void aShortBlockCannotAskForMuchMemory() throws Exception {
    var entries = TableFixture.puts(TableFixture.users(new Random(1), KeyShape.DECIMAL, 150, 80));
    byte[] bytes = table(entries, Compression.LZ4);
    var first = blocks(bytes).stream().filter(handle -> handle.offset() == 0).findFirst();
    // The block's varint of its uncompressed size: nearly 2 GiB, from a block of 1 KiB.
    byte[] huge = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7};
    System.arraycopy(huge, 0, bytes, 0, huge.length);
    seal(bytes, first.orElseThrow());
    assertThatThrownBy(() -> answersRight(bytes, entries))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("LZ4 bytes for a block of 2147483647");
  }
}
