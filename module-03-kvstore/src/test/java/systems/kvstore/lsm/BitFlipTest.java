package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;

/**
 * Flips one bit somewhere in a store's directory, opens it and reads everything. Whatever comes
 * back must be right, missing from the end of the log with a report, or an exception; never another
 * value.
 */
@Tag("phase-6")
class BitFlipTest {
  private static final Path DIRECTORY = Path.of("/store");
  private static final int WRITES = 400;
  private static final int FLIPS = Effort.of(10_000, 1_000);

  /** What a flip led to. */
  private enum Outcome {
    /** Everything reads as written: the bit was in a place that means nothing. */
    HARMLESS,
    /** An exception with the file and the offset. */
    LOCATED,
    /** An exception that does not say where. */
    REFUSED,
    /** The log lost its tail, which the store reports. */
    CUT
  }

  @Test
  void tenThousandFlippedBitsGiveNoWrongAnswer() throws IOException {
    var random = new Random(20);
    var disk = filled();
    var counts = new EnumMap<Outcome, Integer>(Outcome.class);
    var files = new ArrayList<Path>();
    for (var name : disk.list(DIRECTORY)) {
      files.add(DIRECTORY.resolve(name));
    }
    for (int i = 0; i < FLIPS; i++) {
      var file = files.get(random.nextInt(files.size()));
      if (disk.size(file) > 0) {
        long bit = random.nextLong(disk.size(file) * 8);
        counts.merge(outcome(disk, file, bit), 1, Integer::sum);
      }
    }
    int refused = counts.getOrDefault(Outcome.REFUSED, 0);
    assertThat(refused)
        .as("flips without file and offset among %s", counts)
        .isLessThanOrEqualTo(FLIPS * 5 / 100);
  }

  private static Outcome outcome(CrashMemFs disk, Path file, long bit) throws IOException {
    var damaged = disk.killClone();
    flip(damaged, file, bit);
    try (var store = LsmStore.openReadOnly(damaged, DIRECTORY, options())) {
      boolean cut = !store.recovery().tornTails().isEmpty();
      int present = 0;
      for (int i = 0; i < WRITES; i++) {
        var value = store.get(key(i));
        if (value != null || !cut) {
          assertThat(value).as("%s, bit %d", file, bit).isEqualTo(value(i));
          present++;
        }
      }
      scan(store, cut, file, bit);
      return present == WRITES ? Outcome.HARMLESS : Outcome.CUT;
    } catch (KvException.Corruption located) {
      assertThat(located.file()).isNotNull();
      return Outcome.LOCATED;
    } catch (IOException refused) {
      return Outcome.REFUSED;
    }
  }

  private static void scan(LsmStore store, boolean cut, Path file, long bit) throws IOException {
    var scanned = new ArrayList<String>();
    try (var cursor = store.cursor()) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        scanned.add(cursor.key() + "=" + cursor.value());
      }
    }
    if (!cut) {
      assertThat(scanned).as("scan, %s, bit %d", file, bit).isEqualTo(everything());
    } else {
      assertThat(everything()).as("scan, %s, bit %d", file, bit).containsAll(scanned);
    }
  }

  private static void flip(CrashMemFs disk, Path file, long bit) throws IOException {
    var bytes = new byte[(int) disk.size(file)];
    try (var in = disk.open(file)) {
      in.read(0, bytes, 0, bytes.length);
    }
    bytes[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
    try (var out = disk.create(file)) {
      out.append(bytes, 0, bytes.length);
    }
  }

  /** A store with tables in two levels, and writes that are only in the log. */
  private static CrashMemFs filled() throws IOException {
    var disk = new CrashMemFs();
    try (var store = LsmStore.open(disk, DIRECTORY, options())) {
      for (int i = 0; i < WRITES; i++) {
        store.put(key(i), value(i));
        if (i == WRITES / 2) {
          store.compactRange(null, null);
        }
      }
    }
    return disk;
  }

  private static List<String> everything() {
    var all = new ArrayList<String>();
    for (int i = 0; i < WRITES; i++) {
      all.add(new String(key(i), StandardCharsets.US_ASCII) + "=" + new String(value(i)));
    }
    return all;
  }

  private static LsmOptions options() {
    return new LsmOptions()
        .memtableBytes(16 << 10)
        .logInitialBytes(4096)
        .tableBytes(8192)
        .eventFile(false)
        .background(Runnable::run);
  }

  private static byte[] key(int i) {
    return String.format("key%05d", i).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] value(int i) {
    return ("value" + i + "-".repeat(i % 60)).getBytes(StandardCharsets.US_ASCII);
  }
}
