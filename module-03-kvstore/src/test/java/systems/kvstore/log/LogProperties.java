package systems.kvstore.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.log.LogReader.OnDamage;

/** Any records read back, and after any crash a prefix of them does. */
@Tag("phase-2")
class LogProperties {
  private static final Path FILE = Path.of("/000001.log");

  @Provide
  Arbitrary<List<Integer>> lengths() {
    int block = LogBlock.BLOCK_BYTES;
    var around = Arbitraries.integers().between(-20, 20);
    var length =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(4, Arbitraries.integers().between(0, 300)),
            net.jqwik.api.Tuple.of(2, around.map(delta -> block - 7 + delta)),
            net.jqwik.api.Tuple.of(1, around.map(delta -> 2 * block - 14 + delta)),
            net.jqwik.api.Tuple.of(1, around.map(delta -> 4 * block + delta)),
            net.jqwik.api.Tuple.of(1, Arbitraries.of(0, 1, block, 3 * (block - 7))));
    return length.list().ofMaxSize(20);
  }

  @Property(tries = 150)
  void recordsOfAnyLengthsReadBack(@ForAll("lengths") List<Integer> lengths, @ForAll long seed)
      throws IOException {
    var fs = new CrashMemFs();
    var written = write(fs, lengths, new Random(seed), false);
    var read = Records.read(fs, FILE, OnDamage.REFUSE, fs.size(FILE));
    assertThat(read.bytes()).hasSameSizeAs(written);
    assertThat(read.isPrefixOf(written)).isTrue();
    assertThat(read.tail()).isNull();
  }

  @Property(tries = 200)
  void afterAPowerLossAPrefixIsLeftWithAllThatWasSynced(
      @ForAll("lengths") List<Integer> lengths, @ForAll long seed) throws IOException {
    var fs = new CrashMemFs();
    var random = new Random(seed);
    var written = write(fs, lengths, random, true);
    int synced = random.nextInt(1 + written.size());
    fs = new CrashMemFs();
    try (var log = LogWriter.appending(fs, FILE)) {
      fs.syncDirectory(Path.of("/"));
      for (int i = 0; i < written.size(); i++) {
        if (i == synced) {
          log.sync();
        }
        log.append(written.get(i), 0, written.get(i).length);
      }
      if (synced == written.size()) {
        log.sync();
      }
      for (int i = 0; i < 10; i++) {
        var after = fs.crashClone(random.nextLong(), 20 + random.nextInt(70));
        var read = Records.read(after, FILE, OnDamage.REFUSE);
        assertThat(read.isPrefixOf(written)).isTrue();
        assertThat(read.bytes().size()).isGreaterThanOrEqualTo(synced);
      }
    }
  }

  @Property(tries = 100)
  void aHoleInTheSyncedPartIsDamage(@ForAll long seed) throws IOException {
    var fs = new CrashMemFs();
    var random = new Random(seed);
    write(fs, List.of(3_000, 3_000, 3_000, 3_000), random, true);
    byte[] bytes = Records.content(fs, FILE);
    int hole = 512 * random.nextInt(bytes.length / 512 - 1);
    java.util.Arrays.fill(bytes, hole, hole + 512, (byte) 0);
    Records.write(fs, FILE, bytes, bytes.length);
    var legal = Records.read(fs, FILE, OnDamage.REFUSE);
    assertThat(legal.bytes()).hasSize(hole / 3_007);
    assertThat(legal.tail()).isNotNull();
    try {
      Records.read(fs, FILE, OnDamage.REFUSE, bytes.length);
      throw new AssertionError("not refused");
    } catch (KvException.Corruption refused) {
      assertThat(refused.offset()).isEqualTo(hole / 3_007 * 3_007);
    }
  }

  private static List<byte[]> write(
      CrashMemFs fs, List<Integer> lengths, Random random, boolean withoutZeros)
      throws IOException {
    var written = new ArrayList<byte[]>();
    try (var log = LogWriter.appending(fs, FILE)) {
      for (int length : lengths) {
        byte[] record =
            withoutZeros || random.nextBoolean()
                ? Records.sample(random, length)
                : new byte[length];
        written.add(record);
        long end = log.append(record, 0, length);
        assertThat(end).isEqualTo(log.size());
      }
      log.sync();
    }
    return written;
  }
}
